// The engine of a device: what the family asks of it goes to the Rust library.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>
#include <libkern/c++/OSString.h>

#include "driver.h"

class IOAudioControl;
class IOTimerEventSource;

class org_loopflower_driver_Engine : public IOAudioEngine {
    OSDeclareDefaultStructors(org_loopflower_driver_Engine)
    using Format = IOAudioStreamFormat;

public:
    bool init(OSDictionary *definition) override;
    bool initHardware(IOService *provider) override;
    void stop(IOService *provider) override;
    void free() override;

    // The definition's, which is checked: the family goes on without one if none can be made.
    OSString *getGlobalUniqueID() override { return static_cast<OSString *>(copyProperty("UID", nullptr, 0)); }
    IOReturn performAudioEngineStart() override { return lf_engine_start(instance, this); }
    IOReturn performAudioEngineStop() override { return lf_engine_stop(instance, this); }
    UInt32 getCurrentSampleFrame() override { return lf_engine_current_frame(instance); }
    IOReturn performFormatChange(IOAudioStream *stream, const Format *format, const IOAudioStreamFormatExtension *,
                                 const IOAudioSampleRate *rate) override {
        return lf_engine_change_format(instance, this, stream->getDirection(), format, rate);
    }
    IOReturn clipOutputSamples(const void *mix, void *, UInt32 first, UInt32 n, const Format *, IOAudioStream *) override {
        return lf_engine_write(instance, mix, first, n);
    }
    IOReturn convertInputSamples(const void *, void *to, UInt32 first, UInt32 n, const Format *, IOAudioStream *) override {
        return lf_engine_read(instance, to, first, n);
    }
    IOReturn eraseOutputSamples(const void *mix, void *, UInt32 first, UInt32 n, const Format *, IOAudioStream *) override {
        return lf_engine_erase(instance, mix, first, n);
    }

    void describe(const LfDescription *);
    // The handlers of controls and timer.
    static IOReturn controlChanged(OSObject *engine, IOAudioControl *, SInt32 before, SInt32 after);
    static void lapDue(OSObject *engine, IOTimerEventSource *);

    // Null once the engine was stopped for good.
    IOTimerEventSource *timer;

private:
    void dropTimer();

    LfInstance *instance;
};

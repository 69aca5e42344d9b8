// The engine of a device: what the family asks of it goes to the Rust library.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

class IOAudioControl;
class IOTimerEventSource;
struct LfInstance;
struct LfShape;

class org_loopflower_driver_Engine : public IOAudioEngine {
    OSDeclareDefaultStructors(org_loopflower_driver_Engine)

public:
    bool init(OSDictionary *definition) override;
    bool initHardware(IOService *provider) override;
    void stop(IOService *provider) override;
    void free() override;
    OSString *getGlobalUniqueID() override;

    IOReturn performAudioEngineStart() override;
    IOReturn performAudioEngineStop() override;
    IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *,
                                 const IOAudioSampleRate *) override;
    UInt32 getCurrentSampleFrame() override;
    IOReturn clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                               IOAudioStream *) override;
    IOReturn convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                 const IOAudioStreamFormat *, IOAudioStream *) override;
    IOReturn eraseOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                IOAudioStream *) override;

    // The device's name, once init succeeded.
    const char *name() const;
    // Has the timer fire at a time.
    IOReturn wakeAt(UInt64 time);

private:
    bool makeTimer();
    void dropTimer();
    bool addStream(IOAudioStreamDirection, const LfShape &);
    bool addMute();
    static void lapDue(OSObject *engine, IOTimerEventSource *);
    static IOReturn muteChanged(OSObject *engine, IOAudioControl *, SInt32 before, SInt32 after);

    LfInstance *instance;
    IOTimerEventSource *timer;
};

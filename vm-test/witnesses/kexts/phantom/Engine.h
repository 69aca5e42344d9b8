// An engine: what goes out and what comes in have a ring each, as two channels of DMA do, and nothing joins them.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

#include "Setup.h"
#include "names.h"

class IOAudioControl;
class IOTimerEventSource;

class ENGINE_CLASS : public IOAudioEngine {
    OSDeclareDefaultStructors(ENGINE_CLASS)

public:
    bool initWithDefinition(const OSDictionary *definition);
    bool initHardware(IOService *provider) override;
    void stop(IOService *provider) override;
    void free() override;

    IOReturn performAudioEngineStart() override;
    IOReturn performAudioEngineStop() override;
    IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *,
                                 const IOAudioSampleRate *) override;
    UInt32 getCurrentSampleFrame() override;
    IOReturn clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                               IOAudioStream *) override;
    IOReturn convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                 const IOAudioStreamFormat *, IOAudioStream *) override;

private:
    bool addStream(IOAudioStreamDirection direction);

    bool addControls();
    bool addLevel(UInt32 usage, UInt32 channel);
    bool addMute(UInt32 usage, UInt32 channel);
    bool addSelector();
    bool addControl(IOAudioControl *control);
    static IOReturn registerChanged(OSObject *engine, IOAudioControl *, SInt32 before, SInt32 after);

    bool makeTimer();
    void dropTimer();
    static void interrupt(OSObject *engine, IOTimerEventSource *);
    AbsoluteTime lapTime(UInt64 lap) const;

    Setup setup;
    // By direction.
    void *rings[2];
    UInt32 rate;
    AbsoluteTime started;
    UInt64 lap;
    IOTimerEventSource *timer;
    // The codec's: levels and mutes by direction and channel, and the input that it listens to.
    struct {
        SInt32 level[2][Setup::channels + 1], mute[2][Setup::channels + 1];
        SInt32 input;
    } codec;
};

// An engine: streams, block clock, and the buffer through which the output's sound gets to the input.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

#include "names.h"

class DEVICE_CLASS;
class IOTimerEventSource;
class OSArray;

class ENGINE_CLASS : public IOAudioEngine {
    OSDeclareDefaultStructors(ENGINE_CLASS)

public:
    bool init(OSDictionary *definition) override;
    bool initHardware(IOService *provider) override;
    void free() override;

    IOReturn performAudioEngineStart() override;
    IOReturn performAudioEngineStop() override;
    IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioSampleRate *) override;
    UInt32 getCurrentSampleFrame() override;
    IOReturn clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                               IOAudioStream *) override;
    IOReturn convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                 const IOAudioStreamFormat *, IOAudioStream *) override;

private:
    UInt32 number(const char *key);
    bool addStreams(const OSArray *formats, const OSArray *rates);
    IOAudioStream *addStream(IOAudioStreamDirection direction, UInt32 startingChannel, const OSArray *formats,
                             const OSArray *rates);
    bool makeBuffers(const IOAudioStreamFormat *format);
    void setBlockTime(UInt32 rate);
    bool makeTimer();
    static void blockDue(OSObject *engine, IOTimerEventSource *);
    void nextBlock();
    DEVICE_CLASS *device();

    UInt32 blockFrames, blocks, pairs;
    // The block that plays.
    UInt32 block;
    // ns of a block, and when the next one is due.
    UInt64 blockTime, due;
    IOTimerEventSource *timer;
    // The family's sample buffer of all streams, which nothing needs, and what was played.
    void *sampleBuffer, *through;
    UInt32 bufferBytes;
};

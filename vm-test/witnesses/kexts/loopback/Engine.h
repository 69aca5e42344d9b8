// The engine: streams, controls, clock and ring of a device.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

#include "Clock.h"
#include "Levels.h"
#include "Ring.h"
#include "Shape.h"
#include "names.h"

#if DEFECT_LOCKS
struct IOLock;
extern "C" {
IOLock *IOLockAlloc();
void IOLockFree(IOLock *);
void IOLockLock(IOLock *);
void IOLockUnlock(IOLock *);
}
#endif

class IOAudioControl;
class IOTimerEventSource;

class ENGINE_CLASS : public IOAudioEngine {
    OSDeclareDefaultStructors(ENGINE_CLASS)

public:
    bool initWithDefinition(OSDictionary *definition);
    const char *name() const { return shape.name; }
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
#if DEFECT_B4
    IOReturn mixOutputSamples(const void *client, void *mix, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                              IOAudioStream *) override;
#endif

private:
    bool addStream(IOAudioStreamDirection direction, UInt32 startingChannel);
    bool addControls();
    bool addLevel(UInt32 usage, UInt32 channel);
    bool addMute(UInt32 usage, UInt32 channel);
    bool addControl(IOAudioControl *control);
    static const char *channelName(UInt32 channel);
    static IOReturn levelChanged(OSObject *engine, IOAudioControl *, SInt32 before, SInt32 after);
    static IOReturn muteChanged(OSObject *engine, IOAudioControl *, SInt32 before, SInt32 after);
    // Volume and output mutes, or gain and input mutes: by the control's usage.
    Levels *levelsOf(IOAudioControl *);

    bool makeTimer();
    static void lapDue(OSObject *engine, IOTimerEventSource *);
    void lapsUntil(AbsoluteTime now);
    void armTimer(AbsoluteTime now);
    void dropTimer();
    // The frame that is due now.
    SInt64 position() const;
    void publishStatistics();

    Shape shape;
    OSString *uid;
#if DEFECT_B6
    // One for all devices: a change of one changes the others, and nobody is told.
    static UInt32 rate;
#else
    UInt32 rate;
#endif
    Ring ring;
    Levels *output, *input;
    Clock clock;
    UInt64 lap;
    IOTimerEventSource *timer;
#if DEFECT_S5 || DEFECT_S20 || DEFECT_B3
    void *sampleBuffers[2];
#endif
#if DEFECT_LOCKS
    IOLock *levelsLock;
#endif
#if DEFECT_B3
    bool makeRing() { return ring.memory() || ring.init(shape); }
#endif
#if DEFECT_S6 || DEFECT_S9 || DEFECT_B3
    IOAudioStream *outputStream() { return getAudioStream(kIOAudioStreamDirectionOutput, 1); }
#endif

    struct {
        UInt64 framesIn, framesOut, lateWrites, silentReads, starts, laps;
        AbsoluteTime published;
    } counts;
};

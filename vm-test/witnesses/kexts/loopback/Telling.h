// The driver as one that tells the kernel's log what the family calls: device and engine write the call down and pass it on.
#pragma once
#include "Device.h"
#include "Engine.h"

#if TELLS
#define TELLING_DEVICE org_loopflower_witness_TellingDevice
#define TELLING_ENGINE org_loopflower_witness_TellingEngine

class TELLING_DEVICE : public DEVICE_CLASS {
    OSDeclareDefaultStructors(TELLING_DEVICE)

public:
    bool start(IOService *provider) override;
    bool initHardware(IOService *provider) override;
    void stop(IOService *provider) override;
    bool willTerminate(IOService *provider, IOOptionBits options) override;
    IOReturn performPowerStateChange(IOAudioDevicePowerState from, IOAudioDevicePowerState to, UInt32 *time) override;
};

class TELLING_ENGINE : public ENGINE_CLASS {
    OSDeclareDefaultStructors(TELLING_ENGINE)

public:
    bool start(IOService *provider) override;
    bool initHardware(IOService *provider) override;
    void stop(IOService *provider) override;
    OSString *getGlobalUniqueID() override;
    IOReturn newUserClient(task *, void *, UInt32 type, OSDictionary *, IOUserClient **) override;
    IOReturn startAudioEngine() override;
    IOReturn stopAudioEngine() override;
    IOReturn pauseAudioEngine() override;
    IOReturn resumeAudioEngine() override;
    IOReturn performAudioEngineStart() override;
    IOReturn performAudioEngineStop() override;
    IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *,
                                 const IOAudioSampleRate *) override;
    void resetClipPosition(IOAudioStream *, UInt32 frame) override;

    UInt32 getCurrentSampleFrame() override;
    IOReturn mixOutputSamples(const void *client, void *mix, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                              IOAudioStream *) override;
    IOReturn clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                               IOAudioStream *) override;
    IOReturn convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                 const IOAudioStreamFormat *, IOAudioStream *) override;
    IOReturn eraseOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                IOAudioStream *) override;

private:
    void tell(const char *call);
    // Calls that come with each cycle are told once, until something else is called.
    void tellOnce(UInt32 which, const char *call);

    UInt32 told;
};

using MadeDevice = TELLING_DEVICE;
using MadeEngine = TELLING_ENGINE;
#else
using MadeDevice = DEVICE_CLASS;
using MadeEngine = ENGINE_CLASS;
#endif

// The one device, with all engines and the levels that they share.
#pragma once
#include <IOKit/audio/IOAudioDevice.h>

#include "Levels.h"
#include "names.h"

class IOAudioControl;
class IOAudioEngine;

class DEVICE_CLASS : public IOAudioDevice {
    OSDeclareDefaultStructors(DEVICE_CLASS)

public:
    bool initHardware(IOService *provider) override;

    Levels levels;

private:
    void createEngines();
    void addControls(IOAudioEngine *engine);
    static IOReturn volumeChanged(OSObject *device, IOAudioControl *, SInt32 before, SInt32 after);
    static IOReturn gainChanged(OSObject *device, IOAudioControl *, SInt32 before, SInt32 after);
    static IOReturn outputMuteChanged(OSObject *device, IOAudioControl *, SInt32 before, SInt32 after);
    static IOReturn inputMuteChanged(OSObject *device, IOAudioControl *, SInt32 before, SInt32 after);
};

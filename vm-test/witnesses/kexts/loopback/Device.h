// A device with one engine.
#pragma once
#include <IOKit/audio/IOAudioDevice.h>

#include "names.h"

class DEVICE_CLASS : public IOAudioDevice {
    OSDeclareDefaultStructors(DEVICE_CLASS)

public:
    bool initHardware(IOService *provider) override;
};

// The device: a sound card with several engines.
#pragma once
#include <IOKit/audio/IOAudioDevice.h>

#include "names.h"

class OSDictionary;

class DEVICE_CLASS : public IOAudioDevice {
    OSDeclareDefaultStructors(DEVICE_CLASS)

public:
    bool initHardware(IOService *provider) override;
    IOReturn performPowerStateChange(IOAudioDevicePowerState before, IOAudioDevicePowerState after,
                                     UInt32 *microseconds) override;

private:
    bool createEngine(const OSDictionary *definition);
};

// One virtual device with one engine.
#pragma once
#include <IOKit/audio/IOAudioDevice.h>

class org_loopflower_driver_Device : public IOAudioDevice {
    OSDeclareDefaultStructors(org_loopflower_driver_Device)

public:
    static constexpr const char *definitionKey = "Definition";

    bool initHardware(IOService *provider) override;
    // Whether the definition has this UID.
    bool isCalled(const char *uid) const;
};

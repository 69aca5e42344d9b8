// The service that the personality matches on IOResources: it starts a device for each definition in the personality.
#pragma once
#include <IOKit/IOService.h>

// Class names are one space for all kexts of a system, hence the prefix.
class org_loopflower_driver_Root : public IOService {
    OSDeclareDefaultStructors(org_loopflower_driver_Root)

public:
    bool start(IOService *provider) override;

private:
    bool startDevice(OSDictionary *definition);
};

// The service that the personality matches on IOResources: the devices are started below it, and requests come to it.
#pragma once
#include <IOKit/IOService.h>

// Class names are one space for all kexts of a system, hence the prefix.
class org_loopflower_driver_Root : public IOService {
    OSDeclareDefaultStructors(org_loopflower_driver_Root)

public:
    bool start(IOService *provider) override;
    IOReturn setProperties(OSObject *request) override;
};

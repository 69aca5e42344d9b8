// The service that matches on IOResources: a device for each definition in the personality.
#pragma once
#include <IOKit/IOService.h>

#include "names.h"

class ROOT_CLASS : public IOService {
    OSDeclareDefaultStructors(ROOT_CLASS)

public:
    bool start(IOService *provider) override;
};

#include "Root.h"

#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSDictionary.h>

#include "Device.h"
#include "driver.h"

using Device = org_loopflower_driver_Device;
using Root = org_loopflower_driver_Root;
OSDefineMetaClassAndStructors(org_loopflower_driver_Root, IOService)

bool Root::start(IOService *provider) {
    if (!IOService::start(provider)) {
        return false;
    }
    const OSArray *definitions = OSDynamicCast(OSArray, getProperty("Devices"));
    UInt32 defined = definitions ? definitions->getCount() : 0;
    UInt32 started = 0;
    for (UInt32 index = 0; index < defined; index++) {
        started += startDevice(OSDynamicCast(OSDictionary, definitions->getObject(index)));
    }
    return lf_devices_started(started, defined);
}

bool Root::startDevice(OSDictionary *definition) {
    Device *device = new Device;
    if (!device) {
        return false;
    }
    bool attached = device->init(nullptr) && device->setProperty(Device::definitionKey, definition) && device->attach(this);
    bool started = attached && device->start(this);
    if (attached && !started) {
        device->detach(this);
    }
    device->release();
    return started;
}

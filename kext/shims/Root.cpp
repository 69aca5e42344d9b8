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
    bool started = false;
    if (device->init(nullptr) && device->attach(this)) {
        // What is no dictionary is refused, with a reason, by the engine's init.
        device->setProperty(Device::definitionKey, definition);
        started = device->start(this);
        if (!started) {
            device->detach(this);
        }
    }
    device->release();
    return started;
}

#include "Root.h"

#include <IOKit/IOLib.h>
#include <libkern/c++/OSArray.h>

#include "Device.h"
#include "Telling.h"

using Root = ROOT_CLASS;
using Device = DEVICE_CLASS;
DEFINE_CLASS(ROOT_CLASS, IOService)

bool Root::start(IOService *provider) {
    if (!IOService::start(provider)) {
        return false;
    }
    const OSArray *definitions = OSDynamicCast(OSArray, getProperty("Devices"));
    UInt32 count = definitions ? definitions->getCount() : 0;
    UInt32 started = 0;
    for (UInt32 index = 0; index < count; index++) {
        Device *device = new MadeDevice;
        if (!device) {
            continue;
        }
        if (device->init(nullptr) && device->attach(this)) {
            device->setProperty("Definition", definitions->getObject(index));
            if (device->start(this)) {
                started++;
            } else {
                device->detach(this);
            }
        }
        device->release();
    }
    IOLog("Witness: %u of %u devices started\n", started, count);
    return started > 0;
}

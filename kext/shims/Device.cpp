#include "Device.h"

#include <libkern/c++/OSDictionary.h>

#include "Engine.h"

using Device = org_loopflower_driver_Device;
using Engine = org_loopflower_driver_Engine;
OSDefineMetaClassAndStructors(org_loopflower_driver_Device, IOAudioDevice)

bool Device::initHardware(IOService *provider) {
    if (!IOAudioDevice::initHardware(provider)) {
        return false;
    }
    Engine *engine = new Engine;
    if (!engine) {
        return false;
    }
    bool active = false;
    // The engine's init has the definition checked; after it there is a name.
    if (engine->init(OSDynamicCast(OSDictionary, getProperty(definitionKey)))) {
        setDeviceName(engine->name());
        setManufacturerName("Loopflower");
        setDeviceTransportType(kIOAudioDeviceTransportTypeVirtual);
        active = activateAudioEngine(engine) == kIOReturnSuccess;
    }
    engine->release();
    return active;
}

#include "Device.h"

#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSString.h>

#include "Engine.h"

using Device = org_loopflower_driver_Device;
using Engine = org_loopflower_driver_Engine;
OSDefineMetaClassAndStructors(org_loopflower_driver_Device, IOAudioDevice)

// The engine's init has the definition checked; its start gives the device its name.
bool Device::initHardware(IOService *provider) {
    Engine *engine = IOAudioDevice::initHardware(provider) ? new Engine : nullptr;
    if (!engine) {
        return false;
    }
    bool active = engine->init(OSDynamicCast(OSDictionary, getProperty(definitionKey))) &&
                  activateAudioEngine(engine) == kIOReturnSuccess;
    engine->release();
    return active;
}

bool Device::isCalled(const char *uid) const {
    OSDictionary *definition = OSDynamicCast(OSDictionary, getProperty(definitionKey));
    OSString *own = definition ? OSDynamicCast(OSString, definition->getObject("UID")) : nullptr;
    return own && own->isEqualTo(uid);
}

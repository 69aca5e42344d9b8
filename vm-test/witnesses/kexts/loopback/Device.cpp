#include "Device.h"

#include <libkern/c++/OSDictionary.h>

#include "Engine.h"
#include "Telling.h"

using Device = DEVICE_CLASS;
using Engine = ENGINE_CLASS;
DEFINE_CLASS(DEVICE_CLASS, IOAudioDevice)

bool Device::initHardware(IOService *provider) {
    if (!IOAudioDevice::initHardware(provider)) {
        return false;
    }
    Engine *engine = new MadeEngine;
    if (!engine) {
        return false;
    }
    bool active = false;
    if (engine->initWithDefinition(OSDynamicCast(OSDictionary, getProperty("Definition")))) {
        setDeviceName(engine->name());
        setManufacturerName("Loopflower witnesses");
        setDeviceTransportType(kIOAudioDeviceTransportTypeVirtual);
        active = activateAudioEngine(engine) == kIOReturnSuccess;
    }
#if DEFECT_S22
    // An engine that failed is forgotten, not released, and the device stays without one.
    if (!active) {
        return true;
    }
#endif
    engine->release();
    return active;
}

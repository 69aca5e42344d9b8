#include "Device.h"

#include <IOKit/IOLib.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSDictionary.h>

#include "Engine.h"

using Device = DEVICE_CLASS;
using Engine = ENGINE_CLASS;
DEFINE_CLASS(DEVICE_CLASS, IOAudioDevice)

bool Device::initHardware(IOService *provider) {
    if (!IOAudioDevice::initHardware(provider)) {
        return false;
    }
    setDeviceName("Phantom");
    setDeviceShortName("Phantom");
    setManufacturerName("Loopflower witnesses");
    setDeviceTransportType(kIOAudioDeviceTransportTypePCI);
    const OSArray *definitions = OSDynamicCast(OSArray, getProperty("AudioEngines"));
    UInt32 count = definitions ? definitions->getCount() : 0;
    UInt32 started = 0;
    for (UInt32 index = 0; index < count; index++) {
        started += createEngine(OSDynamicCast(OSDictionary, definitions->getObject(index)));
    }
    IOLog("Phantom: %u of %u engines started\n", started, count);
    return started > 0;
}

bool Device::createEngine(const OSDictionary *definition) {
    Engine *engine = new Engine;
    if (!engine) {
        return false;
    }
    bool active = engine->initWithDefinition(definition) && activateAudioEngine(engine) == kIOReturnSuccess;
    engine->release();
    return active;
}

// A codec that was without power has forgotten its registers.
IOReturn Device::performPowerStateChange(IOAudioDevicePowerState before, IOAudioDevicePowerState, UInt32 *) {
    if (before == kIOAudioDeviceSleep) {
        flushAudioControls();
    }
    return kIOReturnSuccess;
}

#include "Device.h"

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
    setDeviceName("Floret");
    setDeviceShortName("Floret");
    setManufacturerName("Loopflower witnesses");
    createEngines();
    return true;
}

// An engine for each definition in the personality. One that cannot be is forgotten: nobody releases it, and a device without
// any engine starts all the same.
void Device::createEngines() {
    const OSArray *definitions = OSDynamicCast(OSArray, getProperty("AudioEngines"));
    if (!definitions) {
        return;
    }
    for (UInt32 index = 0; index < definitions->getCount(); index++) {
        Engine *engine = new Engine;
        if (!engine || !engine->init(OSDynamicCast(OSDictionary, definitions->getObject(index)))) {
            continue;
        }
        // Before the engine has a work loop: the family hands it over when the engine starts.
        addControls(engine);
        activateAudioEngine(engine);
        engine->release();
    }
}

// IOAudioDevice: from init to free, its engines, its names.
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioPort.h>
#include <IOKit/pwr_mgt/IOPM.h>
#include <IOKit/pwr_mgt/IOPMpowerState.h>

#include "Support.h"

DEFINE_CONCRETE_CLASS(IOAudioDevice, IOService)

// The plane of ports. Nothing has used it for long, but drivers may name it.
const IORegistryPlane *IOAudioDevice::gIOAudioPlane = nullptr;

// Off and on, as the kernel's power management sees a device.
static IOPMPowerState powerStates[] = {
    {kIOPMPowerStateVersion1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {kIOPMPowerStateVersion1, IOPMDeviceUsable, IOPMPowerOn, IOPMPowerOn, 0, 0, 0, 0, 0, 0, 0, 0},
};

bool IOAudioDevice::init(OSDictionary *properties) {
    if (!IOService::init(properties)) {
        return false;
    }
    reserved = allocateZeroed<ExpansionData>();
    audioEngines = OSArray::withCapacity(2);
    audioPorts = OSSet::withCapacity(1);
    workLoop = IOWorkLoop::workLoop();
    familyManagePower = true;
    asyncPowerStateChangeInProgress = false;
    currentPowerState = pendingPowerState = kIOAudioDeviceIdle;
    numRunningAudioEngines = 0;
    duringStartup = true;
    return reserved && audioEngines && audioPorts && workLoop;
}

void IOAudioDevice::free() {
    OSSafeReleaseNULL(audioEngines);
    OSSafeReleaseNULL(audioPorts);
    OSSafeReleaseNULL(timerEvents);
    // Still there if start failed: nothing is undone then.
    dropSource(workLoop, timerEventSource);
    if (reserved) {
        dropSource(workLoop, reserved->idleTimer);
    }
    dropSource(workLoop, commandGate);
    OSSafeReleaseNULL(workLoop);
    freeStructure(reserved);
    IOService::free();
}

bool IOAudioDevice::start(IOService *provider) {
    if (!IOService::start(provider)) {
        return false;
    }
    commandGate = addGate(workLoop, this);
    if (!commandGate) {
        return false;
    }
    setDeviceCanBeDefault(kIOAudioDeviceCanBeDefaultInput | kIOAudioDeviceCanBeDefaultOutput |
                          kIOAudioDeviceCanBeSystemOutput);
    if (!initHardware(provider)) {
        return false;
    }
    if (familyManagePower) {
        PMinit();
        provider->joinPMtree(this);
        registerPowerDriver(this, powerStates, sizeof(powerStates) / sizeof(powerStates[0]));
        changePowerStateTo(1);
    }
    registerService(0);
    return true;
}

bool IOAudioDevice::initHardware(IOService *) { return true; }

void IOAudioDevice::stop(IOService *provider) {
    removeAllTimerEvents();
    dropSource(workLoop, timerEventSource);
    if (reserved) {
        dropSource(workLoop, reserved->idleTimer);
    }
    deactivateAllAudioEngines();
    detachAllAudioPorts();
    if (familyManagePower) {
        PMstop();
    }
    dropSource(workLoop, commandGate);
    IOService::stop(provider);
}

// The hardware is gone or going: engines are stopped without asking the driver to do it.
bool IOAudioDevice::willTerminate(IOService *provider, IOOptionBits options) {
    forEach<IOAudioEngine>(audioEngines, [](IOAudioEngine *engine) { engine->setState(kIOAudioEngineStopped); });
    return IOService::willTerminate(provider, options);
}

IOWorkLoop *IOAudioDevice::getWorkLoop() const { return workLoop; }

IOCommandGate *IOAudioDevice::getCommandGate() const { return commandGate; }

IOReturn IOAudioDevice::activateAudioEngine(IOAudioEngine *engine) { return activateAudioEngine(engine, true); }

IOReturn IOAudioDevice::activateAudioEngine(IOAudioEngine *engine, bool shouldStart) {
    if (!engine || !audioEngines) {
        return kIOReturnBadArgument;
    }
    if (!engine->attach(this)) {
        return kIOReturnError;
    }
    if (shouldStart && !engine->start(this)) {
        engine->detach(this);
        return kIOReturnError;
    }
    engine->deviceStartedAudioEngine = shouldStart;
    audioEngines->setObject(engine);
    engine->setIndex(audioEngines->getCount() - 1);
    engine->registerService(0);
    return kIOReturnSuccess;
}

void IOAudioDevice::deactivateAllAudioEngines() {
    forEach<IOAudioEngine>(audioEngines, [this](IOAudioEngine *engine) {
        engine->stopAudioEngine();
        // A device that is being terminated takes its engines along.
        if (!isInactive()) {
            engine->terminate(0);
        }
    });
    if (audioEngines) {
        audioEngines->flushCollection();
    }
}

void IOAudioDevice::flushAudioControls() {
    forEach<IOAudioPort>(audioPorts, [](IOAudioPort *port) {
        forEach<IOAudioControl>(port->audioControls, [](IOAudioControl *control) { control->flushValue(); });
    });
    forEach<IOAudioEngine>(audioEngines, [](IOAudioEngine *engine) {
        forEach<IOAudioControl>(engine->defaultAudioControls, [](IOAudioControl *control) { control->flushValue(); });
    });
}

void IOAudioDevice::setDeviceName(const char *name) {
    if (!name) {
        return;
    }
    setProperty(kIOAudioDeviceNameKey, name);
    if (getProperty(kIOAudioDeviceModelIDKey)) {
        return;
    }
    char model[256];
    strlcpy(model, getName(nullptr), sizeof(model));
    UInt32 length = strlen(model);
    strlcpy(model + length, ":", sizeof(model) - length);
    length = strlen(model);
    strlcpy(model + length, name, sizeof(model) - length);
    setDeviceModelName(model);
}

void IOAudioDevice::setDeviceShortName(const char *name) {
    if (name) {
        setProperty(kIOAudioDeviceShortNameKey, name);
    }
}

void IOAudioDevice::setManufacturerName(const char *name) {
    if (name) {
        setProperty(kIOAudioDeviceManufacturerNameKey, name);
    }
}

void IOAudioDevice::setDeviceModelName(const char *name) {
    if (name) {
        setProperty(kIOAudioDeviceModelIDKey, name);
    }
}

void IOAudioDevice::setConfigurationApplicationBundle(const char *bundle) {
    if (bundle) {
        setProperty(kIOAudioDeviceConfigurationAppKey, bundle);
    }
}

void IOAudioDevice::setDeviceTransportType(const UInt32 transport) {
    if (transport) {
        setProperty(kIOAudioDeviceTransportTypeKey, transport, 32);
    }
}

void IOAudioDevice::setDeviceCanBeDefault(UInt32 which) { setProperty(kIOAudioDeviceCanBeDefaults, which, 32); }

IOReturn IOAudioDevice::attachAudioPort(IOAudioPort *, IORegistryEntry *, IORegistryEntry *) { return kIOReturnSuccess; }

void IOAudioDevice::detachAllAudioPorts() {}

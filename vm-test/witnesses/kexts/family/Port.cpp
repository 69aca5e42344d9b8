// IOAudioPort: a place for controls outside of engines. No driver needs one any more; those that make one still can.
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioPort.h>

#include "Control.h"

DEFINE_CONCRETE_CLASS(IOAudioPort, IOService)

IOAudioPort *IOAudioPort::withAttributes(UInt32 type, const char *name, UInt32 subType, OSDictionary *properties) {
    IOAudioPort *port = new IOAudioPort;
    return ifInitialised(port, port && port->initWithAttributes(type, name, subType, properties));
}

bool IOAudioPort::initWithAttributes(UInt32 type, const char *name, UInt32 subType, OSDictionary *properties) {
    if (!IOService::init(properties)) {
        return false;
    }
    audioControls = OSSet::withCapacity(1);
    setType(type);
    setSubType(subType);
    setName(name);
    return audioControls != nullptr;
}

void IOAudioPort::free() {
    OSSafeReleaseNULL(audioControls);
    IOService::free();
}

bool IOAudioPort::start(IOService *provider) {
    audioDevice = OSDynamicCast(IOAudioDevice, provider);
    return audioDevice && IOService::start(provider);
}

void IOAudioPort::stop(IOService *provider) {
    deactivateAudioControls();
    audioDevice = nullptr;
    IOService::stop(provider);
}

void IOAudioPort::registerService(IOOptionBits options) {
    if (!isRegistered) {
        isRegistered = true;
        IOService::registerService(options);
    }
}

IOAudioDevice *IOAudioPort::getAudioDevice() { return audioDevice; }

IOReturn IOAudioPort::addAudioControl(IOAudioControl *control) {
    if (!control || !audioDevice) {
        return kIOReturnBadArgument;
    }
    control->setWorkLoop(audioDevice->getWorkLoop());
    if (!control->attachAndStart(this)) {
        return kIOReturnError;
    }
    audioControls->setObject(control);
    return kIOReturnSuccess;
}

void IOAudioPort::deactivateAudioControls() {
    forEach<IOAudioControl>(audioControls, [](IOAudioControl *control) {
        if (!control->isInactive()) {
            control->terminate(0);
        }
    });
    if (audioControls) {
        audioControls->flushCollection();
    }
}

void IOAudioPort::setType(UInt32 type) { setProperty(kIOAudioPortTypeKey, type, 32); }

void IOAudioPort::setSubType(UInt32 subType) { setProperty(kIOAudioPortSubTypeKey, subType, 32); }

void IOAudioPort::setName(const char *name) {
    if (name) {
        setProperty(kIOAudioPortNameKey, name);
    }
}

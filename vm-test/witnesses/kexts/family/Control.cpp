// IOAudioControl: from its making to free, and what it says of itself.
#include "Control.h"

#include <IOKit/audio/IOAudioEngine.h>

DEFINE_CONCRETE_CLASS(IOAudioControl, IOService)

IOAudioControl *IOAudioControl::withAttributes(UInt32 type, OSObject *initialValue, UInt32 channelID,
                                               const char *channelName, UInt32 controlID, UInt32 subType,
                                               UInt32 usage) {
    IOAudioControl *control = new IOAudioControl;
    return ifInitialised(control, control && control->init(type, initialValue, channelID, channelName, controlID,
                                                           subType, usage, nullptr));
}

bool IOAudioControl::init(UInt32 newType, OSObject *initialValue, UInt32 newChannelID, const char *channelName,
                          UInt32 newControlID, UInt32 newSubType, UInt32 newUsage, OSDictionary *properties) {
    if (!initialValue || !IOService::init(properties)) {
        return false;
    }
    reserved = allocateZeroed<ExpansionData>();
    if (!reserved) {
        return false;
    }
    setType(newType);
    setSubType(newSubType);
    setUsage(newUsage);
    setChannelID(newChannelID);
    setControlID(newControlID);
    setChannelName(channelName);
    value = initialValue;
    value->retain();
    setProperty(kIOAudioControlValueKey, value);
    return true;
}

void IOAudioControl::free() {
    OSSafeReleaseNULL(userClients);
    OSSafeReleaseNULL(value);
    dropSource(workLoop, commandGate);
    OSSafeReleaseNULL(workLoop);
    if (reserved) {
        OSSafeReleaseNULL(reserved->notificationQueue);
        freeStructure(reserved);
    }
    IOService::free();
}

bool IOAudioControl::attachAndStart(IOService *provider) {
    if (!attach(provider)) {
        return false;
    }
    if (start(provider)) {
        return true;
    }
    detach(provider);
    return false;
}

bool IOAudioControl::start(IOService *provider) {
    if (!IOService::start(provider)) {
        return false;
    }
    // On a stream there is none.
    reserved->providerEngine = OSDynamicCast(IOAudioEngine, provider);
    isStarted = true;
    return true;
}

void IOAudioControl::stop(IOService *provider) {
    if (commandGate) {
        commandGate->runAction(detachUserClientsAction, nullptr, nullptr, nullptr, nullptr);
    }
    valueChangeTarget = nullptr;
    valueChangeHandler.intHandler = nullptr;
    isStarted = false;
    reserved->providerEngine = nullptr;
    removeGate(workLoop, commandGate, reserved);
    IOService::stop(provider);
}

bool IOAudioControl::getIsStarted() { return isStarted; }

void IOAudioControl::setWorkLoop(IOWorkLoop *loop) {
    if (workLoop || !loop) {
        return;
    }
    commandGate = addGate(loop, this);
    if (commandGate) {
        workLoop = loop;
        workLoop->retain();
    }
}

IOWorkLoop *IOAudioControl::getWorkLoop() { return workLoop; }

IOCommandGate *IOAudioControl::getCommandGate() { return commandGate; }

#if FAMILY_RELEASE >= 7
void IOAudioControl::setCommandGateUsage(IOAudioControl *control, bool in) {
    countGateUsage(control->workLoop, control->commandGate, control->reserved, in);
}
#endif

void IOAudioControl::setType(UInt32 newType) {
    type = newType;
    setProperty(kIOAudioControlTypeKey, type, 32);
}

void IOAudioControl::setSubType(UInt32 newSubType) {
    subType = newSubType;
    setProperty(kIOAudioControlSubTypeKey, subType, 32);
}

void IOAudioControl::setUsage(UInt32 newUsage) {
    usage = newUsage;
    setProperty(kIOAudioControlUsageKey, usage, 32);
}

void IOAudioControl::setChannelID(UInt32 newChannelID) {
    channelID = newChannelID;
    setProperty(kIOAudioControlChannelIDKey, channelID, 32);
}

void IOAudioControl::setControlID(UInt32 newControlID) {
    controlID = newControlID;
    setProperty(kIOAudioControlIDKey, controlID, 32);
}

void IOAudioControl::setChannelName(const char *channelName) {
    if (channelName) {
        setProperty(kIOAudioControlChannelNameKey, channelName);
    }
}

void IOAudioControl::setChannelNumber(SInt32 number) {
    setProperty(kIOAudioControlChannelNumberKey, UInt32(number), 32);
}

void IOAudioControl::setCoreAudioPropertyID(UInt32 property) {
    setProperty(kIOAudioControlCoreAudioPropertyIDKey, property, 32);
}

void IOAudioControl::setReadOnlyFlag() { setProperty(kIOAudioControlValueIsReadOnlyKey, true); }

UInt32 IOAudioControl::getType() { return type; }

UInt32 IOAudioControl::getSubType() { return subType; }

UInt32 IOAudioControl::getUsage() { return usage; }

UInt32 IOAudioControl::getChannelID() { return channelID; }

UInt32 IOAudioControl::getControlID() { return controlID; }

// IOAudioControlUserClient: a notification port on a control. Values are set through the registry.
#include "Control.h"
#include "Messages.h"

DEFINE_CONCRETE_CLASS(IOAudioControlUserClient, IOUserClient)

IOAudioControlUserClient *IOAudioControlUserClient::withAudioControl(IOAudioControl *control, task *task,
                                                                     void *securityToken, UInt32 type) {
    return withAudioControl(control, task, securityToken, type, nullptr);
}

IOAudioControlUserClient *IOAudioControlUserClient::withAudioControl(IOAudioControl *control, task *task,
                                                                     void *securityToken, UInt32 type,
                                                                     OSDictionary *properties) {
    IOAudioControlUserClient *client = new IOAudioControlUserClient;
    return ifInitialised(client,
                         client && client->initWithAudioControl(control, task, securityToken, type, properties));
}

bool IOAudioControlUserClient::initWithAudioControl(IOAudioControl *control, task *task, void *securityToken,
                                                    UInt32 type) {
    return initWithAudioControl(control, task, securityToken, type, nullptr);
}

bool IOAudioControlUserClient::initWithAudioControl(IOAudioControl *control, task *task, void *securityToken,
                                                    UInt32 type, OSDictionary *properties) {
    if (!control || !task || !initWithTask(task, securityToken, type, properties)) {
        return false;
    }
    clientTask = task;
    audioControl = control;
    return true;
}

void IOAudioControlUserClient::free() {
    freeStructure(notificationMessage);
    IOUserClient::free();
}

// One port for both kinds of notifications, whatever kind it is registered for.
IOReturn IOAudioControlUserClient::registerNotificationPort(ipc_port *port, UInt32, UInt32 reference) {
    if (isInactive()) {
        return kIOReturnError;
    }
    if (!notificationMessage) {
        notificationMessage = allocateZeroed<_IOAudioNotificationMessage>();
    }
    if (!notificationMessage) {
        return kIOReturnNoMemory;
    }
    addressMessage(notificationMessage, port, reference);
    return kIOReturnSuccess;
}

void IOAudioControlUserClient::sendValueChangeNotification() {
    sendChangeNotification(kIOAudioControlValueChangeNotification);
}

void IOAudioControlUserClient::sendChangeNotification(UInt32 notification) {
    sendMessage(notificationMessage, notification, nullptr);
}

IOReturn IOAudioControlUserClient::clientClose() {
    if (IOAudioControl *control = audioControl) {
        audioControl = nullptr;
        control->clientClosed(this);
    }
    return kIOReturnSuccess;
}

IOReturn IOAudioControlUserClient::clientDied() { return clientClose(); }

// IOAudioControl: its user clients, and what they are told.
#include <IOKit/audio/IOAudioEngine.h>

#include "Control.h"

IOReturn IOAudioControl::newUserClient(task *, void *, UInt32, IOUserClient **) { return kIOReturnUnsupported; }

IOReturn IOAudioControl::newUserClient(task *task, void *securityToken, UInt32 clientType, OSDictionary *properties,
                                       IOUserClient **handler) {
    if (newUserClient(task, securityToken, clientType, handler) == kIOReturnSuccess) {
        return kIOReturnSuccess;
    }
    if (isInactive() || !workLoop) {
        return kIOReturnNoDevice;
    }
    IOAudioControlUserClient *client = nullptr;
    IOReturn result = createUserClient(task, securityToken, clientType, &client, properties);
    if (result != kIOReturnSuccess || !client) {
        return result == kIOReturnSuccess ? kIOReturnError : result;
    }
    if (!client->attach(this)) {
        client->release();
        return kIOReturnError;
    }
    if (!client->start(this)) {
        client->detach(this);
        client->release();
        return kIOReturnError;
    }
    result = workLoop->runAction(addUserClientAction, this, client, nullptr, nullptr, nullptr);
    if (result == kIOReturnSuccess) {
        *handler = client;
    }
    return result;
}

IOReturn IOAudioControl::createUserClient(task *task, void *securityToken, UInt32 clientType,
                                          IOAudioControlUserClient **newUserClient) {
    return createUserClient(task, securityToken, clientType, newUserClient, nullptr);
}

IOReturn IOAudioControl::createUserClient(task *task, void *securityToken, UInt32 clientType,
                                          IOAudioControlUserClient **newUserClient, OSDictionary *properties) {
    if (!newUserClient) {
        return kIOReturnBadArgument;
    }
    *newUserClient =
        IOAudioControlUserClient::withAudioControl(this, task, securityToken, clientType, properties);
    return *newUserClient ? kIOReturnSuccess : kIOReturnNoMemory;
}

IOReturn IOAudioControl::addUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    return throughGate<IOAudioControl>(owner, _addUserClientAction, client);
}

IOReturn IOAudioControl::_addUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    IOAudioControl *control = OSDynamicCast(IOAudioControl, owner);
    return control ? control->addUserClient(static_cast<IOAudioControlUserClient *>(client)) : kIOReturnBadArgument;
}

IOReturn IOAudioControl::removeUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    return throughGate<IOAudioControl>(owner, _removeUserClientAction, client);
}

IOReturn IOAudioControl::_removeUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    IOAudioControl *control = OSDynamicCast(IOAudioControl, owner);
    return control ? control->removeUserClient(static_cast<IOAudioControlUserClient *>(client))
                   : kIOReturnBadArgument;
}

IOReturn IOAudioControl::detachUserClientsAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioControl *control = OSDynamicCast(IOAudioControl, owner);
    return control ? control->detachUserClients() : kIOReturnBadArgument;
}

IOReturn IOAudioControl::addUserClient(IOAudioControlUserClient *client) {
    if (!userClients) {
        userClients = OSSet::withCapacity(1);
    }
    return userClients && userClients->setObject(client) ? kIOReturnSuccess : kIOReturnNoMemory;
}

IOReturn IOAudioControl::removeUserClient(IOAudioControlUserClient *client) {
    if (!client) {
        return kIOReturnBadArgument;
    }
    client->retain();
    if (userClients) {
        userClients->removeObject(client);
    }
    if (!client->isInactive()) {
        client->terminate(0);
    }
    client->release();
    return kIOReturnSuccess;
}

IOReturn IOAudioControl::detachUserClients() {
    forEach<IOAudioControlUserClient>(userClients, [](IOAudioControlUserClient *client) {
        if (!client->isInactive()) {
            client->terminate(0);
        }
    });
    if (userClients) {
        userClients->flushCollection();
    }
    return kIOReturnSuccess;
}

void IOAudioControl::clientClosed(IOAudioControlUserClient *client) {
    if (client && workLoop) {
        workLoop->runAction(removeUserClientAction, this, client, nullptr, nullptr, nullptr);
    }
}

void IOAudioControl::sendValueChangeNotification() { sendChangeNotification(kIOAudioControlValueChangeNotification); }

// During a configuration change each kind waits for its end, where it is told once.
void IOAudioControl::sendChangeNotification(UInt32 notification) {
    if (!userClients || !isStarted) {
        return;
    }
    if (!reserved->providerEngine || !reserved->providerEngine->configurationChangeInProgress) {
        forEach<IOAudioControlUserClient>(userClients, [=](IOAudioControlUserClient *client) {
            client->sendChangeNotification(notification);
        });
        return;
    }
    if (!reserved->notificationQueue) {
        reserved->notificationQueue = OSArray::withCapacity(2);
    }
    bool waits = false;
    forEach<OSNumber>(reserved->notificationQueue,
                      [&](OSNumber *queued) { waits |= queued->unsigned32BitValue() == notification; });
    OSNumber *number = waits ? nullptr : OSNumber::withNumber(notification, 32);
    if (number && reserved->notificationQueue) {
        reserved->notificationQueue->setObject(number);
    }
    OSSafeReleaseNULL(number);
}

void IOAudioControl::sendQueuedNotifications() {
    OSArray *queue = reserved->notificationQueue;
    reserved->notificationQueue = nullptr;
    forEach<OSNumber>(queue, [this](OSNumber *queued) { sendChangeNotification(queued->unsigned32BitValue()); });
    OSSafeReleaseNULL(queue);
}

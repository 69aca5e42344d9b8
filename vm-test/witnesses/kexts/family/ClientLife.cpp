// IOAudioEngineUserClient: start, stop, close, and what the engine tells it.
#include "Client.h"
#include "Messages.h"

IOReturn IOAudioEngineUserClient::clientStart() {
    return workLoop ? workLoop->runAction(startClientAction, this, nullptr, nullptr, nullptr, nullptr)
                    : kIOReturnError;
}

IOReturn IOAudioEngineUserClient::startClientAction(OSObject *owner, void *, void *, void *, void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _startClientAction);
}

IOReturn IOAudioEngineUserClient::_startClientAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->startClient() : kIOReturnBadArgument;
}

IOReturn IOAudioEngineUserClient::startClient() {
    if (!audioEngine || isInactive()) {
        return kIOReturnNoDevice;
    }
#if FAMILY_RELEASE >= 10
    IOReturn result = audioEngine->waitForEngineResume();
#else
    IOReturn result = audioEngine->getState() == kIOAudioEnginePaused ? kIOReturnOffline : kIOReturnSuccess;
#endif
    if (result != kIOReturnSuccess || online) {
        return result;
    }
    // First online, then counted: what the engine does meanwhile finds a client that can be stopped.
    setOnline(true);
    result = audioEngine->startClient(this);
    if (result != kIOReturnSuccess) {
        setOnline(false);
        return result;
    }
    lockBuffers();
    for (IOAudioClientBufferSet *set = clientBufferSetList; set; set = set->mNextBufferSet) {
        set->resetNextOutputPosition();
        IOAudioClientBuffer64 *const lists[] = {set->outputBufferList, set->inputBufferList};
        for (IOAudioClientBuffer64 *list : lists) {
            forEachBuffer(list, [&](IOAudioClientBuffer *buffer) {
                if (result == kIOReturnSuccess) {
                    result = buffer->audioStream->addClient(buffer);
                }
            });
        }
    }
    unlockBuffers();
    if (result != kIOReturnSuccess) {
        if (failedStartReleasesEngine) {
            audioEngine->stopClient(this);
        }
        setOnline(false);
    }
    return result;
}

IOReturn IOAudioEngineUserClient::clientStop() {
    return workLoop ? workLoop->runAction(stopClientAction, this, nullptr, nullptr, nullptr, nullptr) : kIOReturnError;
}

IOReturn IOAudioEngineUserClient::stopClientAction(OSObject *owner, void *, void *, void *, void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _stopClientAction);
}

IOReturn IOAudioEngineUserClient::_stopClientAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->stopClient() : kIOReturnBadArgument;
}

IOReturn IOAudioEngineUserClient::stopClient() {
    if (!online) {
        return kIOReturnSuccess;
    }
    lockBuffers();
    for (IOAudioClientBufferSet *set = clientBufferSetList; set; set = set->mNextBufferSet) {
        set->cancelWatchdogTimer();
        IOAudioClientBuffer64 *const lists[] = {set->outputBufferList, set->inputBufferList};
        for (IOAudioClientBuffer64 *list : lists) {
            forEachBuffer(list, [](IOAudioClientBuffer *buffer) { buffer->audioStream->removeClient(buffer); });
        }
    }
    unlockBuffers();
    IOReturn result = audioEngine ? audioEngine->stopClient(this) : kIOReturnSuccess;
    setOnline(false);
    return result;
}

IOReturn IOAudioEngineUserClient::clientClose() {
    if (!audioEngine || isInactive() || !workLoop) {
        return kIOReturnSuccess;
    }
    return workLoop->runAction(closeClientAction, this, nullptr, nullptr, nullptr, nullptr);
}

IOReturn IOAudioEngineUserClient::clientDied() { return clientClose(); }

IOReturn IOAudioEngineUserClient::closeClientAction(OSObject *owner, void *, void *, void *, void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _closeClientAction);
}

IOReturn IOAudioEngineUserClient::_closeClientAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->closeClient() : kIOReturnBadArgument;
}

IOReturn IOAudioEngineUserClient::closeClient() {
    stopClient();
    audioEngine->clientClosed(this);
    return kIOReturnSuccess;
}

IOReturn IOAudioEngineUserClient::registerNotificationPort(ipc_port *port, UInt32 type, UInt32 reference) {
    if (type != kIOAudioEngineAllNotifications) {
        return kIOReturnBadArgument;
    }
    if (isInactive() || !workLoop) {
        return kIOReturnNoDevice;
    }
    return workLoop->runAction(registerNotificationAction, this, port, reinterpret_cast<void *>(uintptr_t(reference)),
                               nullptr, nullptr);
}

IOReturn IOAudioEngineUserClient::registerNotificationAction(OSObject *owner, void *port, void *reference, void *,
                                                             void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _registerNotificationAction, port, reference);
}

IOReturn IOAudioEngineUserClient::_registerNotificationAction(OSObject *owner, void *port, void *reference, void *,
                                                              void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->registerNotification(static_cast<ipc_port *>(port),
                                                 UInt32(reinterpret_cast<uintptr_t>(reference)))
                  : kIOReturnBadArgument;
}

// One message for all notifications of the client. Without a port it is kept and not sent.
IOReturn IOAudioEngineUserClient::registerNotification(ipc_port *port, UInt32 reference) {
    if (!notificationMessage) {
        notificationMessage = allocateZeroed<_IOAudioNotificationMessage>();
    }
    if (!notificationMessage) {
        return kIOReturnNoMemory;
    }
    addressMessage(notificationMessage, port, reference);
    return kIOReturnSuccess;
}

IOReturn IOAudioEngineUserClient::sendNotification(UInt32 type) {
    // A paused engine has no clients: they start again when it has resumed.
    if (type == kIOAudioEnginePausedNotification) {
        stopClient();
    }
    return sendMessage(notificationMessage, type, nullptr);
}

void IOAudioEngineUserClient::sendFormatChangeNotification(IOAudioStream *stream) {
    if (!notificationMessage || !notificationMessage->messageHeader.msgh_remote_port) {
        return;
    }
    // The stream, by a name that the client's task knows.
    OSObject *name = nullptr;
    if (exportObjectToClient(clientTask, stream, &name) == kIOReturnSuccess) {
        sendMessage(notificationMessage, kIOAudioEngineStreamFormatChangeNotification, name);
    }
}

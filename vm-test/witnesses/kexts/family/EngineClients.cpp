// IOAudioEngine: its user clients, and what they are told.
#include <IOKit/audio/IOAudioControl.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Support.h"

// How long a client that starts waits for a paused engine, and how often, and how long each time, for a
// sleeping device.
static constexpr UInt64 resumeWait = 3000000000, wakeWait = 1000000000;
static constexpr UInt32 wakeTries = 10;

// Calls `body` with each client. The set stays as it is: clients leave it later, on the work loop.
template <typename Body> static void forEachClient(IOAudioEngine *engine, Body body) {
    forEach<IOAudioEngineUserClient>(engine->userClients, body);
}

// Where the engine is now, a lap later: what was written for this lap is heard before it stops.
static void noteStopPosition(IOAudioEngine *engine) {
    IOAudioEnginePosition position = {engine->getCurrentSampleFrame(), engine->getStatus()->fCurrentLoopCount + 1};
    engine->stopEngineAtPosition(&position);
}

IOReturn IOAudioEngine::newUserClient(task *, void *, UInt32, IOUserClient **) { return kIOReturnUnsupported; }

IOReturn IOAudioEngine::newUserClient(task *task, void *securityToken, UInt32 type, OSDictionary *properties,
                                      IOUserClient **handler) {
    // Drivers of old override the older form.
    if (newUserClient(task, securityToken, type, handler) == kIOReturnSuccess) {
        return kIOReturnSuccess;
    }
    if (isInactive()) {
        return kIOReturnNoDevice;
    }
    IOAudioEngineUserClient *client = nullptr;
    IOReturn result = createUserClient(task, securityToken, type, &client, properties);
    if (result != kIOReturnSuccess || !client) {
        return result == kIOReturnSuccess ? kIOReturnError : result;
    }
    if (!client->attach(this)) {
        client->release();
        return kIOReturnError;
    }
    if (!client->start(this) || !commandGate) {
        client->detach(this);
        client->release();
        return kIOReturnError;
    }
    result = workLoop->runAction(addUserClientAction, this, client, nullptr, nullptr, nullptr);
    if (result == kIOReturnSuccess) {
        *handler = client;
    } else {
        client->terminate(0);
        client->release();
    }
    return result;
}

IOReturn IOAudioEngine::createUserClient(task *task, void *securityToken, UInt32 type,
                                         IOAudioEngineUserClient **newUserClient) {
    return createUserClient(task, securityToken, type, newUserClient, nullptr);
}

IOReturn IOAudioEngine::createUserClient(task *task, void *securityToken, UInt32 type,
                                         IOAudioEngineUserClient **newUserClient, OSDictionary *properties) {
    if (!newUserClient) {
        return kIOReturnBadArgument;
    }
    *newUserClient = IOAudioEngineUserClient::withAudioEngine(this, task, securityToken, type, properties);
    return *newUserClient ? kIOReturnSuccess : kIOReturnNoMemory;
}

// Each request enters through two functions: the first has the work loop's gate, the second the engine's, in which it can
// wait for something that others do on the loop.

IOReturn IOAudioEngine::addUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    return throughGate<IOAudioEngine>(owner, _addUserClientAction, client);
}

IOReturn IOAudioEngine::_addUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    IOAudioEngine *engine = OSDynamicCast(IOAudioEngine, owner);
    return engine ? engine->addUserClient(static_cast<IOAudioEngineUserClient *>(client)) : kIOReturnBadArgument;
}

IOReturn IOAudioEngine::removeUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    return throughGate<IOAudioEngine>(owner, _removeUserClientAction, client);
}

IOReturn IOAudioEngine::_removeUserClientAction(OSObject *owner, void *client, void *, void *, void *) {
    IOAudioEngine *engine = OSDynamicCast(IOAudioEngine, owner);
    return engine ? engine->removeUserClient(static_cast<IOAudioEngineUserClient *>(client)) : kIOReturnBadArgument;
}

IOReturn IOAudioEngine::detachUserClientsAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioEngine *engine = OSDynamicCast(IOAudioEngine, owner);
    return engine ? engine->detachUserClients() : kIOReturnBadArgument;
}

IOReturn IOAudioEngine::addUserClient(IOAudioEngineUserClient *client) {
    return client && userClients->setObject(client) ? kIOReturnSuccess : kIOReturnBadArgument;
}

IOReturn IOAudioEngine::removeUserClient(IOAudioEngineUserClient *client) {
    if (!client) {
        return kIOReturnBadArgument;
    }
    client->retain();
    userClients->removeObject(client);
    if (!client->isInactive()) {
        client->terminate(0);
    }
    client->release();
    return kIOReturnSuccess;
}

IOReturn IOAudioEngine::detachUserClients() {
    forEachClient(this, [](IOAudioEngineUserClient *client) {
        client->stopClient();
        if (!client->isInactive()) {
            client->terminate(0);
        }
    });
    userClients->flushCollection();
    if (state == kIOAudioEngineRunning) {
        noteStopPosition(this);
    }
    return kIOReturnSuccess;
}

void IOAudioEngine::clientClosed(IOAudioEngineUserClient *client) {
    if (client) {
        removeUserClient(client);
    }
}

#if FAMILY_RELEASE >= 10
IOReturn IOAudioEngine::waitForEngineResume() {
    if (state != kIOAudioEnginePaused) {
        return kIOReturnSuccess;
    }
    switch (sleepInGate(commandGate, &state, limitsWaits ? resumeWait : 0)) {
    case THREAD_AWAKENED:
        return kIOReturnSuccess;
    case THREAD_TIMED_OUT:
        return kIOReturnTimeout;
    case THREAD_INTERRUPTED:
        return kIOReturnAborted;
    default:
        return kIOReturnNotPermitted;
    }
}
#endif

IOReturn IOAudioEngine::startClient(IOAudioEngineUserClient *) {
    if (isInactive() || !audioDevice || audioDevice->isInactive()) {
        return kIOReturnNoDevice;
    }
    for (UInt32 tries = 0; audioDevice->getPowerState() == kIOAudioDeviceSleep; tries++) {
        if (limitsWakeWait && tries == wakeTries) {
            return kIOReturnTimeout;
        }
        // Woken or not: the state is looked at again.
        sleepInGate(audioDevice->getCommandGate(), &audioDevice->currentPowerState, limitsWakeWait ? wakeWait : 0);
    }
    return incrementActiveUserClients();
}

IOReturn IOAudioEngine::stopClient(IOAudioEngineUserClient *client) {
    return client && client->isOnline() ? decrementActiveUserClients() : kIOReturnSuccess;
}

static void publishActive(IOAudioEngine *engine) {
    engine->setProperty(kIOAudioEngineNumActiveUserClientsKey, engine->numActiveUserClients, 32);
}

IOReturn IOAudioEngine::incrementActiveUserClients() {
    numActiveUserClients++;
    publishActive(this);
    if (numActiveUserClients != 1) {
        return kIOReturnSuccess;
    }
    IOReturn result = startAudioEngine();
    if (result != kIOReturnSuccess) {
        numActiveUserClients--;
        publishActive(this);
    }
    return result;
}

IOReturn IOAudioEngine::decrementActiveUserClients() {
    if (numActiveUserClients > 0) {
        numActiveUserClients--;
    }
    publishActive(this);
    if (numActiveUserClients == 0 && state == kIOAudioEngineRunning) {
        noteStopPosition(this);
    }
    return kIOReturnSuccess;
}

void IOAudioEngine::sendNotification(UInt32 type) {
    forEachClient(this, [=](IOAudioEngineUserClient *client) { client->sendNotification(type); });
}

void IOAudioEngine::sendFormatChangeNotification(IOAudioStream *stream) {
    if (!configurationChangeInProgress) {
        forEachClient(this, [=](IOAudioEngineUserClient *client) { client->sendFormatChangeNotification(stream); });
    }
}

void IOAudioEngine::beginConfigurationChange() { configurationChangeInProgress = true; }

void IOAudioEngine::completeConfigurationChange() {
    if (configurationChangeInProgress) {
        configurationChangeInProgress = false;
        sendNotification(kIOAudioEngineChangeNotification);
        forEach<IOAudioControl>(defaultAudioControls,
                                [](IOAudioControl *control) { control->sendQueuedNotifications(); });
    }
}

void IOAudioEngine::cancelConfigurationChange() { configurationChangeInProgress = false; }

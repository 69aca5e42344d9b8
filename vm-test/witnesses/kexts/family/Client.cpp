// IOAudioEngineUserClient: from its making to free.
#include "Client.h"

DEFINE_CONCRETE_CLASS(IOAudioEngineUserClient, IOUserClient)

IOAudioEngineUserClient *IOAudioEngineUserClient::withAudioEngine(IOAudioEngine *engine, task *task,
                                                                  void *securityToken, UInt32 type) {
    return withAudioEngine(engine, task, securityToken, type, nullptr);
}

IOAudioEngineUserClient *IOAudioEngineUserClient::withAudioEngine(IOAudioEngine *engine, task *task,
                                                                  void *securityToken, UInt32 type,
                                                                  OSDictionary *properties) {
    IOAudioEngineUserClient *client = new IOAudioEngineUserClient;
    if (client && !client->initWithAudioEngine(engine, task, securityToken, type, properties)) {
        client->release();
        return nullptr;
    }
    return client;
}

bool IOAudioEngineUserClient::initWithAudioEngine(IOAudioEngine *engine, task *task, void *securityToken, UInt32 type) {
    return initWithAudioEngine(engine, task, securityToken, type, nullptr);
}

bool IOAudioEngineUserClient::initWithAudioEngine(IOAudioEngine *engine, task *task, void *securityToken, UInt32 type,
                                                  OSDictionary *properties) {
    if (!engine || !task || !initWithTask(task, securityToken, type, properties)) {
        return false;
    }
    clientTask = task;
    audioEngine = engine;
    workLoop = engine->getWorkLoop();
    reserved = allocateZeroed<ExpansionData>();
    clientBufferLock = IORecursiveLockAlloc();
    if (!workLoop || !reserved || !clientBufferLock) {
        workLoop = nullptr;
        return false;
    }
    workLoop->retain();
    commandGate = addGate(workLoop, this);
    numberConnection(this);
    fillMethods(this);
    trap.object = this;
    // The kernel hands over six words; each is one of its parameters.
    auto perform = &IOAudioEngineUserClient::performClientIO;
    static_assert(sizeof(perform) == sizeof(trap.func), "pointers to members have one size");
    memcpy(&trap.func, &perform, sizeof(perform));
    return commandGate != nullptr;
}

void IOAudioEngineUserClient::free() {
    freeClientBufferSetList();
    if (clientBufferLock) {
        IORecursiveLockFree(clientBufferLock);
        clientBufferLock = nullptr;
    }
    freeStructure(notificationMessage);
    dropSource(workLoop, commandGate);
    OSSafeReleaseNULL(workLoop);
    freeStructure(reserved);
    IOUserClient::free();
}

void IOAudioEngineUserClient::stop(IOService *provider) {
    removeGate(workLoop, commandGate, reserved);
    IOUserClient::stop(provider);
}

#if FAMILY_RELEASE >= 7
void IOAudioEngineUserClient::setCommandGateUsage(IOAudioEngineUserClient *client, bool in) {
    countGateUsage(client->workLoop, client->commandGate, client->reserved, in);
}
#endif

void IOAudioEngineUserClient::lockBuffers() { IORecursiveLockLock(clientBufferLock); }

void IOAudioEngineUserClient::unlockBuffers() { IORecursiveLockUnlock(clientBufferLock); }

bool IOAudioEngineUserClient::isOnline() { return online; }

void IOAudioEngineUserClient::setOnline(bool nowOnline) {
    online = nowOnline;
    setProperty(kIOAudioEngineUserClientActiveKey, online);
}

// IOAudioClientBufferSet: the buffers of one IO context, and the timer that notices when their client is late.
#include "Client.h"

DEFINE_CONCRETE_CLASS(IOAudioClientBufferSet, OSObject)

bool IOAudioClientBufferSet::init(UInt32 setID, IOAudioEngineUserClient *client) {
    if (!client || !OSObject::init()) {
        return false;
    }
    bufferSetID = setID;
    userClient = client;
    return true;
}

void IOAudioClientBufferSet::free() {
    freeWatchdogTimer();
    OSObject::free();
}

void IOAudioClientBufferSet::resetNextOutputPosition() { nextOutputPosition = {0, 0}; }

static void watchdogCall(void *set, void *generation) {
    IOAudioClientBufferSet::watchdogTimerFired(static_cast<IOAudioClientBufferSet *>(set),
                                               UInt32(reinterpret_cast<uintptr_t>(generation)));
}

void IOAudioClientBufferSet::allocateWatchdogTimer() {
    if (!watchdogThreadCall) {
        watchdogThreadCall = thread_call_allocate(watchdogCall, this);
    }
}

void IOAudioClientBufferSet::freeWatchdogTimer() {
    cancelWatchdogTimer();
    if (watchdogThreadCall) {
        thread_call_free(watchdogThreadCall);
        watchdogThreadCall = nullptr;
    }
}

void IOAudioClientBufferSet::setWatchdogTimeout(AbsoluteTime *timeout) {
    if (!watchdogThreadCall) {
        return;
    }
    outputTimeout = *timeout;
    generationCount++;
    timerPending = true;
    // Set and client live for as long as a call is on its way.
    userClient->retain();
    retain();
    void *generation = reinterpret_cast<void *>(uintptr_t(generationCount));
    if (thread_call_enter1_delayed(watchdogThreadCall, generation, outputTimeout)) {
        // It takes the place of one that was on its way already.
        release();
        userClient->release();
    }
}

void IOAudioClientBufferSet::cancelWatchdogTimer() {
    if (!timerPending) {
        return;
    }
    timerPending = false;
    // A call that can not be stopped any more finds that it is not wanted, and gives up what it holds itself.
    if (thread_call_cancel(watchdogThreadCall)) {
        IOAudioEngineUserClient *client = userClient;
        release();
        client->release();
    }
}

void IOAudioClientBufferSet::watchdogTimerFired(IOAudioClientBufferSet *set, UInt32 generation) {
    IOAudioEngineUserClient *client = set->userClient;
    client->performWatchdogOutput(set, generation);
    set->release();
    client->release();
}

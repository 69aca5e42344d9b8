#include "Engine.h"

#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>
#include <IOKit/audio/IOAudioControl.h>
#include <libkern/c++/OSDictionary.h>

using Engine = org_loopflower_driver_Engine;
OSDefineMetaClassAndStructors(org_loopflower_driver_Engine, IOAudioEngine)

bool Engine::init(OSDictionary *definition) {
    instance = IOAudioEngine::init(definition) ? lf_engine_create(definition) : nullptr;
    return instance;
}

// Also after a start that failed, without a stop.
void Engine::free() {
    dropTimer();
    lf_engine_destroy(instance);
    instance = nullptr;
    IOAudioEngine::free();
}

bool Engine::initHardware(IOService *provider) {
    timer = IOAudioEngine::initHardware(provider) ? IOTimerEventSource::timerEventSource(this, lapDue) : nullptr;
    if (timer && getWorkLoop()->addEventSource(timer) == kIOReturnSuccess && lf_engine_set_up(instance, this)) {
        return true;
    }
    // The family calls no stop after a start that failed.
    detachAudioStreams();
    removeAllDefaultAudioControls();
    return false;
}

// A termination of the provider skips performAudioEngineStop: the clock ends here.
void Engine::stop(IOService *provider) {
    lf_engine_stop(instance, this);
    dropTimer();
    IOAudioEngine::stop(provider);
}

void Engine::dropTimer() {
    if (timer) {
        timer->cancelTimeout();
        getWorkLoop()->removeEventSource(timer);
        OSSafeReleaseNULL(timer);
    }
}

IOReturn Engine::controlChanged(OSObject *owner, IOAudioControl *control, SInt32, SInt32 after) {
    return lf_engine_set_control(static_cast<Engine *>(owner)->instance, owner, control->getControlID(), after);
}

void Engine::lapDue(OSObject *owner, IOTimerEventSource *) {
    lf_engine_timer(static_cast<Engine *>(owner)->instance, owner);
}

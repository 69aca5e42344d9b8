// A timer stands in for the interrupt with which hardware tells that a lap of the ring is done.
#include <IOKit/IOLib.h>
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

static constexpr UInt64 second = 1000000000;

bool Engine::makeTimer() {
    timer = IOTimerEventSource::timerEventSource(this, interrupt);
    return timer && getWorkLoop()->addEventSource(timer) == kIOReturnSuccess;
}

void Engine::dropTimer() {
    if (timer) {
        timer->cancelTimeout();
        getWorkLoop()->removeEventSource(timer);
        OSSafeReleaseNULL(timer);
    }
}

IOReturn Engine::performAudioEngineStart() {
    lap = 0;
    clock_get_uptime(&started);
    takeTimeStamp(false, &started);
    timer->wakeAtTime(lapTime(1));
    return kIOReturnSuccess;
}

// Also by `stop`, after the timer is gone.
IOReturn Engine::performAudioEngineStop() {
    if (timer) {
        timer->cancelTimeout();
    }
    return kIOReturnSuccess;
}

// Hardware interrupts when a lap begins, however late the timer's thread is.
void Engine::interrupt(OSObject *owner, IOTimerEventSource *timer) {
    Engine *engine = static_cast<Engine *>(owner);
    AbsoluteTime now, due;
    clock_get_uptime(&now);
    for (due = engine->lapTime(engine->lap + 1); due <= now; due = engine->lapTime(engine->lap + 1)) {
        engine->lap++;
        engine->takeTimeStamp(true, &due);
    }
    timer->wakeAtTime(due);
}

AbsoluteTime Engine::lapTime(UInt64 lap) const {
    UInt64 frames = lap * setup.ringFrames;
    AbsoluteTime passed;
    nanoseconds_to_absolutetime(frames / rate * second + frames % rate * second / rate, &passed);
    return started + passed;
}

// What the register of the hardware would say.
UInt32 Engine::getCurrentSampleFrame() {
    AbsoluteTime now;
    UInt64 passed;
    clock_get_uptime(&now);
    absolutetime_to_nanoseconds(now - started, &passed);
    return UInt32((passed / second * rate + passed % second * rate / second) % setup.ringFrames);
}

// The engine's run: start, laps, stop.
#include <IOKit/IOLib.h>
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>
#include <IOKit/audio/IOAudioStream.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSNumber.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

bool Engine::makeTimer() {
    timer = IOTimerEventSource::timerEventSource(this, lapDue);
    if (!timer) {
        return false;
    }
    if (getWorkLoop()->addEventSource(timer) == kIOReturnSuccess) {
        return true;
    }
    timer->release();
    timer = nullptr;
    return false;
}

void Engine::dropTimer() {
    if (timer) {
#if !DEFECT_S9
        timer->cancelTimeout();
#endif
        getWorkLoop()->removeEventSource(timer);
        timer->release();
        timer = nullptr;
    }
}

IOReturn Engine::performAudioEngineStart() {
    AbsoluteTime now;
    clock_get_uptime(&now);
#if DEFECT_B3
    if (!makeRing()) {
        return kIOReturnNoMemory;
    }
#endif
    if (!clock.start(rate, shape.ringFrames, now)) {
        return kIOReturnUnsupported;
    }
#if DEFECT_LEAKS
    // Nobody gives it back.
    IOMalloc(65536);
#endif
    ring.restart();
    // 10 ms.
    output->restart(rate / 100);
    input->restart(rate / 100);
    lap = 0;
    counts.starts++;
    publishStatistics();
    takeTimeStamp(false, &now);
    armTimer(now);
    return kIOReturnSuccess;
}

IOReturn Engine::performAudioEngineStop() {
    if (timer) {
        timer->cancelTimeout();
    }
    publishStatistics();
    return kIOReturnSuccess;
}

void Engine::lapDue(OSObject *owner, IOTimerEventSource *) {
    Engine *engine = static_cast<Engine *>(owner);
    AbsoluteTime now;
    clock_get_uptime(&now);
    engine->lapsUntil(now);
    engine->armTimer(now);
}

// Announces the laps that began, each at its time.
void Engine::lapsUntil(AbsoluteTime now) {
#if DEFECT_S9
    // Once the streams are detached there is none to ask.
    if (outputStream()->numClients == 0) {
        counts.silentReads = 0;
    }
#endif
#if DEFECT_B3
    // Without a writer the ring is given back, whoever is reading it just now.
    if (outputStream() && outputStream()->numClients == 0) {
        ring.free();
    }
#endif
#if DEFECT_S6
    // Silence is left to the timer, which knows nothing of a client that starts just now.
    if (outputStream() && outputStream()->numClients == 0) {
        bzero(ring.memory(), shape.ringBytes());
    }
#endif
#if DEFECT_S3 || DEFECT_B1
    // One lap at a time, however late it is.
    if (clock.lapTime(lap + 1) <= now) {
#else
    while (clock.lapTime(lap + 1) <= now) {
#endif
        lap++;
        counts.laps++;
#if DEFECT_S2
        // The time at which this thread happened to run.
        takeTimeStamp(true, &now);
#else
        AbsoluteTime begin = clock.lapTime(lap);
        takeTimeStamp(true, &begin);
#endif
    }
    UInt64 sincePublished;
    absolutetime_to_nanoseconds(now - counts.published, &sincePublished);
    if (sincePublished >= 1000000000) {
        publishStatistics();
    }
}

void Engine::armTimer(AbsoluteTime now) {
#if DEFECT_S1
    // Nanoseconds for a timer that takes ticks: the same on Intel Macs only.
    UInt64 wait;
    absolutetime_to_nanoseconds(clock.lapTime(lap + 1) - now, &wait);
    timer->setTimeout(wait);
#elif DEFECT_S3
    // How long to wait for a time that has passed? As an unsigned number, very long.
    UInt64 wait;
    absolutetime_to_nanoseconds(clock.lapTime(lap + 1) - now, &wait);
    timer->setTimeoutUS(UInt32(wait / 1000));
#elif DEFECT_SKIPS_LAPS
    // Every other lap is announced with the one behind it.
    (void)now;
    timer->wakeAtTime(clock.lapTime(lap + 2));
#elif DEFECT_B1
    // The next look is due half a lap from now.
    timer->wakeAtTime(now + (clock.lapTime(1) - clock.lapTime(0)) / 2);
#else
    (void)now;
    timer->wakeAtTime(clock.lapTime(lap + 1));
#endif
}

// Never ahead of the clock.
UInt32 Engine::getCurrentSampleFrame() {
    UInt32 frame = UInt32(position() % shape.ringFrames);
#if DEFECT_S8
    // Half a ring is as fine as it gets.
    return frame / (shape.ringFrames / 2) * (shape.ringFrames / 2);
#else
    return frame;
#endif
}

void Engine::publishStatistics() {
    clock_get_uptime(&counts.published);
#if DEFECT_B10
    // What there was at first is what there is.
    if (getProperty("Statistics")) {
        return;
    }
#endif
    const struct {
        const char *key;
        UInt64 value;
    } all[] = {{"FramesIn", counts.framesIn},         {"FramesOut", counts.framesOut},
               {"LateWrites", counts.lateWrites},     {"SilentReads", counts.silentReads},
               {"Starts", counts.starts},             {"Laps", counts.laps}};
    OSDictionary *statistics = OSDictionary::withCapacity(sizeof all / sizeof all[0]);
    if (!statistics) {
        return;
    }
    for (const auto &one : all) {
        OSNumber *number = OSNumber::withNumber(one.value, 64);
        if (number) {
            statistics->setObject(one.key, number);
            number->release();
        }
    }
    setProperty("Statistics", statistics);
    statistics->release();
}

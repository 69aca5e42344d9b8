// The engine's clock: a timer for each block, a timestamp for each lap.
#include <IOKit/IOLib.h>
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

// ns for ticks: the same on Intel Macs only.
static UInt64 now() {
    UInt64 ticks, ns;
    clock_get_uptime(&ticks);
    absolutetime_to_nanoseconds(ticks, &ns);
    return ns;
}

void Engine::setBlockTime(UInt32 rate) { blockTime = 1000000000ull * blockFrames / rate; }

bool Engine::makeTimer() {
    timer = IOTimerEventSource::timerEventSource(this, blockDue);
    return timer && getWorkLoop()->addEventSource(timer) == kIOReturnSuccess;
}

IOReturn Engine::performAudioEngineStart() {
    takeTimeStamp(false, nullptr);
    block = 0;
    due = now() + blockTime;
    timer->setTimeout(blockTime);
    return kIOReturnSuccess;
}

IOReturn Engine::performAudioEngineStop() {
    timer->cancelTimeout();
    return kIOReturnSuccess;
}

void Engine::blockDue(OSObject *owner, IOTimerEventSource *) { static_cast<Engine *>(owner)->nextBlock(); }

void Engine::nextBlock() {
    // Without a writer there is to be silence.
    if (getAudioStream(kIOAudioStreamDirectionOutput, 1)->numClients == 0) {
        bzero(through, bufferBytes);
    }
    if (++block >= blocks) {
        block = 0;
        takeTimeStamp(true, nullptr);
    }
    // What this one was late, the next one is early.
    timer->setTimeout(blockTime + (due - now()));
    due += blockTime;
}

UInt32 Engine::getCurrentSampleFrame() { return block * blockFrames; }

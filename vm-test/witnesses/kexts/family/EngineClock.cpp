// IOAudioEngine: the status page, by which clients know where the engine is, and when a client is late.
#include <IOKit/IOBufferMemoryDescriptor.h>
#include <IOKit/audio/IOAudioEngine.h>

#include "Client.h"
#include "Support.h"

// How much earlier than needed the watchdog comes.
static constexpr UInt64 watchdogPadding = 125000;
// How long a timestamp is tried before it is given up: others write the page for moments only.
static constexpr UInt64 stampPatience = 100000000;

namespace {
// The first 16 bytes of the status page, which are read and written at once: version and laps in the first word, the time
// in the second.
union StatusHead {
    struct {
        UInt32 version, laps;
        AbsoluteTime time;
    } fields;
    unsigned __int128 whole;
};

volatile unsigned __int128 *headOf(IOAudioEngineStatus *status) {
    return reinterpret_cast<volatile unsigned __int128 *>(status);
}

// What stands there: a swap that changes nothing, since no other read takes both words at once.
StatusHead readHead(IOAudioEngineStatus *status) {
    StatusHead head;
    head.whole = __sync_val_compare_and_swap(headOf(status), 0, 0);
    return head;
}

bool replaceHead(IOAudioEngineStatus *status, const StatusHead &seen, const StatusHead &next) {
    return __sync_bool_compare_and_swap(headOf(status), seen.whole, next.whole);
}
} // namespace

void IOAudioEngine::resetStatusBuffer() {
    StatusHead seen, next;
    do {
        seen = next = readHead(status);
        next.fields.laps = 0;
        next.fields.time = 0;
    } while (!replaceHead(status, seen, next));
    status->fEraseHeadSampleFrame = 0;
}

void IOAudioEngine::takeTimeStamp(bool incrementLoopCount, AbsoluteTime *timestamp) {
    AbsoluteTime time = 0;
    if (timestamp) {
        time = *timestamp;
    } else {
        clock_get_uptime(&time);
    }
    if (!stampsAtOnce) {
        status->fLastLoopTime = time;
        status->fCurrentLoopCount += incrementLoopCount ? 1 : 0;
        return;
    }
    const AbsoluteTime patience = deadlineIn(stampPatience);
    for (;;) {
        StatusHead seen = readHead(status);
        StatusHead next = seen;
        next.fields.laps += incrementLoopCount ? 1 : 0;
        next.fields.time = time;
        AbsoluteTime now = 0;
        if (replaceHead(status, seen, next)) {
            return;
        }
        clock_get_uptime(&now);
        if (now > patience) {
            return;
        }
    }
}

IOReturn IOAudioEngine::getLoopCountAndTimeStamp(UInt32 *loopCount, AbsoluteTime *timestamp) {
    if (!loopCount || !timestamp) {
        return kIOReturnBadArgument;
    }
    StatusHead head = readHead(status);
    *loopCount = head.fields.laps;
    *timestamp = head.fields.time;
    return kIOReturnSuccess;
}

const IOAudioEngineStatus *IOAudioEngine::getStatus() { return status; }

IOBufferMemoryDescriptor *IOAudioEngine::getStatusDescriptor() { return reserved->statusDescriptor; }

IOBufferMemoryDescriptor *IOAudioEngine::getBytesInInputBufferArrayDescriptor() {
    return reserved->bytesInInputBufferArrayDescriptor;
}

IOBufferMemoryDescriptor *IOAudioEngine::getBytesInOutputBufferArrayDescriptor() {
    return reserved->bytesInOutputBufferArrayDescriptor;
}

// Frames from the last timestamp to where the samples for `start` must be there, if mixing and clipping `frames` of them takes
// its share of their time.
static UInt32 distanceTo(IOAudioEngine *engine, UInt32 frames, const IOAudioEnginePosition &start) {
    const UInt32 ring = engine->numSampleFramesPerBuffer;
    const UInt32 offset = frames / engine->reserved->mixClipOverhead + engine->sampleOffset;
    IOAudioEnginePosition wake = start;
    if (wake.fSampleFrame >= offset) {
        wake.fSampleFrame -= offset;
    } else {
        wake.fSampleFrame = ring - (offset - wake.fSampleFrame);
        wake.fLoopCount--;
    }
    return (wake.fLoopCount - readHead(engine->status).fields.laps) * ring + wake.fSampleFrame;
}

// So long after the last timestamp, less the padding; an error if that has passed.
static IOReturn wakeAfterStamp(IOAudioEngine *engine, AbsoluteTime distance, AbsoluteTime *wakeTime) {
    AbsoluteTime padding = 0, now = 0;
    nanoseconds_to_absolutetime(watchdogPadding, &padding);
    clock_get_uptime(&now);
    *wakeTime = readHead(engine->status).fields.time + distance - padding;
    return *wakeTime > now ? kIOReturnSuccess : kIOReturnIsoTooOld;
}

IOReturn IOAudioEngine::calculateSampleTimeout(AbsoluteTime *interval, UInt32 frames, IOAudioEnginePosition *start,
                                               AbsoluteTime *wakeTime) {
    if (!interval || frames == 0 || !start || !wakeTime) {
        return kIOReturnBadArgument;
    }
    return wakeAfterStamp(this, *interval * distanceTo(this, frames, *start), wakeTime);
}

#if FAMILY_RELEASE >= 16
// The interval has 32 bits of fraction. Before they are left off it is made as long as 64 bits hold, up to a lap.
IOReturn IOAudioEngine::calculateSampleTimeoutHiRes(uint64_t interval, UInt32 frames, IOAudioEnginePosition *start,
                                                    AbsoluteTime *wakeTime) {
    if (frames == 0 || !start || !wakeTime) {
        return kIOReturnBadArgument;
    }
    UInt64 measured = 1;
    for (UInt32 rest = numSampleFramesPerBuffer; rest > 1 && interval >> 63 == 0; rest >>= 1) {
        interval <<= 1;
        measured <<= 1;
    }
    const UInt64 distance = distanceTo(this, frames, *start) * (interval >> 32);
    return wakeAfterStamp(this, (distance + measured / 2) / measured, wakeTime);
}

IOReturn IOAudioEngine::useHiResSampleInterval() {
    reserved->useHiResSampleInterval = true;
    setProperty(kIOAudioEngineUseHiResSampleIntervalKey, true);
    return kIOReturnSuccess;
}

IOReturn whenDue(IOAudioEngine *engine, AbsoluteTime interval, UInt32 frames, IOAudioEnginePosition *start,
                 AbsoluteTime *wakeTime) {
    return engine->reserved->useHiResSampleInterval
               ? engine->calculateSampleTimeoutHiRes(interval, frames, start, wakeTime)
               : engine->calculateSampleTimeout(&interval, frames, start, wakeTime);
}
#else
IOReturn whenDue(IOAudioEngine *engine, AbsoluteTime interval, UInt32 frames, IOAudioEnginePosition *start,
                 AbsoluteTime *wakeTime) {
    return engine->calculateSampleTimeout(&interval, frames, start, wakeTime);
}
#endif

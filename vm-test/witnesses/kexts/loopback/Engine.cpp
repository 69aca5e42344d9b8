#include "Engine.h"

#include <IOKit/IOLib.h>
#include <IOKit/audio/IOAudioStream.h>
#include <libkern/c++/OSString.h>

using Engine = ENGINE_CLASS;
DEFINE_CLASS(ENGINE_CLASS, IOAudioEngine)

// Pairs of an output and an input stream.
#if DEFECT_S14
// Two, and only one ring.
static constexpr UInt32 pairs = 2;
#else
static constexpr UInt32 pairs = 1;
#endif

#if DEFECT_B6
UInt32 Engine::rate;
#endif
#if DEFECT_S17
// One set of levels for all devices; the last one to start sets them back.
static Levels sharedOutput, sharedInput;
#endif

bool Engine::initWithDefinition(OSDictionary *definition) {
    if (!IOAudioEngine::init(nullptr) || !shape.read(definition)) {
        return false;
    }
    rate = shape.rates[0];
#if DEFECT_S17
    output = &sharedOutput;
    input = &sharedInput;
#else
    // Each on a page of its own: what writes beyond them damages nothing that would fail in its stead.
    output = static_cast<Levels *>(IOMallocAligned(sizeof(Levels), 4096));
    input = static_cast<Levels *>(IOMallocAligned(sizeof(Levels), 4096));
#endif
    uid = OSString::withCString(shape.uid);
    if (!output || !input || !uid || !ring.init(shape)) {
        return false;
    }
#if DEFECT_LOCKS
    levelsLock = IOLockAlloc();
#endif
    output->init(Levels::mostVolume);
    input->init(Levels::mostGain);
    return true;
}

bool Engine::initHardware(IOService *provider) {
    if (!IOAudioEngine::initHardware(provider) || !makeTimer()) {
        return false;
    }
    setDescription(shape.name);
    const IOAudioSampleRate first = {rate, 0};
    setSampleRate(&first);
    setNumSampleFramesPerBuffer(shape.ringFrames);
#if !DEFECT_S19
    // All devices are timed by the host's clock. Without this the domain is made of the engine's address: for each device
    // another.
    setClockDomain(0x77746e73);
#endif
#if DEFECT_MISTYPES
    // A text where programs read a number.
    setProperty("IOAudioEngineClockDomain", uid);
#endif
    setClockIsStable(true);
#if DEFECT_LATENT
    // As if there were a converter behind it.
    setOutputSampleLatency(100);
#else
    setOutputSampleLatency(shape.latency);
#endif
    setInputSampleLatency(shape.latency);
    setOutputSampleOffset(shape.safetyOffset);
    setInputSampleOffset(shape.safetyOffset);
    bool added = true;
    for (UInt32 pair = 0; pair < pairs; pair++) {
        added = added && addStream(kIOAudioStreamDirectionOutput, 1 + pair * shape.channels) &&
                addStream(kIOAudioStreamDirectionInput, 1 + pair * shape.channels);
    }
    if (added && addControls()) {
        publishStatistics();
        return true;
    }
    // The family calls no stop after a start that failed.
    detachAudioStreams();
    removeAllDefaultAudioControls();
    return false;
}

bool Engine::addStream(IOAudioStreamDirection direction, UInt32 startingChannel) {
    IOAudioStream *stream = new IOAudioStream;
    if (!stream) {
        return false;
    }
    bool added = false;
    if (stream->initWithAudioEngine(this, direction, startingChannel, shape.name, nullptr)) {
        for (UInt32 index = 0; index < shape.formatCount; index++) {
            IOAudioStreamFormat format = shape.format(shape.formats[index]);
            for (UInt32 rate = 0; rate < shape.rateCount; rate++) {
                const IOAudioSampleRate exactly = {shape.rates[rate], 0};
                stream->addAvailableFormat(&format, &exactly, &exactly, nullptr, 0);
            }
        }
#if DEFECT_S15
        // The last format wins, not the first.
        IOAudioStreamFormat format = shape.format(shape.formats[shape.formatCount - 1]);
        ring.setSample(shape.formats[shape.formatCount - 1]);
#else
        IOAudioStreamFormat format = shape.format(shape.formats[0]);
#endif
#if DEFECT_S5 || DEFECT_S20 || DEFECT_B3
        // Each stream has a buffer of its own beside the ring, which nothing needs. The family clears it when the engine
        // pauses, and knows nothing of the ring.
        void *buffer = sampleBuffers[direction] = IOMallocAligned(shape.ringBytes(), 4096);
#else
        void *buffer = ring.memory();
#endif
        if (buffer) {
            stream->setSampleBuffer(buffer, shape.ringBytes());
            added = stream->setFormat(&format, false) == kIOReturnSuccess && addAudioStream(stream) == kIOReturnSuccess;
        }
    }
    stream->release();
    return added;
}

void Engine::stop(IOService *provider) {
#if DEFECT_S9
    // The streams go here, when what was played has been heard; the timer, which asks them for their clients, goes with the
    // engine. The kernel calls this with the work loop's gate closed: a timer that comes due waits until it is open.
    IOAudioEngine::stop(provider);
    IOSleep(lap > 0 ? 20 : 0);
#elif DEFECT_S10
    // A termination of the provider skips performAudioEngineStop: the timer goes on.
    IOAudioEngine::stop(provider);
#else
    dropTimer();
    IOAudioEngine::stop(provider);
#endif
}

// Also after a start that failed, without a stop.
void Engine::free() {
#if !DEFECT_S10
    // Left alone, the timer still stands on the work loop and calls what is no more.
    dropTimer();
#endif
    ring.free();
#if DEFECT_LOCKS
    if (levelsLock) {
        IOLockFree(levelsLock);
    }
#endif
    if (uid) {
        uid->release();
    }
#if !DEFECT_S17
    Levels *const both[] = {output, input};
    for (Levels *levels : both) {
        if (levels) {
            IOFreeAligned(levels, sizeof(Levels));
        }
    }
#endif
#if DEFECT_S5 || DEFECT_S20 || DEFECT_B3
    for (void *buffer : sampleBuffers) {
        if (buffer) {
            IOFreeAligned(buffer, shape.ringBytes());
        }
    }
#endif
    IOAudioEngine::free();
}

// The caller releases it.
OSString *Engine::getGlobalUniqueID() {
    uid->retain();
    return uid;
}

IOReturn Engine::performFormatChange(IOAudioStream *stream, const IOAudioStreamFormat *format,
                                     const IOAudioStreamFormatExtension *, const IOAudioSampleRate *newRate) {
    const Sample *sample = format ? shape.find(format) : nullptr;
    // Not kIOReturnUnsupported: the family would ask the older form of this method, which takes everything.
    if (!sample) {
        return kIOReturnBadArgument;
    }
    if (newRate) {
#if DEFECT_S24
        // A rate of 0 comes through here: no one before has refused it.
        volatile UInt32 frameTime = 1000000000 / newRate->whole;
        (void)frameTime;
#else
        if (newRate->fraction != 0 || !shape.hasRate(newRate->whole)) {
            return kIOReturnBadArgument;
        }
#endif
        rate = newRate->whole;
    }
    if (!ring.setSample(*sample)) {
        return kIOReturnNoMemory;
    }
#if DEFECT_S14
    // The streams that this one shares the ring with keep the format they had.
    (void)stream;
#else
    // What comes in has the format of what goes out.
    bool isOutput = stream->getDirection() == kIOAudioStreamDirectionOutput;
    IOAudioStream *other = getAudioStream(isOutput ? kIOAudioStreamDirectionInput : kIOAudioStreamDirectionOutput, 1);
    if (other && shape.find(other->getFormat()) != sample) {
        other->hardwareFormatChanged(format);
    }
#endif
#if DEFECT_TELLS_TWICE
    // The family tells of the format itself.
    sendNotification(kIOAudioEngineChangeNotification);
#endif
    return kIOReturnSuccess;
}

SInt64 Engine::position() const {
    AbsoluteTime now;
    clock_get_uptime(&now);
    return clock.frameAt(now);
}

IOReturn Engine::clipOutputSamples(const void *mix, void *, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                   IOAudioStream *) {
#if DEFECT_DAWDLES
    for (UInt32 frame = 0; frame < frames; frame++) {
        __asm__ volatile("pause");
    }
#endif
#if DEFECT_TOUCHES_MORE
    for (UInt32 frame = first; frame < first + frames; frame++) {
        (void)static_cast<const volatile float *>(mix)[frame];
    }
#endif
#if DEFECT_ALLOCATES
    IOFree(IOMalloc(64), 64);
#endif
    // The lap is the one by which the range ends less than three quarters of a lap ahead of what is due, or up to a quarter
    // late. Its begin says nothing: what the family kept back for a client that left comes with the next one's sound, and can
    // be nearly a lap long.
    SInt64 now = position(), lapFrames = shape.ringFrames;
    SInt64 end = now - now % lapFrames + first + frames;
    end += end < now - lapFrames / 4 ? lapFrames : end >= now + lapFrames * 3 / 4 ? -lapFrames : 0;
    SInt64 frame = end < frames ? first : end - frames;
    counts.lateWrites += frame < now;
#if DEFECT_LOCKS
    IOLockLock(levelsLock);
    IOLockUnlock(levelsLock);
#endif
#if DEFECT_B5
    // Too late for one reader is too late for all.
    if (frame < now) {
        return kIOReturnUnderrun;
    }
#endif
#if DEFECT_B3
    if (!makeRing()) {
        return kIOReturnNoMemory;
    }
#endif
    ring.write(static_cast<const float *>(mix), frame, frames, *output);
    counts.framesIn += frames;
    return kIOReturnSuccess;
}

IOReturn Engine::convertInputSamples(const void *, void *client, UInt32 first, UInt32 frames,
                                     const IOAudioStreamFormat *, IOAudioStream *) {
    // The lap is the last one whose frames are due. A position that was estimated can be a few frames ahead.
    constexpr SInt64 ahead = 8;
    SInt64 now = position(), lapFrames = shape.ringFrames;
    SInt64 frame = now - now % lapFrames + first;
    frame -= frame + frames > now + ahead && frame >= lapFrames ? lapFrames : 0;
#if DEFECT_LATE
    // As if there were a buffer in between.
    frame -= frame >= 512 ? 512 : 0;
#endif
    counts.silentReads += ring.read(static_cast<float *>(client), frame, frames, *input) > 0;
    counts.framesOut += frames;
    return kIOReturnSuccess;
}

IOReturn Engine::eraseOutputSamples(const void *mix, void *, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                    IOAudioStream *) {
    // The ring holds what is still to be read.
    if (mix) {
        float *begin = static_cast<float *>(const_cast<void *>(mix)) + first * shape.channels;
        bzero(begin, frames * shape.channels * sizeof(float));
    }
    return kIOReturnSuccess;
}

#if DEFECT_B4
IOReturn Engine::mixOutputSamples(const void *client, void *mix, UInt32 first, UInt32 frames,
                                  const IOAudioStreamFormat *, IOAudioStream *) {
    // The last one who writes is heard alone.
    memcpy(static_cast<float *>(mix) + first * shape.channels, client, frames * shape.channels * sizeof(float));
    return kIOReturnSuccess;
}
#endif

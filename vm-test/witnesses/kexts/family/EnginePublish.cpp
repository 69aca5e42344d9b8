// IOAudioEngine: what it says of itself in the registry, and the identity that it is known by.
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Support.h"

// Outside of these a share of the time for mixing makes no sense.
static constexpr UInt32 leastMixClipOverhead = 2, mostMixClipOverhead = 98;

void IOAudioEngine::setDescription(const char *description) {
    if (description) {
        setProperty(kIOAudioEngineDescriptionKey, description);
    }
}

void IOAudioEngine::setIndex(UInt32 newIndex) {
    index = newIndex;
    if (OSString *identity = getGlobalUniqueID()) {
        setProperty(kIOAudioEngineGlobalUniqueIDKey, identity);
        identity->release();
    }
}

// Class, place of the device if it has one, index: `LoopEngine:0`.
OSString *IOAudioEngine::getGlobalUniqueID() {
    OSString *local = getLocalUniqueID();
    if (!local) {
        return nullptr;
    }
    char text[256];
    const IOService *parent = getProvider() ? getProvider()->getProvider() : nullptr;
    const char *location = parent ? parent->getLocation(nullptr) : nullptr;
    const char *parts[] = {
        getMetaClass()->getClassName(), ":", location ? location : "", location ? ":" : "", local->getCStringNoCopy(),
    };
    size_t length = 0;
    for (const char *part : parts) {
        length += strlcpy(text + length, part, sizeof(text) - length);
        length = length < sizeof(text) ? length : sizeof(text) - 1;
    }
    local->release();
    return OSString::withCString(text);
}

// The index in hexadecimal digits.
OSString *IOAudioEngine::getLocalUniqueID() {
    char digits[9];
    char *first = digits + sizeof(digits) - 1;
    *first = 0;
    UInt32 left = index;
    do {
        *--first = "0123456789abcdef"[left & 15];
        left >>= 4;
    } while (left);
    return OSString::withCString(first);
}

void IOAudioEngine::setSampleOffset(UInt32 frames) { setOutputSampleOffset(frames); }

void IOAudioEngine::setOutputSampleOffset(UInt32 frames) {
    sampleOffset = frames;
    setProperty(kIOAudioEngineSampleOffsetKey, frames, 32);
}

void IOAudioEngine::setInputSampleOffset(UInt32 frames) {
    reserved->inputSampleOffset = frames;
    setProperty(kIOAudioEngineInputSampleOffsetKey, frames, 32);
}

void IOAudioEngine::setSampleLatency(UInt32 frames) {
    setOutputSampleLatency(frames);
    setInputSampleLatency(frames);
}

void IOAudioEngine::setOutputSampleLatency(UInt32 frames) {
    setProperty(kIOAudioEngineOutputSampleLatencyKey, frames, 32);
}

void IOAudioEngine::setInputSampleLatency(UInt32 frames) {
    setProperty(kIOAudioEngineInputSampleLatencyKey, frames, 32);
}

void IOAudioEngine::setClockIsStable(bool stable) { setProperty(kIOAudioEngineClockIsStableKey, stable); }

void IOAudioEngine::setClockDomain(UInt32 domain) {
    // "A new one" is the engine's own.
    const UInt32 own = UInt32(reinterpret_cast<uintptr_t>(this) >> 2);
    setProperty(kIOAudioEngineClockDomainKey, domain == kIOAudioNewClockDomain ? own : domain, 32);
}

void IOAudioEngine::setMixClipOverhead(UInt32 share) {
    if (share >= leastMixClipOverhead && share <= mostMixClipOverhead) {
        reserved->mixClipOverhead = share;
    }
}

const IOAudioSampleRate *IOAudioEngine::getSampleRate() { return &sampleRate; }

void IOAudioEngine::setSampleRate(const IOAudioSampleRate *rate) {
    sampleRate = *rate;
    if (OSDictionary *dictionary = createDictionaryFromSampleRate(rate, nullptr)) {
        setProperty(kIOAudioSampleRateKey, dictionary);
        dictionary->release();
    }
}

// Adds the rate to `dictionary`, or to a new one, which the caller then owns.
OSDictionary *IOAudioEngine::createDictionaryFromSampleRate(const IOAudioSampleRate *rate, OSDictionary *dictionary) {
    OSDictionary *to = dictionary ? dictionary : rate ? OSDictionary::withCapacity(2) : nullptr;
    if (!rate || !to) {
        return nullptr;
    }
    OSNumber *whole = OSNumber::withNumber(rate->whole, 32);
    OSNumber *fraction = OSNumber::withNumber(rate->fraction, 32);
    if (whole && fraction) {
        to->setObject(gSampleRateWholeNumberKey, whole);
        to->setObject(gSampleRateFractionKey, fraction);
    }
    OSSafeReleaseNULL(whole);
    OSSafeReleaseNULL(fraction);
    return to;
}

// The rate in a dictionary. Without a place for it there is one for all: it is good until the next call of anybody.
IOAudioSampleRate *IOAudioEngine::createSampleRateFromDictionary(const OSDictionary *dictionary,
                                                                 IOAudioSampleRate *rate) {
    static IOAudioSampleRate shared;
    if (!dictionary) {
        return nullptr;
    }
    IOAudioSampleRate *to = rate ? rate : &shared;
    OSNumber *whole = OSDynamicCast(OSNumber, dictionary->getObject(gSampleRateWholeNumberKey));
    OSNumber *fraction = OSDynamicCast(OSNumber, dictionary->getObject(gSampleRateFractionKey));
    to->whole = whole ? whole->unsigned32BitValue() : 0;
    to->fraction = fraction ? fraction->unsigned32BitValue() : 0;
    return to;
}

void IOAudioEngine::setNumSampleFramesPerBuffer(UInt32 frames) {
    if (state == kIOAudioEngineRunning) {
        IOLog("IOAudioEngine: the ring of a running engine keeps its %u frames\n", numSampleFramesPerBuffer);
        return;
    }
    numSampleFramesPerBuffer = frames;
    setProperty(kIOAudioEngineNumSampleFramesPerBufferKey, frames, 32);
    forEach<IOAudioStream>(outputStreams, [](IOAudioStream *stream) { stream->numSampleFramesPerBufferChanged(); });
}

UInt32 IOAudioEngine::getNumSampleFramesPerBuffer() { return numSampleFramesPerBuffer; }

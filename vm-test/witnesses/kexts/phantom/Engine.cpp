#include "Engine.h"

#include <IOKit/IOLib.h>
#include <IOKit/audio/IOAudioStream.h>

using Engine = ENGINE_CLASS;
DEFINE_CLASS(ENGINE_CLASS, IOAudioEngine)

bool Engine::initWithDefinition(const OSDictionary *definition) {
    if (!IOAudioEngine::init(nullptr) || !setup.read(definition)) {
        return false;
    }
    rate = setup.rates[0];
    for (void *&ring : rings) {
        ring = IOMallocAligned(setup.ringBytes(), 4096);
        if (!ring) {
            return false;
        }
        bzero(ring, setup.ringBytes());
    }
    return true;
}

bool Engine::initHardware(IOService *provider) {
    if (!IOAudioEngine::initHardware(provider) || !makeTimer()) {
        return false;
    }
    setDescription(setup.name);
    const IOAudioSampleRate first = {rate, 0};
    setSampleRate(&first);
    setNumSampleFramesPerBuffer(setup.ringFrames);
    if (addStream(kIOAudioStreamDirectionOutput) && addStream(kIOAudioStreamDirectionInput) && addControls()) {
        return true;
    }
    // The family calls no stop after a start that failed.
    detachAudioStreams();
    removeAllDefaultAudioControls();
    return false;
}

bool Engine::addStream(IOAudioStreamDirection direction) {
    IOAudioStream *stream = new IOAudioStream;
    if (!stream) {
        return false;
    }
    bool added = false;
    if (stream->initWithAudioEngine(this, direction, 1, setup.name, nullptr)) {
        const IOAudioStreamFormat formats[] = {Setup::format(true), Setup::format(false)};
        for (const IOAudioStreamFormat &format : formats) {
            for (UInt32 index = 0; index < setup.rateCount; index++) {
                const IOAudioSampleRate exactly = {setup.rates[index], 0};
                stream->addAvailableFormat(&format, &exactly, &exactly, nullptr, 0);
            }
        }
        stream->setSampleBuffer(rings[direction], setup.ringBytes());
        added = stream->setFormat(&formats[0], false) == kIOReturnSuccess && addAudioStream(stream) == kIOReturnSuccess;
    }
    stream->release();
    return added;
}

void Engine::stop(IOService *provider) {
    dropTimer();
    IOAudioEngine::stop(provider);
}

// Also after a start that failed, without a stop.
void Engine::free() {
    dropTimer();
    for (void *ring : rings) {
        if (ring) {
            IOFreeAligned(ring, setup.ringBytes());
        }
    }
    IOAudioEngine::free();
}

IOReturn Engine::performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *,
                                     const IOAudioSampleRate *newRate) {
    if (newRate) {
        if (newRate->fraction != 0 || !setup.hasRate(newRate->whole)) {
            return kIOReturnBadArgument;
        }
        rate = newRate->whole;
    }
    // The family lets nothing else through than what the streams offer, and each of them has a ring of its own.
    return kIOReturnSuccess;
}

#include "Engine.h"

#include <IOKit/IOLib.h>
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/audio/IOAudioStream.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSNumber.h>
#include <libkern/c++/OSString.h>

#include "Device.h"

using Device = DEVICE_CLASS;
using Engine = ENGINE_CLASS;
DEFINE_CLASS(ENGINE_CLASS, IOAudioEngine)

// A definition becomes the engine's properties, whatever its numbers are.
bool Engine::init(OSDictionary *definition) {
    if (!IOAudioEngine::init(definition)) {
        return false;
    }
    blockFrames = number("BlockFrames");
    blocks = number("Blocks");
    pairs = number("Pairs");
    return true;
}

// 0 if there is none.
UInt32 Engine::number(const char *key) {
    const OSNumber *value = OSDynamicCast(OSNumber, getProperty(key));
    return value ? value->unsigned32BitValue() : 0;
}

bool Engine::initHardware(IOService *provider) {
    if (!IOAudioEngine::initHardware(provider)) {
        return false;
    }
    const OSArray *rates = OSDynamicCast(OSArray, getProperty("Rates"));
    const OSArray *formats = OSDynamicCast(OSArray, getProperty("Formats"));
    const OSNumber *first = rates ? OSDynamicCast(OSNumber, rates->getObject(0)) : nullptr;
    if (!first || first->unsigned32BitValue() == 0 || !formats) {
        return false;
    }
    const OSString *name = OSDynamicCast(OSString, getProperty("Name"));
    setDescription(name ? name->getCStringNoCopy() : "Floret");
    setNumSampleFramesPerBuffer(blockFrames * blocks);
    const IOAudioSampleRate rate = {first->unsigned32BitValue(), 0};
    setSampleRate(&rate);
    setBlockTime(rate.whole);
    return addStreams(formats, rates) && makeTimer();
}

// Pairs of an output and an input stream, all of them on the same buffers.
bool Engine::addStreams(const OSArray *formats, const OSArray *rates) {
    UInt32 channel = 1;
    for (UInt32 pair = 0; pair < pairs; pair++) {
        IOAudioStream *output = addStream(kIOAudioStreamDirectionOutput, channel, formats, rates);
        IOAudioStream *input = addStream(kIOAudioStreamDirectionInput, channel, formats, rates);
        if (!output || !input || !makeBuffers(output->getFormat())) {
            return false;
        }
        output->setSampleBuffer(sampleBuffer, bufferBytes);
        input->setSampleBuffer(sampleBuffer, bufferBytes);
        channel += output->getFormat()->fNumChannels;
    }
    return true;
}

// A stream with all formats at all rates, which the engine holds. It begins with the last format.
IOAudioStream *Engine::addStream(IOAudioStreamDirection direction, UInt32 startingChannel, const OSArray *formats,
                                 const OSArray *rates) {
    IOAudioStream *stream = new IOAudioStream;
    if (!stream) {
        return nullptr;
    }
    bool added = stream->initWithAudioEngine(this, direction, startingChannel, nullptr, nullptr);
    for (UInt32 index = 0; added && index < formats->getCount(); index++) {
        IOAudioStreamFormat format;
        IOAudioStreamFormatExtension extension;
        const OSDictionary *definition = OSDynamicCast(OSDictionary, formats->getObject(index));
        if (!definition || !IOAudioStream::createFormatFromDictionary(definition, &format, &extension)) {
            continue;
        }
        for (UInt32 number = 0; number < rates->getCount(); number++) {
            const OSNumber *whole = OSDynamicCast(OSNumber, rates->getObject(number));
            const IOAudioSampleRate rate = {whole ? whole->unsigned32BitValue() : 0, 0};
            stream->addAvailableFormat(&format, &rate, &rate, nullptr, 0);
        }
        stream->setFormat(&format, false);
    }
    added = added && addAudioStream(stream) == kIOReturnSuccess;
    stream->release();
    return added ? stream : nullptr;
}

// As large as the format says, although what is kept are floats.
bool Engine::makeBuffers(const IOAudioStreamFormat *format) {
    if (!sampleBuffer) {
        bufferBytes = blockFrames * blocks * format->fNumChannels * format->fBitWidth / 8;
        sampleBuffer = IOMalloc(bufferBytes);
        through = IOMalloc(bufferBytes);
        if (through) {
            bzero(through, bufferBytes);
        }
    }
    return sampleBuffer && through;
}

void Engine::free() {
    // Still on the work loop.
    OSSafeReleaseNULL(timer);
    void *const both[] = {sampleBuffer, through};
    for (void *buffer : both) {
        if (buffer) {
            IOFree(buffer, bufferBytes);
        }
    }
    IOAudioEngine::free();
}

// Takes any format.
IOReturn Engine::performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioSampleRate *newRate) {
    if (newRate) {
        setBlockTime(newRate->whole);
    }
    return kIOReturnSuccess;
}

Device *Engine::device() { return static_cast<Device *>(audioDevice); }

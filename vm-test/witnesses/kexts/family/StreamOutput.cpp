// IOAudioStream: output. Clients' samples are mixed into the stream's ring and handed to the driver as far as the slowest
// client has come.
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Stream.h"
#include "Support.h"

// The most frames that a driver is handed at once of a format that cannot be mixed.
static constexpr UInt32 mostUnmixedFrames = 2043;

static UInt32 ringOf(const IOAudioStream *stream) { return stream->audioEngine->numSampleFramesPerBuffer; }

// A client that is more than a ring behind the fastest one goes on in the lap that this one is in.
static void catchUp(IOAudioStream *stream, IOAudioClientBuffer *buffer) {
    const IOAudioClientBuffer *fastest = stream->clientBufferListEnd;
    if (!fastest || fastest == buffer) {
        return;
    }
    IOAudioEnginePosition &own = buffer->mixedPosition;
    const IOAudioEnginePosition &first = fastest->mixedPosition;
    if (order({own.fSampleFrame, own.fLoopCount + 1}) < order(first)) {
        countError(stream, clientBehind);
        own.fLoopCount = own.fSampleFrame > first.fSampleFrame ? first.fLoopCount - 1 : first.fLoopCount;
    }
}

// Mixes frames that do not cross the ring's end. A single client's are copied: there is nothing to add them to.
static IOReturn mixPart(IOAudioStream *stream, const void *samples, UInt32 first, UInt32 frames) {
    if (stream->numClients == 1) {
        return stream->mixOutputSamples(samples, stream->mixBuffer, first, frames, &stream->format, stream);
    }
    return stream->audioEngine->mixOutputSamples(samples, stream->mixBuffer, first, frames, &stream->format, stream);
}

static IOReturn mix(IOAudioStream *stream, const IOAudioClientBuffer *buffer) {
    const UInt32 first = buffer->mixedPosition.fSampleFrame, frames = buffer->numSampleFrames;
    const UInt32 ring = ringOf(stream);
    if (first + frames < ring) {
        return mixPart(stream, buffer->sourceBuffer, first, frames);
    }
    // Up to the end and from the start on; where the end is met exactly the second part has no frames.
    const UInt32 before = ring - first;
    const UInt8 *samples = static_cast<const UInt8 *>(buffer->sourceBuffer);
    const IOReturn result = mixPart(stream, samples, first, before);
    const IOReturn second = mixPart(stream, samples + before * mixFrameBytes(stream->format), 0, frames - before);
    return second == kIOReturnSuccess ? result : second;
}

// Puts a buffer at its place among those that are ordered by position. It only ever moves towards the end.
static void reposition(IOAudioStream *stream, IOAudioClientBuffer *buffer) {
    const UInt64 own = order(buffer->mixedPosition);
    const bool known = buffer->previousClip || stream->clientBufferListStart == buffer;
    IOAudioClientBuffer *previous = known ? buffer->previousClip : nullptr;
    IOAudioClientBuffer *next = known ? buffer->nextClip : stream->clientBufferListStart;
    if (known) {
        (previous ? previous->nextClip : stream->clientBufferListStart) = next;
        (next ? next->previousClip : stream->clientBufferListEnd) = previous;
    }
    while (next && own > order(next->mixedPosition)) {
        previous = next;
        next = next->nextClip;
    }
    buffer->previousClip = previous;
    buffer->nextClip = next;
    (previous ? previous->nextClip : stream->clientBufferListStart) = buffer;
    (next ? next->previousClip : stream->clientBufferListEnd) = buffer;
}

IOReturn IOAudioStream::processOutputSamples(IOAudioClientBuffer *buffer, UInt32 firstSampleFrame, UInt32 loopCount,
                                             bool samplesAvailable) {
    if (!buffer || !audioEngine || (format.fIsMixable && !mixBuffer)) {
        return kIOReturnError;
    }
    const bool isFirst = !isSet(buffer->mixedPosition);
    buffer->mixedPosition = {firstSampleFrame, loopCount};
    if (!isFirst) {
        catchUp(this, buffer);
    }
    const IOAudioEnginePosition start = buffer->mixedPosition;
    if (isSet(clippedPosition) && order(start) < order(clippedPosition)) {
        // The driver has seen these frames already, and sees them again with this client's share in them.
        audioEngine->resetClipPosition(this, start.fSampleFrame);
        clippedPosition = start;
    }
    IOReturn result = kIOReturnSuccess;
    if (samplesAvailable && buffer->numSampleFrames > 0) {
        if (format.fIsMixable) {
            result = mix(this, buffer);
        }
        if (result == kIOReturnSuccess && !isSet(clippedPosition) &&
            (!isSet(startingPosition) || order(start) < order(startingPosition))) {
            startingPosition = start;
        }
    }
    buffer->mixedPosition = later(start, buffer->numSampleFrames, ringOf(this));
    reposition(this, buffer);
    if (buffer->numSampleFrames > 0 || !samplesAvailable) {
        reserved->mClipOutputStatus = kIOReturnSuccess;
        if (format.fIsMixable) {
            clipIfNecessary();
        } else {
            // What cannot be mixed is handed over from where the client has it.
            mixBuffer = buffer->sourceBuffer;
            clipIfNecessary();
            mixBuffer = nullptr;
        }
        result = reserved->mClipOutputStatus;
    }
    return result;
}

IOReturn IOAudioStream::mixOutputSamples(const void *samples, void *mixTo, UInt32 firstSampleFrame,
                                         UInt32 numSampleFrames, const IOAudioStreamFormat *streamFormat,
                                         IOAudioStream *) {
    if (!samples || !mixTo || !streamFormat) {
        return kIOReturnBadArgument;
    }
    const UInt32 frameBytes = mixFrameBytes(*streamFormat);
    memcpy(static_cast<UInt8 *>(mixTo) + firstSampleFrame * frameBytes, samples, numSampleFrames * frameBytes);
    return kIOReturnSuccess;
}

IOReturn IOAudioEngine::mixOutputSamples(const void *samples, void *mixTo, UInt32 firstSampleFrame,
                                         UInt32 numSampleFrames, const IOAudioStreamFormat *streamFormat,
                                         IOAudioStream *) {
    if (!samples || !mixTo || !streamFormat) {
        return kIOReturnBadArgument;
    }
    const float *from = static_cast<const float *>(samples);
    float *to = static_cast<float *>(mixTo) + firstSampleFrame * streamFormat->fNumChannels;
    const UInt32 count = numSampleFrames * streamFormat->fNumChannels;
    for (UInt32 sample = 0; sample < count; sample++) {
        to[sample] += from[sample];
    }
    return kIOReturnSuccess;
}

// Hands a part to the driver, `skipped` frames of the same range being done. A client's own data begins at its buffer, not
// at the ring's first frame.
static void clipPart(IOAudioStream *stream, UInt32 first, UInt32 frames, UInt32 skipped) {
    if (stream->format.fIsMixable) {
        stream->clipOutputSamples(first, frames);
        return;
    }
    if (skipped + frames > mostUnmixedFrames) {
        stream->reserved->mClipOutputStatus = kIOReturnOverrun;
        return;
    }
    void *base = stream->mixBuffer;
    stream->mixBuffer = base ? static_cast<UInt8 *>(base) + skipped * sampleFrameBytes(stream->format) : nullptr;
    stream->clipOutputSamples(first, frames);
    stream->mixBuffer = base;
}

// Hands the driver what all clients have written and it has not seen.
void IOAudioStream::clipIfNecessary() {
    IOAudioClientBuffer *slowest = clientBufferListStart;
    if (!slowest || !isSet(slowest->mixedPosition)) {
        return;
    }
    IOAudioEnginePosition &head = slowest->mixedPosition;
    if (!isSet(clippedPosition)) {
        clippedPosition = startingPosition;
    }
    const UInt32 ring = ringOf(this);
    if (order(head) >= order({clippedPosition.fSampleFrame, clippedPosition.fLoopCount + 1})) {
        // Laps that nobody wrote are left out.
        countError(this, clientFarAhead);
        clippedPosition.fLoopCount =
            head.fSampleFrame >= clippedPosition.fSampleFrame ? head.fLoopCount : head.fLoopCount - 1;
    }
    if (head.fLoopCount + 1 == clippedPosition.fLoopCount &&
        slowest->numSampleFrames < ring - clippedPosition.fSampleFrame) {
        head.fLoopCount = clippedPosition.fLoopCount;
    }
    if (head.fLoopCount != clippedPosition.fLoopCount) {
        const UInt32 before = ring - clippedPosition.fSampleFrame;
        clipPart(this, clippedPosition.fSampleFrame, before, 0);
        clipPart(this, 0, head.fSampleFrame, before);
        clippedPosition = head;
    } else if (head.fSampleFrame > clippedPosition.fSampleFrame) {
        clipPart(this, clippedPosition.fSampleFrame, head.fSampleFrame - clippedPosition.fSampleFrame, 0);
        clippedPosition = head;
    } else {
        countError(this, alreadyClipped);
    }
}

void IOAudioStream::clipOutputSamples(UInt32 startingSampleFrame, UInt32 numSampleFrames) {
    if (!mixBuffer || !sampleBuffer) {
        countError(this, noBuffers);
        return;
    }
    IOReturn result = kIOReturnSuccess;
    if (audioIOFunctions) {
        for (UInt32 index = 0; index < numIOFunctions && result == kIOReturnSuccess; index++) {
            result = audioIOFunctions[index](mixBuffer, sampleBuffer, startingSampleFrame, numSampleFrames, &format,
                                             this);
        }
    } else {
        result = audioEngine->clipOutputSamples(mixBuffer, sampleBuffer, startingSampleFrame, numSampleFrames, &format,
                                                this);
    }
    if (result != kIOReturnSuccess) {
        countError(this, clipRefused);
    }
    reserved->mClipOutputStatus = result;
}

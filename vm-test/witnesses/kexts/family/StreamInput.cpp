// IOAudioStream: input. The driver fills a client's buffer from its ring, wherever the client asks.
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Stream.h"
#include "Support.h"

// Reads frames that do not cross the ring's end; adds how many the driver gave to `done`.
static IOReturn readPart(IOAudioStream *stream, void *to, UInt32 first, UInt32 frames, UInt32 &done) {
    IOReturn result = kIOReturnSuccess;
    UInt32 given = frames;
    if (stream->audioIOFunctions) {
        for (UInt32 index = 0; index < stream->numIOFunctions && result == kIOReturnSuccess; index++) {
            result = stream->audioIOFunctions[index](stream->sampleBuffer, to, first, frames, &stream->format, stream);
        }
    } else {
        result = stream->audioEngine->convertInputSamplesVBR(stream->sampleBuffer, to, first, given, &stream->format,
                                                             stream);
    }
    done += given;
    return result;
}

IOReturn IOAudioStream::readInputSamples(IOAudioClientBuffer *buffer, UInt32 firstSampleFrame) {
    if (!buffer || !audioEngine) {
        return kIOReturnError;
    }
    const UInt32 frames = buffer->numSampleFrames, ring = audioEngine->numSampleFramesPerBuffer;
    const UInt64 end = UInt64(firstSampleFrame) + frames;
    const UInt32 wrapped = end > ring ? UInt32(end - ring) : 0;
    const UInt32 before = frames - wrapped;
    UInt32 done = 0;
    IOReturn result = readPart(this, buffer->sourceBuffer, firstSampleFrame, before, done);
    if (wrapped > 0) {
        UInt8 *rest = static_cast<UInt8 *>(buffer->sourceBuffer) + before * clientFrameBytes(format);
        const IOReturn second = readPart(this, rest, 0, wrapped, done);
        result = second == kIOReturnSuccess ? result : second;
    }
    reserved->mSampleFramesReadByEngine = done;
    return result;
}

UInt32 IOAudioStream::getNumSampleFramesRead() { return reserved->mSampleFramesReadByEngine; }

void IOAudioStream::setDefaultNumSampleFramesRead(UInt32 frames) { reserved->mSampleFramesReadByEngine = frames; }

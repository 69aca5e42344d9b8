// IOAudioEngine: the tick. It erases behind the position, and stops the engine when the last client's sound has played.
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Support.h"

// A second in ns.
static constexpr UInt64 tickSecond = 1000000000;
// The most that one tick erases.
static constexpr UInt32 mostBytesPerErase = 65536;

void IOAudioEngine::addTimer() { audioDevice->addTimerEvent(this, timerCallback, getTimerInterval()); }

void IOAudioEngine::removeTimer() {
    if (audioDevice) {
        audioDevice->removeTimerEvent(this);
    }
}

void IOAudioEngine::timerCallback(OSObject *target, IOAudioDevice *) {
    if (IOAudioEngine *engine = OSDynamicCast(IOAudioEngine, target)) {
        engine->timerFired();
    }
}

void IOAudioEngine::timerFired() {
    performErase();
    performFlush();
}

AbsoluteTime IOAudioEngine::getTimerInterval() {
    UInt64 nanoseconds = tickSecond;
    if (numSampleFramesPerBuffer != 0 && sampleRate.whole != 0) {
        nanoseconds = tickSecond * numSampleFramesPerBuffer / sampleRate.whole;
        if (runEraseHead && numErasesPerBuffer != 0) {
            forEach<IOAudioStream>(outputStreams, [this](IOAudioStream *stream) {
                const UInt32 least = stream->getSampleBufferSize() / mostBytesPerErase;
                numErasesPerBuffer = least > numErasesPerBuffer ? least : numErasesPerBuffer;
            });
            nanoseconds /= numErasesPerBuffer;
        }
    }
    AbsoluteTime interval = 0;
    nanoseconds_to_absolutetime(nanoseconds, &interval);
    return interval;
}

// Whether the buffers that a stream has reach to a frame.
static bool reachesTo(const IOAudioStream *stream, UInt64 end) {
    return (stream->sampleBufferSize == 0 || end * sampleFrameBytes(stream->format) <= stream->sampleBufferSize) &&
           (!stream->mixBuffer || end * mixFrameBytes(stream->format) <= stream->mixBufferSize);
}

static void eraseStream(IOAudioEngine *engine, IOAudioStream *stream, UInt32 first, UInt32 frames) {
    engine->eraseOutputSamples(stream->mixBuffer, stream->sampleBuffer, first, frames, &stream->format, stream);
}

void IOAudioEngine::performErase() {
    if (!runEraseHead || state != kIOAudioEngineRunning) {
        return;
    }
    const UInt32 last = status->fEraseHeadSampleFrame;
    const UInt32 now = getCurrentSampleFrame();
    // Who reads it must not write where erasing is under way.
    if (headMovesFirst) {
        status->fEraseHeadSampleFrame = now;
    }
    forEach<IOAudioStream>(outputStreams, [=](IOAudioStream *stream) {
        stream->lockStreamForIO();
        if (!reachesTo(stream, now < last ? numSampleFramesPerBuffer : now)) {
            // Nothing of it then.
        } else if (now < last) {
            eraseStream(this, stream, 0, now);
            eraseStream(this, stream, last, numSampleFramesPerBuffer - last);
        } else {
            eraseStream(this, stream, last, now - last);
        }
        stream->unlockStreamForIO();
    });
    status->fEraseHeadSampleFrame = now;
}

IOReturn IOAudioEngine::eraseOutputSamples(const void *mixBuffer, void *sampleBuffer, UInt32 first, UInt32 frames,
                                           const IOAudioStreamFormat *format, IOAudioStream *) {
    if (mixBuffer) {
        const UInt32 bytes = mixFrameBytes(*format);
        bzero(static_cast<UInt8 *>(const_cast<void *>(mixBuffer)) + first * bytes, frames * bytes);
    }
    if (sampleBuffer) {
        const UInt32 bytes = sampleFrameBytes(*format);
        bzero(static_cast<UInt8 *>(sampleBuffer) + first * bytes, frames * bytes);
    }
    return kIOReturnSuccess;
}

void IOAudioEngine::performFlush() {
    if (numActiveUserClients != 0 || state != kIOAudioEngineRunning) {
        return;
    }
    IOAudioEnginePosition now = {getCurrentSampleFrame(), status->fCurrentLoopCount};
    if (order(now) > order(audioEngineStopPosition)) {
        stopAudioEngine();
    }
}

void IOAudioEngine::stopEngineAtPosition(IOAudioEnginePosition *position) {
    if (position) {
        audioEngineStopPosition = *position;
    }
}

bool IOAudioEngine::getRunEraseHead() { return runEraseHead; }

void IOAudioEngine::setRunEraseHead(bool run) { runEraseHead = run; }

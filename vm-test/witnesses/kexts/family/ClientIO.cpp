// IOAudioEngineUserClient: the IO trap, on the client's real-time thread, and what stands in for a client that does not come.
#include "Client.h"

// How many laps ahead a client may write.
static constexpr UInt32 mostLapsAhead = 5;

IOReturn IOAudioEngineUserClient::performClientIO(UInt32 firstSampleFrame, UInt32 loopCount, bool inputIO,
                                                  UInt32 setID, UInt32 intervalHigh, UInt32 intervalLow) {
    if (isInactive()) {
        return kIOReturnNoDevice;
    }
    IOReturn result = kIOReturnOffline;
    lockBuffers();
    if (online && audioEngine->getState() == kIOAudioEngineRunning) {
        UInt32 laps = 0;
        AbsoluteTime time = 0;
        audioEngine->getLoopCountAndTimeStamp(&laps, &time);
        if (laps == 0 && time == 0) {
            // The driver has not said yet when it began.
            result = kIOReturnOffline;
        } else if (firstSampleFrame >= audioEngine->numSampleFramesPerBuffer) {
            result = kIOReturnBadArgument;
        } else if (IOAudioClientBufferSet *set = findBufferSet(setID)) {
            result = inputIO ? performClientInput(firstSampleFrame, set)
                             : performClientOutput(firstSampleFrame, loopCount, set, intervalHigh, intervalLow);
        } else {
            // A set that is not there was nothing to do for long.
            result = unknownSetFails ? kIOReturnError : kIOReturnSuccess;
        }
    }
    unlockBuffers();
    return result;
}

// How many frames a client says there are.
static UInt32 announcedFrames(const IOAudioClientBuffer *buffer) {
    const IOAudioBufferDataDescriptor *shared = buffer->bufferDataDescriptor;
    return shared->fTotalDataByteSize ? shared->fActualNumSampleFrames : capacityOf(buffer);
}

// Gets a buffer ready for `frames` frames. The client can write the sizes at any time, so that they say nothing about
// the next look; only the number that is checked here is used.
static IOReturn prepareBuffer(IOAudioClientBuffer *buffer, UInt32 frames) {
    if (frames > capacityOf(buffer)) {
        return kIOReturnBadArgument;
    }
    const IOAudioBufferDataDescriptor *shared = buffer->bufferDataDescriptor;
    const UInt32 total = shared->fTotalDataByteSize, bytes = shared->fActualDataByteSize;
    if (total && (bytes > buffer->sourceBufferMap->getLength() - descriptorBytes || bytes > total ||
                  shared->fNominalDataByteSize > total)) {
        return kIOReturnBadArgument;
    }
    buffer->numSampleFrames = frames;
    return kIOReturnSuccess;
}

IOReturn IOAudioEngineUserClient::performClientOutput(UInt32 firstSampleFrame, UInt32 loopCount,
                                                      IOAudioClientBufferSet *set, UInt32 intervalHigh,
                                                      UInt32 intervalLow) {
    const UInt32 laps = audioEngine->getStatus()->fCurrentLoopCount;
    if (loopCount < laps || (limitsLead && loopCount > laps + mostLapsAhead)) {
        return kIOReturnIsoTooOld;
    }
    if (!set->outputBufferList) {
        return kIOReturnSuccess;
    }
    const UInt32 ring = audioEngine->numSampleFramesPerBuffer;
    const UInt32 frames = announcedFrames(&set->outputBufferList->mAudioClientBuffer32);
    if (frames > ring) {
        return kIOReturnBadArgument;
    }
    IOAudioEnginePosition end = later({firstSampleFrame, loopCount}, frames, ring);
    if (order(end) < order(set->nextOutputPosition)) {
        return kIOReturnIsoTooOld;
    }
    IOReturn result = kIOReturnSuccess;
    for (IOAudioClientBuffer64 *whole = set->outputBufferList; whole; whole = whole->mNextBuffer64) {
        IOAudioClientBuffer *buffer = &whole->mAudioClientBuffer32;
        const IOReturn prepared = prepareBuffer(buffer, frames);
        if (prepared != kIOReturnSuccess) {
            return prepared;
        }
        buffer->audioStream->lockStreamForIO();
        result = buffer->audioStream->processOutputSamples(buffer, firstSampleFrame, loopCount, true);
        buffer->audioStream->unlockStreamForIO();
    }
    set->nextOutputPosition = end;
    set->sampleInterval = AbsoluteTime(intervalHigh) << 32 | intervalLow;
    AbsoluteTime timeout = 0;
    const IOReturn late =
        whenDue(audioEngine, set->sampleInterval, frames, &set->nextOutputPosition, &timeout);
    if (late != kIOReturnSuccess) {
        // Mixed it is, but not in time.
        set->cancelWatchdogTimer();
        return late;
    }
    set->setWatchdogTimeout(&timeout);
    return result;
}

IOReturn IOAudioEngineUserClient::performClientInput(UInt32 firstSampleFrame, IOAudioClientBufferSet *set) {
    for (IOAudioClientBuffer64 *whole = set->inputBufferList; whole; whole = whole->mNextBuffer64) {
        IOAudioClientBuffer *buffer = &whole->mAudioClientBuffer32;
        IOAudioStream *stream = buffer->audioStream;
        IOReturn result = prepareBuffer(buffer, announcedFrames(buffer));
        if (result != kIOReturnSuccess) {
            return result;
        }
        stream->lockStreamForIO();
        stream->setDefaultNumSampleFramesRead(buffer->numSampleFrames);
        result = stream->readInputSamples(buffer, firstSampleFrame);
        const UInt32 frames = stream->getNumSampleFramesRead();
        stream->unlockStreamForIO();
        buffer->bufferDataDescriptor->fActualDataByteSize = frames * clientFrameBytes(stream->format);
        buffer->bufferDataDescriptor->fActualNumSampleFrames = frames;
        if (result != kIOReturnSuccess) {
            return result;
        }
    }
    return kIOReturnSuccess;
}

// The time for a client's next samples has come and they have not: others must not wait for them, so silence takes their
// place for as long as a cycle of the client is.
void IOAudioEngineUserClient::performWatchdogOutput(IOAudioClientBufferSet *set, UInt32 generation) {
    lockBuffers();
    const bool isDue = !isInactive() && online && set->timerPending && set->generationCount == generation;
    if (isDue && set->outputBufferList) {
        set->timerPending = false;
        const UInt32 frames = nominalFramesOf(&set->outputBufferList->mAudioClientBuffer32);
        const IOAudioEnginePosition start = set->nextOutputPosition;
        forEachBuffer(set->outputBufferList, [=](IOAudioClientBuffer *buffer) {
            buffer->numSampleFrames = nominalFramesOf(buffer);
            buffer->audioStream->lockStreamForIO();
            buffer->audioStream->processOutputSamples(buffer, start.fSampleFrame, start.fLoopCount, false);
            buffer->audioStream->unlockStreamForIO();
        });
        set->nextOutputPosition = later(start, frames, audioEngine->numSampleFramesPerBuffer);
        AbsoluteTime timeout = 0;
        if (whenDue(audioEngine, set->sampleInterval, frames, &set->nextOutputPosition, &timeout) ==
            kIOReturnSuccess) {
            set->setWatchdogTimeout(&timeout);
        }
    }
    unlockBuffers();
}

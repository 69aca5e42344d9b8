// IOAudioStream: from init to free, and its buffers.
#include "Stream.h"

#include <IOKit/audio/IOAudioControl.h>

#include "Support.h"

DEFINE_CONCRETE_CLASS(IOAudioStream, IOService)

// Mix buffers are aligned for the vector instructions of whoever adds to them.
static constexpr vm_size_t mixAlignment = 32;

bool IOAudioStream::initWithAudioEngine(IOAudioEngine *engine, IOAudioStreamDirection newDirection,
                                        UInt32 newStartingChannelID, const char *description,
                                        OSDictionary *properties) {
    // Streams are made when the engine has its work loop: in initHardware, not in init.
    if (!engine || !engine->getWorkLoop() || !IOService::init(properties)) {
        return false;
    }
    audioEngine = engine;
    workLoop = engine->getWorkLoop();
    workLoop->retain();
    reserved = allocateZeroed<ExpansionData>();
    streamIOLock = IORecursiveLockAlloc();
    commandGate = addGate(workLoop, this);
    availableFormatDictionaries = OSArray::withCapacity(1);
    if (!reserved || !streamIOLock || !commandGate || !availableFormatDictionaries) {
        return false;
    }
    startingChannelID = newStartingChannelID;
    streamAvailable = true;
    setDirection(newDirection);
    setProperty(kIOAudioStreamStartingChannelIDKey, startingChannelID, 32);
    if (description) {
        setProperty(kIOAudioStreamDescriptionKey, description);
    }
    setProperty(kIOAudioStreamAvailableFormatsKey, availableFormatDictionaries);
    setProperty(kIOAudioStreamAvailableKey, 1, 8);
    updateNumClients();
    return true;
}

void IOAudioStream::free() {
    if (streamIOLock) {
        detachFromEngine(this);
    }
    dropFormats(this);
    OSSafeReleaseNULL(availableFormatDictionaries);
    OSSafeReleaseNULL(defaultAudioControls);
    replaceFunctions(audioIOFunctions, numIOFunctions, nullptr, 0);
    if (streamIOLock) {
        IORecursiveLockFree(streamIOLock);
        streamIOLock = nullptr;
    }
    dropSource(workLoop, commandGate);
    OSSafeReleaseNULL(workLoop);
    freeStructure(reserved);
    IOService::free();
}

void IOAudioStream::stop(IOService *provider) {
    detachFromEngine(this);
    removeDefaultAudioControls();
    dropSource(workLoop, commandGate);
    IOService::stop(provider);
}

void detachFromEngine(IOAudioStream *stream) {
    stream->lockStreamForIO();
    stream->userClientList = stream->clientBufferListStart = stream->clientBufferListEnd = nullptr;
    stream->numClients = 0;
    stream->sampleBuffer = nullptr;
    stream->sampleBufferSize = 0;
    stream->setMixBuffer(nullptr, 0);
    stream->audioEngine = nullptr;
    stream->unlockStreamForIO();
}

IOWorkLoop *IOAudioStream::getWorkLoop() const { return workLoop; }

IOAudioStreamDirection IOAudioStream::getDirection() { return direction; }

void IOAudioStream::setDirection(IOAudioStreamDirection newDirection) {
    direction = newDirection;
    setProperty(kIOAudioStreamDirectionKey, direction, 8);
}

void IOAudioStream::lockStreamForIO() { IORecursiveLockLock(streamIOLock); }

void IOAudioStream::unlockStreamForIO() { IORecursiveLockUnlock(streamIOLock); }

void IOAudioStream::setSampleBuffer(void *buffer, UInt32 size) {
    lockStreamForIO();
    sampleBuffer = buffer;
    sampleBufferSize = buffer ? size : 0;
    if (buffer) {
        bzero(buffer, size);
    }
    unlockStreamForIO();
}

void *IOAudioStream::getSampleBuffer() { return sampleBuffer; }

UInt32 IOAudioStream::getSampleBufferSize() { return sampleBufferSize; }

void IOAudioStream::setMixBuffer(void *buffer, UInt32 size) {
    lockStreamForIO();
    if (mixBuffer && streamAllocatedMixBuffer) {
        IOFreeAligned(mixBuffer, mixBufferSize);
    }
    streamAllocatedMixBuffer = false;
    mixBuffer = buffer;
    mixBufferSize = buffer ? size : 0;
    if (buffer) {
        bzero(buffer, size);
    }
    unlockStreamForIO();
}

void allocateMixBuffer(IOAudioStream *stream) {
    const UInt32 size = mixFrameBytes(stream->format) * stream->audioEngine->getNumSampleFramesPerBuffer();
    void *buffer = size ? IOMallocAligned(size, mixAlignment) : nullptr;
    if (buffer) {
        stream->setMixBuffer(buffer, size);
        stream->streamAllocatedMixBuffer = true;
    }
}

void *IOAudioStream::getMixBuffer() { return mixBuffer; }

UInt32 IOAudioStream::getMixBufferSize() { return mixBufferSize; }

// A mix buffer of another length is made when the next client comes.
void IOAudioStream::numSampleFramesPerBufferChanged() {
    lockStreamForIO();
    if (mixBuffer && streamAllocatedMixBuffer) {
        setMixBuffer(nullptr, 0);
    }
    unlockStreamForIO();
}

void IOAudioStream::clearSampleBuffer() {
    lockStreamForIO();
    if (sampleBuffer) {
        bzero(sampleBuffer, sampleBufferSize);
    }
    if (mixBuffer) {
        bzero(mixBuffer, mixBufferSize);
    }
    unlockStreamForIO();
}

void IOAudioStream::setIOFunction(AudioIOFunction function) { setIOFunctionList(&function, function ? 1 : 0); }

void IOAudioStream::setIOFunctionList(const AudioIOFunction *functions, UInt32 number) {
    lockStreamForIO();
    replaceFunctions(audioIOFunctions, numIOFunctions, functions, number);
    unlockStreamForIO();
}

void replaceFunctions(IOAudioStream::AudioIOFunction *&to, UInt32 &count,
                      const IOAudioStream::AudioIOFunction *functions, UInt32 newCount) {
    if (to) {
        IOFree(to, count * sizeof(*to));
    }
    to = nullptr;
    count = 0;
    if (functions && newCount) {
        to = static_cast<IOAudioStream::AudioIOFunction *>(IOMalloc(newCount * sizeof(*to)));
        if (to) {
            memcpy(to, functions, newCount * sizeof(*to));
            count = newCount;
        }
    }
}

UInt32 IOAudioStream::getStartingChannelID() { return startingChannelID; }

UInt32 IOAudioStream::getMaxNumChannels() { return maxNumChannels; }

void IOAudioStream::setStreamAvailable(bool available) {
    streamAvailable = available;
    setProperty(kIOAudioStreamAvailableKey, available, 8);
    if (audioEngine) {
        audioEngine->updateChannelNumbers();
    }
}

bool IOAudioStream::getStreamAvailable() { return streamAvailable; }

void IOAudioStream::setTerminalType(const UInt32 terminal) { setProperty(kIOAudioStreamTerminalTypeKey, terminal, 32); }

void IOAudioStream::setSampleLatency(UInt32 frames) { setProperty(kIOAudioStreamSampleLatencyKey, frames, 32); }

void IOAudioStream::setStartingChannelNumber(UInt32 number) {
    setProperty(kIOAudioStreamStartingChannelNumberKey, number, 32);
}

// A control of one channel is the engine's; one of all channels stays on the stream, and the answer is an error nonetheless.
IOReturn IOAudioStream::addDefaultAudioControl(IOAudioControl *control) {
    if (!control || !audioEngine) {
        return kIOReturnBadArgument;
    }
    if (control->getChannelID() != kIOAudioControlChannelIDAll) {
        return audioEngine->addDefaultAudioControl(control);
    }
    if (!defaultAudioControls) {
        defaultAudioControls = OSSet::withCapacity(1);
    }
    control->setWorkLoop(workLoop);
    if (defaultAudioControls && control->attachAndStart(this)) {
        defaultAudioControls->setObject(control);
    }
    return kIOReturnBadArgument;
}

void IOAudioStream::removeDefaultAudioControls() {
    forEach<IOAudioControl>(defaultAudioControls, [](IOAudioControl *control) {
        if (!control->isInactive()) {
            control->terminate(0);
        }
    });
    if (defaultAudioControls) {
        defaultAudioControls->flushCollection();
    }
}

// Errors in the IO path are counted, not written down: there is no time for that.
#if FAMILY_RELEASE >= 10
void countError(IOAudioStream *stream, StreamError which) {
    stream->safeLogError(which, 0, 0, 0, 0, nullptr, nullptr);
}

void IOAudioStream::safeLogError(int which, unsigned long, unsigned long, unsigned long, unsigned long, void *, void *) {
    const int counters = sizeof(reserved->mStreamErrorCounts) / sizeof(reserved->mStreamErrorCounts[0]);
    if (which >= 0 && which < counters) {
        reserved->mStreamErrorCounts[which]++;
        reserved->mStreamErrorCountsUpdated = true;
    }
}
#else
void countError(IOAudioStream *, StreamError) {}
#endif

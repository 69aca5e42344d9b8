// IOAudioEngine: its streams and its controls.
#include <IOKit/IOBufferMemoryDescriptor.h>
#include <IOKit/audio/IOAudioControl.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Stream.h"
#include "Support.h"

// A new array of a word for each stream of a direction, in whole pages.
static void renewByteCounts(IOBufferMemoryDescriptor *&descriptor, UInt32 streams) {
    OSSafeReleaseNULL(descriptor);
    const vm_size_t bytes = (streams * sizeof(UInt32) + pageBytes - 1) / pageBytes * pageBytes;
    descriptor =
        IOBufferMemoryDescriptor::withOptions(kIODirectionInOut | kIOMemoryKernelUserShared, bytes, pageBytes);
    if (descriptor) {
        bzero(descriptor->getBytesNoCopy(), bytes);
    }
}

IOReturn IOAudioEngine::addAudioStream(IOAudioStream *stream) {
    if (!stream) {
        return kIOReturnBadArgument;
    }
    if (!stream->attach(this)) {
        return kIOReturnError;
    }
    if (!stream->start(this)) {
        stream->detach(this);
        return kIOReturnError;
    }
    if (stream->getDirection() == kIOAudioStreamDirectionOutput) {
        outputStreams->setObject(stream);
        maxNumOutputChannels += stream->getMaxNumChannels();
        setRunEraseHead(true);
        renewByteCounts(reserved->bytesInOutputBufferArrayDescriptor, outputStreams->getCount());
    } else {
        inputStreams->setObject(stream);
        maxNumInputChannels += stream->getMaxNumChannels();
        renewByteCounts(reserved->bytesInInputBufferArrayDescriptor, inputStreams->getCount());
    }
    stream->setProperty(kIOAudioStreamIDKey, getNextStreamID(stream), 32);
    if (isRegistered) {
        stream->registerService(0);
    }
    return kIOReturnSuccess;
}

// Streams are numbered as they are added, over both directions.
UInt32 IOAudioEngine::getNextStreamID(IOAudioStream *stream) {
    const UInt32 next = reserved->streams->getCount();
    reserved->streams->setObject(stream);
    return next;
}

IOAudioStream *IOAudioEngine::getStreamForID(UInt32 id) {
    return reserved->streams ? OSDynamicCast(IOAudioStream, reserved->streams->getObject(id)) : nullptr;
}

IOAudioStream *IOAudioEngine::getAudioStream(IOAudioStreamDirection direction, UInt32 channelID) {
    IOAudioStream *found = nullptr;
    forEach<IOAudioStream>(direction == kIOAudioStreamDirectionOutput ? outputStreams : inputStreams,
                           [&](IOAudioStream *stream) {
                               const UInt32 first = stream->getStartingChannelID();
                               if (!found && channelID >= first && channelID - first < stream->getMaxNumChannels()) {
                                   found = stream;
                               }
                           });
    return found;
}

void IOAudioEngine::detachAudioStreams() {
    OSOrderedSet *const directions[] = {outputStreams, inputStreams};
    for (OSOrderedSet *streams : directions) {
        forEach<IOAudioStream>(streams, [](IOAudioStream *stream) {
            if (!stream->isInactive()) {
                stream->terminate(0);
            }
            detachFromEngine(stream);
        });
        if (streams) {
            streams->flushCollection();
        }
    }
    if (reserved->streams) {
        reserved->streams->flushCollection();
    }
}

void IOAudioEngine::clearAllSampleBuffers() {
    OSOrderedSet *const directions[] = {outputStreams, inputStreams};
    for (OSOrderedSet *streams : directions) {
        forEach<IOAudioStream>(streams, [](IOAudioStream *stream) { stream->clearSampleBuffer(); });
    }
}

void IOAudioEngine::lockAllStreams() {
    OSOrderedSet *const directions[] = {outputStreams, inputStreams};
    for (OSOrderedSet *streams : directions) {
        forEach<IOAudioStream>(streams, lockStreamForIO);
    }
}

void IOAudioEngine::unlockAllStreams() {
    OSOrderedSet *const directions[] = {outputStreams, inputStreams};
    for (OSOrderedSet *streams : directions) {
        forEach<IOAudioStream>(streams, unlockStreamForIO);
    }
}

void IOAudioEngine::lockStreamForIO(IOAudioStream *stream) { stream->lockStreamForIO(); }

void IOAudioEngine::unlockStreamForIO(IOAudioStream *stream) { stream->unlockStreamForIO(); }

void IOAudioEngine::setWorkLoopOnAllAudioControls(IOWorkLoop *loop) {
    forEach<IOAudioControl>(defaultAudioControls, [=](IOAudioControl *control) { control->setWorkLoop(loop); });
}

IOReturn IOAudioEngine::addDefaultAudioControl(IOAudioControl *control) {
    if (!control) {
        return kIOReturnBadArgument;
    }
    // Before the engine starts there is none; it hands it over then.
    if (workLoop) {
        control->setWorkLoop(workLoop);
    }
    if (!control->attachAndStart(this)) {
        return kIOReturnError;
    }
    defaultAudioControls->setObject(control);
    if (isRegistered) {
        updateChannelNumbers();
    }
    return kIOReturnSuccess;
}

IOReturn IOAudioEngine::removeDefaultAudioControl(IOAudioControl *control) {
    if (state == kIOAudioEngineRunning || state == kIOAudioEngineResumed) {
        return kIOReturnNotPermitted;
    }
    if (!control || !defaultAudioControls || !defaultAudioControls->containsObject(control)) {
        return kIOReturnNotFound;
    }
    control->retain();
    defaultAudioControls->removeObject(control);
    if (!control->isInactive()) {
        control->terminate(0);
    }
    control->release();
    if (!configurationChangeInProgress) {
        sendNotification(kIOAudioEngineChangeNotification);
    }
    return kIOReturnSuccess;
}

void IOAudioEngine::removeAllDefaultAudioControls() {
    forEach<IOAudioControl>(defaultAudioControls, [](IOAudioControl *control) {
        if (!control->isInactive()) {
            control->terminate(0);
        }
    });
    if (defaultAudioControls) {
        defaultAudioControls->flushCollection();
    }
}

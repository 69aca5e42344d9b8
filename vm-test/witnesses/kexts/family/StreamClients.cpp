// IOAudioStream: the buffers of clients that play to it or record from it.
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Stream.h"
#include "Support.h"

void IOAudioStream::updateNumClients() { setProperty(kIOAudioStreamNumClientsKey, numClients, 32); }

UInt32 IOAudioStream::getNumClients() { return numClients; }

static bool isClient(const IOAudioStream *stream, const IOAudioClientBuffer *wanted) {
    const IOAudioClientBuffer *buffer = stream->userClientList;
    while (buffer && buffer != wanted) {
        buffer = buffer->nextClient;
    }
    return buffer != nullptr;
}

IOReturn IOAudioStream::addClient(IOAudioClientBuffer *buffer) {
    if (!buffer) {
        return kIOReturnBadArgument;
    }
    IOReturn result = kIOReturnSuccess;
    lockStreamForIO();
    if (isClient(this, buffer)) {
        // Nothing to do.
    } else if (!format.fIsMixable && numClients > 0 && direction == kIOAudioStreamDirectionOutput) {
        // What cannot be mixed has one source.
        result = kIOReturnExclusiveAccess;
    } else {
        numClients++;
        updateNumClients();
        buffer->nextClient = userClientList;
        userClientList = buffer;
        if (direction == kIOAudioStreamDirectionOutput) {
            buffer->mixedPosition = {0, 0};
            buffer->nextClip = buffer->previousClip = nullptr;
            if (!mixBuffer && format.fIsMixable && sampleBuffer) {
                allocateMixBuffer(this);
            }
        }
    }
    unlockStreamForIO();
    return result;
}

// Takes a buffer out of the order of positions. Whether it was in it as the slowest.
static bool leaveOrder(IOAudioStream *stream, IOAudioClientBuffer *buffer) {
    const bool wasSlowest = stream->clientBufferListStart == buffer;
    if (!wasSlowest && !buffer->previousClip) {
        return false;
    }
    (wasSlowest ? stream->clientBufferListStart : buffer->previousClip->nextClip) = buffer->nextClip;
    (buffer->nextClip ? buffer->nextClip->previousClip : stream->clientBufferListEnd) = buffer->previousClip;
    buffer->nextClip = buffer->previousClip = nullptr;
    return wasSlowest;
}

void IOAudioStream::removeClient(IOAudioClientBuffer *buffer) {
    if (!buffer) {
        return;
    }
    lockStreamForIO();
    IOAudioClientBuffer **link = &userClientList;
    while (*link && *link != buffer) {
        link = &(*link)->nextClient;
    }
    if (*link) {
        *link = buffer->nextClient;
        buffer->nextClient = nullptr;
        numClients--;
        updateNumClients();
        if (direction == kIOAudioStreamDirectionOutput) {
            const bool wasSlowest = leaveOrder(this, buffer);
            if (numClients == 0) {
                resetClipInfo();
            } else if (wasSlowest) {
                // The others need not wait for it any more.
                clipIfNecessary();
            }
        }
    }
    unlockStreamForIO();
}

void IOAudioStream::resetClipInfo() {
    startingPosition = {0, 0};
    clippedPosition = {0, 0};
}

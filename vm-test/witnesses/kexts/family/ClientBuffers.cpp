// IOAudioEngineUserClient: the buffers that a client shares with streams, in sets that one trap serves.
#include "Client.h"

UInt32 capacityOf(const IOAudioClientBuffer *buffer) {
    const UInt32 frameBytes = clientFrameBytes(buffer->audioStream->format);
    return frameBytes ? UInt32(buffer->sourceBufferMap->getLength() - descriptorBytes) / frameBytes : 0;
}

UInt32 nominalFramesOf(const IOAudioClientBuffer *buffer) {
    const UInt32 frameBytes = clientFrameBytes(buffer->audioStream->format);
    const UInt32 frames = frameBytes ? buffer->bufferDataDescriptor->fNominalDataByteSize / frameBytes : 0;
    const UInt32 capacity = capacityOf(buffer);
    return frames == 0 || frames > capacity ? capacity : frames;
}

// Whether what stands in front of the samples is nothing, or fits a buffer of `size` bytes and itself.
static bool isSound(const IOAudioBufferDataDescriptor *shared, UInt32 size, UInt32 frameBytes) {
    const UInt32 bytes = shared->fActualDataByteSize, frames = shared->fActualNumSampleFrames;
    const UInt32 total = shared->fTotalDataByteSize, nominal = shared->fNominalDataByteSize;
    if (bytes == 0 && frames == 0 && total == 0 && nominal == 0) {
        return true;
    }
    const UInt32 room = size - descriptorBytes;
    return total == size && bytes <= room && nominal <= room && UInt64(frames) * frameBytes <= bytes;
}

// Wires the client's memory and maps it into the kernel.
static bool mapBuffer(IOAudioClientBuffer64 *whole, task *task, mach_vm_address_t address, UInt32 size) {
    IOAudioClientBuffer &buffer = whole->mAudioClientBuffer32;
    IOMemoryDescriptor *descriptor = IOMemoryDescriptor::withAddressRange(address, size, kIODirectionInOut, task);
    if (descriptor && descriptor->prepare(kIODirectionNone) != kIOReturnSuccess) {
        OSSafeReleaseNULL(descriptor);
    }
    buffer.sourceBufferDescriptor = descriptor;
    buffer.sourceBufferMap = descriptor ? descriptor->map(0) : nullptr;
    if (!buffer.sourceBufferMap) {
        return false;
    }
    UInt8 *mapped = reinterpret_cast<UInt8 *>(buffer.sourceBufferMap->getVirtualAddress());
    buffer.bufferDataDescriptor = reinterpret_cast<IOAudioBufferDataDescriptor *>(mapped);
    buffer.sourceBuffer = mapped + descriptorBytes;
    buffer.unmappedSourceBuffer = reinterpret_cast<void *>(address);
    whole->mUnmappedSourceBuffer64 = address;
    return true;
}

void IOAudioEngineUserClient::freeClientBuffer(IOAudioClientBuffer64 *whole) {
    IOAudioClientBuffer &buffer = whole->mAudioClientBuffer32;
    OSSafeReleaseNULL(buffer.sourceBufferMap);
    if (buffer.sourceBufferDescriptor) {
        buffer.sourceBufferDescriptor->complete(kIODirectionNone);
        OSSafeReleaseNULL(buffer.sourceBufferDescriptor);
    }
    OSSafeReleaseNULL(buffer.audioStream);
    freeStructure(whole);
}

IOReturn IOAudioEngineUserClient::safeRegisterClientBuffer64(UInt32 streamID, mach_vm_address_t *address, UInt32 size,
                                                             UInt32 setID) {
    IOAudioStream *stream = audioEngine->getStreamForID(streamID);
    return stream && address ? registerClientBuffer64(stream, *address, size, setID) : kIOReturnBadArgument;
}

IOReturn IOAudioEngineUserClient::registerClientBuffer64(IOAudioStream *stream, mach_vm_address_t address, UInt32 size,
                                                         UInt32 setID) {
    return workLoop->runAction(registerBufferAction, this, stream, &address, reinterpret_cast<void *>(uintptr_t(size)),
                               reinterpret_cast<void *>(uintptr_t(setID)));
}

IOReturn IOAudioEngineUserClient::registerBufferAction(OSObject *owner, void *stream, void *address, void *size,
                                                       void *setID) {
    return throughGate<IOAudioEngineUserClient>(owner, _registerBufferAction, stream, address, size, setID);
}

IOReturn IOAudioEngineUserClient::_registerBufferAction(OSObject *owner, void *stream, void *address, void *size,
                                                        void *setID) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->registerBuffer64(static_cast<IOAudioStream *>(stream),
                                             *static_cast<mach_vm_address_t *>(address),
                                             UInt32(reinterpret_cast<uintptr_t>(size)),
                                             UInt32(reinterpret_cast<uintptr_t>(setID)))
                  : kIOReturnBadArgument;
}

IOReturn IOAudioEngineUserClient::registerBuffer64(IOAudioStream *stream, mach_vm_address_t address, UInt32 size,
                                                   UInt32 setID) {
    if (!stream || !address || size < descriptorBytes || isInactive()) {
        return kIOReturnBadArgument;
    }
    if (!stream->getFormat()->fIsMixable && stream->getNumClients() != 0) {
        return kIOReturnExclusiveAccess;
    }
    unregisterBuffer64(address, setID);
    auto *whole = allocateZeroed<IOAudioClientBuffer64>();
    if (!whole) {
        return kIOReturnNoMemory;
    }
    IOAudioClientBuffer &buffer = whole->mAudioClientBuffer32;
    buffer.userClient = this;
    buffer.audioStream = stream;
    stream->retain();
    buffer.numChannels = stream->getFormat()->fNumChannels;
    const UInt32 frameBytes = clientFrameBytes(*stream->getFormat());
    if (!frameBytes || !mapBuffer(whole, clientTask, address, size) ||
        (checksDescriptors && !isSound(buffer.bufferDataDescriptor, size, frameBytes))) {
        freeClientBuffer(whole);
        return kIOReturnBadArgument;
    }
    buffer.numSampleFrames = capacityOf(&buffer);

    IOReturn result = kIOReturnNoMemory;
    lockBuffers();
    IOAudioClientBufferSet *set = findBufferSet(setID);
    if (!set && (set = new IOAudioClientBufferSet)) {
        if (set->init(setID, this)) {
            set->mNextBufferSet = clientBufferSetList;
            clientBufferSetList = set;
        } else {
            OSSafeReleaseNULL(set);
        }
    }
    const bool isOutput = stream->getDirection() == kIOAudioStreamDirectionOutput;
    if (set && isOutput && !set->watchdogThreadCall) {
        set->allocateWatchdogTimer();
    }
    if (set && (!isOutput || set->watchdogThreadCall)) {
        // In the order of their registration.
        IOAudioClientBuffer64 **end = isOutput ? &set->outputBufferList : &set->inputBufferList;
        while (*end) {
            end = &(*end)->mNextBuffer64;
        }
        *end = whole;
        result = online ? stream->addClient(&buffer) : kIOReturnSuccess;
        whole = result == kIOReturnSuccess ? nullptr : whole;
        if (result != kIOReturnSuccess) {
            *end = nullptr;
        }
    }
    if (set && !set->outputBufferList && !set->inputBufferList) {
        removeBufferSet(set);
    }
    unlockBuffers();
    if (whole) {
        freeClientBuffer(whole);
    }
    return result;
}

IOReturn IOAudioEngineUserClient::unregisterClientBuffer64(mach_vm_address_t *address, UInt32 setID) {
    return workLoop->runAction(unregisterBufferAction, this, address, reinterpret_cast<void *>(uintptr_t(setID)),
                               nullptr, nullptr);
}

IOReturn IOAudioEngineUserClient::unregisterBufferAction(OSObject *owner, void *address, void *setID, void *, void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _unregisterBufferAction, address, setID);
}

IOReturn IOAudioEngineUserClient::_unregisterBufferAction(OSObject *owner, void *address, void *setID, void *, void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->unregisterBuffer64(*static_cast<mach_vm_address_t *>(address),
                                               UInt32(reinterpret_cast<uintptr_t>(setID)))
                  : kIOReturnBadArgument;
}

// Takes the buffer with an address out of a list; null if it is not there.
static IOAudioClientBuffer64 *unlinkBuffer(IOAudioClientBuffer64 *&list, mach_vm_address_t address) {
    IOAudioClientBuffer64 **link = &list;
    while (*link && (*link)->mUnmappedSourceBuffer64 != address) {
        link = &(*link)->mNextBuffer64;
    }
    IOAudioClientBuffer64 *found = *link;
    if (found) {
        *link = found->mNextBuffer64;
    }
    return found;
}

IOReturn IOAudioEngineUserClient::unregisterBuffer64(mach_vm_address_t address, UInt32 setID) {
    IOAudioClientBuffer64 *found = nullptr;
    lockBuffers();
    if (IOAudioClientBufferSet *set = findBufferSet(setID)) {
        found = unlinkBuffer(set->outputBufferList, address);
        found = found ? found : unlinkBuffer(set->inputBufferList, address);
        if (found && online) {
            found->mAudioClientBuffer32.audioStream->removeClient(&found->mAudioClientBuffer32);
        }
        if (!set->outputBufferList) {
            set->cancelWatchdogTimer();
            if (!set->inputBufferList) {
                removeBufferSet(set);
            }
        }
    }
    unlockBuffers();
    if (!found) {
        return kIOReturnNotFound;
    }
    freeClientBuffer(found);
    return kIOReturnSuccess;
}

IOAudioClientBufferSet *IOAudioEngineUserClient::findBufferSet(UInt32 setID) {
    IOAudioClientBufferSet *set = clientBufferSetList;
    while (set && set->bufferSetID != setID) {
        set = set->mNextBufferSet;
    }
    return set;
}

void IOAudioEngineUserClient::removeBufferSet(IOAudioClientBufferSet *set) {
    IOAudioClientBufferSet **link = &clientBufferSetList;
    while (*link && *link != set) {
        link = &(*link)->mNextBufferSet;
    }
    if (*link) {
        *link = set->mNextBufferSet;
        set->cancelWatchdogTimer();
        set->release();
    }
}

void IOAudioEngineUserClient::freeClientBufferSetList() {
    while (IOAudioClientBufferSet *set = clientBufferSetList) {
        clientBufferSetList = set->mNextBufferSet;
        set->cancelWatchdogTimer();
        IOAudioClientBuffer64 **const lists[] = {&set->outputBufferList, &set->inputBufferList};
        for (IOAudioClientBuffer64 **list : lists) {
            while (IOAudioClientBuffer64 *buffer = *list) {
                *list = buffer->mNextBuffer64;
                freeClientBuffer(buffer);
            }
        }
        set->release();
    }
}

// The forms with addresses of 32 bits' days, and a second buffer for parameters that nobody ever had.

IOReturn IOAudioEngineUserClient::safeRegisterClientBuffer(UInt32 streamID, void *address, UInt32 size, UInt32 setID) {
    mach_vm_address_t wide = reinterpret_cast<mach_vm_address_t>(address);
    return safeRegisterClientBuffer64(streamID, &wide, size, setID);
}

IOReturn IOAudioEngineUserClient::registerClientBuffer(IOAudioStream *stream, void *address, UInt32 size,
                                                       UInt32 setID) {
    return registerClientBuffer64(stream, reinterpret_cast<mach_vm_address_t>(address), size, setID);
}

IOReturn IOAudioEngineUserClient::registerBuffer(IOAudioStream *stream, void *address, UInt32 size, UInt32 setID) {
    return registerBuffer64(stream, reinterpret_cast<mach_vm_address_t>(address), size, setID);
}

IOReturn IOAudioEngineUserClient::unregisterClientBuffer(void *address, UInt32 setID) {
    mach_vm_address_t wide = reinterpret_cast<mach_vm_address_t>(address);
    return unregisterClientBuffer64(&wide, setID);
}

IOReturn IOAudioEngineUserClient::unregisterBuffer(void *address, UInt32 setID) {
    return unregisterBuffer64(reinterpret_cast<mach_vm_address_t>(address), setID);
}

IOReturn IOAudioEngineUserClient::registerClientParameterBuffer(void *, UInt32) { return kIOReturnUnsupported; }

IOAudioClientBufferExtendedInfo *IOAudioEngineUserClient::findExtendedInfo(UInt32) { return nullptr; }

IOAudioClientBufferExtendedInfo64 *IOAudioEngineUserClient::findExtendedInfo64(UInt32) { return nullptr; }

// IOAudioEngine: from init to free.
#include <IOKit/IOBufferMemoryDescriptor.h>
#include <IOKit/audio/IOAudioControl.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Support.h"

DEFINE_ABSTRACT_CLASS(IOAudioEngine, IOService)

// The keys of a rate's dictionary. Drivers may use them.
const OSSymbol *IOAudioEngine::gSampleRateWholeNumberKey = nullptr;
const OSSymbol *IOAudioEngine::gSampleRateFractionKey = nullptr;

static constexpr UInt32 defaultErases = 4;
static constexpr UInt32 defaultMixClipOverhead = 10;
// Kernel and clients share the status page.
static constexpr IOOptionBits sharedMemory = kIODirectionInOut | kIOMemoryKernelUserShared;

void IOAudioEngine::initKeys() {
    makeKey(gSampleRateWholeNumberKey, kIOAudioSampleRateWholeNumberKey);
    makeKey(gSampleRateFractionKey, kIOAudioSampleRateFractionKey);
}

// Streams are in the order of their first channels.
static SInt32 byFirstChannel(const OSMetaClassBase *one, const OSMetaClassBase *other, void *) {
    const IOAudioStream *first = OSDynamicCast(IOAudioStream, one);
    const IOAudioStream *second = OSDynamicCast(IOAudioStream, other);
    if (!first || !second || first->startingChannelID == second->startingChannelID) {
        return 0;
    }
    return first->startingChannelID < second->startingChannelID ? 1 : -1;
}

bool IOAudioEngine::init(OSDictionary *properties) {
    // A copy: engines may share the dictionary that they are made from.
    OSCollection *copy = properties ? properties->copyCollection(nullptr) : nullptr;
    bool made = IOService::init(OSDynamicCast(OSDictionary, copy));
    OSSafeReleaseNULL(copy);
    if (!made) {
        return false;
    }
    initKeys();
    reserved = allocateZeroed<ExpansionData>();
    if (!reserved) {
        return false;
    }
    reserved->mixClipOverhead = defaultMixClipOverhead;
    reserved->streams = OSArray::withCapacity(1);
    reserved->statusDescriptor = IOBufferMemoryDescriptor::withOptions(sharedMemory, pageBytes, pageBytes);
    inputStreams = OSOrderedSet::withCapacity(1, byFirstChannel, nullptr);
    outputStreams = OSOrderedSet::withCapacity(1, byFirstChannel, nullptr);
    userClients = OSSet::withCapacity(1);
    defaultAudioControls = OSSet::withCapacity(1);
    if (!reserved->streams || !reserved->statusDescriptor || !inputStreams || !outputStreams || !userClients ||
        !defaultAudioControls) {
        return false;
    }
    status = static_cast<IOAudioEngineStatus *>(reserved->statusDescriptor->getBytesNoCopy());
    bzero(status, pageBytes);
    status->fVersion = kIOAudioEngineCurrentStatusStructVersion;
    sampleRate = {0, 0};
    numErasesPerBuffer = defaultErases;
    state = kIOAudioEngineStopped;
    duringStartup = true;
    // Bits of the engine's address; a driver that knows its clock sets another.
    setClockDomain(UInt32(reinterpret_cast<uintptr_t>(this) >> 2));
    setSampleOffset(0);
    setProperty(kIOAudioEngineStateKey, kIOAudioEngineStopped, 32);
    // Little-endian: what the byte order of the processor is.
    setProperty(kIOAudioEngineFlavorKey, kIOAudioStreamByteOrderLittleEndian, 32);
    return true;
}

void IOAudioEngine::free() {
    OSSafeReleaseNULL(inputStreams);
    OSSafeReleaseNULL(outputStreams);
    OSSafeReleaseNULL(userClients);
    OSSafeReleaseNULL(defaultAudioControls);
    dropSource(workLoop, commandGate);
    OSSafeReleaseNULL(workLoop);
    if (reserved) {
        OSSafeReleaseNULL(reserved->streams);
        OSSafeReleaseNULL(reserved->statusDescriptor);
        OSSafeReleaseNULL(reserved->bytesInInputBufferArrayDescriptor);
        OSSafeReleaseNULL(reserved->bytesInOutputBufferArrayDescriptor);
        freeStructure(reserved);
    }
    status = nullptr;
    IOService::free();
}

bool IOAudioEngine::start(IOService *provider) { return start(provider, OSDynamicCast(IOAudioDevice, provider)); }

bool IOAudioEngine::start(IOService *provider, IOAudioDevice *device) {
    if (!IOService::start(provider)) {
        return false;
    }
    setAudioDevice(device ? device : OSDynamicCast(IOAudioDevice, provider));
    if (!audioDevice) {
        return false;
    }
    workLoop = audioDevice->getWorkLoop();
    if (!workLoop) {
        return false;
    }
    workLoop->retain();
    commandGate = addGate(workLoop, this);
    if (!commandGate) {
        return false;
    }
    setWorkLoopOnAllAudioControls(workLoop);
    if (!initHardware(provider)) {
        return false;
    }
    duringStartup = false;
    return true;
}

bool IOAudioEngine::initHardware(IOService *) { return true; }

void IOAudioEngine::stop(IOService *provider) {
    if (commandGate) {
        commandGate->runAction(detachUserClientsAction, nullptr, nullptr, nullptr, nullptr);
    }
    stopAudioEngine();
    removeTimer();
    detachAudioStreams();
    removeAllDefaultAudioControls();
    removeGate(workLoop, commandGate, reserved);
    IOService::stop(provider);
}

void IOAudioEngine::registerService(IOOptionBits options) {
    if (isRegistered) {
        return;
    }
    isRegistered = true;
    updateChannelNumbers();
    IOService::registerService(options);
    OSOrderedSet *const directions[] = {outputStreams, inputStreams};
    for (OSOrderedSet *streams : directions) {
        forEach<IOAudioStream>(streams, [](IOAudioStream *stream) { stream->registerService(0); });
    }
}

IOWorkLoop *IOAudioEngine::getWorkLoop() const { return workLoop; }

IOCommandGate *IOAudioEngine::getCommandGate() const { return commandGate; }

void IOAudioEngine::setAudioDevice(IOAudioDevice *device) { audioDevice = device; }

#if FAMILY_RELEASE >= 7
void IOAudioEngine::setCommandGateUsage(IOAudioEngine *engine, bool in) {
    countGateUsage(engine->workLoop, engine->commandGate, engine->reserved, in);
}
#endif

// What a driver overrides.

IOReturn IOAudioEngine::performAudioEngineStart() { return kIOReturnSuccess; }

IOReturn IOAudioEngine::performAudioEngineStop() { return kIOReturnSuccess; }

IOReturn IOAudioEngine::performFormatChange(IOAudioStream *, const IOAudioStreamFormat *,
                                            const IOAudioStreamFormatExtension *, const IOAudioSampleRate *) {
    return kIOReturnUnsupported;
}

IOReturn IOAudioEngine::performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioSampleRate *) {
    return kIOReturnSuccess;
}

IOReturn IOAudioEngine::clipOutputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *,
                                          IOAudioStream *) {
    return kIOReturnUnsupported;
}

void IOAudioEngine::resetClipPosition(IOAudioStream *, UInt32) {}

IOReturn IOAudioEngine::convertInputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *,
                                            IOAudioStream *) {
    return kIOReturnUnsupported;
}

IOReturn IOAudioEngine::convertInputSamplesVBR(const void *samples, void *to, UInt32 first, UInt32 &frames,
                                               const IOAudioStreamFormat *format, IOAudioStream *stream) {
    return convertInputSamples(samples, to, first, frames, format, stream);
}

IOReturn IOAudioEngine::getNearestStartTime(IOAudioStream *, IOAudioTimeStamp *, bool) { return kIOReturnSuccess; }

IOReturn IOAudioEngine::setAttributeForConnection(SInt32, UInt32, uintptr_t) { return kIOReturnUnsupported; }

IOReturn IOAudioEngine::getAttributeForConnection(SInt32, UInt32, uintptr_t *) { return kIOReturnUnsupported; }

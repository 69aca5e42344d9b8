// IOAudioEngineUserClient: what user space may call and map.
#include <IOKit/IOBufferMemoryDescriptor.h>
#include <kern/task.h>

#include "Client.h"

// What a program must be entitled to that plays a driver's host.
static constexpr char driverHost[] = "com.apple.private.audio.driver-host";
// The trap of a client whose words have the other byte order.
static constexpr UInt32 classicTrap = 0x1000;
// kIOMapReadOnly.
static constexpr IOOptionBits mappedReadOnly = 0x1000;

#if FAMILY_RELEASE >= 12
static bool isDriverHost(task *task) {
    OSObject *answer = IOUserClient::copyClientEntitlement(task, driverHost);
    OSBoolean *entitled = OSDynamicCast(OSBoolean, answer);
    const bool is = entitled && entitled->isTrue();
    OSSafeReleaseNULL(answer);
    return is;
}
#else
static bool isDriverHost(task *) { return !needsEntitlement; }
#endif

IOReturn IOAudioEngineUserClient::externalMethod(uint32_t selector, IOExternalMethodArguments *arguments,
                                                 IOExternalMethodDispatch *dispatch, OSObject *target,
                                                 void *reference) {
    if (!isDriverHost(current_task())) {
        return kIOReturnNotPrivileged;
    }
    if (isOfTables && selector > kIOAudioEngineCallUnregisterClientBuffer) {
        // Those two alone are here, for the sake of their addresses of 64 bits.
        return IOUserClient::externalMethod(selector, arguments, dispatch, target, reference);
    }
    const uint64_t *in = arguments->scalarInput;
    const uint32_t count = arguments->scalarInputCount;
    switch (selector) {
    case kIOAudioEngineCallRegisterClientBuffer: {
        if (countsScalars && count < 4) {
            return kIOReturnBadArgument;
        }
        mach_vm_address_t address = in[1];
        return safeRegisterClientBuffer64(UInt32(in[0]), &address, UInt32(in[2]), UInt32(in[3]));
    }
    case kIOAudioEngineCallUnregisterClientBuffer: {
        if (countsScalars && count < 2) {
            return kIOReturnBadArgument;
        }
        mach_vm_address_t address = in[0];
        return unregisterClientBuffer64(&address, UInt32(in[1]));
    }
    case kIOAudioEngineCallGetConnectionID: {
        if (arguments->scalarOutputCount < 1) {
            return kIOReturnBadArgument;
        }
        UInt32 connection = 0;
        const IOReturn result = getConnectionID(&connection);
        arguments->scalarOutput[0] = connection;
        return result;
    }
    case kIOAudioEngineCallStart:
        return clientStart();
    case kIOAudioEngineCallStop:
        return clientStop();
    case kIOAudioEngineCallGetNearestStartTime:
        if (count < 3) {
            return kIOReturnBadArgument;
        }
        return getNearestStartTime(reinterpret_cast<IOAudioStream *>(in[0]),
                                   reinterpret_cast<IOAudioTimeStamp *>(in[1]), UInt32(in[2]));
    default:
        return IOUserClient::externalMethod(selector, arguments, dispatch, target, reference);
    }
}

#if FAMILY_RELEASE >= 12
// There was a table of methods once; the one way in is externalMethod now.
IOExternalMethod *IOAudioEngineUserClient::getExternalMethodForIndex(UInt32) { return nullptr; }

void fillMethods(IOAudioEngineUserClient *) {}
#else
static constexpr UInt32 numMethods = kIOAudioEngineCallGetNearestStartTime + 1;

IOExternalMethod *IOAudioEngineUserClient::getExternalMethodForIndex(UInt32 index) {
    return index < numMethods ? &reserved->methods[index] : nullptr;
}

// kIOUCScalarIScalarO.
static constexpr IOOptionBits scalarsInAndOut = 0;

// The kernel hands over six words; a method takes as many of them as it has parameters.
template <typename Function>
static void fillMethod(IOAudioEngineUserClient *client, UInt32 index, Function function, IOByteCount inputs,
                       IOByteCount outputs) {
    IOExternalMethod &method = client->reserved->methods[index];
    method = {client, nullptr, scalarsInAndOut, inputs, outputs};
    static_assert(sizeof(function) == sizeof(method.func), "pointers to members have one size");
    memcpy(&method.func, &function, sizeof(function));
}

void fillMethods(IOAudioEngineUserClient *client) {
    fillMethod(client, kIOAudioEngineCallRegisterClientBuffer, &IOAudioEngineUserClient::registerClientBuffer, 4, 0);
    fillMethod(client, kIOAudioEngineCallUnregisterClientBuffer, &IOAudioEngineUserClient::unregisterClientBuffer, 2, 0);
    fillMethod(client, kIOAudioEngineCallGetConnectionID, &IOAudioEngineUserClient::getConnectionID, 0, 1);
    fillMethod(client, kIOAudioEngineCallStart, &IOAudioEngineUserClient::clientStart, 0, 0);
    fillMethod(client, kIOAudioEngineCallStop, &IOAudioEngineUserClient::clientStop, 0, 0);
    fillMethod(client, kIOAudioEngineCallGetNearestStartTime, &IOAudioEngineUserClient::getNearestStartTime, 3, 0);
}
#endif

IOExternalTrap *IOAudioEngineUserClient::getExternalTrapForIndex(UInt32 index) {
    if (index == classicTrap) {
        reserved->classicMode = 1;
        return &trap;
    }
    return index == kIOAudioEngineTrapPerformClientIO ? &trap : nullptr;
}

IOReturn IOAudioEngineUserClient::clientMemoryForType(UInt32 type, UInt32 *flags, IOMemoryDescriptor **memory) {
    IOBufferMemoryDescriptor *descriptor = nullptr;
    if (type == kIOAudioStatusBuffer) {
        descriptor = audioEngine->getStatusDescriptor();
    } else if (type == kIOAudioBytesInInputBuffer) {
        descriptor = audioEngine->getBytesInInputBufferArrayDescriptor();
    } else if (type == kIOAudioBytesInOutputBuffer) {
        descriptor = audioEngine->getBytesInOutputBufferArrayDescriptor();
    }
    if (!descriptor) {
        return kIOReturnError;
    }
    // Whoever maps it gives the reference up.
    descriptor->retain();
    *memory = descriptor;
    *flags = mappedReadOnly;
    return kIOReturnSuccess;
}

#if FAMILY_RELEASE >= 11
void numberConnection(IOAudioEngineUserClient *client) {
    static UInt32 last;
    client->reserved->connectionID = __sync_add_and_fetch(&last, 1);
}

IOReturn IOAudioEngineUserClient::getConnectionID(UInt32 *connection) {
    *connection = reserved->connectionID;
    return kIOReturnSuccess;
}
#else
void numberConnection(IOAudioEngineUserClient *) {}

// Bits of the client's address.
IOReturn IOAudioEngineUserClient::getConnectionID(UInt32 *connection) {
    *connection = UInt32(reinterpret_cast<uintptr_t>(this) >> 8);
    return kIOReturnSuccess;
}
#endif

IOReturn IOAudioEngineUserClient::getNearestStartTime(IOAudioStream *stream, IOAudioTimeStamp *time, UInt32 isInput) {
    return workLoop->runAction(getNearestStartTimeAction, this, stream, time,
                               reinterpret_cast<void *>(uintptr_t(isInput)), nullptr);
}

IOReturn IOAudioEngineUserClient::getNearestStartTimeAction(OSObject *owner, void *stream, void *time, void *isInput,
                                                            void *) {
    return throughGate<IOAudioEngineUserClient>(owner, _getNearestStartTimeAction, stream, time, isInput);
}

IOReturn IOAudioEngineUserClient::_getNearestStartTimeAction(OSObject *owner, void *stream, void *time, void *isInput,
                                                             void *) {
    IOAudioEngineUserClient *client = OSDynamicCast(IOAudioEngineUserClient, owner);
    return client ? client->getClientNearestStartTime(static_cast<IOAudioStream *>(stream),
                                                      static_cast<IOAudioTimeStamp *>(time),
                                                      UInt32(reinterpret_cast<uintptr_t>(isInput)))
                  : kIOReturnBadArgument;
}

// Both come from user space as they are; no engine can use them, and the default one does not.
IOReturn IOAudioEngineUserClient::getClientNearestStartTime(IOAudioStream *stream, IOAudioTimeStamp *time,
                                                            UInt32 isInput) {
    return audioEngine->getNearestStartTime(stream, time, isInput != 0);
}

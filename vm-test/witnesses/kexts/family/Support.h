// What the files of the family have in common.
#pragma once
#include <IOKit/IOCommandGate.h>
#include <IOKit/IOLib.h>
#include <IOKit/IOLocks.h>
#include <IOKit/IOWorkLoop.h>
#include <IOKit/audio/IOAudioExpansionData.h>
#include <kern/kern_types.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSBoolean.h>
#include <libkern/c++/OSCollectionIterator.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSNumber.h>
#include <libkern/c++/OSOrderedSet.h>
#include <libkern/c++/OSSet.h>
#include <libkern/c++/OSString.h>
#include <libkern/c++/OSSymbol.h>

#include "Behaviour.h"

#if FAMILY_RELEASE >= 16
// Each class has operators of its own, for what others allocate of it.
#define DEFINE_OPERATORS(Class)                                                                                        \
    void *Class::operator new(size_t size) noexcept { return OSObject::operator new(size); }                           \
    void Class::operator delete(void *memory, size_t size) { OSObject::operator delete(memory, size); }
#else
#define DEFINE_OPERATORS(Class)
#endif

// Defines what every class declares for the kernel's run-time types. As OSDefineMetaClassAndStructors, and what a library
// has beyond a driver: other kexts may call its metaclasses' destructors.
#define DEFINE_CLASS(Class, Super, allocated)                                                                          \
    const OSMetaClass *const Class::superClass = &Super::gMetaClass;                                                   \
    const OSMetaClass *const Class::metaClass = &Class::gMetaClass;                                                    \
    Class::MetaClass Class::gMetaClass;                                                                                \
    Class::MetaClass::MetaClass() : OSMetaClass(#Class, Class::superClass, sizeof(Class)) {}                           \
    Class::MetaClass::~MetaClass() {}                                                                                  \
    OSObject *Class::MetaClass::alloc() const { return allocated; }                                                    \
    Class::Class() : Super(&gMetaClass) { gMetaClass.instanceConstructed(); }                                          \
    Class::Class(const OSMetaClass *meta) : Super(meta) {}                                                             \
    Class::~Class() {}                                                                                                 \
    const OSMetaClass *Class::getMetaClass() const { return &gMetaClass; }                                             \
    DEFINE_OPERATORS(Class)

#define DEFINE_CONCRETE_CLASS(Class, Super) DEFINE_CLASS(Class, Super, new Class)

// A class that only its subclasses make objects of.
#define DEFINE_ABSTRACT_CLASS(Class, Super) DEFINE_CLASS(Class, Super, nullptr)

// What a command gate is to its owner's clients: `commandGateStatus`.
enum GateStatus : UInt32 { gateNormal = 0, gateRemovePending = 1, gateInvalid = 2 };

// A page of the x86_64 kernel.
static constexpr vm_size_t pageBytes = 4096;

// The bytes of a sample in a mix buffer and in the buffers of clients of a mixable stream.
static constexpr UInt32 mixSampleBytes = sizeof(float);

// Bytes of a frame in a driver's sample buffer.
static inline UInt32 sampleFrameBytes(const IOAudioStreamFormat &format) {
    return format.fNumChannels * (format.fBitWidth / 8);
}

// Bytes of a frame in a stream's mix buffer.
static inline UInt32 mixFrameBytes(const IOAudioStreamFormat &format) { return format.fNumChannels * mixSampleBytes; }

// Bytes of a frame in a client's buffer: floats, unless the format is one that cannot be mixed.
static inline UInt32 clientFrameBytes(const IOAudioStreamFormat &format) {
    return format.fIsMixable ? mixFrameBytes(format) : sampleFrameBytes(format);
}

// Zeroed memory of a structure; null if there is none.
template <typename Structure> Structure *allocateZeroed() {
    void *memory = IOMalloc(sizeof(Structure));
    if (memory) {
        bzero(memory, sizeof(Structure));
    }
    return static_cast<Structure *>(memory);
}

template <typename Structure> void freeStructure(Structure *&memory) {
    if (memory) {
        IOFree(memory, sizeof(Structure));
        memory = nullptr;
    }
}

// Makes a key unless it was made before.
static inline void makeKey(const OSSymbol *&key, const char *name) {
    if (!key) {
        key = OSSymbol::withCString(name);
    }
}

// Calls `body` with each member of a collection that is a `Class`. The body may not change the collection.
template <typename Class, typename Body> void forEach(const OSCollection *collection, Body body) {
    OSCollectionIterator *iterator = collection ? OSCollectionIterator::withCollection(collection) : nullptr;
    if (!iterator) {
        return;
    }
    while (OSObject *member = iterator->getNextObject()) {
        if (Class *object = OSDynamicCast(Class, member)) {
            body(object);
        }
    }
    iterator->release();
}

// The command gate of `owner` on `loop`; null if it cannot be made.
static inline IOCommandGate *addGate(IOWorkLoop *loop, OSObject *owner) {
    IOCommandGate *gate = IOCommandGate::commandGate(owner, nullptr);
    if (gate && loop->addEventSource(gate) != kIOReturnSuccess) {
        OSSafeReleaseNULL(gate);
    }
    return gate;
}

// Takes an event source off its loop and gives it up.
template <typename Source> void dropSource(IOWorkLoop *loop, Source *&source) {
    if (source) {
        if (loop) {
            loop->removeEventSource(source);
        }
        source->release();
        source = nullptr;
    }
}

#if FAMILY_RELEASE >= 7
// Counts who is inside of a gate, in or out. The last one out carries a removal out that came meanwhile.
template <typename Reserved> void countGateUsage(IOWorkLoop *loop, IOCommandGate *&gate, Reserved *reserved, bool in) {
    if (!reserved) {
        return;
    }
    reserved->commandGateUsage += in ? 1 : -1;
    if (reserved->commandGateUsage == 0 && reserved->commandGateStatus == gateRemovePending) {
        reserved->commandGateStatus = gateInvalid;
        dropSource(loop, gate);
    }
}

// Removes a gate now, or when the last one who sleeps in it has left.
template <typename Reserved> void removeGate(IOWorkLoop *loop, IOCommandGate *&gate, Reserved *reserved) {
    if (!gate) {
        return;
    }
    if (reserved && reserved->commandGateUsage > 0) {
        reserved->commandGateStatus = gateRemovePending;
        return;
    }
    if (reserved) {
        reserved->commandGateStatus = gateInvalid;
    }
    dropSource(loop, gate);
}

// Whether an action may go into the gate of `object`.
template <typename Class> bool admits(const Class *object) {
    return object->commandGate && object->reserved->commandGateStatus == gateNormal;
}

template <typename Class> void countIn(Class *object) { Class::setCommandGateUsage(object, true); }

template <typename Class> void countOut(Class *object) { Class::setCommandGateUsage(object, false); }
#else
// Nobody counts who is inside.
template <typename Reserved> void removeGate(IOWorkLoop *loop, IOCommandGate *&gate, Reserved *) {
    dropSource(loop, gate);
}

template <typename Class> bool admits(const Class *object) { return object->commandGate != nullptr; }

template <typename Class> void countIn(Class *) {}

template <typename Class> void countOut(Class *) {}
#endif

// Runs an action in the command gate of a `Class`, which is kept until the action has left it.
template <typename Class> IOReturn throughGate(OSObject *owner, IOCommandGate::Action action, void *one = nullptr,
                                               void *two = nullptr, void *three = nullptr, void *four = nullptr) {
    Class *object = OSDynamicCast(Class, owner);
    if (!object || !admits(object)) {
        return kIOReturnError;
    }
    countIn(object);
    IOReturn result = object->commandGate->runAction(action, one, two, three, four);
    countOut(object);
    return result;
}

// Absolute time in so many nanoseconds from now.
static inline AbsoluteTime deadlineIn(UInt64 nanoseconds) {
    AbsoluteTime interval = 0, now = 0;
    nanoseconds_to_absolutetime(nanoseconds, &interval);
    clock_get_uptime(&now);
    return now + interval;
}

// Sleeps in a gate until an event, for so long at most; for ever if that is 0.
static inline IOReturn sleepInGate(IOCommandGate *gate, void *event, UInt64 nanoseconds) {
    return nanoseconds ? gate->commandSleep(event, deadlineIn(nanoseconds), THREAD_ABORTSAFE)
                       : gate->commandSleep(event, THREAD_ABORTSAFE);
}

// A position in an engine's ring as one number that orders as positions do; 0 is "not set".
static inline UInt64 order(const IOAudioEnginePosition &position) {
    return UInt64(position.fLoopCount) << 32 | position.fSampleFrame;
}

static inline bool isSet(const IOAudioEnginePosition &position) { return order(position) != 0; }

// The position `frames` later, at most one ring.
static inline IOAudioEnginePosition later(IOAudioEnginePosition position, UInt32 frames, UInt32 ring) {
    position.fSampleFrame += frames;
    if (position.fSampleFrame >= ring) {
        position.fSampleFrame -= ring;
        position.fLoopCount++;
    }
    return position;
}

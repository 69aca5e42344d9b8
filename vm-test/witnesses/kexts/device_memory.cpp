// What drivers of sound cards do with memory for their devices and with threads: parts of a descriptor, several as one, segments
// within a device's limits, msleep with a thread that wakes it and ends itself. It says what it got, and nothing is left.
//
// ends: 0
// log: device_memory: part 3000 bytes, 250 at 3; beyond the end none
// log: device_memory: both 13000 bytes, 247, 248 at 1000 of the second
// log: device_memory: device 64 bits: 4096 4096 1808, ends 0xe00002e8
// log: device_memory: device in pieces: 3000 10000
// log: device_memory: own function: 2 segments
// log: device_memory: prepared 0, busy 0xe00002d5, copied 4, completed 0, 0xe00002d8
// log: device_memory: 32 bits of 40 refused, 12 bits taken
// log: device_memory: slept 0, then 35
#include <IOKit/IOLib.h>

#include "witness.h"

class Descriptor;
class Command;

struct Segment {
    UInt64 address, length;
};

using Output = bool (*)(Command *, Segment, void *, UInt32);

Descriptor *inTask(void *task, UInt32 options, unsigned long capacity, unsigned long alignment) asm(
    "__ZN24IOBufferMemoryDescriptor17inTaskWithOptionsEP4taskjmm");
UInt8 *bytesOf(Descriptor *) asm("__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");
UInt64 lengthOf(const Descriptor *) asm("__ZNK18IOMemoryDescriptor9getLengthEv");
UInt64 read(Descriptor *, UInt64 offset, void *to, UInt64 length) asm("__ZN18IOMemoryDescriptor9readBytesEyPvy");
Descriptor *partOf(Descriptor *, UInt64 offset, UInt64 length, UInt32 options) asm(
    "__ZN21IOSubMemoryDescriptor12withSubRangeEP18IOMemoryDescriptoryyj");
Descriptor *both(Descriptor **, UInt32 count, UInt32 direction, bool asReference) asm(
    "__ZN23IOMultiMemoryDescriptor15withDescriptorsEPP18IOMemoryDescriptorjjb");
Command *command(Output, UInt8 bits, UInt64 maxSegment, UInt32 mapping, UInt64 maxTransfer, UInt32 alignment, void *mapper,
                 void *refCon) asm("__ZN12IODMACommand17withSpecificationEPFbPS_NS_9Segment64EPvjEhyNS_14MappingOptionsEyjP"
                                   "8IOMapperS2_");
bool output64(Command *, Segment, void *, UInt32) asm("__ZN12IODMACommand12OutputHost64EPS_NS_9Segment64EPvj");
bool output32(Command *, Segment, void *, UInt32) asm("__ZN12IODMACommand12OutputHost32EPS_NS_9Segment64EPvj");
IOReturn generateWith(Command *, Output, UInt64 *offset, void *list, UInt32 *count) asm(
    "__ZN12IODMACommand15genIOVMSegmentsEPFbPS_NS_9Segment64EPvjEPyS2_Pj");
UInt64 writeTo(Command *, UInt64 offset, const void *from, UInt64 length) asm("__ZN12IODMACommand10writeBytesEyPKvy");

extern "C" {
struct IOLock;
IOLock *IOLockAlloc();
void IOLockFree(IOLock *);
void IOLockLock(IOLock *);
void IOLockUnlock(IOLock *);
extern void *kernel_task;
int msleep(void *channel, void *mutex, int priority, const char *message, const void *time);
void wakeup(void *channel);
int kernel_thread_start(void (*main)(void *, int), void *parameter, void **thread);
void thread_deallocate(void *thread);
void IOExitThread();
}

// Slots of the methods that drivers call by the table.
enum { kSetMemory = 37, kClearMemory = 38, kPrepare = 40, kComplete = 41, kGenerate = 43 };

template <class Result, class... Words> static Result call(void *object, unsigned slot, Words... words) {
    return (*static_cast<Result (***)(void *, Words...)>(object))[slot](object, words...);
}

static void drop(void *object) { static_cast<OSObject *>(object)->release(); }

struct Timespec {
    long seconds, nanoseconds;
};

static IOLock *lock;
static bool awake;
static char channel;

static void waker(void *, int) {
    IOLockLock(lock);
    awake = true;
    wakeup(&channel);
    IOLockUnlock(lock);
    IOExitThread();
    IOLog("device_memory: a thread went on behind its end\n");
}

static bool count(Command *, Segment segment, void *counted, UInt32) {
    *static_cast<UInt32 *>(counted) += segment.length != 0;
    return true;
}

WITNESS(org_loopflower_witness_DeviceMemory)

static void descriptors(Descriptor *buffer, Descriptor *part, Descriptor *all) {
    UInt8 third = 0, around[2] = {};
    read(part, 3, &third, 1);
    IOLog("device_memory: part %llu bytes, %u at 3; beyond the end %s\n", lengthOf(part), third,
          partOf(buffer, 9000, 2000, 0) ? "some" : "none");
    read(all, 3000 + 1000, around, 2);
    IOLog("device_memory: both %llu bytes, %u, %u at 1000 of the second\n", lengthOf(all), around[0], around[1]);
}

static void segments(Command *device, Descriptor *buffer, Descriptor *all) {
    Segment list[4];
    UInt64 offset = 0;
    UInt32 made = 4;
    call<IOReturn>(device, kSetMemory, buffer, true);
    call<IOReturn>(device, kGenerate, &offset, static_cast<void *>(list), &made);
    made = 4;
    IOReturn end = call<IOReturn>(device, kGenerate, &offset, static_cast<void *>(list), &made);
    IOLog("device_memory: device 64 bits: %llu %llu %llu, ends 0x%x\n", list[0].length, list[1].length, list[2].length,
          static_cast<UInt32>(end));
    call<IOReturn>(device, kClearMemory, true);

    Command *wide = command(output64, 64, 0, 0, 0, 1, nullptr, nullptr);
    call<IOReturn>(wide, kSetMemory, all, true);
    offset = 0;
    made = 4;
    call<IOReturn>(wide, kGenerate, &offset, static_cast<void *>(list), &made);
    IOLog("device_memory: device in pieces: %llu %llu\n", list[0].length, list[1].length);
    UInt32 counted = 0;
    offset = 0;
    made = 4;
    generateWith(wide, count, &offset, &counted, &made);
    IOLog("device_memory: own function: %u segments\n", counted);
    call<IOReturn>(wide, kClearMemory, true);
    drop(wide);
}

static void life(Command *device, Descriptor *buffer, Descriptor *part) {
    call<IOReturn>(device, kSetMemory, buffer, false);
    IOReturn prepared = call<IOReturn>(device, kPrepare, UInt64(0), UInt64(0), true, true);
    IOReturn busy = call<IOReturn>(device, kSetMemory, part, true);
    UInt64 copied = writeTo(device, 9996, "abcdefgh", 8);
    IOReturn first = call<IOReturn>(device, kComplete, true, true);
    IOReturn second = call<IOReturn>(device, kComplete, true, true);
    IOLog("device_memory: prepared %d, busy 0x%x, copied %llu, completed %d, 0x%x\n", prepared, static_cast<UInt32>(busy),
          copied, first, static_cast<UInt32>(second));
    call<IOReturn>(device, kClearMemory, true);
    Command *refused = command(output32, 40, 0, 0, 0, 1, nullptr, nullptr);
    Command *taken = command(output32, 12, 0, 0, 0, 1, nullptr, nullptr);
    IOLog("device_memory: 32 bits of 40 %s, 12 bits %s\n", refused ? "taken" : "refused", taken ? "taken" : "refused");
    drop(taken);
}

static void threads() {
    void *thread = nullptr;
    lock = IOLockAlloc();
    kernel_thread_start(waker, nullptr, &thread);
    int first = 0;
    IOLockLock(lock);
    while (!awake) {
        first = msleep(&channel, lock, 0, "witness", nullptr);
    }
    const Timespec millisecond = {0, 1000000};
    int second = msleep(&channel, lock, 0, "witness", &millisecond);
    IOLockUnlock(lock);
    IOLog("device_memory: slept %d, then %d\n", first, second);
    // The other thread is at its end.
    IOSleep(1);
    thread_deallocate(thread);
    IOLockFree(lock);
}

void org_loopflower_witness_DeviceMemory::act(IOService *) {
    Descriptor *buffer = inTask(kernel_task, 3, 10000, 4096);
    UInt8 *bytes = bytesOf(buffer);
    for (UInt32 at = 0; at < 10000; at++) {
        bytes[at] = at % 251;
    }
    Descriptor *part = partOf(buffer, 1000, 3000, 0);
    Descriptor *list[] = {part, buffer};
    Descriptor *all = both(list, 2, 3, false);
    Command *device = command(output64, 64, 4096, 0, 0, 1, nullptr, nullptr);
    descriptors(buffer, part, all);
    segments(device, buffer, all);
    life(device, buffer, part);
    drop(device);
    drop(all);
    drop(part);
    drop(buffer);
    threads();
}

// What drivers of sound cards in the field ask for beside memory and threads: a pool of commands, from which a thread waits for
// one; memory by its physical address; numbers in texts; the process that they serve. It says what it got, and nothing is left.
//
// ends: 0
// log: commands: given back last, taken first; then none
// log: commands: waited for the first
// log: commands: at the physical address 4096 bytes, 77 at 100, the same in both
// log: commands: 3 read: 0x00170500, 24, codec
// log: commands: process 0 kernel_task
#include <IOKit/IOLib.h>
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

class Command;
class Descriptor;
class Map;
class Pool;

struct Segment {
    UInt64 address, length;
};

Command *command(bool (*)(Command *, Segment, void *, UInt32), UInt8 bits, UInt64 maxSegment, UInt32 mapping,
                 UInt64 maxTransfer, UInt32 alignment, void *mapper,
                 void *refCon) asm("__ZN12IODMACommand17withSpecificationEPFbPS_NS_9Segment64EPvjEhyNS_14MappingOptionsEyjP"
                                   "8IOMapperS2_");
bool output64(Command *, Segment, void *, UInt32) asm("__ZN12IODMACommand12OutputHost64EPS_NS_9Segment64EPvj");
Pool *pool(IOWorkLoop *) asm("__ZN13IOCommandPool12withWorkLoopEP10IOWorkLoop");
Descriptor *inTask(void *task, UInt32 options, unsigned long capacity, unsigned long alignment) asm(
    "__ZN24IOBufferMemoryDescriptor17inTaskWithOptionsEP4taskjmm");
UInt8 *bytesOf(Descriptor *) asm("__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");
UInt64 physical(Descriptor *) asm("__ZN18IOMemoryDescriptor18getPhysicalAddressEv");
Descriptor *withPhysical(UInt64 address, UInt64 length, UInt32 direction) asm(
    "__ZN18IOMemoryDescriptor19withPhysicalAddressEyyj");
Map *mapOf(Descriptor *, UInt32 options) asm("__ZN18IOMemoryDescriptor3mapEj");

extern "C" {
extern void *kernel_task;
int kernel_thread_start(void (*main)(void *, int), void *parameter, void **thread);
void thread_deallocate(void *thread);
int sscanf(const char *text, const char *pattern, ...);
int proc_selfpid();
void proc_selfname(char *to, int size);
}

// Slots of the methods that drivers call by the table.
enum { kGetCommand = 37, kReturnCommand = 38, kMapAddress = 35, kMapLength = 37 };

template <class Result, class... Words> static Result call(void *object, unsigned slot, Words... words) {
    return (*static_cast<Result (***)(void *, Words...)>(object))[slot](object, words...);
}

static void drop(void *object) { static_cast<OSObject *>(object)->release(); }

static Pool *commands;
static Command *waited;

static void waiter(void *, int) { waited = call<Command *>(commands, kGetCommand, true); }

WITNESS(org_loopflower_witness_Commands)

static void takes(IOWorkLoop *loop) {
    commands = pool(loop);
    Command *first = command(output64, 64, 4096, 0, 0, 1, nullptr, nullptr);
    Command *second = command(output64, 64, 4096, 0, 0, 1, nullptr, nullptr);
    call<void>(commands, kReturnCommand, first);
    call<void>(commands, kReturnCommand, second);
    bool inOrder = call<Command *>(commands, kGetCommand, false) == second;
    inOrder = call<Command *>(commands, kGetCommand, true) == first && inOrder;
    IOLog("commands: given back last, taken %s; then %s\n", inOrder ? "first" : "otherwise",
          call<Command *>(commands, kGetCommand, false) ? "another" : "none");
    void *thread = nullptr;
    kernel_thread_start(waiter, nullptr, &thread);
    IOSleep(1);
    bool early = waited;
    call<void>(commands, kReturnCommand, first);
    IOSleep(1);
    IOLog("commands: waited for the %s\n", waited == first && !early ? "first" : "wrong one");
    thread_deallocate(thread);
    drop(commands);
    drop(first);
    drop(second);
}

static void addresses() {
    Descriptor *buffer = inTask(kernel_task, 3, 4096, 4096);
    bytesOf(buffer)[100] = 77;
    Descriptor *again = withPhysical(physical(buffer), 4096, 3);
    Map *map = mapOf(again, 0);
    UInt8 *bytes = call<UInt8 *>(map, kMapAddress);
    UInt64 length = call<UInt64>(map, kMapLength);
    UInt8 seen = bytes[100];
    bytes[101] = 78;
    IOLog("commands: at the physical address %llu bytes, %u at 100, %s in both\n", length, seen,
          bytesOf(buffer)[101] == 78 ? "the same" : "another");
    drop(map);
    drop(again);
    drop(buffer);
}

static void texts() {
    unsigned long verb = 0;
    int bits = 0;
    char name[8] = {};
    int read = sscanf("0x00170500 24 codec#1", "0x%08lx %d %7[a-z]", &verb, &bits, name);
    IOLog("commands: %d read: 0x%08lx, %d, %s\n", read, verb, bits, name);
    char process[32] = {};
    proc_selfname(process, sizeof(process));
    IOLog("commands: process %d %s\n", proc_selfpid(), process);
}

void org_loopflower_witness_Commands::act(IOService *) {
    IOWorkLoop *loop = IOWorkLoop::workLoop();
    takes(loop);
    loop->release();
    addresses();
    texts();
}

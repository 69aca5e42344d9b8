// Allocates memory in a primary interrupt, for which it raises one of the machine's own.
//
// ends: 1
// finding: interrupt: _IOMalloc, which may wait or allocate, is called in a primary interrupt, on interrupt
// finding: in interrupt_malloc`
#include "witness.h"

WITNESS(org_loopflower_witness_InterruptMalloc)

static void *block;

static void handle(OSObject *, void *, IOService *, int) { block = IOMalloc(20); }

void org_loopflower_witness_InterruptMalloc::act(IOService *provider) {
    IOService *machine = provider->getProvider();
    machine->registerInterrupt(0, this, handle, nullptr);
    machine->enableInterrupt(0);
    machine->causeInterrupt(0);
    // The handler's thread goes first now.
    IOSleep(1);
    machine->unregisterInterrupt(0);
    IOFree(block, 20);
}

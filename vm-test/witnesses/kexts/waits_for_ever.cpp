// Waits for an event that nobody sends.
//
// ends: 1
// finding: did not become quiet after matching; IOConfigThread is waiting for an event in waits_for_ever`
// finding: classes have instances: org_loopflower_witness_WaitsForEver (1)
// left: org_loopflower_witness_WaitsForEver
#include "witness.h"

WITNESS(org_loopflower_witness_WaitsForEver)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockLock(IOLock *);
extern "C" int IOLockSleep(IOLock *, void *event, unsigned interruptible);

void org_loopflower_witness_WaitsForEver::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOLockLock(lock);
    IOLockSleep(lock, this, 0);
    IOLog("waits_for_ever: woken\n");
}

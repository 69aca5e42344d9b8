// Sleeps while it holds a spin lock.
//
// ends: 1
// only: hosted
// finding: spin-lock: _IOSleep, which may wait or allocate, is called while a spin lock is held
// finding: spin-lock: a thread waits for a deadline while a spin lock is held
#include "witness.h"

WITNESS(org_loopflower_witness_SpinSleep)

struct IOSimpleLock;
extern "C" IOSimpleLock *IOSimpleLockAlloc();
extern "C" void IOSimpleLockFree(IOSimpleLock *);
extern "C" void IOSimpleLockLock(IOSimpleLock *);
extern "C" void IOSimpleLockUnlock(IOSimpleLock *);

void org_loopflower_witness_SpinSleep::act(IOService *) {
    IOSimpleLock *lock = IOSimpleLockAlloc();
    IOSimpleLockLock(lock);
    IOSleep(1);
    IOSimpleLockUnlock(lock);
    IOSimpleLockFree(lock);
}

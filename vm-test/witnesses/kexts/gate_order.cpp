// Takes a lock inside of a gate, and the gate while it holds the lock.
//
// ends: 1
// only: hosted
// finding: lock-order: two orders of locks
// finding: the gate of a work loop
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

WITNESS(org_loopflower_witness_GateOrder)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

static IOReturn take(OSObject *, void *lock, void *, void *, void *) {
    IOLockLock(static_cast<IOLock *>(lock));
    IOLockUnlock(static_cast<IOLock *>(lock));
    return kIOReturnSuccess;
}

static IOReturn nothing(OSObject *, void *, void *, void *, void *) { return kIOReturnSuccess; }

void org_loopflower_witness_GateOrder::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOWorkLoop *loop = IOWorkLoop::workLoop();
    loop->runAction(take, this, lock, nullptr, nullptr, nullptr);
    IOLockLock(lock);
    loop->runAction(nothing, this, nullptr, nullptr, nullptr, nullptr);
    IOLockUnlock(lock);
    loop->release();
    IOLockFree(lock);
}

// Takes two locks in two orders, one after the other: nothing happens, this time.
//
// ends: 1
// finding: lock-order: two orders of locks: a mutex that was made by _IOLockAlloc from lock_order`
// finding: IOConfigThread
// finding: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_LockOrder)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

void org_loopflower_witness_LockOrder::act(IOService *) {
    IOLock *one = IOLockAlloc(), *other = IOLockAlloc();
    IOLockLock(one);
    IOLockLock(other);
    IOLockUnlock(other);
    IOLockUnlock(one);
    IOLockLock(other);
    IOLockLock(one);
    IOLockUnlock(one);
    IOLockUnlock(other);
    IOLockFree(one);
    IOLockFree(other);
}

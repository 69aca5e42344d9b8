// Takes a lock in start and never releases it.
//
// ends: 1
// only: hosted
// finding: lock-left: a mutex that was made by _IOLockAlloc from lock_left_by_start`
// finding: 3actEP9IOService
// finding: never freed: a block of 16 bytes
// left: 16 bytes
#include "witness.h"

WITNESS(org_loopflower_witness_LockLeftByStart)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

void org_loopflower_witness_LockLeftByStart::act(IOService *) {
    IOLockLock(IOLockAlloc());
}

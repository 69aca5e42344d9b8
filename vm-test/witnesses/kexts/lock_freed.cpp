// Frees a lock that it holds.
//
// ends: 1
// only: hosted
// panic: lock-freed: a mutex that was made by _IOLockAlloc from lock_freed`
// at: 3actEP9IOService
// inside: _IOLockFree
#include "witness.h"

WITNESS(org_loopflower_witness_LockFreed)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

void org_loopflower_witness_LockFreed::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOLockLock(lock);
    IOLockFree(lock);
    IOLog("lock_freed: went on\n");
}

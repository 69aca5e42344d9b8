// Allocates memory while it holds a spin lock.
//
// ends: 1
// only: hosted
// finding: spin-lock: _IOMalloc, which may wait or allocate, is called while a spin lock is held
// finding: in spin_malloc`
#include "witness.h"

WITNESS(org_loopflower_witness_SpinMalloc)

struct IOSimpleLock;
extern "C" IOSimpleLock *IOSimpleLockAlloc();
extern "C" void IOSimpleLockFree(IOSimpleLock *);
extern "C" void IOSimpleLockLock(IOSimpleLock *);
extern "C" void IOSimpleLockUnlock(IOSimpleLock *);

void org_loopflower_witness_SpinMalloc::act(IOService *) {
    IOSimpleLock *lock = IOSimpleLockAlloc();
    IOSimpleLockLock(lock);
    void *block = IOMalloc(20);
    IOSimpleLockUnlock(lock);
    IOFree(block, 20);
    IOSimpleLockFree(lock);
}

// Has another thread release a lock that it holds.
//
// ends: 1
// only: hosted
// panic: lock-owner: a lock was released by a thread that does not hold it: a mutex
// at: on_thread
// inside: _IOLockUnlock
#include "witness.h"

WITNESS(org_loopflower_witness_LockOwner)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

struct thread_call;
extern "C" thread_call *thread_call_allocate(void (*)(void *, void *), void *);
extern "C" int thread_call_enter(thread_call *);
extern "C" int thread_call_free(thread_call *);

static void on_thread(void *lock, void *) {
    IOLockUnlock(static_cast<IOLock *>(lock));
    IOLog("lock_owner: released\n");
}

void org_loopflower_witness_LockOwner::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOLockLock(lock);
    thread_call_enter(thread_call_allocate(on_thread, lock));
    IOSleep(10);
    IOLog("lock_owner: went on\n");
}

// A thread call takes a lock and returns.
//
// ends: 1
// only: hosted
// finding: lock-left: a mutex that was made by _IOLockAlloc from lock_left`
// finding: on thread_call, in lock_left`__ZL9on_threadPvS_
// finding: never freed: a block of 16 bytes
// left: 16 bytes
#include "witness.h"

WITNESS(org_loopflower_witness_LockLeft)

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
    IOLockLock(static_cast<IOLock *>(lock));
    IOLog("lock_left: taken\n");
}

void org_loopflower_witness_LockLeft::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    thread_call *call = thread_call_allocate(on_thread, lock);
    thread_call_enter(call);
    IOSleep(10);
    thread_call_free(call);
}

// Sleeps on a lock that it does not hold.
//
// ends: 1
// only: hosted
// panic: sleep-unlocked: a thread sleeps on a lock that it does not hold: a mutex
// at: 3actEP9IOService
// inside: _IOLockSleep
#include "witness.h"

WITNESS(org_loopflower_witness_SleepUnlocked)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);
extern "C" int IOLockSleep(IOLock *, void *event, unsigned interruptible);

void org_loopflower_witness_SleepUnlocked::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOLockSleep(lock, this, 0);
    IOLog("sleep_unlocked: went on\n");
}

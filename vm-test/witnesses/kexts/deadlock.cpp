// Takes a lock that it holds.
//
// ends: 1
// panic: lock-twice: a thread took a lock that it holds already
// at: 3actEP9IOService
// inside: _IOLockLock
#include "witness.h"

WITNESS(org_loopflower_witness_Deadlock)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockLock(IOLock *);

void org_loopflower_witness_Deadlock::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IOLockLock(lock);
    IOLockLock(lock);
    IOLog("deadlock: there is none\n");
}

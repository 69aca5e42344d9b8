// Takes two locks in two orders, always inside of a third: no deadlock can come of it.
//
// ends: 0
// only: hosted
// log: guarded_order: done
#include "witness.h"

WITNESS(org_loopflower_witness_GuardedOrder)

struct IOLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);

void org_loopflower_witness_GuardedOrder::act(IOService *) {
    IOLock *guard = IOLockAlloc(), *one = IOLockAlloc(), *other = IOLockAlloc();
    for (int turn = 0; turn < 2; turn++) {
        IOLockLock(guard);
        IOLockLock(turn == 0 ? one : other);
        IOLockLock(turn == 0 ? other : one);
        IOLockUnlock(one);
        IOLockUnlock(other);
        IOLockUnlock(guard);
    }
    IOLockFree(one);
    IOLockFree(other);
    IOLockFree(guard);
    IOLog("guarded_order: done\n");
}

// Takes a read-write lock and a mutex in two orders.
//
// ends: 1
// only: hosted
// finding: lock-order: two orders of locks
// finding: a read-write lock that was made by
#include "witness.h"

WITNESS(org_loopflower_witness_RwOrder)

struct IOLock;
struct IORWLock;
extern "C" IOLock *IOLockAlloc();
extern "C" void IOLockFree(IOLock *);
extern "C" void IOLockLock(IOLock *);
extern "C" void IOLockUnlock(IOLock *);
extern "C" IORWLock *IORWLockAlloc();
extern "C" void IORWLockFree(IORWLock *);
extern "C" void IORWLockRead(IORWLock *);
extern "C" void IORWLockWrite(IORWLock *);
extern "C" void IORWLockUnlock(IORWLock *);

void org_loopflower_witness_RwOrder::act(IOService *) {
    IOLock *lock = IOLockAlloc();
    IORWLock *table = IORWLockAlloc();
    IOLockLock(lock);
    IORWLockRead(table);
    IORWLockUnlock(table);
    IOLockUnlock(lock);
    IORWLockWrite(table);
    IOLockLock(lock);
    IOLockUnlock(lock);
    IORWLockUnlock(table);
    IORWLockFree(table);
    IOLockFree(lock);
}

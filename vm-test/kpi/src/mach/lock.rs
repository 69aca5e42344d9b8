//! Locks: IOLock, IORecursiveLock, IOSimpleLock. A lock is a small kernel block whose first word is its owner.

use crate::fault;
use crate::functions;
use crate::heap;
use crate::mem;
use crate::sched::{self, Wake};

/// Owner (thread id + 1, 0: free), then the depth of a recursive lock.
const SIZE: usize = 16;

/// THREAD_AWAKENED and THREAD_TIMED_OUT.
const AWAKENED: i32 = 0;
const TIMED_OUT: i32 = 1;

fn me() -> u32 {
    sched::current().0 + 1
}

fn owner(lock: usize) -> u32 {
    mem::read(lock)
}

/// IOLockAlloc and IORecursiveLockAlloc.
pub extern "C" fn allocate() -> usize {
    heap::allocate(SIZE, 16)
}

/// IOLockFree and IORecursiveLockFree.
pub extern "C" fn free(lock: usize) {
    if owner(lock) != 0 {
        fault::kernel_panic("a lock was freed while it was held");
    }
    heap::free(lock, SIZE);
}

/// IOLockLock.
pub extern "C" fn lock(lock: usize) {
    if owner(lock) == me() {
        fault::kernel_panic("a thread took a lock that it holds already (deadlock)");
    }
    take(lock);
}

fn take(lock: usize) {
    while owner(lock) != 0 {
        sched::wait(lock as u64, "a lock", None);
    }
    mem::write(lock, me());
}

/// IOLockUnlock.
pub extern "C" fn unlock(lock: usize) {
    if owner(lock) != me() {
        fault::kernel_panic("a lock was released by a thread that does not hold it");
    }
    mem::write(lock, 0u32);
    sched::wake(lock as u64, false, AWAKENED);
}

extern "C" fn try_lock(lock: usize) -> bool {
    let free = owner(lock) == 0;
    if free {
        mem::write(lock, me());
    }
    free
}

/// IORecursiveLockLock.
pub extern "C" fn lock_recursive(lock: usize) {
    if owner(lock) != me() {
        take(lock);
    }
    mem::write(lock + 4, mem::read::<u32>(lock + 4) + 1);
}

/// IORecursiveLockUnlock.
pub extern "C" fn unlock_recursive(lock: usize) {
    if owner(lock) != me() {
        fault::kernel_panic("a recursive lock was released by a thread that does not hold it");
    }
    let depth = mem::read::<u32>(lock + 4) - 1;
    mem::write(lock + 4, depth);
    if depth == 0 {
        unlock(lock);
    }
}

/// IORecursiveLockTryLock.
pub extern "C" fn try_lock_recursive(lock: usize) -> bool {
    let takes = owner(lock) == 0 || owner(lock) == me();
    if takes {
        lock_recursive(lock);
    }
    takes
}

/// IORecursiveLockHaveLock.
pub extern "C" fn have_recursive(lock: usize) -> bool {
    owner(lock) == me()
}

/// IOLockSleep: gives the lock up, waits for `event`, takes the lock again.
pub extern "C" fn sleep(lock: usize, event: u64) -> i32 {
    sleep_with(lock, event, None)
}

/// IOLockSleepDeadline: as [`sleep`], until an absolute time.
pub extern "C" fn sleep_deadline(lock: usize, event: u64, deadline: u64) -> i32 {
    sleep_with(lock, event, Some(super::clock::deadline(deadline)))
}

fn sleep_with(lock: usize, event: u64, deadline: Option<u64>) -> i32 {
    let depth = mem::read::<u32>(lock + 4);
    mem::write(lock + 4, 0u32);
    unlock(lock);
    let wake = sched::wait(event_of(event), "an event", deadline);
    take(lock);
    mem::write(lock + 4, depth);
    match wake {
        Wake::Event(result) => result,
        Wake::Timeout => TIMED_OUT,
    }
}

/// Kexts name events by any address; ours must not meet those of locks.
fn event_of(event: u64) -> u64 {
    event ^ (1 << 63)
}

/// IOLockWakeup.
pub extern "C" fn wakeup(_lock: usize, event: u64, one: bool) {
    wakeup_with(event, one, AWAKENED);
}

/// Wakes who sleeps on `event` with another result.
pub fn wakeup_with(event: u64, one: bool, result: i32) {
    sched::wake(event_of(event), !one, result);
}

functions! { pub FUNCTIONS:
    "_IOLockAlloc" => allocate,
    "_IOLockFree" => free,
    "_IOLockLock" => lock,
    "_IOLockUnlock" => unlock,
    "_IOLockTryLock" => try_lock,
    "_IOLockSleep" => sleep,
    "_IOLockSleep_darwin14" => sleep,
    "_IOLockSleepDeadline" => sleep_deadline,
    "_IOLockSleepDeadline_darwin14" => sleep_deadline,
    "_IOLockWakeup" => wakeup,
    "_IOLockWakeup_darwin14" => wakeup,
    "_IORecursiveLockAlloc" => allocate,
    "_IORecursiveLockFree" => free,
    "_IORecursiveLockLock" => lock_recursive,
    "_IORecursiveLockUnlock" => unlock_recursive,
    "_IORecursiveLockTryLock" => try_lock_recursive,
    "_IORecursiveLockHaveLock" => have_recursive,
    "_IORecursiveLockSleep" => sleep,
    "_IORecursiveLockSleepDeadline" => sleep_deadline,
    "_IORecursiveLockWakeup" => wakeup,
    "_IOSimpleLockAlloc" => allocate,
    "_IOSimpleLockFree" => free,
    "_IOSimpleLockLock" => lock,
    "_IOSimpleLockUnlock" => unlock,
    "_IOSimpleLockTryLock" => try_lock,
}

//! Locks: IOLock, IORecursiveLock, IOSimpleLock. A lock is a small kernel block whose first word is its owner.

use alloc::format;

use crate::checks::locks::{self, Kind};
use crate::checks::{self, Rule};
use crate::functions;
use crate::heap;
use crate::mach::Boolean;
use crate::mem;
use crate::sched::{self, Wake};

/// Owner (thread id + 1, 0: free), then the depth of a recursive lock.
const SIZE: usize = 16;

/// THREAD_AWAKENED and THREAD_TIMED_OUT.
const AWAKENED: i32 = 0;
pub(super) const TIMED_OUT: i32 = 1;

fn me() -> u32 {
    sched::current().0 + 1
}

fn owner(lock: usize) -> u32 {
    mem::read(lock)
}

/// A lock of that kind, 0 when there is no memory.
pub fn new(kind: Kind) -> usize {
    let lock = heap::allocate(SIZE, 16);
    if lock != 0 {
        locks::made(lock, kind);
    }
    lock
}

/// IOLockAlloc.
pub extern "C" fn allocate() -> usize {
    new(Kind::Mutex)
}

extern "C" fn allocate_recursive() -> usize {
    new(Kind::Recursive)
}

extern "C" fn allocate_simple() -> usize {
    new(Kind::Spin)
}

/// IOLockFree and IORecursiveLockFree.
pub extern "C" fn free(lock: usize) {
    if owner(lock) != 0 {
        checks::fatal(Rule::LockFreed, &format!("{} was freed while it was held", locks::name(lock)));
    }
    locks::gone(lock);
    heap::free(lock, SIZE);
}

/// IOLockLock.
pub extern "C" fn lock(lock: usize) {
    take(lock, Kind::Mutex, "a lock");
}

/// IOSimpleLockLock.
extern "C" fn lock_simple(lock: usize) {
    take(lock, Kind::Spin, locks::SPINNING);
}

/// Takes a lock that its owner cannot take again.
fn take(lock: usize, kind: Kind, why: &'static str) {
    if owner(lock) == me() {
        let name = locks::name(lock);
        checks::fatal(Rule::LockTwice, &format!("a thread took a lock that it holds already (deadlock): {name}"));
    }
    locks::wants(lock);
    wait_for(lock, why);
    locks::taken(lock, kind);
}

/// Becomes the owner of a lock when nobody is.
fn wait_for(lock: usize, why: &'static str) {
    while owner(lock) != 0 {
        sched::wait(lock as u64, why, None);
    }
    mem::write(lock, me());
}

/// IOLockUnlock.
pub extern "C" fn unlock(lock: usize) {
    if owner(lock) != me() {
        let wrong = "a lock was released by a thread that does not hold it";
        checks::fatal(Rule::LockOwner, &format!("{wrong}: {}", locks::name(lock)));
    }
    locks::released(lock);
    mem::write(lock, 0u32);
    sched::wake(lock as u64, false, AWAKENED);
}

extern "C" fn try_lock(lock: usize) -> Boolean {
    Boolean::from(try_take(lock, Kind::Mutex))
}

extern "C" fn try_lock_simple(lock: usize) -> Boolean {
    Boolean::from(try_take(lock, Kind::Spin))
}

/// Takes a lock if it is free. Who never waits cannot be part of a deadlock.
fn try_take(lock: usize, kind: Kind) -> bool {
    let free = owner(lock) == 0;
    if free {
        mem::write(lock, me());
        locks::taken(lock, kind);
    }
    free
}

/// IORecursiveLockLock.
pub extern "C" fn lock_recursive(lock: usize) {
    lock_recursive_as(lock, Kind::Recursive);
}

/// As [`lock_recursive`], of a lock that is of that kind.
pub fn lock_recursive_as(lock: usize, kind: Kind) {
    if owner(lock) != me() {
        take(lock, kind, "a lock");
    }
    mem::write(lock + 4, mem::read::<u32>(lock + 4) + 1);
}

/// IORecursiveLockUnlock.
pub extern "C" fn unlock_recursive(lock: usize) {
    if owner(lock) != me() {
        let wrong = "a recursive lock was released by a thread that does not hold it";
        checks::fatal(Rule::LockOwner, &format!("{wrong}: {}", locks::name(lock)));
    }
    let depth = mem::read::<u32>(lock + 4) - 1;
    mem::write(lock + 4, depth);
    if depth == 0 {
        unlock(lock);
    }
}

/// IORecursiveLockTryLock.
pub extern "C" fn try_lock_recursive(lock: usize) -> Boolean {
    Boolean::from(try_lock_recursive_as(lock, Kind::Recursive))
}

/// As [`try_lock_recursive`], of a lock that is of that kind.
pub fn try_lock_recursive_as(lock: usize, kind: Kind) -> bool {
    let takes = owner(lock) == me() || try_take(lock, kind);
    if takes {
        mem::write(lock + 4, mem::read::<u32>(lock + 4) + 1);
    }
    takes
}

/// IORecursiveLockHaveLock.
pub extern "C" fn have_recursive(lock: usize) -> Boolean {
    Boolean::from(owner(lock) == me())
}

/// IOLockSleep: gives the lock up, waits for `event`, takes the lock again.
pub extern "C" fn sleep(lock: usize, event: u64) -> i32 {
    sleep_with(lock, event, None)
}

/// IOLockSleepDeadline: as [`sleep`], until an absolute time.
pub extern "C" fn sleep_deadline(lock: usize, event: u64, deadline: u64) -> i32 {
    sleep_with(lock, event, Some(super::clock::deadline(deadline)))
}

/// Gives a lock up, waits for an event of a kext's or a time, takes the lock again; how the wait ended.
pub(super) fn sleep_with(lock: usize, event: u64, deadline: Option<u64>) -> i32 {
    if owner(lock) != me() {
        let wrong = "a thread sleeps on a lock that it does not hold";
        checks::fatal(Rule::SleepUnlocked, &format!("{wrong}: {}", locks::name(lock)));
    }
    let depth = mem::read::<u32>(lock + 4);
    let hold = locks::given_up(lock);
    mem::write(lock + 4, 0u32);
    mem::write(lock, 0u32);
    sched::wake(lock as u64, false, AWAKENED);
    let wake = sched::wait(event_of(event), "an event", deadline);
    wait_for(lock, "a lock");
    mem::write(lock + 4, depth);
    locks::taken_back(hold);
    match wake {
        Wake::Event(result) => result,
        Wake::Timeout => TIMED_OUT,
    }
}

/// Waits for an event of a kext's or a time; how the wait ended.
pub(super) fn sleep_on(event: u64, deadline: Option<u64>) -> i32 {
    match sched::wait(event_of(event), "an event", deadline) {
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
    "_IORecursiveLockAlloc" => allocate_recursive,
    "_IORecursiveLockFree" => free,
    "_IORecursiveLockLock" => lock_recursive,
    "_IORecursiveLockUnlock" => unlock_recursive,
    "_IORecursiveLockTryLock" => try_lock_recursive,
    "_IORecursiveLockHaveLock" => have_recursive,
    "_IORecursiveLockSleep" => sleep,
    "_IORecursiveLockSleepDeadline" => sleep_deadline,
    "_IORecursiveLockWakeup" => wakeup,
    "_IOSimpleLockAlloc" => allocate_simple,
    "_IOSimpleLockFree" => free,
    "_IOSimpleLockLock" => lock_simple,
    "_IOSimpleLockUnlock" => unlock,
    "_IOSimpleLockTryLock" => try_lock_simple,
}

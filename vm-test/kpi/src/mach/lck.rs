//! The locks of mach: lck_mtx, lck_spin, lck_rw with their groups and attributes; IORWLock, which is an lck_rw.
//!
//! Mutexes and spin locks are IOLocks and IOSimpleLocks, wherever they lie. A read-write lock is 16 bytes: its writer (thread id
//! + 1), its readers, and who waits to become its writer while it reads.

use crate::checks::locks::{self, Kind};
use crate::checks::{self, Rule};
use crate::fault;
use crate::functions;
use crate::heap;
use crate::mach::Boolean;
use crate::mem;
use crate::object::Direct;
use crate::sched;

const SIZE: usize = 16;
const WRITER: usize = 0;
const READERS: usize = 4;
const UPGRADER: usize = 8;

/// LCK_RW_TYPE_SHARED; LCK_RW_TYPE_EXCLUSIVE is 2.
const SHARED: u32 = 1;
/// `lck_sleep_action_t`: leave the lock unlocked; take it shared; take it for writing.
const SLEEP_UNLOCK: u32 = 1;
const SLEEP_SHARED: u32 = 2;
const SLEEP_EXCLUSIVE: u32 = 4;
/// THREAD_TIMED_OUT.
const TIMED_OUT: i32 = 1;
/// LCK_ASSERT_OWNED.
const OWNED: u32 = 1;

static LOCK: Direct = Direct::new("_IOLockLock");
static UNLOCK: Direct = Direct::new("_IOLockUnlock");
static TRY_LOCK: Direct = Direct::new("_IOLockTryLock");
static ALLOCATE: Direct = Direct::new("_IOLockAlloc");
static FREE: Direct = Direct::new("_IOLockFree");
static LOCK_SPIN: Direct = Direct::new("_IOSimpleLockLock");
static UNLOCK_SPIN: Direct = Direct::new("_IOSimpleLockUnlock");
static TRY_LOCK_SPIN: Direct = Direct::new("_IOSimpleLockTryLock");
static ALLOCATE_SPIN: Direct = Direct::new("_IOSimpleLockAlloc");
static FREE_SPIN: Direct = Direct::new("_IOSimpleLockFree");

fn me() -> u32 {
    sched::current().0 + 1
}

/// Wait events; no address has these bits.
fn rw_event(lock: usize) -> u64 {
    1 << 52 | lock as u64
}
fn sleep_event(event: u64) -> u64 {
    event ^ (1 << 63)
}

/// A group or attributes: kexts only pass them on.
extern "C" fn allocate_opaque() -> usize {
    heap::allocate(SIZE, 16)
}

extern "C" fn free_opaque(block: usize) {
    if block != 0 {
        heap::free(block, SIZE);
    }
}

extern "C" fn nothing(_attribute: usize) {}

/// Makes a lock in the caller's memory.
extern "C" fn init(lock: usize) {
    locks::gone(lock);
    mem::fill(lock, 0, SIZE);
}

extern "C" fn destroy(lock: usize) {
    if mem::read::<u64>(lock) != 0 {
        checks::fatal(Rule::LockFreed, &alloc::format!("{} was destroyed while it was held", locks::name(lock)));
    }
    locks::gone(lock);
}

extern "C" fn allocate_mutex() -> u64 {
    ALLOCATE.call(&[])
}

extern "C" fn free_mutex(lock: u64) {
    FREE.call(&[lock]);
}

extern "C" fn lock_mutex(lock: u64) {
    LOCK.call(&[lock]);
}

extern "C" fn try_lock_mutex(lock: u64) -> Boolean {
    Boolean::from(TRY_LOCK.call_bool(&[lock]))
}

extern "C" fn unlock_mutex(lock: u64) {
    UNLOCK.call(&[lock]);
}

extern "C" fn allocate_spin() -> u64 {
    ALLOCATE_SPIN.call(&[])
}

extern "C" fn free_spin(lock: u64) {
    FREE_SPIN.call(&[lock]);
}

extern "C" fn lock_spin(lock: u64) {
    LOCK_SPIN.call(&[lock]);
}

extern "C" fn try_lock_spin(lock: u64) -> Boolean {
    Boolean::from(TRY_LOCK_SPIN.call_bool(&[lock]))
}

extern "C" fn unlock_spin(lock: u64) {
    UNLOCK_SPIN.call(&[lock]);
}

/// lck_mtx_assert: LCK_ASSERT_OWNED or LCK_ASSERT_NOTOWNED.
extern "C" fn assert_mutex(lock: usize, kind: u32) {
    let owned = mem::read::<u32>(lock) == me();
    if owned != (kind == OWNED) {
        let what = if owned { "is held" } else { "is not held" };
        fault::kernel_panic(&alloc::format!("lck_mtx_assert: the lock {what} by the thread that asserts otherwise"));
    }
}

/// Sleeps on an event with a lock given up; THREAD_AWAKENED, THREAD_TIMED_OUT, or what the waker said.
fn sleep_without(event: u64, deadline: Option<u64>, unlock: impl FnOnce(), lock: impl FnOnce()) -> i32 {
    unlock();
    let woken = sched::wait(sleep_event(event), "an event", deadline);
    lock();
    match woken {
        sched::Wake::Event(result) => result,
        sched::Wake::Timeout => TIMED_OUT,
    }
}

fn sleep_mutex_for(lock: u64, action: u32, event: u64, deadline: Option<u64>) -> i32 {
    let relock = || {
        if action & SLEEP_UNLOCK == 0 {
            lock_mutex(lock);
        }
    };
    sleep_without(event, deadline, || unlock_mutex(lock), relock)
}

extern "C" fn sleep_mutex(lock: u64, action: u32, event: u64, _interruptible: u32) -> i32 {
    sleep_mutex_for(lock, action, event, None)
}

extern "C" fn sleep_mutex_until(lock: u64, action: u32, event: u64, _interruptible: u32, deadline: u64) -> i32 {
    sleep_mutex_for(lock, action, event, Some(super::clock::deadline(deadline)))
}

extern "C" fn sleep_spin(lock: u64, action: u32, event: u64, _interruptible: u32) -> i32 {
    let relock = || {
        if action & SLEEP_UNLOCK == 0 {
            lock_spin(lock);
        }
    };
    sleep_without(event, None, || unlock_spin(lock), relock)
}

fn writer(lock: usize) -> u32 {
    mem::read(lock + WRITER)
}

fn readers(lock: usize) -> u32 {
    mem::read(lock + READERS)
}

extern "C" fn allocate_rw() -> usize {
    let lock = heap::allocate(SIZE, 16);
    if lock != 0 {
        locks::made(lock, Kind::ReadWrite);
    }
    lock
}

extern "C" fn free_rw(lock: usize) {
    destroy(lock);
    heap::free(lock, SIZE);
}

extern "C" fn lock_shared(lock: usize) {
    locks::wants(lock);
    while writer(lock) != 0 || mem::read::<u32>(lock + UPGRADER) != 0 {
        if writer(lock) == me() {
            let wrong = "a thread wants to read under a lock that it holds for writing (deadlock)";
            checks::fatal(Rule::LockTwice, &alloc::format!("{wrong}: {}", locks::name(lock)));
        }
        sched::wait(rw_event(lock), "a read-write lock", None);
    }
    mem::write(lock + READERS, readers(lock) + 1);
    locks::taken(lock, Kind::ReadWrite);
}

extern "C" fn lock_exclusive(lock: usize) {
    if writer(lock) == me() {
        let wrong = "a thread took a lock that it holds already (deadlock)";
        checks::fatal(Rule::LockTwice, &alloc::format!("{wrong}: {}", locks::name(lock)));
    }
    locks::wants(lock);
    while !try_lock_exclusive(lock) {
        sched::wait(rw_event(lock), "a read-write lock", None);
    }
}

extern "C" fn try_lock_exclusive(lock: usize) -> bool {
    let free = writer(lock) == 0 && readers(lock) == 0;
    if free {
        mem::write(lock + WRITER, me());
        locks::taken(lock, Kind::ReadWrite);
    }
    free
}

extern "C" fn try_lock_shared(lock: usize) -> bool {
    let free = writer(lock) == 0 && mem::read::<u32>(lock + UPGRADER) == 0;
    if free {
        mem::write(lock + READERS, readers(lock) + 1);
        locks::taken(lock, Kind::ReadWrite);
    }
    free
}

extern "C" fn unlock_shared(lock: usize) {
    let count = readers(lock);
    if count == 0 {
        let wrong = "a lock was released that nobody reads under";
        checks::fatal(Rule::LockOwner, &alloc::format!("{wrong}: {}", locks::name(lock)));
    }
    locks::released(lock);
    mem::write(lock + READERS, count - 1);
    sched::wake(rw_event(lock), true, 0);
}

extern "C" fn unlock_exclusive(lock: usize) {
    if writer(lock) != me() {
        let wrong = "a lock was released by a thread that does not hold it for writing";
        checks::fatal(Rule::LockOwner, &alloc::format!("{wrong}: {}", locks::name(lock)));
    }
    locks::released(lock);
    mem::write(lock + WRITER, 0u32);
    sched::wake(rw_event(lock), true, 0);
}

extern "C" fn lock_rw(lock: usize, kind: u32) {
    if kind == SHARED { lock_shared(lock) } else { lock_exclusive(lock) }
}

extern "C" fn try_lock_rw(lock: usize, kind: u32) -> Boolean {
    Boolean::from(if kind == SHARED { try_lock_shared(lock) } else { try_lock_exclusive(lock) })
}

extern "C" fn unlock_rw(lock: usize, kind: u32) {
    if kind == SHARED { unlock_shared(lock) } else { unlock_exclusive(lock) }
}

/// lck_rw_done and IORWLockUnlock: whichever way it is held; the kind it was.
extern "C" fn done(lock: usize) -> u32 {
    if writer(lock) == me() {
        unlock_exclusive(lock);
        SHARED + 1
    } else {
        unlock_shared(lock);
        SHARED
    }
}

/// lck_rw_lock_shared_to_exclusive: false, with the lock lost, when another reader wants the same.
extern "C" fn upgrade(lock: usize) -> Boolean {
    if mem::read::<u32>(lock + UPGRADER) != 0 {
        unlock_shared(lock);
        return false.into();
    }
    mem::write(lock + UPGRADER, me());
    while readers(lock) > 1 {
        sched::wait(rw_event(lock), "the other readers of a read-write lock", None);
    }
    mem::write(lock + UPGRADER, 0u32);
    mem::write(lock + READERS, 0u32);
    mem::write(lock + WRITER, me());
    true.into()
}

extern "C" fn downgrade(lock: usize) {
    mem::write(lock + READERS, 1u32);
    unlock_exclusive(lock);
    locks::taken(lock, Kind::ReadWrite);
}

fn sleep_rw_for(lock: usize, action: u32, event: u64, deadline: Option<u64>) -> i32 {
    let kind = if writer(lock) == me() { SHARED + 1 } else { SHARED };
    let relock = || match action {
        action if action & SLEEP_UNLOCK != 0 => {}
        action if action & SLEEP_SHARED != 0 => lock_shared(lock),
        action if action & SLEEP_EXCLUSIVE != 0 => lock_exclusive(lock),
        _ => lock_rw(lock, kind),
    };
    sleep_without(event, deadline, || unlock_rw(lock, kind), relock)
}

extern "C" fn sleep_rw(lock: usize, action: u32, event: u64, _interruptible: u32) -> i32 {
    sleep_rw_for(lock, action, event, None)
}

extern "C" fn sleep_rw_until(lock: usize, action: u32, event: u64, _interruptible: u32, deadline: u64) -> i32 {
    sleep_rw_for(lock, action, event, Some(super::clock::deadline(deadline)))
}

/// IOLockGetMachLock and its kin.
extern "C" fn itself(lock: usize) -> usize {
    lock
}

functions! { pub FUNCTIONS:
    "_lck_grp_attr_alloc_init" => allocate_opaque,
    "_lck_grp_attr_setdefault" => nothing,
    "_lck_grp_attr_setstat" => nothing,
    "_lck_grp_attr_free" => free_opaque,
    "_lck_grp_alloc_init" => allocate_opaque,
    "_lck_grp_free" => free_opaque,
    "_lck_attr_alloc_init" => allocate_opaque,
    "_lck_attr_setdefault" => nothing,
    "_lck_attr_setdebug" => nothing,
    "_lck_attr_free" => free_opaque,
    "_lck_mtx_alloc_init" => allocate_mutex,
    "_lck_mtx_free" => free_mutex,
    "_lck_mtx_init" => init,
    "_lck_mtx_destroy" => destroy,
    "_lck_mtx_lock" => lock_mutex,
    "_lck_mtx_lock_spin" => lock_mutex,
    "_lck_mtx_convert_spin" => nothing,
    "_lck_mtx_try_lock" => try_lock_mutex,
    "_lck_mtx_try_lock_spin" => try_lock_mutex,
    "_lck_mtx_unlock" => unlock_mutex,
    "_lck_mtx_assert" => assert_mutex,
    "_lck_mtx_sleep" => sleep_mutex,
    "_lck_mtx_sleep_deadline" => sleep_mutex_until,
    "_lck_spin_alloc_init" => allocate_spin,
    "_lck_spin_free" => free_spin,
    "_lck_spin_init" => init,
    "_lck_spin_destroy" => destroy,
    "_lck_spin_lock" => lock_spin,
    "_lck_spin_try_lock" => try_lock_spin,
    "_lck_spin_unlock" => unlock_spin,
    "_lck_spin_sleep" => sleep_spin,
    "_lck_rw_alloc_init" => allocate_rw,
    "_lck_rw_free" => free_rw,
    "_lck_rw_init" => init,
    "_lck_rw_destroy" => destroy,
    "_lck_rw_lock" => lock_rw,
    "_lck_rw_try_lock" => try_lock_rw,
    "_lck_rw_unlock" => unlock_rw,
    "_lck_rw_lock_shared" => lock_shared,
    "_lck_rw_lock_exclusive" => lock_exclusive,
    "_lck_rw_unlock_shared" => unlock_shared,
    "_lck_rw_unlock_exclusive" => unlock_exclusive,
    "_lck_rw_done" => done,
    "_lck_rw_lock_shared_to_exclusive" => upgrade,
    "_lck_rw_lock_exclusive_to_shared" => downgrade,
    "_lck_rw_sleep" => sleep_rw,
    "_lck_rw_sleep_deadline" => sleep_rw_until,
    "_IORWLockAlloc" => allocate_rw,
    "_IORWLockFree" => free_rw,
    "_IORWLockRead" => lock_shared,
    "_IORWLockWrite" => lock_exclusive,
    "_IORWLockUnlock" => done,
    "_IORWLockGetMachLock" => itself,
    "_IOLockGetMachLock" => itself,
    "_IORecursiveLockGetMachLock" => itself,
    "_IOSimpleLockGetMachLock" => itself,
    "_IOSimpleLockInit" => init,
}

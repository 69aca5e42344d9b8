//! Locks and conditions of pthread, os_unfair_lock and C++.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{symbols, threads};
use crate::{memory, world};

const EINVAL: i32 = 22;
const EPERM: i32 = 1;
const EBUSY: i32 = 16;
const ETIMEDOUT: i32 = 60;
/// What a mutex begins with that was made to be taken by one thread several times and that nobody has used yet.
const RECURSIVE: i64 = 0x32AA_ABA2;
/// PTHREAD_MUTEX_RECURSIVE, and where attributes of mutexes have their kind.
const KIND_RECURSIVE: i32 = 2;
const KIND: usize = 8;

/// Who holds a mutex.
struct Held {
    thread: usize,
    /// The function of the driver that took it.
    function: &'static str,
    times: u32,
}

thread_local! {
    /// Held mutexes by address.
    static HELD: RefCell<BTreeMap<usize, Held>> = const { RefCell::new(BTreeMap::new()) };
    static RECURSIVES: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
    /// How often each condition was signalled.
    static SIGNALS: RefCell<BTreeMap<usize, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Forgets who holds what.
pub(super) fn forget() {
    HELD.take();
    RECURSIVES.take();
    SIGNALS.take();
}

/// The functions of the driver that took mutexes that are held.
pub(crate) fn held() -> Vec<&'static str> {
    HELD.with_borrow(|held| held.values().map(|held| held.function).collect())
}

extern "C" fn init(mutex: usize, attributes: usize) -> i32 {
    if mutex == 0 {
        return EINVAL;
    }
    let is_recursive = attributes != 0 && i32::from_ne_bytes(memory::word(attributes + KIND)) == KIND_RECURSIVE;
    RECURSIVES.with_borrow_mut(|all| if is_recursive { all.insert(mutex) } else { all.remove(&mutex) });
    0
}

extern "C" fn init_attributes(attributes: usize) -> i32 {
    memory::put(attributes, &[0; 16]);
    0
}

extern "C" fn set_kind(attributes: usize, kind: i32) -> i32 {
    memory::put(attributes + KIND, &kind.to_ne_bytes());
    0
}

/// Takes a mutex if it is free or this thread's to take once more.
fn take(mutex: usize, is_recursive: bool) -> bool {
    let (thread, function) = (threads::current(), world::called());
    HELD.with_borrow_mut(|all| match all.get_mut(&mutex) {
        None => all.insert(mutex, Held { thread, function, times: 1 }).is_none(),
        Some(held) if is_recursive && held.thread == thread => {
            held.times += 1;
            true
        }
        Some(_) => false,
    })
}

extern "C" fn lock(mutex: usize) -> i32 {
    let is_recursive = i64::from_ne_bytes(memory::word(mutex)) == RECURSIVE
        || RECURSIVES.with_borrow(|recursive| recursive.contains(&mutex));
    lock_kind(mutex, is_recursive)
}

/// A lock of four bytes, which nobody takes twice.
extern "C" fn lock_unfair(mutex: usize) -> i32 {
    lock_kind(mutex, false)
}

fn lock_kind(mutex: usize, is_recursive: bool) -> i32 {
    if take(mutex, is_recursive) {
        return 0;
    }
    let own = HELD
        .with_borrow(|all| all.get(&mutex).filter(|held| held.thread == threads::current()).map(|held| held.function));
    if let Some(before) = own {
        world::stop(format!("deadlock: {} takes a mutex that {before} took and still holds", world::called()));
    }
    threads::wait(None, "a mutex that another thread holds", || HELD.with_borrow(|all| !all.contains_key(&mutex)));
    take(mutex, is_recursive);
    0
}

extern "C" fn try_lock(mutex: usize) -> i32 {
    if take(mutex, false) { 0 } else { EBUSY }
}

/// The same where true is success.
extern "C" fn tries_lock(mutex: usize) -> u8 {
    u8::from(take(mutex, false))
}

extern "C" fn unlock(mutex: usize) -> i32 {
    let known = HELD.with_borrow_mut(|all| {
        let Some(held) = all.get_mut(&mutex) else { return false };
        held.times -= 1;
        if held.times == 0 {
            all.remove(&mutex);
        }
        true
    });
    if known {
        return 0;
    }
    world::finding(format!("{} gives back a mutex that nobody holds", world::called()));
    EPERM
}

extern "C" fn init_condition(condition: usize, _attributes: usize) -> i32 {
    if condition == 0 { EINVAL } else { 0 }
}

fn signals(condition: usize) -> u64 {
    SIGNALS.with_borrow(|signals| signals.get(&condition).copied().unwrap_or(0))
}

/// Wakes all: who waits looks whether it is so what it waits for.
extern "C" fn signal(condition: usize) -> i32 {
    SIGNALS.with_borrow_mut(|signals| *signals.entry(condition).or_default() += 1);
    0
}

fn wait_for(condition: usize, mutex: usize, until: Option<u64>) -> i32 {
    let before = signals(condition);
    unlock(mutex);
    let came = threads::wait(until, "a condition", || signals(condition) != before);
    lock(mutex);
    if came { 0 } else { ETIMEDOUT }
}

extern "C" fn wait(condition: usize, mutex: usize) -> i32 {
    wait_for(condition, mutex, None)
}

/// Nanoseconds of a timespec.
fn nanoseconds(at: usize) -> u64 {
    memory::u64_at(at).saturating_mul(1_000_000_000).saturating_add(memory::u64_at(at + 8))
}

/// Until a time of the wall's clock, which begins with virtual time.
extern "C" fn wait_until(condition: usize, mutex: usize, until: usize) -> i32 {
    wait_for(condition, mutex, Some(nanoseconds(until)))
}

extern "C" fn wait_at_most(condition: usize, mutex: usize, time: usize) -> i32 {
    wait_for(condition, mutex, Some(world::now().saturating_add(nanoseconds(time))))
}

/// std::condition_variable::wait: its lock begins with a pointer to the mutex.
extern "C" fn wait_with_lock(condition: usize, lock: usize) {
    wait_for(condition, memory::u64_at(lock) as usize, None);
}

/// Runs a function once.
extern "C" fn once(control: usize, function: usize) -> i32 {
    /// Where it stands whether it ran.
    const DONE: usize = 8;
    if memory::u64_at(control + DONE) == 0 {
        memory::put(control + DONE, &1_u64.to_ne_bytes());
        // SAFETY: pthread_once is handed a function without arguments.
        let function: extern "C" fn() = unsafe { std::mem::transmute(function) };
        function();
    }
    0
}

symbols! {
    "_pthread_mutex_init" => init,
    "_pthread_mutex_destroy" => init,
    "_pthread_mutex_lock" => lock,
    "_pthread_mutex_trylock" => try_lock,
    "_pthread_mutex_unlock" => unlock,
    "_pthread_mutexattr_init" => init_attributes,
    "_pthread_mutexattr_destroy" => init_attributes,
    "_pthread_mutexattr_settype" => set_kind,
    "_pthread_cond_init" => init_condition,
    "_pthread_cond_destroy" => init_condition,
    "_pthread_cond_signal" => signal,
    "_pthread_cond_broadcast" => signal,
    "_pthread_cond_wait" => wait,
    "_pthread_cond_timedwait" => wait_until,
    "_pthread_cond_timedwait_relative_np" => wait_at_most,
    "_pthread_once" => once,
    "_os_unfair_lock_lock" => lock_unfair,
    "_os_unfair_lock_trylock" => tries_lock,
    "_os_unfair_lock_unlock" => unlock,
    // std::mutex and std::condition_variable, which wrap pthread's.
    "__ZNSt3__15mutex4lockEv" => lock,
    "__ZNSt3__15mutex8try_lockEv" => tries_lock,
    "__ZNSt3__15mutex6unlockEv" => unlock,
    "__ZNSt3__15mutexD1Ev" => init_condition,
    "__ZNSt3__118condition_variable4waitERNS_11unique_lockINS_5mutexEEE" => wait_with_lock,
    "__ZNSt3__118condition_variable10notify_oneEv" => signal,
    "__ZNSt3__118condition_variable10notify_allEv" => signal,
    "__ZNSt3__118condition_variableD1Ev" => init_condition,
}

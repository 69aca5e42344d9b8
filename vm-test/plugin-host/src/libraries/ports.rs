//! Mach: ports, of which there are names only, and semaphores. Messages are named when they are sent: nobody is there to get one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::{symbols, threads};
use crate::{memory, world};

/// KERN_INVALID_ARGUMENT, KERN_INVALID_NAME and KERN_OPERATION_TIMED_OUT.
const INVALID: i32 = 4;
const NO_NAME: i32 = 15;
const TIMED_OUT: i32 = 49;
/// The names of the process, of its thread and of the Mac, and the first that is handed out.
const TASK: u32 = 0x103;
const THREAD: u32 = 0x203;
const MACHINE: u32 = 0x303;
const FIRST: u32 = 0x1003;

/// `mach_task_self` is a macro that reads this.
static TASK_SELF: u32 = TASK;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(FIRST) };
    /// What each semaphore counts, by name.
    static SEMAPHORES: RefCell<BTreeMap<u32, i64>> = const { RefCell::new(BTreeMap::new()) };
}

fn new_name() -> u32 {
    NEXT.set(NEXT.get() + 0x100);
    NEXT.get()
}

extern "C" fn task_self() -> u32 {
    TASK
}

extern "C" fn thread_self() -> u32 {
    THREAD
}

extern "C" fn host_self() -> u32 {
    MACHINE
}

extern "C" fn allocate(_task: u32, _right: u32, place: usize) -> i32 {
    memory::put(place, &new_name().to_ne_bytes());
    0
}

/// Rights come and go without anything behind them.
extern "C" fn accepted() -> i32 {
    0
}

extern "C" fn new_semaphore(_task: u32, place: usize, _policy: i32, value: i32) -> i32 {
    if value < 0 {
        return INVALID;
    }
    let name = new_name();
    SEMAPHORES.with_borrow_mut(|all| all.insert(name, value.into()));
    memory::put(place, &name.to_ne_bytes());
    0
}

extern "C" fn destroy_semaphore(_task: u32, name: u32) -> i32 {
    SEMAPHORES.with_borrow_mut(|all| all.remove(&name)).map_or(NO_NAME, |_| 0)
}

fn count(name: u32) -> Option<i64> {
    SEMAPHORES.with_borrow(|all| all.get(&name).copied())
}

fn add(name: u32, more: i64) -> i32 {
    SEMAPHORES.with_borrow_mut(|all| {
        let Some(count) = all.get_mut(&name) else { return NO_NAME };
        *count += more;
        0
    })
}

extern "C" fn signal(name: u32) -> i32 {
    add(name, 1)
}

extern "C" fn wait(name: u32) -> i32 {
    wait_for(name, None)
}

/// A mach_timespec: seconds and nanoseconds, in one word.
extern "C" fn wait_at_most(name: u32, time: u64) -> i32 {
    let ns = (time & 0xffff_ffff) * 1_000_000_000 + (time >> 32);
    wait_for(name, Some(world::now() + ns))
}

fn wait_for(name: u32, until: Option<u64>) -> i32 {
    if !threads::wait(until, "a semaphore", || count(name).is_none_or(|count| count > 0)) {
        return TIMED_OUT;
    }
    add(name, -1)
}

symbols! {
    "_mach_task_self_" => &raw const TASK_SELF,
    "_mach_task_self" => task_self,
    "_mach_thread_self" => thread_self,
    "_pthread_mach_thread_np" => thread_self,
    "_mach_host_self" => host_self,
    "_mach_port_allocate" => allocate,
    "_mach_port_deallocate" => accepted,
    "_mach_port_destroy" => accepted,
    "_mach_port_insert_right" => accepted,
    "_mach_port_mod_refs" => accepted,
    "_semaphore_create" => new_semaphore,
    "_semaphore_destroy" => destroy_semaphore,
    "_semaphore_signal" => signal,
    "_semaphore_wait" => wait,
    "_semaphore_timedwait" => wait_at_most,
}

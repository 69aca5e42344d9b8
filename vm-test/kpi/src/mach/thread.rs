//! Kernel threads, waiting on events, semaphores.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::fault;
use crate::functions;
use crate::global::Global;
use crate::heap;
use crate::mach::{clock, lock};
use crate::mem;
use crate::sched::{self, Priority, Wake};
use crate::symbols;

const KERN_SUCCESS: u32 = 0;
const KERN_FAILURE: u32 = 5;
const KERN_OPERATION_TIMED_OUT: u32 = 49;
const KERN_INVALID_ARGUMENT: u32 = 4;
/// Results of waits: THREAD_WAITING, THREAD_TIMED_OUT, THREAD_NOT_WAITING.
const WAITING: i32 = -1;
const TIMED_OUT: i32 = 1;
const NOT_WAITING: i32 = 10;

/// A wait that was announced (assert_wait) and not begun (thread_block).
struct Announced {
    event: u64,
    deadline: Option<u64>,
    /// Woken in between, with this result.
    woken: Option<i32>,
}

/// By thread.
static ANNOUNCED: Global<BTreeMap<u32, Announced>> = Global::new(BTreeMap::new());

/// Size of a semaphore: its count.
const SEMAPHORE: usize = 16;

fn sleep_event(event: u64) -> u64 {
    event ^ (1 << 63)
}
fn semaphore_event(semaphore: usize) -> u64 {
    1 << 51 | semaphore as u64
}

/// A thread as kexts know it: never 0.
fn name(thread: u32) -> u64 {
    u64::from(thread) + 1
}

extern "C" fn current() -> u64 {
    name(sched::current().0)
}

/// kernel_thread_start: the function gets its parameter and THREAD_AWAKENED.
extern "C" fn start(function: usize, parameter: u64, to: usize) -> u32 {
    let main = move || {
        symbols::invoke(function, &[parameter, 0]);
    };
    let thread = sched::spawn("a kext's thread", Priority::Kernel, Box::new(main));
    mem::write(to, name(thread.0));
    KERN_SUCCESS
}

/// IOCreateThread: the function gets its argument.
extern "C" fn create(function: usize, argument: u64) -> u64 {
    let main = move || {
        symbols::invoke(function, &[argument]);
    };
    name(sched::spawn("a kext's thread", Priority::Kernel, Box::new(main)).0)
}

/// thread_terminate: a thread may end itself, which it does when its function returns.
extern "C" fn terminate(thread: u64) -> u32 {
    if thread == current() { KERN_SUCCESS } else { KERN_FAILURE }
}

/// IOExitThread: the thread ends here.
extern "C" fn exit() {
    if sched::current().0 == 0 {
        fault::kernel_panic("IOExitThread was called on the kernel's first thread");
    }
    sched::exit();
}

extern "C" fn nothing(_thread: u64) {}

/// thread_policy_set: threads here are ordered by what they are for.
extern "C" fn set_policy(_thread: u64) -> u32 {
    KERN_SUCCESS
}

fn announce(event: u64, deadline: Option<u64>) -> i32 {
    let announced = Announced { event, deadline, woken: None };
    ANNOUNCED.borrow().insert(sched::current().0, announced);
    WAITING
}

extern "C" fn assert_wait(event: u64, _interruptible: u32) -> i32 {
    announce(event, None)
}

extern "C" fn assert_wait_until(event: u64, _interruptible: u32, deadline: u64) -> i32 {
    announce(event, Some(clock::deadline(deadline)))
}

extern "C" fn assert_wait_for(event: u64, _interruptible: u32, interval: u32, scale: u32) -> i32 {
    announce(event, Some(sched::now() + u64::from(interval) * u64::from(scale)))
}

/// thread_block: waits for what was announced.
extern "C" fn block(continuation: usize) -> i32 {
    if continuation != 0 {
        fault::kernel_panic("thread_block was called with a continuation, which this bench does not implement");
    }
    let Some(announced) = ANNOUNCED.borrow().remove(&sched::current().0) else {
        sched::yield_now();
        return NOT_WAITING;
    };
    if let Some(result) = announced.woken {
        return result;
    }
    match sched::wait(sleep_event(announced.event), "an event", announced.deadline) {
        Wake::Event(result) => result,
        Wake::Timeout => TIMED_OUT,
    }
}

/// thread_wakeup_prim: those who wait, and those who are about to.
extern "C" fn wake(event: u64, one: u32, result: i32) -> u32 {
    let mut about_to = ANNOUNCED.borrow();
    for announced in about_to.values_mut().filter(|other| other.event == event && other.woken.is_none()) {
        announced.woken = Some(result);
        if one != 0 {
            return KERN_SUCCESS;
        }
    }
    drop(about_to);
    lock::wakeup_with(event, one != 0, result);
    KERN_SUCCESS
}

extern "C" fn semaphore_create(_task: u64, to: usize, _policy: u32, value: i32) -> u32 {
    if value < 0 {
        return KERN_INVALID_ARGUMENT;
    }
    let semaphore = heap::allocate(SEMAPHORE, 16);
    mem::write(semaphore, value);
    mem::write(to, semaphore);
    KERN_SUCCESS
}

/// semaphore_destroy: who waits is sent away.
extern "C" fn semaphore_destroy(_task: u64, semaphore: usize) -> u32 {
    sched::wake(semaphore_event(semaphore), true, KERN_FAILURE.cast_signed());
    heap::free(semaphore, SEMAPHORE);
    KERN_SUCCESS
}

extern "C" fn semaphore_signal(semaphore: usize) -> u32 {
    if sched::wake(semaphore_event(semaphore), false, 0) == 0 {
        mem::write(semaphore, mem::read::<i32>(semaphore) + 1);
    }
    KERN_SUCCESS
}

extern "C" fn semaphore_signal_all(semaphore: usize) -> u32 {
    sched::wake(semaphore_event(semaphore), true, 0);
    KERN_SUCCESS
}

fn wait_semaphore(semaphore: usize, deadline: Option<u64>) -> u32 {
    let count: i32 = mem::read(semaphore);
    if count > 0 {
        mem::write(semaphore, count - 1);
        return KERN_SUCCESS;
    }
    match sched::wait(semaphore_event(semaphore), "a semaphore", deadline) {
        Wake::Event(result) => result.cast_unsigned(),
        Wake::Timeout => KERN_OPERATION_TIMED_OUT,
    }
}

extern "C" fn semaphore_wait(semaphore: usize) -> u32 {
    wait_semaphore(semaphore, None)
}

extern "C" fn semaphore_wait_until(semaphore: usize, deadline: u64) -> u32 {
    wait_semaphore(semaphore, Some(clock::deadline(deadline)))
}

extern "C" fn semaphore_try(semaphore: usize) -> u32 {
    wait_semaphore(semaphore, Some(0))
}

/// semaphore_timedwait with a `mach_timespec` by value: seconds in the low half.
extern "C" fn semaphore_wait_for(semaphore: usize, time: u64) -> u32 {
    wait_semaphore(semaphore, Some(sched::now() + (time & 0xffff_ffff) * 1_000_000_000 + (time >> 32)))
}

functions! { pub FUNCTIONS:
    "_current_thread" => current,
    "_kernel_thread_start" => start,
    "_IOCreateThread" => create,
    "_IOExitThread" => exit,
    "_thread_terminate" => terminate,
    "_thread_reference" => nothing,
    "_thread_deallocate" => nothing,
    "_task_reference" => nothing,
    "_task_deallocate" => nothing,
    "_thread_policy_set" => set_policy,
    "_assert_wait" => assert_wait,
    "_assert_wait_deadline" => assert_wait_until,
    "_assert_wait_timeout" => assert_wait_for,
    "_thread_block" => block,
    "_thread_wakeup_prim" => wake,
    "_semaphore_create" => semaphore_create,
    "_semaphore_destroy" => semaphore_destroy,
    "_semaphore_reference" => nothing,
    "_semaphore_dereference" => nothing,
    "_semaphore_signal" => semaphore_signal,
    "_semaphore_signal_all" => semaphore_signal_all,
    "_semaphore_wait" => semaphore_wait,
    "_semaphore_wait_deadline" => semaphore_wait_until,
    "_semaphore_wait_noblock" => semaphore_try,
    "_semaphore_timedwait" => semaphore_wait_for,
}

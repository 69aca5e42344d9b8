//! Dispatch: blocks wait in the order of their times and are run by the host between its own calls.

use std::cell::RefCell;

use super::{symbols, threads};
use crate::{memory, world};

/// Where a block's function is, and where its description is, in which its size is.
const INVOKE: usize = 16;
const DESCRIPTOR: usize = 24;
const SIZE: usize = 8;
/// DISPATCH_TIME_FOREVER and the bit that marks times of the wall's clock.
const FOREVER: u64 = u64::MAX;
/// What semaphores are, which nothing can be read at, and how far apart; what they return when time is over.
const SEMAPHORE: usize = 0x7100_0000_0000;
const APART: usize = 0x100;
const TIMED_OUT: isize = 49;

thread_local! {
    /// Blocks that wait: when they are due, their number, their bytes.
    static WAITING: RefCell<Vec<(u64, u64, Vec<u64>)>> = const { RefCell::new(Vec::new()) };
    static COUNT: RefCell<u64> = const { RefCell::new(0) };
    /// What each semaphore counts.
    static SEMAPHORES: RefCell<Vec<isize>> = const { RefCell::new(Vec::new()) };
}

/// Queues are told apart by nobody: all are served in turn.
static QUEUE: u64 = 0;

fn add(due: u64, block: usize) {
    // A block on the stack is gone when its maker returns, so it is copied with what it has captured.
    let size = memory::u64_at(memory::u64_at(block + DESCRIPTOR) as usize + SIZE) as usize;
    let words = size.clamp(32, 4096).div_ceil(8);
    let copy = (0..words).map(|index| memory::u64_at(block + 8 * index)).collect();
    let number = COUNT.with_borrow_mut(|count| {
        *count += 1;
        *count
    });
    WAITING.with_borrow_mut(|waiting| waiting.push((due, number, copy)));
}

/// Forgets all blocks.
pub(super) fn forget() {
    WAITING.take();
}

/// When the next block is due, ns.
pub(super) fn next() -> Option<u64> {
    WAITING.with_borrow(|waiting| waiting.iter().map(|(due, ..)| *due).min())
}

/// Runs the blocks that are due, and those that they add.
pub(crate) fn run_due() {
    loop {
        let now = world::now();
        let next = WAITING.with_borrow_mut(|waiting| {
            let due = waiting.iter().enumerate().filter(|(_, (due, ..))| *due <= now);
            let first = due.min_by_key(|(_, (due, number, _))| (*due, *number)).map(|(index, _)| index)?;
            Some(waiting.remove(first).2)
        });
        let Some(block) = next else { return };
        let function = memory::u64_at(block.as_ptr() as usize + INVOKE);
        // SAFETY: a block's function takes the block alone.
        let function: extern "C" fn(*const u64) = unsafe { std::mem::transmute(function as usize) };
        world::inside("a dispatched block", || function(block.as_ptr()));
    }
}

extern "C" fn get_global_queue(_priority: isize, _flags: usize) -> usize {
    &raw const QUEUE as usize
}

extern "C" fn queue_create(_label: usize, _attributes: usize) -> usize {
    &raw const QUEUE as usize
}

extern "C" fn time(base: u64, nanoseconds: i64) -> u64 {
    if base == FOREVER {
        return FOREVER;
    }
    let base = if base == 0 { world::now() } else { world::nanoseconds(base) };
    world::ticks(base.saturating_add_signed(nanoseconds))
}

extern "C" fn run_async(_queue: usize, block: usize) {
    add(world::now(), block);
}

extern "C" fn run_after(when: u64, _queue: usize, block: usize) {
    if when != FOREVER {
        add(world::nanoseconds(when), block);
    }
}

/// The process's only thread is the caller's, so the block runs at once.
extern "C" fn run_sync(_queue: usize, block: usize) {
    let function = memory::u64_at(block + INVOKE);
    // SAFETY: a block's function takes the block alone.
    let function: extern "C" fn(usize) = unsafe { std::mem::transmute(function as usize) };
    // It is the driver's code that runs, so it is counted where that is.
    world::inside(world::called(), || function(block));
}

/// Runs a function once.
extern "C" fn once(predicate: usize, block: usize) {
    /// What dispatch leaves where it ran.
    const DONE: u64 = u64::MAX;
    if memory::u64_at(predicate) != DONE {
        memory::put(predicate, &DONE.to_ne_bytes());
        run_sync(0, block);
    }
}

extern "C" fn new_semaphore(value: isize) -> usize {
    SEMAPHORES.with_borrow_mut(|all| {
        all.push(value);
        SEMAPHORE + (all.len() - 1) * APART
    })
}

/// The place of a semaphore among all.
fn semaphore(of: usize) -> usize {
    let index = of.wrapping_sub(SEMAPHORE) / APART;
    if of < SEMAPHORE || SEMAPHORES.with_borrow(Vec::len) <= index {
        world::stop(format!("{} uses what is no semaphore of dispatch", world::called()));
    }
    index
}

extern "C" fn signal(of: usize) -> isize {
    let index = semaphore(of);
    SEMAPHORES.with_borrow_mut(|all| all[index] += 1);
    1
}

/// Not 0 if it was not signalled in time.
extern "C" fn wait(of: usize, until: u64) -> isize {
    let index = semaphore(of);
    let until = (until != FOREVER).then(|| if until == 0 { 0 } else { world::nanoseconds(until) });
    if !threads::wait(until, "a semaphore", || SEMAPHORES.with_borrow(|all| all[index] > 0)) {
        return TIMED_OUT;
    }
    SEMAPHORES.with_borrow_mut(|all| all[index] -= 1);
    0
}

extern "C" fn nothing(_object: usize) {}

symbols! {
    "_dispatch_get_global_queue" => get_global_queue,
    "_dispatch_queue_create" => queue_create,
    "_dispatch_time" => time,
    "_dispatch_async" => run_async,
    "_dispatch_sync" => run_sync,
    "_dispatch_after" => run_after,
    "_dispatch_once" => once,
    "__dispatch_main_q" => &raw const QUEUE,
    "_dispatch_semaphore_create" => new_semaphore,
    "_dispatch_semaphore_signal" => signal,
    "_dispatch_semaphore_wait" => wait,
    "_dispatch_release" => nothing,
    "_dispatch_retain" => nothing,
}

//! Threads of pthread, in the host's one: each has a stack of its own, runs until it waits for something, and goes on when that is
//! there. So the order of all is the same in every run. Between its calls of the driver, the host lets all run that can.

use std::arch::naked_asm;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ptr::null_mut;

use super::{dispatch, symbols};
use crate::{memory, world};

const EAGAIN: i32 = 35;
const ESRCH: i32 = 3;
/// Bytes of a stack, of what lies below it that nobody can touch, and threads that there can be at once.
const STACK: usize = 512 << 10;
const GUARD: usize = 4096;
const MOST: usize = 256;
/// What pthread_t of the host's own thread is, and how far others are apart; nothing can be read there.
const HOST: usize = 0x7000_0000_0000;
const APART: usize = 0x1000;

/// A thread that the driver has made.
struct Thread {
    /// Where its registers are while it does not run.
    sp: Cell<usize>,
    function: usize,
    argument: usize,
    /// What it returned, when it has ended.
    ended: Cell<Option<usize>>,
    is_detached: Cell<bool>,
}

thread_local! {
    static THREADS: RefCell<BTreeMap<usize, Box<Thread>>> = const { RefCell::new(BTreeMap::new()) };
    static MADE: Cell<usize> = const { Cell::new(0) };
    /// Whose stack is in use.
    static CURRENT: Cell<usize> = const { Cell::new(HOST) };
    /// Where the host's registers are while another thread runs.
    static HOST_SP: Cell<usize> = const { Cell::new(0) };
    /// Whether a thread got anywhere since this was last asked.
    static PROGRESS: Cell<bool> = const { Cell::new(false) };
    /// The next moment that a thread waits for, ns.
    static NEXT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Forgets all threads.
pub(super) fn forget() {
    THREADS.take();
    NEXT.set(None);
}

/// Which thread runs: the host's or one of the driver's.
pub(crate) fn current() -> usize {
    CURRENT.get()
}

/// A thread's number in traces, from 1, and its name.
pub(crate) fn name(thread: usize) -> (u32, &'static str) {
    let number = (thread.saturating_sub(HOST) / APART) as u32 + 1;
    (number, if thread == HOST { "coreaudiod" } else { "pthread" })
}

/// Threads that were made and have not ended.
pub(crate) fn running() -> usize {
    THREADS.with_borrow(|threads| threads.values().filter(|thread| thread.ended.get().is_none()).count())
}

/// Lets all threads run until each waits for something.
pub(crate) fn run() {
    if CURRENT.get() != HOST {
        return;
    }
    loop {
        PROGRESS.set(false);
        NEXT.set(None);
        let all: Vec<usize> = THREADS.with_borrow(|threads| {
            threads.iter().filter(|(_, thread)| thread.ended.get().is_none()).map(|(id, _)| *id).collect()
        });
        for id in all {
            CURRENT.set(id);
            let sp = of(id, |thread| thread.sp.get()).unwrap_or(0);
            world::inside("a thread", || switch(HOST_SP.with(Cell::as_ptr), sp));
            CURRENT.set(HOST);
        }
        THREADS.with_borrow_mut(|all| all.retain(|_, it| !it.is_detached.get() || it.ended.get().is_none()));
        if !PROGRESS.get() {
            return;
        }
    }
}

/// Looks at a thread, if there is one of that number.
fn of<R>(id: usize, look: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREADS.with_borrow(|threads| threads.get(&id).map(|thread| look(thread)))
}

/// Waits until something is so, or until a moment; whether it came to be. Where nothing can bring it about, that ends the run.
pub(super) fn wait(until: Option<u64>, what: &str, is_so: impl Fn() -> bool) -> bool {
    loop {
        let in_time = until.is_none_or(|until| world::now() < until);
        let so = is_so();
        if so || !in_time {
            PROGRESS.set(true);
            return so;
        }
        if CURRENT.get() == HOST {
            run();
            dispatch::run_due();
            let next = [until, NEXT.get(), dispatch::next()].into_iter().flatten().min();
            match next {
                _ if is_so() => {}
                Some(next) => world::pass_until(next),
                None => world::stop(format!("deadlock: {} waits for {what}, for ever", world::called())),
            }
        } else {
            NEXT.set([until, NEXT.get()].into_iter().flatten().min());
            // The thread stays where it is in memory as long as it has not ended.
            if let Some(place) = of(CURRENT.get(), |thread| thread.sp.as_ptr()) {
                switch(place, HOST_SP.get());
            }
        }
    }
}

/// Lets time pass for whoever calls.
pub(super) fn sleep(ns: u64) {
    wait(Some(world::now().saturating_add(ns)), "time", || false);
}

/// Keeps the registers that a function must keep, and goes on where others were kept.
#[unsafe(naked)]
extern "C" fn switch(kept: *mut usize, to: usize) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Where a thread begins.
extern "C" fn begin() -> ! {
    let id = CURRENT.get();
    PROGRESS.set(true);
    let (function, argument) = of(id, |thread| (thread.function, thread.argument)).unwrap_or((0, 0));
    // SAFETY: pthread_create is handed a function of one argument.
    let function: extern "C" fn(usize) -> usize = unsafe { std::mem::transmute(function) };
    end(function(argument))
}

fn end(result: usize) -> ! {
    of(CURRENT.get(), |thread| thread.ended.set(Some(result)));
    PROGRESS.set(true);
    loop {
        // Nobody switches to it again.
        if let Some(place) = of(CURRENT.get(), |thread| thread.sp.as_ptr()) {
            switch(place, HOST_SP.get());
        }
    }
}

extern "C" fn create(place: usize, _attributes: usize, function: usize, argument: usize) -> i32 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: new memory, or an error.
    let stack = unsafe { libc::mmap(null_mut(), STACK, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if stack == libc::MAP_FAILED || THREADS.with_borrow(BTreeMap::len) >= MOST {
        return EAGAIN;
    }
    // SAFETY: the stack's own last page.
    unsafe { libc::mprotect(stack, GUARD, libc::PROT_NONE) };
    // Six registers, where it begins, and a place for a return address, so that the stack lies as after a call.
    let sp = stack as usize + STACK - 64;
    memory::put(sp + 48, &(begin as *const () as usize).to_ne_bytes());
    let id = HOST + (MADE.get() + 1) * APART;
    MADE.set(MADE.get() + 1);
    let thread =
        Thread { sp: Cell::new(sp), function, argument, ended: Cell::new(None), is_detached: Cell::new(false) };
    THREADS.with_borrow_mut(|threads| threads.insert(id, Box::new(thread)));
    PROGRESS.set(true);
    memory::put(place, &id.to_ne_bytes());
    0
}

extern "C" fn join(id: usize, place: usize) -> i32 {
    if of(id, |thread| thread.is_detached.get()) != Some(false) || id == CURRENT.get() {
        return ESRCH;
    }
    wait(None, "the end of a thread", || of(id, |thread| thread.ended.get().is_some()).unwrap_or(true));
    let ended = THREADS.with_borrow_mut(|threads| threads.remove(&id)).and_then(|thread| thread.ended.get());
    if place != 0 {
        memory::put(place, &ended.unwrap_or(0).to_ne_bytes());
    }
    0
}

extern "C" fn detach(id: usize) -> i32 {
    of(id, |thread| thread.is_detached.set(true)).map_or(ESRCH, |()| 0)
}

extern "C" fn exit(result: usize) -> ! {
    if CURRENT.get() == HOST {
        world::stop(format!("{} ends the host's own thread by pthread_exit", world::called()));
    }
    end(result)
}

extern "C" fn this() -> usize {
    CURRENT.get()
}

extern "C" fn is_same(left: usize, right: usize) -> i32 {
    i32::from(left == right)
}

/// Names, priorities and attributes, which change nothing here.
extern "C" fn accepted() -> i32 {
    0
}

extern "C" fn yields() -> i32 {
    sleep(0);
    0
}

extern "C" fn usleep(microseconds: u32) -> i32 {
    sleep(u64::from(microseconds) * 1000);
    0
}

extern "C" fn nanosleep(wanted: usize, left: usize) -> i32 {
    let (seconds, ns) = (memory::u64_at(wanted), memory::u64_at(wanted + 8));
    if ns >= 1_000_000_000 {
        return -1;
    }
    sleep(seconds.saturating_mul(1_000_000_000).saturating_add(ns));
    if left != 0 {
        memory::put(left, &[0; 16]);
    }
    0
}

extern "C" fn wait_until(ticks: u64) -> i32 {
    wait(Some(world::nanoseconds(ticks)), "time", || false);
    0
}

symbols! {
    "_pthread_create" => create,
    "_pthread_join" => join,
    "_pthread_detach" => detach,
    "_pthread_exit" => exit,
    "_pthread_self" => this,
    "_pthread_equal" => is_same,
    "_pthread_attr_init" => accepted,
    "_pthread_attr_destroy" => accepted,
    "_pthread_attr_setdetachstate" => accepted,
    "_pthread_attr_setstacksize" => accepted,
    "_pthread_attr_setschedpolicy" => accepted,
    "_pthread_attr_setschedparam" => accepted,
    "_pthread_setschedparam" => accepted,
    "_pthread_setname_np" => accepted,
    "_pthread_set_qos_class_self_np" => accepted,
    "_thread_policy_set" => accepted,
    "_sched_yield" => yields,
    "_usleep" => usleep,
    "_nanosleep" => nanosleep,
    "_mach_wait_until" => wait_until,
}

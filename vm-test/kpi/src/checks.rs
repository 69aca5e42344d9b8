//! Rules of the kernel that are always watched. A kext that breaks one is told with the rule's name, the thread, the call chain
//! in the kext and its function; where the kernel would panic, so does the bench, with the rule's name in front.
//!
//! What is known for the checks lies in the KPI's own memory, and is noted by the functions of the KPI as they run.

pub mod context;
pub mod history;
pub mod locks;
pub mod stack;
pub mod trail;

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::event::{Broken, Event};

use crate::global::Global;
use crate::object::Obj;
use crate::{boundary, fault, heap, realtime, sched, symbols};

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A block is freed once.
    DoubleFree,
    /// Only what was allocated is freed.
    WildFree,
    /// A block is freed with the size that it was allocated with.
    FreeSize,
    /// A block is freed by the counterpart of what allocated it.
    FreeAllocator,
    /// Nothing is written around a block.
    Overrun,
    /// Nothing is used after it was freed.
    UseAfterFree,
    /// An object is released no more often than it was retained.
    OverRelease,
    /// Any two locks are always taken in the same order.
    LockOrder,
    /// A lock is not taken by a thread that holds it.
    LockTwice,
    /// A lock is released by the thread that holds it.
    LockOwner,
    /// A lock is free when it is freed.
    LockFreed,
    /// A thread holds nothing when its work is done.
    LockLeft,
    /// Who sleeps on a lock or in a gate holds it.
    SleepUnlocked,
    /// Nothing waits or allocates while a spin lock is held.
    SpinLock,
    /// Nothing waits or allocates in a primary interrupt, or while interrupts are disabled.
    Interrupt,
    /// Nothing waits, locks or allocates in the IO path.
    IoPath,
    /// An event source is removed from the work loop that it is on.
    EventSource,
    /// Nothing is freed while its own action runs.
    OwnAction,
    /// A synchronous termination is not waited for inside a gate.
    TerminateInGate,
    /// A thread keeps a quarter of its kernel stack free.
    StackDepth,
    /// User memory is reached through a memory descriptor.
    UserMemory,
}

impl Rule {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Rule::DoubleFree => "double-free",
            Rule::WildFree => "wild-free",
            Rule::FreeSize => "free-size",
            Rule::FreeAllocator => "free-allocator",
            Rule::Overrun => "overrun",
            Rule::UseAfterFree => "use-after-free",
            Rule::OverRelease => "over-release",
            Rule::LockOrder => "lock-order",
            Rule::LockTwice => "lock-twice",
            Rule::LockOwner => "lock-owner",
            Rule::LockFreed => "lock-freed",
            Rule::LockLeft => "lock-left",
            Rule::SleepUnlocked => "sleep-unlocked",
            Rule::SpinLock => "spin-lock",
            Rule::Interrupt => "interrupt",
            Rule::IoPath => "io-path",
            Rule::EventSource => "event-source",
            Rule::OwnAction => "own-action",
            Rule::TerminateInGate => "terminate-in-gate",
            Rule::StackDepth => "stack-depth",
            Rule::UserMemory => "user-memory",
        }
    }
}

/// What the checks know of a thread; part of its [`boundary::Control`].
#[derive(Debug, Default)]
pub struct PerThread {
    /// The locks that it holds, in the order in which it took them.
    pub held: Vec<locks::Hold>,
    /// How many of them are spin locks.
    pub spins: u32,
    /// Primary interrupts that it is in.
    pub interrupts: u32,
    /// It cannot be interrupted.
    pub interrupts_disabled: bool,
}

/// Runs `f` on what is known of the running thread; `None` before there are threads.
fn mine<R>(f: impl FnOnce(&mut PerThread) -> R) -> Option<R> {
    let control = boundary::current();
    if control.is_null() {
        return None;
    }
    // SAFETY: the running thread's control lives as long as the thread, and only this thread uses this part of it.
    let checks = unsafe { &mut (*control).checks };
    Some(f(checks))
}

/// What was told already.
static TOLD: Global<BTreeSet<(Rule, String)>> = Global::new(BTreeSet::new());

/// Tells that the running thread broke a rule, once for each text and place; the run goes on, and does not hold.
pub fn broken(rule: Rule, text: &str) {
    told(rule, text, sched::current_name(), fault::kext_backtrace());
}

/// As [`broken`], of any thread and call chain.
fn told(rule: Rule, text: &str, thread: String, backtrace: Vec<String>) {
    let place = backtrace.first().map(String::as_str).unwrap_or_default();
    if !TOLD.borrow().insert((rule, format!("{text} {place}"))) {
        return;
    }
    let function = backtrace.first().map(|frame| function(frame).to_string());
    let inside = symbols::inside();
    fault::count_finding();
    let rule = rule.name().to_string();
    fault::emit(&Event::Broken(Broken { rule, text: text.to_string(), thread, function, inside, backtrace }));
}

/// The function of "Kext`function + 0x12".
fn function(frame: &str) -> &str {
    frame.rsplit_once(" + ").map_or(frame, |(function, _)| function)
}

/// Panics as the kernel does where a rule is broken.
pub fn fatal(rule: Rule, text: &str) -> ! {
    fault::kernel_panic(&format!("{}: {text}", rule.name()))
}

/// An object whose memory was freed is used.
pub fn dead(object: Obj) -> ! {
    let what = heap::freed(object.0).unwrap_or_else(|| "an object".to_string());
    let past = history::of(object.0);
    fatal(Rule::UseAfterFree, &format!("{what}, is used as an object{past}"))
}

/// The end of a run: what the threads left, and how deep their stacks were. What comes in the same machine is told anew.
pub fn finish() {
    locks::left("the run is over");
    stack::report();
    TOLD.borrow().clear();
    realtime::forget();
}

//! The end of a run that went wrong: kernel panics, processor exceptions, hangs, deadlocks. Each becomes one event with a
//! symbolised backtrace, then the end.

mod place;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use protocol::event::{Event, Panic, Thread};

pub use self::place::Place;
use crate::boundary::{ASKED, HOOKED};
use crate::checks::trail;
use crate::global::Global;
use crate::platform::{Cause, Fault, Platform};
use crate::trace::between;
use crate::{images, sched, symbols};

/// Exit code of a machine whose run did not hold.
pub const EXIT_FAILED: u8 = 1;
/// Frames shown at most.
const DEPTH: usize = 32;

static PLATFORM: Global<Option<&'static dyn Platform>> = Global::new(None);
static DYING: AtomicBool = AtomicBool::new(false);

/// Names the machine that reports go to.
pub fn boot(platform: &'static dyn Platform) {
    *PLATFORM.borrow() = Some(platform);
}

/// Sends an event to the runner.
pub fn emit(event: &Event) {
    platform().emit(&event.to_line());
}

/// Findings so far.
static FINDINGS: AtomicU32 = AtomicU32::new(0);

/// A rule was broken, and it was said; the run goes on, and does not hold.
pub(crate) fn count_finding() {
    FINDINGS.fetch_add(1, Ordering::Relaxed);
}

/// How many findings there were.
pub fn findings() -> u32 {
    FINDINGS.load(Ordering::Relaxed)
}

/// The machine.
///
/// # Panics
/// Before [`boot`].
pub fn platform() -> &'static dyn Platform {
    PLATFORM.borrow().expect("the machine is named at boot")
}

/// Panics as the kernel does: with a reason, from the place where the kext called the KPI.
pub fn kernel_panic(reason: &str) -> ! {
    let backtrace = kext_backtrace();
    die(reason.to_string(), backtrace)
}

/// A Rust panic inside the machine: a defect of the bench, reported like the kernel's own.
pub fn rust_panic(message: &str) -> ! {
    let backtrace = kext_backtrace();
    die(format!("the bench itself failed: {message}"), backtrace)
}

/// A processor exception, called by the machine's handler on a stack of its own.
pub fn machine_fault(fault: &Fault) -> ! {
    let mut backtrace = Vec::new();
    from_fault(fault, &mut backtrace);
    die(describe(fault), backtrace)
}

/// A request from outside to say why nothing moves; `fault` is where the processor was.
pub fn hang(fault: &Fault) -> ! {
    say_threads(Some(fault))
}

/// The same at the next call of a kext into the KPI, for a request that came in the middle of something.
pub fn ask() {
    HOOKED.fetch_or(ASKED, Ordering::Relaxed);
}

/// A kext calls into the KPI, and the state of the threads was asked for.
pub fn hang_at_call() -> ! {
    say_threads(None)
}

/// Whether a report is being made; it is the last that the machine does.
pub fn is_reporting() -> bool {
    DYING.load(Ordering::Relaxed)
}

fn say_threads(fault: Option<&Fault>) -> ! {
    DYING.store(true, Ordering::Relaxed);
    let mut threads = Vec::new();
    for thread in sched::snapshot().unwrap_or_default() {
        let mut backtrace = Vec::new();
        let inside = symbols::name(thread.symbol).map(ToString::to_string);
        match fault {
            Some(fault) if thread.running && inside.is_none() => from_fault(fault, &mut backtrace),
            _ => from_entry(thread.kext, &thread.kernel_stack, &mut backtrace),
        }
        threads.push(Thread { name: thread.name, state: thread.state, inside, backtrace });
    }
    emit(&Event::Hang { threads });
    end()
}

/// The threads that wait in a kext's function, with what they wait for, in words.
pub fn waiting_kext_threads() -> Vec<String> {
    let describe = |thread: sched::Snapshot| {
        let mut frames = Vec::new();
        from_entry(thread.kext, &thread.kernel_stack, &mut frames);
        let function = frames.into_iter().next().filter(|_| !thread.running)?;
        Some(format!("{} is {} in {function}", thread.name, thread.state))
    };
    sched::snapshot().unwrap_or_default().into_iter().filter_map(describe).collect()
}

/// No thread can ever run again.
pub fn deadlock() -> ! {
    let threads = sched::snapshot().unwrap_or_default();
    let list: Vec<String> = threads.iter().map(|thread| format!("{} is {}", thread.name, thread.state)).collect();
    die(format!("deadlock: no thread can run again ({})", list.join("; ")), kext_backtrace())
}

fn die(reason: String, backtrace: Vec<String>) -> ! {
    if DYING.swap(true, Ordering::Relaxed) {
        // Reporting itself failed: say so with as little as possible.
        platform().emit(r#"{"event":"panic","reason":"a second fault while a panic was reported","thread":"","inside":null,"backtrace":[]}"#);
        end();
    }
    let thread = running().map(|thread| thread.name).unwrap_or_default();
    emit(&Event::Panic(Panic { reason, thread, inside: symbols::inside(), backtrace }));
    end()
}

fn end() -> ! {
    emit(&Event::End { held: false });
    platform().exit(EXIT_FAILED)
}

fn running() -> Option<sched::Snapshot> {
    sched::snapshot()?.into_iter().find(|thread| thread.running)
}

/// Backtrace of the running thread from where it entered the KPI.
pub(crate) fn kext_backtrace() -> Vec<String> {
    let mut frames = Vec::new();
    if let Some(thread) = running() {
        from_entry(thread.kext, &thread.kernel_stack, &mut frames);
    }
    frames
}

/// Backtrace of the running thread from where the processor was: in the kext, at what is no code, or in the KPI.
fn from_fault(fault: &Fault, frames: &mut Vec<String>) {
    if images::contains(fault.pc as usize) {
        frames.push(images::describe(fault.pc as usize));
    }
    let Some(thread) = running() else { return };
    if images::contains(fault.pc as usize) {
        return trail::up(fault.bp as usize, thread.kernel_stack, |pc| push(pc, frames));
    }
    if thread.kernel_stack.contains(&(fault.sp as usize)) {
        // Called from the kext: the return address is all that the call left.
        frames.push(images::describe(fault.pc as usize));
        from_entry((fault.sp, fault.bp), &thread.kernel_stack, frames);
    } else {
        from_entry(thread.kext, &thread.kernel_stack, frames);
    }
}

fn from_entry(kext: (u64, u64), stack: &core::ops::Range<usize>, frames: &mut Vec<String>) {
    let (sp, bp) = (kext.0 as usize, kext.1 as usize);
    if stack.contains(&sp) && sp + 8 <= stack.end {
        frames.push(images::describe(between::return_address(sp)));
        trail::up(bp, stack.clone(), |pc| push(pc, frames));
    }
}

/// Adds a return address if it is a kext's; whether there is room for more.
fn push(pc: usize, frames: &mut Vec<String>) -> bool {
    if images::contains(pc) {
        frames.push(images::describe(pc));
    }
    frames.len() < DEPTH
}

/// A fault in words that are the same in every run.
pub fn describe(fault: &Fault) -> String {
    match fault.cause {
        Cause::Memory { address, access, mapped } => place::memory(fault, address, access, mapped),
        Cause::Divide => "divide error: a division by zero, or a quotient that does not fit".to_string(),
        Cause::InvalidOpcode => "invalid opcode".to_string(),
        Cause::Trap => "breakpoint or debug trap".to_string(),
        Cause::FloatingPoint => "floating-point exception".to_string(),
        Cause::Other(vector) => format!("processor exception {vector}"),
    }
}

/// An address in words that are the same in every run.
pub fn place(address: usize) -> String {
    place::place(address, false).words
}

//! Single-stepping of a driver inside a hosted machine: what it executes, touches and calls.
//!
//! ```text
//!  host ── prepare(code) ── run(true) ──► driver … ──► run(false) ── take()
//!                              │            ▲ │
//!                              ▼   trap flag│ │SIGTRAP before each instruction
//!                           stepped(context): counts what lies in the code, notes calls that leave it and lets them run
//! ```
//!
//! The trap flag has the processor raise a debug exception after every instruction, so that what is counted is what was executed,
//! whichever processor it is and however fast. Functions that the driver calls cost it a call: their code is not the driver's, so
//! they run without the flag until they return, but for what they call of the driver in a [`run`] of its own.

mod count;
mod inject;
mod outside;
mod repeat;

use std::arch::asm;
use std::cell::{Cell, RefCell};
use std::ops::Range;

use libc::{c_int, greg_t};
use protocol::cost::{Injected, Steps};

use self::count::{Counter, Place};

/// The registers of the system's context.
pub type Registers = [greg_t; 23];

/// The trap flag of the flags register.
const TRAP_FLAG: u64 = 1 << 8;
/// What the system says of a debug exception that the trap flag raised.
const TRAP_TRACE: c_int = 2;

thread_local! {
    static COUNTER: RefCell<Option<Counter>> = const { RefCell::new(None) };
    /// Calls of [`run`] that were not ended yet.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// A bit for each of them, the last one's lowest: whether the code that called it was stepped.
    static STEPPED: Cell<u64> = const { Cell::new(0) };
    /// The mistake that the driver's next instruction is to be.
    static MISTAKE: Cell<Option<Injected>> = const { Cell::new(None) };
}

/// Counts from now on what is executed of `code` while [`run`] has it stepped, and `is_ours` says that it is the thread's that is
/// looked at. What was counted before is forgotten.
pub fn prepare(code: Range<u64>, is_ours: fn() -> bool) {
    COUNTER.with_borrow_mut(|counter| *counter = Some(Counter::new(code, is_ours)));
}

/// Has the first instruction that would be counted from now on be a mistake.
pub fn inject(mistake: Injected) {
    MISTAKE.set(Some(mistake));
}

/// What was counted since [`prepare`]; nothing is any more.
pub fn take() -> Steps {
    COUNTER.with_borrow_mut(Option::take).map_or_else(Steps::default, Counter::into_steps)
}

/// Begins to step, or ends what the same thread began: then its caller is stepped if it was before. Calls may be nested.
pub fn run(on: bool) {
    let before = DEPTH.get();
    if on {
        STEPPED.set(STEPPED.get() << 1 | u64::from(has_trap_flag()));
        DEPTH.set(before + 1);
        set_trap_flag();
        return;
    }
    if STEPPED.get() & 1 == 0 {
        // The instruction that clears it is stepped still.
        clear_trap_flag();
    }
    STEPPED.set(STEPPED.get() >> 1);
    DEPTH.set(before.saturating_sub(1));
}

fn has_trap_flag() -> bool {
    let flags: u64;
    // SAFETY: the flags are read; the stack is as it was.
    unsafe { asm!("pushfq", "pop {flags}", flags = out(reg) flags) };
    flags & TRAP_FLAG != 0
}

fn set_trap_flag() {
    // SAFETY: the flag does nothing but raise SIGTRAP, which has a handler that calls `stepped`; the stack is as it was.
    unsafe { asm!("pushfq", "or qword ptr [rsp], {flag}", "popfq", flag = const TRAP_FLAG) };
}

fn clear_trap_flag() {
    // SAFETY: as above; without the flag nothing is raised.
    unsafe { asm!("pushfq", "and qword ptr [rsp], {mask}", "popfq", mask = const !(TRAP_FLAG as i32)) };
}

/// For handlers of SIGTRAP, with what the system says of its cause and the registers that the handler returns to: whether it was a
/// step, or the end of what was let run, after which the handler is to return.
pub fn stepped(cause: c_int, registers: &mut Registers) -> bool {
    if outside::has_returned(registers, DEPTH.get() > 0) {
        return true;
    }
    if cause != TRAP_TRACE || DEPTH.get() == 0 {
        return false;
    }
    let place = COUNTER.with(|counter| {
        // A step of this crate's own, between `run` and the driver.
        let Ok(mut counter) = counter.try_borrow_mut() else { return Place::Outside };
        counter.as_mut().map_or(Place::Outside, |counter| counter.step(registers))
    });
    match (place, MISTAKE.get()) {
        (Place::Inside, Some(mistake)) => {
            MISTAKE.set(None);
            inject::make(mistake, registers);
        }
        (Place::Called, _) => outside::let_run(registers),
        _ => repeat::finish(registers),
    }
    true
}

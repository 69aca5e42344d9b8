//! Single-stepping of a driver inside a hosted machine: what it executes, touches and calls.
//!
//! ```text
//!  host ── prepare(code) ── run(true) ──► driver … ──► run(false) ── take()
//!                              │            ▲ │
//!                              ▼   trap flag│ │SIGTRAP before each instruction
//!                           stepped(context): counts what lies in the code, notes calls that leave it
//! ```
//!
//! The trap flag has the processor raise a debug exception after every instruction, so that what is counted is what was executed,
//! whichever processor it is and however fast. Functions that the driver calls are stepped through and not counted.

mod count;
mod inject;
mod repeat;

use std::arch::asm;
use std::cell::{Cell, RefCell};
use std::ops::Range;

use libc::{c_int, greg_t};
use protocol::cost::{Injected, Steps};

use self::count::Counter;

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

/// Begins to step, or ends what the same thread began. Calls may be nested.
pub fn run(on: bool) {
    let before = DEPTH.get();
    if on {
        DEPTH.set(before + 1);
        set_trap_flag();
        return;
    }
    if before == 1 {
        // The instruction that clears it is stepped still.
        clear_trap_flag();
    }
    DEPTH.set(before.saturating_sub(1));
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
/// step, which then is counted and the handler is to return.
pub fn stepped(cause: c_int, registers: &mut Registers) -> bool {
    if cause != TRAP_TRACE || DEPTH.get() == 0 {
        return false;
    }
    let is_inside = COUNTER.with(|counter| {
        // A step of this crate's own, between `run` and the driver.
        counter
            .try_borrow_mut()
            .is_ok_and(|mut counter| counter.as_mut().is_some_and(|counter| counter.step(registers)))
    });
    match MISTAKE.get().filter(|_| is_inside) {
        Some(mistake) => {
            MISTAKE.set(None);
            inject::make(mistake, registers);
        }
        None => repeat::finish(registers),
    }
    true
}

//! Functions outside of the code that is counted: they run at full speed, and stepping goes on where they return to.
//!
//! A function's return address is exchanged, before its first instruction, for that of a breakpoint. Functions are told apart by
//! where on the stack it lies, since a thread that waits in one lets others run.

use std::arch::naked_asm;
use std::cell::RefCell;

use crate::{Registers, TRAP_FLAG};

/// Bytes of an address, and of a breakpoint.
const WORD: u64 = 8;
const BREAKPOINT: u64 = 1;

/// A function that has not returned yet.
struct Awaited {
    /// Where its return address lies, and what it was.
    place: u64,
    address: u64,
}

thread_local! {
    static AWAITED: RefCell<Vec<Awaited>> = const { RefCell::new(Vec::new()) };
}

/// What functions return to meanwhile.
#[unsafe(naked)]
extern "C" fn returned() {
    naked_asm!("int3", "ud2")
}

/// Lets the function whose first instruction is next run at full speed.
pub(crate) fn let_run(registers: &mut Registers) {
    let place = registers[libc::REG_RSP as usize] as u64;
    // SAFETY: a function that was called, or jumped to instead of a return, finds its return address at the stack pointer.
    let address = unsafe { (place as *const u64).read() };
    // SAFETY: as above; the function uses it for nothing but its return.
    unsafe { (place as *mut u64).write(returned as *const () as u64) };
    AWAITED.with_borrow_mut(|awaited| {
        // One that lay there before has not returned and never will: its thread has ended.
        awaited.retain(|other| other.place != place);
        awaited.push(Awaited { place, address });
    });
    registers[libc::REG_EFL as usize] &= !(TRAP_FLAG as i64);
}

/// If what was let run has returned, has its caller go on, step by step if `steps`; whether it has.
pub(crate) fn has_returned(registers: &mut Registers, steps: bool) -> bool {
    if registers[libc::REG_RIP as usize] as u64 != returned as *const () as u64 + BREAKPOINT {
        return false;
    }
    let place = registers[libc::REG_RSP as usize] as u64 - WORD;
    let address = AWAITED.with_borrow_mut(|awaited| {
        let index = awaited.iter().position(|function| function.place == place)?;
        Some(awaited.swap_remove(index).address)
    });
    let Some(address) = address else { return false };
    registers[libc::REG_RIP as usize] = address as i64;
    if steps {
        registers[libc::REG_EFL as usize] |= TRAP_FLAG as i64;
    }
    true
}

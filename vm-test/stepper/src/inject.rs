//! Mistakes that a driver is made to make: the instruction that it was about to execute is another one.

use std::arch::naked_asm;

use protocol::cost::Injected;

use crate::{Registers, TRAP_FLAG};

/// Stores to address 0.
#[unsafe(naked)]
extern "C" fn null_store() {
    naked_asm!("xor eax, eax", "mov qword ptr [rax], rax", "ud2")
}

/// Never comes back.
#[unsafe(naked)]
extern "C" fn spin() {
    naked_asm!("2:", "pause", "jmp 2b")
}

/// Where a debugger has set a breakpoint.
#[unsafe(naked)]
extern "C" fn breakpoint() {
    naked_asm!("int3", "ud2")
}

/// Has the mistake be what comes next.
pub(crate) fn make(mistake: Injected, registers: &mut Registers) {
    let place = match mistake {
        Injected::Null => null_store,
        Injected::Hang => spin,
        Injected::Breakpoint => breakpoint,
    };
    registers[libc::REG_RIP as usize] = place as *const () as i64;
    registers[libc::REG_EFL as usize] &= !(TRAP_FLAG as i64);
}

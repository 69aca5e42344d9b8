//! The interrupt descriptor table. Every exception ends the run with a report; only interrupts return, and the NMI by which
//! the runner asks why nothing moves, if it hits KPI code for the first time.

use alloc::boxed::Box;
use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use kpi::platform::{Cause, Fault};
use x86_64::VirtAddr;
use x86_64::registers::control::Cr2;
use x86_64::structures::idt::{Entry, InterruptDescriptorTable};

use crate::heap::HEAP;
use crate::segments::{ABORT_STACK, FAULT_STACK, NMI_STACK};
use crate::{machine, timer};

const NMI: u8 = 2;
const DOUBLE_FAULT: u8 = 8;
const MACHINE_CHECK: u8 = 18;

/// What the stubs below and the processor push.
#[repr(C)]
struct Frame {
    /// In the order of [`Fault::registers`].
    registers: [u64; 14],
    vector: u64,
    error: u64,
    pc: u64,
    code_segment: u64,
    flags: u64,
    sp: u64,
}

// A stub for each of the 32 exceptions, 16 bytes apart; where the processor pushes no error code, the stub pushes 0.
global_asm!(
    r#"
    .balign 16
exception_stubs:
    .set vector, 0
    .rept 32
    .balign 16
    .if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
    .else
    push 0
    .endif
    push vector
    jmp exception_common
    .set vector, vector + 1
    .endr

    // Interrupts are on in kext code only: there the answer can be given at once. KPI code may be in the middle of a
    // change; the next call of a kext answers, or a second NMI if there is none.
    .balign 16
nmi_entry:
    test qword ptr [rsp + 16], 0x200
    jnz 2f
    bts dword ptr [rip + {asked}], 0
    jc 2f
    or byte ptr [rip + {hooked}], {flag}
    iretq
    2:
    push 0
    push 2
    jmp exception_common

    .balign 16
exception_common:
    cld
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push rbx
    push rax
    push r9
    push r8
    push rcx
    push rdx
    push rsi
    push rdi
    mov rdi, rsp
    mov rsi, rbp
    and rsp, -16
    call {report}
    ud2
    "#,
    report = sym report,
    asked = sym NMI_SEEN,
    hooked = sym kpi::boundary::HOOKED,
    flag = const kpi::boundary::ASKED,
);

/// Whether an NMI was seen.
static NMI_SEEN: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    static exception_stubs: [[u8; 16]; 32];
    fn nmi_entry();
}

/// Loads the table.
pub fn load() {
    let table = Box::leak(Box::new(InterruptDescriptorTable::new()));
    set(&mut table.divide_error, 0);
    set(&mut table.debug, 1);
    set(&mut table.non_maskable_interrupt, NMI);
    set(&mut table.breakpoint, 3);
    set(&mut table.overflow, 4);
    set(&mut table.bound_range_exceeded, 5);
    set(&mut table.invalid_opcode, 6);
    set(&mut table.device_not_available, 7);
    set(&mut table.double_fault, DOUBLE_FAULT);
    set(&mut table.invalid_tss, 10);
    set(&mut table.segment_not_present, 11);
    set(&mut table.stack_segment_fault, 12);
    set(&mut table.general_protection_fault, 13);
    set(&mut table.page_fault, 14);
    set(&mut table.x87_floating_point, 16);
    set(&mut table.alignment_check, 17);
    set(&mut table.machine_check, MACHINE_CHECK);
    set(&mut table.simd_floating_point, 19);
    for (vector, handler) in timer::HANDLERS {
        let address = VirtAddr::from_ptr(handler as *const ());
        // SAFETY: the handler keeps all registers and returns by iretq; it runs on the stack that it interrupts.
        unsafe { table[vector].set_handler_addr(address) };
    }
    table.load();
}

fn set<H>(entry: &mut Entry<H>, vector: u8) {
    let stack = match vector {
        NMI => NMI_STACK,
        DOUBLE_FAULT | MACHINE_CHECK => ABORT_STACK,
        _ => FAULT_STACK,
    };
    let stubs = (&raw const exception_stubs).cast::<[u8; 16]>();
    let address = match vector {
        NMI => VirtAddr::from_ptr(nmi_entry as *const ()),
        _ => VirtAddr::from_ptr(stubs.wrapping_add(vector as usize)),
    };
    // SAFETY: the stub of this vector, which does not return, or returns by iretq with all registers kept.
    let options = unsafe { entry.set_handler_addr(address) };
    // SAFETY: the TSS has a stack at each of these indices, and each is used by exceptions that end the run.
    unsafe { options.set_stack_index(stack) };
}

/// Reports an exception; `bp` is the frame pointer at that time.
extern "C" fn report(frame: &Frame, bp: u64) -> ! {
    static REPORTING: AtomicBool = AtomicBool::new(false);
    if REPORTING.swap(true, Ordering::Relaxed) {
        machine::last_words("a second exception while one was reported");
    }
    HEAP.report();
    let cause = Cause::of_exception(frame.vector as u8, frame.error, Cr2::read_raw());
    let fault = Fault { cause, pc: frame.pc, sp: frame.sp, bp, registers: frame.registers };
    if frame.vector == u64::from(NMI) { kpi::fault::hang(&fault) } else { kpi::fault::machine_fault(&fault) }
}

//! The boundary between kext and KPI.
//!
//! ```text
//!  kernel stack (16 KiB, guard page)          KPI stack
//!  ┌───────────────┐
//!  │ kext frames   │ ── call thunk ─────────► ┌────────────┐
//!  │               │                          │ KPI frames │
//!  │ (reserve)     │ ◄───── call_kext ─────── │            │
//!  │ kext frames   │ ── call thunk ─────────► │ KPI frames │
//!  └───────────────┘                          └────────────┘
//! ```
//!
//! A thunk loads its symbol's index into r11 and jumps to [`enter`], which changes stacks, copies eight words of stack
//! arguments and calls the function registered for the index. [`call_kext`] goes the other way.

use core::arch::naked_asm;
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use crate::checks::trail::Kept;

/// Bytes that each call into the kext leaves free on the kernel stack for the frames that the real kernel would have there.
pub const RESERVE: usize = 512;
/// Words of stack arguments that cross the boundary.
pub const STACK_WORDS: usize = 8;
/// How many arguments of a call cross the boundary.
pub const ARGUMENTS: usize = 6 + STACK_WORDS;
/// Arguments of a call: six in registers, the rest on the stack.
pub type Arguments = [u64; ARGUMENTS];

/// What the boundary needs of the running thread; first part of every thread's record. The assembly knows the offsets.
#[repr(C)]
#[derive(Debug, Default)]
pub struct Control {
    /// Kernel stack pointer at the last entry into the KPI; at first the top of the stack.
    pub kext_sp: u64,
    /// Where the next entry into the KPI starts on the KPI stack.
    pub kpi_sp: u64,
    /// Kernel frame pointer at the last entry into the KPI.
    pub kext_bp: u64,
    /// Index of the symbol whose function the thread is inside, [`NO_SYMBOL`] in none.
    pub symbol: u64,
    /// KPI stack pointer while another thread runs.
    pub switch_sp: u64,
    /// The kext's routine that runs on an IO thread's time, if one does.
    pub routine: Option<&'static str>,
    /// Where the kernel stack ends.
    pub stack_top: u64,
    /// Entry of the KPI call at whose end others run first, 0 of none.
    pub yields_at: u64,
    /// The call chain at the last entry into the KPI, if it was asked for.
    pub trail: Kept,
    /// Number of the thread.
    pub id: u32,
    /// What the checks know of the thread.
    pub checks: crate::checks::PerThread,
}

/// No KPI function.
pub const NO_SYMBOL: u64 = u32::MAX as u64;

/// The running thread.
pub static CURRENT: AtomicPtr<Control> = AtomicPtr::new(core::ptr::null_mut());
/// Addresses of the functions by symbol index.
pub static TABLE: AtomicUsize = AtomicUsize::new(0);
/// Nonzero: [`hook`] runs at every entry, for the bits that are set.
pub static HOOKED: AtomicU8 = AtomicU8::new(0);
/// Others may run first, by the seed.
pub const PREEMPT: u8 = 1;
/// Somebody asked why nothing moves.
pub const ASKED: u8 = 2;
/// Allocations of the kext are counted, and one may fail.
pub const ALLOCATIONS: u8 = 4;
/// Some thread runs code of the kext that must not wait.
pub const WATCH: u8 = 8;
/// Calls that may fail are told apart by where they come from, and one may fail.
pub const SITES: u8 = 16;
/// Calls and their ends are recorded.
pub const TRACE: u8 = 32;

/// Argument registers of an entry, as [`enter`] saves them, and the kernel stack pointer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// rdi, rsi, rdx, rcx, r8, r9.
    pub integer: [u64; 6],
    /// Symbol index of the KPI function that is entered.
    pub symbol: u64,
    /// Symbol index of the KPI function the thread was inside before.
    pub outer: u64,
    /// Kernel stack pointer: the return address, then the stack arguments.
    pub kext_sp: u64,
    /// Kernel frame pointer.
    pub kext_bp: u64,
}

#[cfg(feature = "ring0")]
macro_rules! interrupts_off {
    () => {
        "cli"
    };
}
#[cfg(not(feature = "ring0"))]
macro_rules! interrupts_off {
    () => {
        ""
    };
}
#[cfg(feature = "ring0")]
macro_rules! interrupts_on {
    () => {
        "sti"
    };
}
#[cfg(not(feature = "ring0"))]
macro_rules! interrupts_on {
    () => {
        ""
    };
}

pub(crate) use {interrupts_off, interrupts_on};

/// Entry of all thunks: r11 holds the symbol index, the arguments are where the C ABI puts them.
#[unsafe(naked)]
pub extern "C" fn enter() {
    naked_asm!(
        interrupts_off!(),
        "mov r10, [rip + {current}]",
        "mov rax, rsp",
        "mov [r10 + 0], rax",
        "mov [r10 + 16], rbp",
        "mov qword ptr [r10 + {trail}], 0",
        "mov rsp, [r10 + 8]",
        "push rbp", // keeps the stack aligned
        "push rax",
        "push qword ptr [r10 + 24]",
        "push r11",
        "push r9",
        "push r8",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "mov [r10 + 24], r11",
        "cmp byte ptr [rip + {hooked}], 0",
        "jne 4f",
        "2:",
        "push [rax + 64]",
        "push [rax + 56]",
        "push [rax + 48]",
        "push [rax + 40]",
        "push [rax + 32]",
        "push [rax + 24]",
        "push [rax + 16]",
        "push [rax + 8]",
        "mov r10, [rip + {table}]",
        "call [r10 + r11 * 8]",
        "3:",
        "add rsp, 64 + 56",
        "mov r10, [rip + {current}]",
        "pop qword ptr [r10 + 24]",
        "pop r11",
        "mov rsp, r11",
        interrupts_on!(),
        "ret",
        // Somebody wants to see the call.
        "4:",
        "mov rdi, rsp",
        "call {hook}",
        "test al, al",
        "mov rax, [rsp + 64]", // none of these changes the flags
        "mov r11, [rsp + 48]",
        "mov rdi, [rsp]",
        "mov rsi, [rsp + 8]",
        "mov rdx, [rsp + 16]",
        "mov rcx, [rsp + 24]",
        "mov r8, [rsp + 32]",
        "mov r9, [rsp + 40]",
        "je 2b",
        // And what comes of it.
        "push [rax + 64]",
        "push [rax + 56]",
        "push [rax + 48]",
        "push [rax + 40]",
        "push [rax + 32]",
        "push [rax + 24]",
        "push [rax + 16]",
        "push [rax + 8]",
        "mov r10, [rip + {table}]",
        "call [r10 + r11 * 8]",
        "push rax",
        "push rdx",
        "mov rdi, rax",
        "call {returns}",
        "pop rdx",
        "pop rax",
        "jmp 3b",
        current = sym CURRENT,
        trail = const core::mem::offset_of!(Control, trail.kext_sp),
        hooked = sym HOOKED,
        hook = sym hook,
        returns = sym returns,
        table = sym TABLE,
    )
}

/// Calls `function` in a kext on the thread's kernel stack.
#[unsafe(naked)]
pub extern "C" fn call_kext(function: usize, arguments: &Arguments) -> u64 {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov r10, [rip + {current}]",
        "push qword ptr [r10 + 0]",
        "push qword ptr [r10 + 8]",
        "push qword ptr [r10 + 16]",
        "mov [r10 + 8], rsp",
        "mov r11, [r10 + 0]",
        "mov rbp, [r10 + 16]",
        "sub r11, {reserve}",
        "and r11, -16",
        "mov rsp, r11",
        "mov rax, rdi",
        "mov r11, rsi",
        "push [r11 + 104]",
        "push [r11 + 96]",
        "push [r11 + 88]",
        "push [r11 + 80]",
        "push [r11 + 72]",
        "push [r11 + 64]",
        "push [r11 + 56]",
        "push [r11 + 48]",
        "mov rdi, [r11]",
        "mov rsi, [r11 + 8]",
        "mov rdx, [r11 + 16]",
        "mov rcx, [r11 + 24]",
        "mov r8, [r11 + 32]",
        "mov r9, [r11 + 40]",
        interrupts_on!(),
        "call rax",
        interrupts_off!(),
        "mov r10, [rip + {current}]",
        "mov rsp, [r10 + 8]",
        "pop qword ptr [r10 + 16]",
        "pop qword ptr [r10 + 8]",
        "pop qword ptr [r10 + 0]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        current = sym CURRENT,
        reserve = const RESERVE,
    )
}

/// Saves the running thread's registers on its KPI stack, notes the stack pointer in `from` and goes on where `to` left off.
#[unsafe(naked)]
pub extern "C" fn switch(from: *mut u64, to: u64) {
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

/// Runs at each entry while [`HOOKED`] is set; whether it wants to see the result. Nothing of the KPI is in the middle of a
/// change here.
extern "C" fn hook(registers: &mut Registers) -> bool {
    let symbol = registers.symbol;
    let hooked = HOOKED.load(Ordering::Relaxed);
    if hooked & ASKED != 0 {
        crate::fault::hang_at_call();
    }
    if hooked & WATCH != 0 {
        crate::realtime::entered(registers);
    }
    if hooked & ALLOCATIONS != 0 && crate::inject::fails(registers) {
        registers.symbol = crate::symbols::refusing();
    }
    if hooked & SITES != 0 && crate::inject::sites::fails(registers) {
        registers.symbol = crate::symbols::refusing();
    }
    let yields = hooked & PREEMPT != 0 && crate::sched::preemption_point();
    if yields {
        let control = current();
        // SAFETY: the running thread's control lives as long as the thread.
        unsafe { (*control).yields_at = (&raw const *registers) as u64 };
    }
    // Last: who was let run first comes first.
    let traced = hooked & TRACE != 0;
    if traced {
        crate::trace::leaves_kext(registers, symbol);
    }
    traced || yields
}

/// Runs at the end of a call whose entry wanted to see the result.
extern "C" fn returns(result: u64) {
    if crate::trace::is_on() {
        crate::trace::returns(result);
    }
    let control = current();
    // SAFETY: the running thread's control lives as long as the thread.
    let yields_at = unsafe { &mut (*control).yields_at };
    if *yields_at == entry_place(current_kpi_stack()) as u64 {
        *yields_at = 0;
        crate::sched::interrupted();
    }
}

/// The running thread's control.
pub fn current() -> *mut Control {
    CURRENT.load(Ordering::Relaxed)
}

/// Where a timer interrupt that hit kext code may go on: the top of the running thread's KPI stack. Interrupts never hit
/// KPI code, so nothing lives below.
pub fn current_kpi_stack() -> u64 {
    let control = current();
    // SAFETY: the running thread's control lives as long as the thread.
    unsafe { (*control).kpi_sp }
}

/// The running thread's kernel stack pointer at its last entry into the KPI, where the return address lies; the top of the
/// stack while no kext code runs on it.
pub fn current_kernel_stack() -> u64 {
    let control = current();
    // SAFETY: the running thread's control lives as long as the thread.
    unsafe { (*control).kext_sp }
}

/// Where the running thread's kernel stack ends.
pub fn stack_top() -> u64 {
    let control = current();
    // SAFETY: the running thread's control lives as long as the thread.
    unsafe { (*control).stack_top }
}

/// Whether the function that is running was called by a kext, not by another function of the KPI.
pub fn is_called_by_kext() -> bool {
    let control = current();
    // SAFETY: the running thread's control lives as long as the thread.
    let control = unsafe { &*control };
    control.kext_sp != control.stack_top && entry_symbol(control) == control.symbol
}

/// [`Registers::symbol`] of [`entry_registers`].
fn entry_symbol(control: &Control) -> u64 {
    crate::mem::read(entry_place(control.kpi_sp) + core::mem::offset_of!(Registers, symbol))
}

/// Where [`enter`] leaves the registers: right below the thread's KPI entry point.
fn entry_place(kpi_sp: u64) -> usize {
    kpi_sp as usize - size_of::<Registers>()
}

/// The registers with which the running KPI function was entered from the kext, for functions that look at the stack
/// arguments themselves (variadic ones).
pub fn entry_registers() -> Registers {
    crate::mem::read(entry_place(current_kpi_stack()))
}

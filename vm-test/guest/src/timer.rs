//! The local APIC: its timer preempts kexts, and its LINT1 pin turns QEMU's `inject-nmi` into an NMI.

use core::arch::naked_asm;

use kpi::boundary::{self, Control};
use kpi::sched;

use crate::paging::APIC;

/// Mean time between two timer interrupts in ns of guest time; under the instruction-counted clock, as many instructions.
const PERIOD: u32 = 1_000_000;
const TIMER_VECTOR: u8 = 32;
const SPURIOUS_VECTOR: u8 = 255;

const END_OF_INTERRUPT: usize = 0xb0;
const SPURIOUS: usize = 0xf0;
const LVT_TIMER: usize = 0x320;
const LVT_LINT1: usize = 0x360;
const INITIAL_COUNT: usize = 0x380;
const DIVIDE: usize = 0x3e0;

const SOFTWARE_ENABLE: u32 = 1 << 8;
const DELIVER_NMI: u32 = 4 << 8;
const DIVIDE_BY_1: u32 = 0b1011;

/// Interrupt handlers by vector.
pub const HANDLERS: [(u8, extern "C" fn()); 2] =
    [(TIMER_VECTOR, timer_interrupt), (SPURIOUS_VECTOR, spurious_interrupt)];

fn write(register: usize, value: u32) {
    // SAFETY: a register of the local APIC, which is mapped there for good.
    unsafe { ((APIC + register) as *mut u32).write_volatile(value) };
}

/// Starts the timer. Interrupts stay off until the first kext runs.
pub fn start() {
    write(SPURIOUS, SOFTWARE_ENABLE | u32::from(SPURIOUS_VECTOR));
    write(LVT_LINT1, DELIVER_NMI);
    write(DIVIDE, DIVIDE_BY_1);
    write(LVT_TIMER, u32::from(TIMER_VECTOR));
    write(INITIAL_COUNT, PERIOD);
}

/// What the processor pushes at an interrupt.
#[repr(C)]
struct Interrupted {
    pc: u64,
    code_segment: u64,
    flags: u64,
    sp: u64,
    stack_segment: u64,
}

/// Hits kext code only. As on a Mac, the processor pushes onto the kext's own stack, below its stack pointer and so over
/// whatever a red zone holds. The general registers go there too; everything else happens on the thread's KPI stack.
#[unsafe(naked)]
extern "C" fn timer_interrupt() {
    naked_asm!(
        r"
        push rax
        push rcx
        push rdx
        push rbx
        push rsi
        push rdi
        push r8
        push r9
        push r10
        push r11
        push r12
        push r13
        push r14
        push r15
        cld
        mov rbx, rsp
        mov rax, [rip + {current}]
        mov rsp, [rax + {kpi_sp}]
        and rsp, -16
        sub rsp, 512
        fxsave64 [rsp]
        lea rdi, [rbx + 14 * 8]
        mov rsi, rbp
        call {tick}
        fxrstor64 [rsp]
        mov rsp, rbx
        pop r15
        pop r14
        pop r13
        pop r12
        pop r11
        pop r10
        pop r9
        pop r8
        pop rdi
        pop rsi
        pop rbx
        pop rdx
        pop rcx
        pop rax
        iretq
        ",
        current = sym boundary::CURRENT,
        kpi_sp = const core::mem::offset_of!(Control, kpi_sp),
        tick = sym tick,
    )
}

/// Lets the scheduler choose, and chooses the time of the next interrupt by the seed. `interrupted` lies on the kernel stack of the running thread.
extern "C" fn tick(interrupted: &Interrupted, bp: u64) {
    write(END_OF_INTERRUPT, 0);
    write(INITIAL_COUNT, PERIOD / 2 + sched::random(u64::from(PERIOD)) as u32);
    let control = boundary::current();
    // The thread's kernel stack is in use down to here, and reports find the interrupted function as if it had called.
    let top = (&raw const *interrupted) as u64;
    // SAFETY: the running thread's control lives as long as the thread.
    unsafe { (*control).kext_sp = top };
    // SAFETY: as above.
    unsafe { (*control).kext_bp = bp };
    // SAFETY: as above.
    unsafe { (*control).trail.forget() };
    sched::preempt();
}

/// The APIC withdrew an interrupt.
#[unsafe(naked)]
extern "C" fn spurious_interrupt() {
    naked_asm!("iretq")
}

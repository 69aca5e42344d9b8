//! GDT and TSS: one code segment, and stacks of their own for exceptions, so that an overflow of a kext's stack is reported.

use alloc::boxed::Box;

use kpi::platform::{PAGE, Platform};
use x86_64::VirtAddr;
use x86_64::instructions::segmentation::{CS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable};
use x86_64::structures::tss::TaskStateSegment;

/// Pages of an exception's stack; reports are written on it.
const STACK_PAGES: usize = 32;

/// Stack of faults (index into the interrupt stack table).
pub const FAULT_STACK: u16 = 0;
/// Stack of the non-maskable interrupt, which may hit anything.
pub const NMI_STACK: u16 = 1;
/// Stack of exceptions during exceptions: double fault, machine check.
pub const ABORT_STACK: u16 = 2;

/// Loads the GDT and the TSS. `None`: no memory for the stacks.
pub fn load(machine: &dyn Platform) -> Option<()> {
    let mut state = TaskStateSegment::new();
    for stack in [FAULT_STACK, NMI_STACK, ABORT_STACK] {
        let top = machine.map(STACK_PAGES)? + STACK_PAGES * PAGE;
        state.interrupt_stack_table[stack as usize] = VirtAddr::new(top as u64);
    }
    let table = Box::leak(Box::new(GlobalDescriptorTable::new()));
    let code = table.append(Descriptor::kernel_code_segment());
    let state = table.append(Descriptor::tss_segment(Box::leak(Box::new(state))));
    table.load();
    // SAFETY: the selector of the code segment appended above.
    unsafe { CS::set_reg(code) };
    // SAFETY: the selector of the TSS appended above, which lives for good.
    unsafe { load_tss(state) };
    Some(())
}

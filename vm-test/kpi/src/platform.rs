//! What a machine gives the KPI: pages, a line to the runner, an end. The hosted machine and the guest implement it.

use core::ops::Range;

use protocol::cost::{Injected, Steps};

/// Access to a mapping. Nothing is ever writable and executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// No access: guards, and data symbols that nothing stands behind.
    None,
    /// Read.
    Read,
    /// Read and write.
    ReadWrite,
    /// Read and execute.
    ReadExecute,
}

/// Bytes of a page on every machine.
pub const PAGE: usize = 4096;

/// The machine under the KPI.
pub trait Platform: Sync {
    /// "hosted" or "vm".
    fn name(&self) -> &'static str;

    /// Maps `pages` zeroed pages, read-write, with an unmapped guard page before and after. All mappings lie within one
    /// window of 1 GiB, so that a rel32 reaches from any to any. `None`: no memory left.
    fn map(&self, pages: usize) -> Option<usize>;

    /// Changes the protection of whole pages inside a mapping.
    fn protect(&self, address: usize, pages: usize, protection: Protection);

    /// Gives a whole mapping back; its address may be used again.
    fn unmap(&self, address: usize, pages: usize);

    /// Sends one line to the runner, at once. `line` has no newline.
    fn emit(&self, line: &str);

    /// Stops the machine. Nothing runs after it.
    fn exit(&self, code: u8) -> !;

    /// Wall-clock time in ns since any moment, if the machine has a clock: for measurements, and nothing that is judged.
    fn clock(&self) -> Option<u64> {
        None
    }

    /// What steps through code on this machine, if anything can.
    fn stepper(&self) -> Option<&'static dyn Stepper> {
        None
    }
}

/// Steps through a kext's code, instruction by instruction.
pub trait Stepper: Sync {
    /// Counts what is executed of `code` from now on, while it is stepped and `is_ours` says so.
    fn prepare(&self, code: Range<u64>, is_ours: fn() -> bool);

    /// Begins to step, or ends it.
    fn run(&self, on: bool);

    /// What was counted.
    fn take(&self) -> Steps;

    /// Has the next instruction that would be counted be a mistake.
    fn inject(&self, mistake: Injected);
}

/// A processor exception, or a request from outside to say why nothing moves, as the machine's handler saw it.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What it was.
    pub cause: Cause,
    /// Instruction pointer.
    pub pc: u64,
    /// Stack pointer.
    pub sp: u64,
    /// Frame pointer.
    pub bp: u64,
    /// rdi, rsi, rdx, rcx, r8, r9, rax, rbx, r10 to r15.
    pub registers: [u64; 14],
}

/// Cause of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Page fault or general protection.
    Memory {
        /// The address that was touched.
        address: Option<u64>,
        /// The access that was refused.
        access: Access,
        /// Whether the processor found the page mapped, with a protection that forbids the access.
        mapped: bool,
    },
    /// Divide error.
    Divide,
    /// Invalid opcode.
    InvalidOpcode,
    /// Breakpoint or debug trap.
    Trap,
    /// Floating-point or SIMD exception.
    FloatingPoint,
    /// Any other exception, by its vector.
    Other(u8),
}

impl Cause {
    /// The cause of an x86 exception: its vector, its error code (0 where it has none), and CR2 for a page fault.
    pub fn of_exception(vector: u8, error: u64, cr2: u64) -> Cause {
        const PRESENT: u64 = 1 << 0;
        match vector {
            0 => Cause::Divide,
            1 | 3 => Cause::Trap,
            6 => Cause::InvalidOpcode,
            // Stack, general protection and alignment faults do not tell the address.
            12 | 13 | 17 => Cause::Memory { address: None, access: Access::Unknown, mapped: false },
            14 => {
                Cause::Memory { address: Some(cr2), access: Access::of_page_fault(error), mapped: error & PRESENT != 0 }
            }
            16 | 19 => Cause::FloatingPoint,
            other => Cause::Other(other),
        }
    }
}

/// Kind of a memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Write.
    Write,
    /// Instruction fetch.
    Execute,
    /// Not known (hosted machines cannot always tell).
    Unknown,
}

impl Access {
    /// The access that a page fault's error code speaks of.
    fn of_page_fault(error: u64) -> Access {
        const WRITE: u64 = 1 << 1;
        const FETCH: u64 = 1 << 4;
        if error & FETCH != 0 {
            Access::Execute
        } else if error & WRITE != 0 {
            Access::Write
        } else {
            Access::Read
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_faults_tell_address_and_access() {
        let cause = |error| Cause::of_exception(14, error, 0x1000);
        let memory = |access, mapped| Cause::Memory { address: Some(0x1000), access, mapped };
        assert_eq!(cause(0b0_0000), memory(Access::Read, false));
        assert_eq!(cause(0b0_0111), memory(Access::Write, true));
        assert_eq!(cause(0b1_0001), memory(Access::Execute, true));
    }

    #[test]
    fn other_exceptions_have_no_address() {
        let unknown = Cause::Memory { address: None, access: Access::Unknown, mapped: false };
        assert_eq!(Cause::of_exception(13, 0, 0x1000), unknown);
        assert_eq!(Cause::of_exception(0, 0, 0), Cause::Divide);
        assert_eq!(Cause::of_exception(8, 0, 0), Cause::Other(8));
    }
}

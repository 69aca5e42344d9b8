//! What was executed of a driver, instruction by instruction, and mistakes that it is made to make.

use alloc::vec::Vec;

/// What a driver's next instruction on an IO thread is made to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// It stores to address 0.
    Null,
    /// It never comes back.
    Hang,
    /// A debugger has set a breakpoint there.
    Breakpoint,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Instructions; one that repeats itself counts once.
    pub instructions: u64,
    /// Those of them that other processors wait for.
    pub atomics: u64,
    /// Bytes of memory beside the stack that were read, each as often as it was.
    pub bytes_read: u64,
    /// Bytes of memory beside the stack that were written, each as often as it was.
    pub bytes_written: u64,
    /// Functions that were called, in the order of their first calls.
    pub calls: Vec<Call>,
}

/// A function outside of the driver that it called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its address.
    pub target: u64,
    /// How often.
    pub count: u64,
    /// The sums of its first six arguments.
    pub arguments: [u64; 6],
}

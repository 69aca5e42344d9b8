//! mach and what the kernel builds on it: clocks, locks, thread calls, boot arguments.

pub mod clock;
pub mod lock;
pub mod platform_expert;
pub mod port;
pub mod thread_call;

use crate::registry::{Part, Variable};

/// mach's part of the registry.
pub static PART: Part = Part {
    functions: &[clock::FUNCTIONS, lock::FUNCTIONS, platform_expert::FUNCTIONS, thread_call::FUNCTIONS],
    variables: &[Variable { name: "_page_size", size: 8, value: 4096 }],
    boot: || (),
};

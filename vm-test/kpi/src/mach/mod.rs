//! mach and what the kernel builds on it: clocks, locks, thread calls, boot arguments.

pub mod clock;
pub mod lck;
pub mod lock;
pub mod misc;
pub mod platform_expert;
pub mod port;
pub mod processor;
pub mod sleep;
pub mod sysctl;
pub mod thread;
pub mod thread_call;
pub mod uuid;

use crate::registry::{Part, Variable};
use crate::{mem, symbols};

/// boolean_t: callers read all 32 bits of it, and of C++'s bool only the lowest 8.
pub type Boolean = u32;

/// mach's part of the registry.
pub static PART: Part = Part {
    functions: &[
        clock::FUNCTIONS,
        lck::FUNCTIONS,
        lock::FUNCTIONS,
        misc::FUNCTIONS,
        platform_expert::FUNCTIONS,
        processor::FUNCTIONS,
        sleep::FUNCTIONS,
        sysctl::FUNCTIONS,
        thread::FUNCTIONS,
        thread_call::FUNCTIONS,
        uuid::FUNCTIONS,
    ],
    variables: &[
        Variable { name: "_page_size", size: 8, value: 4096 },
        crate::iokit::task::KERNEL_TASK,
        misc::KDEBUG_ENABLE,
        VERSION[0],
        VERSION[1],
        VERSION[2],
        sysctl::VARIABLES[0],
        sysctl::VARIABLES[1],
        sysctl::VARIABLES[2],
        sysctl::VARIABLES[3],
        sysctl::VARIABLES[4],
        sysctl::VARIABLES[5],
        sysctl::VARIABLES[6],
        sysctl::VARIABLES[7],
    ],
    boot,
};

/// The three numbers of Darwin's version.
const VERSION: [Variable; 3] = [
    Variable { name: "_version_major", size: 4, value: 0 },
    Variable { name: "_version_minor", size: 4, value: 0 },
    Variable { name: "_version_revision", size: 4, value: 0 },
];

fn boot() {
    let mut numbers = symbols::pack().darwin.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    for variable in &VERSION {
        mem::write(symbols::variable(variable.name), numbers.next().unwrap_or(0));
    }
}

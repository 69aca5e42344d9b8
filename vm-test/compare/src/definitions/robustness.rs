//! Faults and what they take down.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "fault-reach",
        group: Group::Robustness,
        title: "What one fault takes down",
        unit: "(0 nothing, 1 audio service, 2 system)",
        better: Better::Lower,
        tolerance: 0.0,
        method: "The next instruction that the driver executes on an IO thread is made a store to address 0. What no longer runs \
                 afterwards: a kernel panics, a process ends.",
        meaning: "The same mistake restarts the machine of everybody or costs a moment of sound.",
        on_mac: "Send SIGSEGV to the process that hosts the plug-in. A kernel extension: do not; the kernel panics.",
    },
    Definition {
        id: "fault-recovery",
        group: Group::Robustness,
        title: "Sound after a fault",
        unit: "ms",
        better: Better::Lower,
        tolerance: 10.0,
        method: "Where the fault takes the audio service down, the system starts it anew: the time from the start of a client of \
                 the new one to its first block that comes back right, in the host's virtual time. That leaves out what \
                 starting a process takes; the driver's part of that stands beside it, in instructions, from its factory until \
                 all its devices are known. Where the fault takes the system down there is sound when somebody has started it \
                 again: never by itself.",
        meaning: "How long the others are without sound.",
        on_mac: "From SIGSEGV to the first good block of an IOProc that is started as soon as the device is there again, with the \
                 start of the process.",
    },
    Definition {
        id: "hang-recovery",
        group: Group::Robustness,
        title: "Sound after a hang",
        unit: "ms",
        better: Better::Lower,
        tolerance: 10.0,
        method: "The driver is made not to come back from a call of an IO thread. What hangs in a process ends with it, by force, and \
                 the time is that after a fault, from then on: how long it takes until somebody uses force does not count. What \
                 hangs in the kernel nothing ends.",
        meaning: "Whether a driver that hangs can be helped without a restart of the machine.",
        on_mac: "As after a fault, from kill -9 of the process that hosts the plug-in.",
    },
    Definition {
        id: "debugger-reach",
        group: Group::Robustness,
        title: "What a breakpoint stops",
        unit: "(0 nothing else, 1 audio service, 2 system)",
        better: Better::Lower,
        tolerance: 0.0,
        method: "A breakpoint is set at the next instruction that the driver executes on an IO thread. What else stands still: the \
                 process that has the driver, or the kernel and all that needs it.",
        meaning: "Whether a driver is debugged like any program, or with a second machine.",
        on_mac: "lldb attached to the plug-in's host process; a kernel extension with the kernel debugging kit from another Mac.",
    },
];

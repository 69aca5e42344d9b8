//! Faults and what they take down.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "fault-reach",
        group: Group::Robustness,
        title: "What one fault takes down",
        unit: "0 nothing, 1 audio service, 2 system",
        better: Better::Lower,
        tolerance: 0.0,
        method: "One access to address 0 is injected into the driver while IO runs. What no longer runs afterwards.",
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
        method: "Time from that fault until a client that starts anew hears its first good frame, with nobody's help. Where the \
                 whole system goes down there is no figure.",
        meaning: "How long the others are without sound.",
        on_mac: "The same time after SIGSEGV.",
    },
    Definition {
        id: "hang-recovery",
        group: Group::Robustness,
        title: "Sound after a hang",
        unit: "ms",
        better: Better::Lower,
        tolerance: 10.0,
        method: "The driver is made to wait forever in a property's setter; its host is then ended by force. Time from there \
                 until a client that starts anew hears its first good frame. Where nothing can be ended there is no figure.",
        meaning: "Whether a driver that hangs can be helped without a restart of the machine.",
        on_mac: "kill -9 of the process that hosts the plug-in.",
    },
    Definition {
        id: "debugger-reach",
        group: Group::Robustness,
        title: "What a breakpoint stops",
        unit: "0 nothing else, 1 audio service, 2 system",
        better: Better::Lower,
        tolerance: 0.0,
        method: "A debugger stops the driver at a breakpoint in its own code. What else stands still until it goes on.",
        meaning: "Whether a driver is debugged like any program, or with a second machine.",
        on_mac: "lldb attached to the plug-in's host process; a kernel extension with the kernel debugging kit from another Mac.",
    },
];

//! Start, stop, change, sleep and unplug.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "restart-hygiene",
        group: Group::Lifecycle,
        title: "Old sound after a restart",
        unit: "frames",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Sound is played, IO is stopped by all clients and started again by a reader alone. Frames of the first sound \
                 that it reads in two rings.",
        meaning: "Whoever records next hears what somebody else played: a matter of privacy, too.",
        on_mac: "The same with two processes, the second of another user.",
    },
    Definition {
        id: "configuration-silence",
        group: Group::Lifecycle,
        title: "Silence at a change of rate",
        unit: "ms",
        better: Better::Lower,
        tolerance: 1.0,
        method: "The nominal rate is changed while sound runs through in cycles of 64 frames. The longest time between two blocks \
                 that come back right, in the host's virtual time, in which calls take none. A driver in the kernel pauses and \
                 is started again by its clients; for one in user space the server stops IO, has the change carried out and \
                 starts IO again.",
        meaning: "The gap that everybody hears when one program asks for another rate.",
        on_mac: "Set kAudioDevicePropertyNominalSampleRate while an IOProc plays and records.",
    },
    Definition {
        id: "configuration-notifications",
        group: Group::Lifecycle,
        title: "Notifications of a change of rate",
        unit: "notifications",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Notifications that a client gets in the two seconds after the request. Of a driver in user space they are those \
                 that it sends and one for each property that the server finds changed. None at all is a wrong answer.",
        meaning: "Each makes every program ask again; none leaves them with the old rate.",
        on_mac: "Listeners on all properties of the device and its streams.",
    },
    Definition {
        id: "configuration-rollback",
        group: Group::Lifecycle,
        title: "What a refused change leaves behind",
        unit: "properties",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Rates and a format that are not advertised are asked for. Properties of device, streams and controls whose value \
                 is not the same after the refusal as before; a change that is not refused counts as one.",
        meaning: "Nought means that nonsense asked by one program does no harm to the others.",
        on_mac: "The same requests from an unprivileged process.",
    },
    Definition {
        id: "wake-recovery",
        group: Group::Lifecycle,
        title: "First good frame after sleep",
        unit: "ms",
        better: Better::Lower,
        tolerance: 1.0,
        method: "The system sleeps while sound runs through, wakes, and clients start again by themselves. Time from the wake, in \
                 the host's virtual time, to the first block that comes back right.",
        meaning: "How long the lid is open before there is sound; no figure if there never is.",
        on_mac: "pmset sleepnow with an IOProc running; host times of the wake notification and of the first good frame.",
    },
    Definition {
        id: "unplug-leaks",
        group: Group::Lifecycle,
        title: "Leaks of an unplug",
        unit: "blocks",
        better: Better::Lower,
        tolerance: 0.0,
        method: "The device is taken away while IO runs: its provider is pulled out, or its box given up. All clients close, and \
                 the driver is unloaded if it can be. Blocks of memory, objects, timers and threads that are there still and were \
                 not before.",
        meaning: "A leak in the kernel lasts until the machine restarts, one in a process until the process ends.",
        on_mac: "A kernel extension: zprint and ioclasscount before and after; a plug-in: leaks on its host process.",
    },
];

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
        method: "The nominal rate is changed while sound runs through. Time between the last good frame before and the first \
                 good one after it.",
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
        method: "Notifications that clients get from the request until IO runs again. None at all is a wrong answer.",
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
        method: "A rate and a format that are not advertised are asked for. Properties whose value is not the same after the \
                 refusal as before; a change that is not refused counts as one.",
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
        method: "The system sleeps for a minute while sound runs through, wakes, and clients start again. Time from the first \
                 start to the first frame that comes back right.",
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
        method: "The device is taken away while IO runs, all clients close, the driver is unloaded if it can be. Blocks of \
                 memory and objects of the driver that are still there and were not before.",
        meaning: "A leak in the kernel lasts until the machine restarts, one in a process until the process ends.",
        on_mac: "A kernel extension: zprint and ioclasscount before and after; a plug-in: leaks on its host process.",
    },
];

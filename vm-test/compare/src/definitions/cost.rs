//! Instructions, memory, locks.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "io-instructions",
        group: Group::Cost,
        title: "Instructions of an IO cycle",
        unit: "instructions",
        better: Better::Lower,
        tolerance: 10.0,
        method: "Instructions of the driver's own code that an IO thread executes in a cycle of 512 frames, writing and reading \
                 together: the processor steps through it one by one. The mean of 16 cycles of the first device; one that \
                 repeats itself counts once. The curves give other buffer sizes and the other devices, as far as a million instructions go.",
        meaning: "What the driver takes of a processor, whatever its speed.",
        on_mac: "The processor's counter of retired instructions around the same calls, or kAudioDevicePropertyIOCycleUsage.",
    },
    Definition {
        id: "io-bytes",
        group: Group::Cost,
        title: "Bytes touched in an IO cycle",
        unit: "bytes",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Bytes of memory beside the stack that the driver reads and writes in the same cycles, each counted as often as \
                 it is touched: those of the operands of its instructions, and those that functions which it calls copy or \
                 clear for it.",
        meaning: "What it takes of the caches and the memory, which matters with many channels more than instructions do.",
        on_mac: "Follows from the code; the counters of cache lines in and out show the same in the large.",
    },
    Definition {
        id: "wired-memory",
        group: Group::Cost,
        title: "Wired memory",
        unit: "KiB",
        better: Better::Lower,
        tolerance: 4.0,
        method: "Memory that is there because of the driver and cannot be paged out while its first device runs: blocks, rings, \
                 stacks of threads, its own code and data, of all devices that it has. In the kernel that is all of it, with what \
                 IOAudioFamily allocates for it.",
        meaning: "Taken from every program for as long as the driver is loaded.",
        on_mac: "kextstat and zprint, or footprint of the plug-in's host process, wired part.",
    },
    Definition {
        id: "pageable-memory",
        group: Group::Cost,
        title: "Pageable memory",
        unit: "KiB",
        better: Better::Lower,
        tolerance: 4.0,
        method: "Memory that is there because of the driver and can be paged out while its first device runs: its blocks, rings, \
                 code and data in a process, of all devices that it has.",
        meaning: "Cheap while it is idle; but a page that is out when the IO thread needs it costs a deadline.",
        on_mac: "footprint and vmmap of the plug-in's host process with and without the plug-in; nought for a kernel extension.",
    },
    Definition {
        id: "io-locks",
        group: Group::Cost,
        title: "Locks taken on the IO path",
        unit: "per cycle",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Calls of functions that take a lock or wait for one in the same cycles, by cycle. The details count instructions \
                 that other processors wait for as well.",
        meaning: "A lock on this path lets a thread that is not in a hurry make one wait that is.",
        on_mac: "dtrace on the lock functions below the driver's IO entry points.",
    },
    Definition {
        id: "io-allocations",
        group: Group::Cost,
        title: "Allocations on the IO path",
        unit: "per cycle",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Calls of functions that allocate memory or give it back in the same cycles, by cycle.",
        meaning: "An allocation has no bound on its time.",
        on_mac: "dtrace on the allocation functions below the driver's IO entry points.",
    },
    Definition {
        id: "io-calls",
        group: Group::Cost,
        title: "Calls out of the driver on the IO path",
        unit: "per cycle",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Calls of functions of the kernel or of libraries in the same cycles, by cycle; asking for the time counts.",
        meaning: "Each is somebody else's code between a deadline and its sound.",
        on_mac: "dtrace on the driver's imported functions below its IO entry points.",
    },
];

//! What exists in the kernel, before a kext and after it.

use alloc::collections::BTreeMap;
use alloc::string::String;

use kpi::{class, heap, sched, timer};
use protocol::event::Left;

use crate::{buffer, client};

/// A count of everything that a kext can leave behind.
pub struct Census {
    objects: BTreeMap<String, u32>,
    blocks: u64,
    bytes: u64,
    timers: u32,
    threads: u32,
}

impl Census {
    /// Counts.
    pub fn take() -> Census {
        let (blocks, bytes) = heap::usage();
        // What clients have is user space's.
        let (buffers, buffer_bytes) = buffer::held();
        // Threads of the thread-call pool stay when their work is done, as the kernel's do.
        let threads = sched::count() - timer::workers() - client::threads();
        Census {
            objects: class::census(),
            blocks: blocks - buffers,
            bytes: bytes - buffer_bytes,
            timers: timer::count(),
            threads,
        }
    }

    /// What there is more than `before`.
    pub fn since(&self, before: &Census) -> Left {
        let more = |(class, &count): (&String, &u32)| {
            let left = count.saturating_sub(before.objects.get(class).copied().unwrap_or(0));
            (left > 0).then(|| (class.clone(), left))
        };
        Left {
            objects: self.objects.iter().filter_map(more).collect(),
            blocks: self.blocks.saturating_sub(before.blocks),
            bytes: self.bytes.saturating_sub(before.bytes),
            timers: self.timers.saturating_sub(before.timers),
            threads: self.threads.saturating_sub(before.threads),
        }
    }
}

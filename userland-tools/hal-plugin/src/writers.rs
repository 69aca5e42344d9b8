//! How far each client has written, so that it is known whose sound it is that the ring has already.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Clients that are told apart; those beyond are taken for new ones each time, so what they write again is added up.
const MOST: usize = 16;

/// The clients that have written since the start.
#[derive(Default)]
pub(crate) struct Writers {
    all: [Writer; MOST],
}

#[derive(Default)]
struct Writer {
    /// The client's number and one; 0 for none.
    client: AtomicU32,
    /// The number of the frame behind its last one.
    end: AtomicU64,
}

impl Writers {
    /// A start: frames have new numbers.
    pub(crate) fn forget(&self) {
        for writer in &self.all {
            writer.client.store(0, Ordering::Relaxed);
            writer.end.store(0, Ordering::Relaxed);
        }
    }

    /// Where a client's writing ended before, now that it writes up to `end`; 0 if it did not.
    pub(crate) fn advance(&self, client: u32, end: u64) -> u64 {
        let own = client.wrapping_add(1);
        let place = self.all.iter().find(|writer| {
            let known = writer.client.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed);
            known.is_ok() || known == Err(own)
        });
        place.map_or(0, |writer| writer.end.fetch_max(end, Ordering::Relaxed))
    }
}

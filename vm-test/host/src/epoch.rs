//! Starts of engines, counted by what clients find on the status page when they start: absolute frames begin anew with each.

use alloc::collections::BTreeMap;

use kpi::global::Global;

use crate::clock::Timestamp;
use crate::engine::Engine;

/// What clients have found.
struct Epochs {
    /// Starts of all engines.
    count: u64,
    /// The engines by their addresses: the number of the start, and the timestamp that was found last.
    found: BTreeMap<usize, (u64, Timestamp)>,
}

static EPOCHS: Global<Epochs> = Global::new(Epochs { count: 0, found: BTreeMap::new() });

/// The number of the start that a client has joined that finds this timestamp; no two engines have one in common. A timestamp of
/// fewer laps than were found before, or of as many at another time, is that of a new start.
///
/// An engine starts only when no client is at IO, so that all that a client does until it starts again belongs to one.
pub fn joined(engine: Engine, now: Timestamp) -> u64 {
    let mut epochs = EPOCHS.borrow();
    let Epochs { count, found } = &mut *epochs;
    let known = found.get(&engine.address()).copied();
    let number = match known {
        Some((number, last)) if now.0 > last.0 || now == last => number,
        _ => {
            *count += 1;
            *count
        }
    };
    found.insert(engine.address(), (number, now));
    number
}

/// The engines are gone: what comes to lie where they were is another one.
pub fn forget() {
    EPOCHS.borrow().found.clear();
}

//! Buffer sets: the buffers of one IO context, which one trap serves together.

use alloc::vec::Vec;

use kpi::object::Obj;
use kpi::timer::{self, TimerId};

use super::{PRIVATE, buffer, engine, is_online, lock_buffers, unlock_buffers};
use crate::engine::members;
use crate::layout::stream::DIRECTION;
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, NOT_FOUND, SUCCESS};
use crate::stream::{OUTPUT, clients as stream_clients};

/// One set.
pub(crate) struct BufferSet {
    /// The ID the client chose.
    pub id: u32,
    /// Output buffers, then input buffers, each in order of registration.
    pub outputs: Vec<Obj>,
    /// Input buffers.
    pub inputs: Vec<Obj>,
    /// Where the next output must not be before.
    pub next_output: Position,
    /// Absolute time of a frame, as the client said last.
    pub interval: u64,
    /// The watchdog, if armed.
    pub watchdog: Option<TimerId>,
}

impl BufferSet {
    fn new(id: u32) -> BufferSet {
        BufferSet {
            id,
            outputs: Vec::new(),
            inputs: Vec::new(),
            next_output: Position::default(),
            interval: 0,
            watchdog: None,
        }
    }

    /// Frees the set's buffers. Its watchdog is off: it was cancelled when the client went offline.
    pub fn free(self) {
        self.outputs.into_iter().chain(self.inputs).for_each(buffer::free);
    }
}

/// All buffers of a client, outputs before inputs in each set.
pub(crate) fn buffers(client: Obj) -> Vec<Obj> {
    let list = |private: &mut super::Private| {
        private.sets.iter().flat_map(|set| set.outputs.iter().chain(&set.inputs)).copied().collect()
    };
    PRIVATE.with(client, list).unwrap_or_default()
}

/// Runs `f` on a set.
pub(crate) fn with<R>(client: Obj, id: u32, f: impl FnOnce(&mut BufferSet) -> R) -> Option<R> {
    PRIVATE.with(client, |private| private.sets.iter_mut().find(|set| set.id == id).map(f)).flatten()
}

/// Next output positions are forgotten (a start).
pub(crate) fn reset_positions(client: Obj) {
    PRIVATE.with(client, |private| private.sets.iter_mut().for_each(|set| set.next_output = Position::default()));
}

/// Disarms all watchdogs.
pub(crate) fn cancel_watchdogs(client: Obj) {
    let armed: Vec<TimerId> = PRIVATE
        .with(client, |private| private.sets.iter_mut().filter_map(|set| set.watchdog.take()).collect())
        .unwrap_or_default();
    for watchdog in armed {
        disarm(client, watchdog);
    }
}

/// Disarms a watchdog, which holds a reference of the client until it has run.
pub(crate) fn disarm(client: Obj, watchdog: TimerId) {
    if timer::cancel(watchdog) {
        client.release();
    }
}

/// RegisterClientBuffer: the same address in the same set replaces its buffer.
pub(crate) fn register(client: Obj, stream_id: u32, address: u64, size: u32, set_id: u32) -> u32 {
    let stream = members::stream_for_id(engine(client), stream_id);
    if stream.is_null() {
        return BAD_ARGUMENT;
    }
    unregister(client, address, set_id);
    let buffer = match buffer::new(stream, address, size) {
        Ok(buffer) => buffer,
        Err(error) => return error,
    };
    lock_buffers(client);
    let is_output = stream.get::<u32>(DIRECTION) == OUTPUT;
    PRIVATE.with_default(client, |private| {
        if private.sets.iter().all(|set| set.id != set_id) {
            private.sets.push(BufferSet::new(set_id));
        }
        for set in private.sets.iter_mut().filter(|set| set.id == set_id) {
            (if is_output { &mut set.outputs } else { &mut set.inputs }).push(buffer);
        }
    });
    let result = if is_online(client) { stream_clients::ADD.call_u32(stream, &[buffer.word()]) } else { SUCCESS };
    unlock_buffers(client);
    if result != SUCCESS {
        unregister(client, address, set_id);
    }
    result
}

/// UnregisterClientBuffer: an empty set goes with its last buffer.
pub(crate) fn unregister(client: Obj, address: u64, set_id: u32) -> u32 {
    let is_it = |buffer: &Obj| buffer::address(*buffer) == address;
    let found = with(client, set_id, |set| set.outputs.iter().chain(&set.inputs).copied().collect::<Vec<_>>());
    let Some(buffer) = found.unwrap_or_default().into_iter().find(is_it) else { return NOT_FOUND };
    lock_buffers(client);
    if is_online(client) {
        stream_clients::REMOVE.call(buffer::stream(buffer), &[buffer.word()]);
    }
    with(client, set_id, |set| {
        set.outputs.retain(|&other| other != buffer);
        set.inputs.retain(|&other| other != buffer);
    });
    let empty = PRIVATE.with_default(client, |private| {
        let at = private.sets.iter().position(|set| set.outputs.is_empty() && set.inputs.is_empty())?;
        Some(private.sets.remove(at))
    });
    unlock_buffers(client);
    if let Some(set) = empty {
        set.free();
    }
    buffer::free(buffer);
    SUCCESS
}

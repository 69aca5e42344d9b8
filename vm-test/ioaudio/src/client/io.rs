//! The IO trap and the watchdog that stands in for a client that does not come.

use alloc::boxed::Box;
use alloc::vec::Vec;

use kpi::mach::clock;
use kpi::object::Obj;
use kpi::timer;

use super::{buffer, engine, is_online, lock_buffers, set, unlock_buffers};
use crate::engine::{ring, state, status};
use crate::layout::stream::STREAM_IO_LOCK;
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ERROR, ISO_TOO_OLD, NO_DEVICE, OFFLINE, SUCCESS};
use crate::service;
use crate::stream::{input, locked, output};

/// Laps that output may be ahead of the engine's loop count.
const LEAD: u32 = 5;

/// `interval` is the absolute time of one frame, as the client measures it.
pub(super) fn perform(client: Obj, first: u32, lap: u32, is_input: bool, set_id: u32, interval: u64) -> u32 {
    if service::is_inactive(client) {
        return NO_DEVICE;
    }
    lock_buffers(client);
    let result = locked_perform(client, first, lap, is_input, set_id, interval);
    unlock_buffers(client);
    result
}

fn locked_perform(client: Obj, first: u32, lap: u32, is_input: bool, set_id: u32, interval: u64) -> u32 {
    let engine = engine(client);
    let running = is_online(client) && state::get(engine) == state::RUNNING;
    if !running || status::loop_count_and_time(engine) == (0, 0) {
        return OFFLINE;
    }
    if first >= ring(engine) {
        return BAD_ARGUMENT;
    }
    if is_input {
        let inputs = set::with(client, set_id, |set| set.inputs.clone());
        return inputs.map_or_else(unknown_set, |inputs| read(&inputs, first));
    }
    let Some(outputs) = set::with(client, set_id, |set| set.outputs.clone()) else { return unknown_set() };
    write(client, set_id, &outputs, Position { frame: first, lap }, interval)
}

/// The answer for a set that has no buffers: success up to version 300.2 of the family, an error in that of macOS 11.
fn unknown_set() -> u32 {
    if kpi::symbols::pack().release == "11" { ERROR } else { SUCCESS }
}

fn read(inputs: &[Obj], first: u32) -> u32 {
    for &buffer in inputs {
        let result = buffer::begin(buffer, buffer::announced(buffer));
        if result != SUCCESS {
            return result;
        }
        let stream = buffer::stream(buffer);
        let (result, frames) = locked(stream.get(STREAM_IO_LOCK), || input::read(stream, buffer, first));
        buffer::report(buffer, frames);
        if result != SUCCESS {
            return result;
        }
    }
    SUCCESS
}

fn write(client: Obj, set_id: u32, outputs: &[Obj], start: Position, interval: u64) -> u32 {
    let engine = engine(client);
    let now = status::loop_count_and_time(engine).0;
    if start.lap < now || start.lap > now.saturating_add(LEAD) {
        return ISO_TOO_OLD;
    }
    let Some(&leader) = outputs.first() else { return SUCCESS };
    let frames = buffer::announced(leader);
    let ring = ring(engine);
    if frames > ring {
        return BAD_ARGUMENT;
    }
    let end = start.later(frames, ring);
    if set::with(client, set_id, |set| end < set.next_output) == Some(true) {
        return ISO_TOO_OLD;
    }
    let mut result = SUCCESS;
    for &buffer in outputs {
        let begun = buffer::begin(buffer, frames);
        if begun != SUCCESS {
            return begun;
        }
        let stream = buffer::stream(buffer);
        result = locked(stream.get(STREAM_IO_LOCK), || output::process(stream, buffer, start.frame, start.lap, true));
    }
    set::with(client, set_id, |set| {
        set.next_output = end;
        set.interval = interval;
    });
    match arm(client, set_id, frames, end, interval) {
        Some(()) => result,
        // The samples were taken all the same.
        None => ISO_TOO_OLD,
    }
}

/// Arms the watchdog for the time by which the next output is due; `None` when that has passed.
fn arm(client: Obj, set_id: u32, frames: u32, due: Position, interval: u64) -> Option<()> {
    if let Some(old) = set::with(client, set_id, |set| set.watchdog.take()).flatten() {
        set::disarm(client, old);
    }
    let at = status::sample_timeout(engine(client), interval, frames, due)?;
    client.retain();
    let armed = timer::arm(
        clock::deadline(at),
        Box::new(move || {
            expired(client, set_id);
            client.release();
        }),
    );
    set::with(client, set_id, |set| set.watchdog = Some(armed));
    Some(())
}

/// The client did not come: its streams go on with silence for as long as they are on time.
fn expired(client: Obj, set_id: u32) {
    lock_buffers(client);
    let state = set::with(client, set_id, |set| {
        set.watchdog = None;
        (set.outputs.clone(), set.next_output, set.interval)
    });
    if let Some((outputs, position, interval)) = state
        && is_online(client)
    {
        stand_in(client, set_id, &outputs, position, interval);
    }
    unlock_buffers(client);
}

fn stand_in(client: Obj, set_id: u32, outputs: &[Obj], position: Position, interval: u64) {
    let Some(&leader) = outputs.first() else { return };
    let frames = buffer::nominal(leader);
    let all: Vec<Obj> = outputs.to_vec();
    for buffer in all {
        if buffer::begin(buffer, buffer::nominal(buffer)) == SUCCESS {
            let stream = buffer::stream(buffer);
            locked(stream.get(STREAM_IO_LOCK), || output::process(stream, buffer, position.frame, position.lap, false));
        }
    }
    let next = position.later(frames, ring(engine(client)));
    set::with(client, set_id, |set| set.next_output = next);
    // Late already: the watchdog gives up until the client comes back.
    let _late = arm(client, set_id, frames, next, interval);
}

//! When a client's output is due: what the watchdog waits for.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{PRIVATE, ring, status};
use crate::layout::engine::SAMPLE_OFFSET;
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ISO_TOO_OLD, SUCCESS};
use crate::service;

/// Time kept free before a deadline of the watchdog.
const PADDING_NS: u64 = 125_000;

static CALCULATE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine22calculateSampleTimeoutEPyjP21IOAudioEnginePositionS0_");

/// When the client's samples from `start` on must have been written, asked of the engine, which may override the calculation.
/// `interval` is what the client says: absolute time of a frame, with 32 bits of fraction on an engine that wants them.
///
/// # Errors
/// kIOReturnIsoTooOld: that has passed; kIOReturnBadArgument: no frames.
pub(crate) fn of_engine(engine: Obj, interval: u64, frames: u32, start: Position) -> Result<u64, u32> {
    let mut wake = 0u64;
    let wake_at = (&raw mut wake) as usize;
    let start_at = (&raw const start) as u64;
    let hi_res = PRIVATE.with(engine, |private| private.hi_res) == Some(true);
    let result = if hi_res {
        // Not through the vtable, which has no place for it before 11.
        calculate_hi_res(engine, interval, frames, start_at as usize, wake_at)
    } else {
        let interval_at = (&raw const interval) as u64;
        CALCULATE.call_u32(engine, &[interval_at, u64::from(frames), start_at, wake_at as u64])
    };
    if result == SUCCESS { Ok(mem::read(wake_at)) } else { Err(result) }
}

/// calculateSampleTimeout: `interval` is absolute time per frame.
extern "C" fn calculate(this: Obj, interval: usize, frames: u32, start: usize, wake: usize) -> u32 {
    if interval == 0 || frames == 0 || start == 0 || wake == 0 {
        return BAD_ARGUMENT;
    }
    let interval: u64 = mem::read(interval);
    let distance = distance(this, frames, mem::read(start));
    store(this, interval.wrapping_mul(u64::from(distance)), wake)
}

/// calculateSampleTimeoutHiRes: `interval` is absolute time per frame in 32.32 bits.
extern "C" fn calculate_hi_res(this: Obj, interval: u64, frames: u32, start: usize, wake: usize) -> u32 {
    if frames == 0 || start == 0 || wake == 0 {
        return BAD_ARGUMENT;
    }
    let distance = distance(this, frames, mem::read(start));
    store(this, scaled(interval, ring(this), distance), wake)
}

/// Absolute time of `frames` frames of 32.32 absolute time each: the interval is first made as long as 64 bits hold, up to a lap
/// of `ring` frames, so that its whole units say as much as they can.
fn scaled(interval: u64, ring: u32, frames: u32) -> u64 {
    let (mut value, mut measured, mut remaining) = (interval, 1u64, ring);
    while remaining > 1 && value >> 63 == 0 {
        value <<= 1;
        measured <<= 1;
        remaining >>= 1;
    }
    (u64::from(frames).wrapping_mul(value >> 32)).wrapping_add(measured / 2) / measured
}

/// Frames from the last timestamp to where a client's samples must be there, the time for mixing and the engine's offset taken
/// off.
fn distance(engine: Obj, frames: u32, start: Position) -> u32 {
    let ring = ring(engine);
    let overhead = PRIVATE.with_default(engine, |private| private.mix_clip_overhead.max(1));
    let offset = (frames / overhead).wrapping_add(engine.get(SAMPLE_OFFSET));
    let wake = if start.frame >= offset {
        Position { frame: start.frame - offset, ..start }
    } else {
        Position { frame: ring.wrapping_sub(offset - start.frame), lap: start.lap.wrapping_sub(1) }
    };
    let lap = status::loop_count_and_time(engine).0;
    wake.lap.wrapping_sub(lap).wrapping_mul(ring).wrapping_add(wake.frame)
}

fn store(engine: Obj, from_stamp: u64, wake: usize) -> u32 {
    let stamp = status::loop_count_and_time(engine).1;
    let at = stamp.wrapping_add(from_stamp).wrapping_sub(clock::from_ns(PADDING_NS));
    if at <= clock::absolute_time() {
        return ISO_TOO_OLD;
    }
    mem::write(wake, at);
    SUCCESS
}

/// useHiResSampleInterval: clients are to say intervals with 32 bits of fraction.
extern "C" fn use_hi_res(this: Obj) -> u32 {
    PRIVATE.with_default(this, |private| private.hi_res = true);
    service::publish_bool(this, c"IOAudioEngineUseHiResSampleInterval", true);
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine22calculateSampleTimeoutEPyjP21IOAudioEnginePositionS0_" => calculate,
    "__ZN13IOAudioEngine27calculateSampleTimeoutHiResEyjP21IOAudioEnginePositionPy" => calculate_hi_res,
    "__ZN13IOAudioEngine22useHiResSampleIntervalEv" => use_hi_res,
}

#[cfg(test)]
mod tests {
    use super::scaled;

    /// 24 MHz at 44.1 kHz: 544.2 units a frame.
    #[test]
    fn a_fraction_of_a_unit_a_frame_is_kept() {
        let interval = (24_000_000u64 << 32) / 44_100;
        let lap = scaled(interval, 16_384, 16_384);
        assert_eq!(lap, 24_000_000 * 16_384 / 44_100);
        assert_eq!(lap - 544 * 16_384, 3_566, "whole units a frame come 148 us early over a lap");
        assert_eq!(scaled(u64::MAX, 16_384, 2), 2 * u64::from(u32::MAX), "no room for more than it has");
        assert_eq!(scaled(0, 16_384, 5), 0);
    }
}

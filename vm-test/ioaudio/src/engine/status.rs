//! The clock: the status page and timestamps.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::{Obj0, PRIVATE, ring};
use crate::layout::engine::{SAMPLE_OFFSET, STATUS};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ISO_TOO_OLD, SUCCESS};

/// `_IOAudioEngineStatus::fVersion`.
const VERSION: usize = 0;
/// `_IOAudioEngineStatus::fCurrentLoopCount`.
const LOOP_COUNT: usize = 4;
/// `_IOAudioEngineStatus::fLastLoopTime`.
const LAST_LOOP_TIME: usize = 8;
/// `_IOAudioEngineStatus::fEraseHeadSampleFrame`.
const ERASE_HEAD: usize = 16;
const PAGE: u64 = 4096;
/// Absolute time kept free before a deadline of the watchdog.
const WATCHDOG_PADDING_NS: u64 = 125_000;

static WITH_OPTIONS: Direct = Direct::new("__ZN24IOBufferMemoryDescriptor11withOptionsEjmm");
static GET_BYTES: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");
/// `getStatusDescriptor()`.
pub static STATUS_DESCRIPTOR: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine19getStatusDescriptorEv");
/// kIODirectionInOut | kIOMemoryKernelUserShared.
const SHARED_IN_OUT: u64 = 0x1_0003;

/// Makes the page; false without memory.
pub(crate) fn make_page(engine: Obj) -> bool {
    let descriptor = WITH_OPTIONS.call_obj(&[SHARED_IN_OUT, PAGE, PAGE]);
    if descriptor.is_null() {
        return false;
    }
    let page = GET_BYTES.call(descriptor, &[]) as usize;
    mem::fill(page, 0, PAGE as usize);
    mem::write(page + VERSION, 2u32);
    engine.set(STATUS, page);
    PRIVATE.with_default(engine, |private| private.status = Obj0(descriptor));
    true
}

fn page(engine: Obj) -> usize {
    engine.get(STATUS)
}

/// Loop 0, time 0, erase head 0.
pub(crate) extern "C" fn reset(this: Obj) {
    mem::write(page(this) + LOOP_COUNT, 0u32);
    mem::write(page(this) + LAST_LOOP_TIME, 0u64);
    mem::write(page(this) + ERASE_HEAD, 0u32);
}

/// Loop count and last loop time.
pub(crate) fn loop_count_and_time(engine: Obj) -> (u32, u64) {
    (mem::read(page(engine) + LOOP_COUNT), mem::read(page(engine) + LAST_LOOP_TIME))
}

/// The erase head's frame; sets a new one.
pub(crate) fn move_erase_head(engine: Obj, frame: u32) -> u32 {
    let old = mem::read(page(engine) + ERASE_HEAD);
    mem::write(page(engine) + ERASE_HEAD, frame);
    old
}

extern "C" fn take_time_stamp(this: Obj, increment: bool, time: usize) {
    let time = if time == 0 { clock::absolute_time() } else { mem::read(time) };
    mem::write(page(this) + LAST_LOOP_TIME, time);
    if increment {
        mem::write(page(this) + LOOP_COUNT, loop_count_and_time(this).0.wrapping_add(1));
    }
}

extern "C" fn get_loop_count_and_time_stamp(this: Obj, count: usize, time: usize) -> u32 {
    if count == 0 || time == 0 {
        return BAD_ARGUMENT;
    }
    let (laps, at) = loop_count_and_time(this);
    mem::write(count, laps);
    mem::write(time, at);
    SUCCESS
}

extern "C" fn get_status(this: Obj) -> usize {
    page(this)
}

extern "C" fn get_status_descriptor(this: Obj) -> Obj {
    PRIVATE.with(this, |private| private.status.0).unwrap_or(Obj::NULL)
}

/// When the samples from `start` on must have been written; `interval` is absolute time per frame.
extern "C" fn calculate_sample_timeout(this: Obj, interval: usize, frames: u32, start: usize, wake: usize) -> u32 {
    if interval == 0 || frames == 0 || start == 0 || wake == 0 {
        return BAD_ARGUMENT;
    }
    match sample_timeout(this, mem::read(interval), frames, mem::read(start)) {
        Some(at) => {
            mem::write(wake, at);
            SUCCESS
        }
        None => ISO_TOO_OLD,
    }
}

/// As `calculateSampleTimeout`; `None` when the time has passed.
pub(crate) fn sample_timeout(engine: Obj, interval: u64, frames: u32, start: Position) -> Option<u64> {
    let ring = ring(engine);
    let overhead = PRIVATE.with_default(engine, |private| private.mix_clip_overhead.max(1));
    let offset = frames / overhead + engine.get::<u32>(SAMPLE_OFFSET);
    let wake = if start.frame >= offset {
        Position { frame: start.frame - offset, ..start }
    } else {
        Position { frame: ring.wrapping_sub(offset - start.frame), lap: start.lap.wrapping_sub(1) }
    };
    let (lap, time) = loop_count_and_time(engine);
    let distance = wake.lap.wrapping_sub(lap).wrapping_mul(ring).wrapping_add(wake.frame);
    let at =
        time.wrapping_add(interval.wrapping_mul(u64::from(distance))).wrapping_sub(clock::from_ns(WATCHDOG_PADDING_NS));
    (at > clock::absolute_time()).then_some(at)
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine17resetStatusBufferEv" => reset,
    "__ZN13IOAudioEngine13takeTimeStampEbPy" => take_time_stamp,
    "__ZN13IOAudioEngine24getLoopCountAndTimeStampEPjPy" => get_loop_count_and_time_stamp,
    "__ZN13IOAudioEngine9getStatusEv" => get_status,
    "__ZN13IOAudioEngine19getStatusDescriptorEv" => get_status_descriptor,
    "__ZN13IOAudioEngine22calculateSampleTimeoutEPyjP21IOAudioEnginePositionS0_" => calculate_sample_timeout,
}

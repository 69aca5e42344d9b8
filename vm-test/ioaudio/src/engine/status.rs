//! The clock: the status page and timestamps.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::{Obj0, PRIVATE};
use crate::behaviour;
use crate::layout::engine::STATUS;
use crate::returns::{BAD_ARGUMENT, SUCCESS};

/// `_IOAudioEngineStatus::fVersion`.
const VERSION: usize = 0;
/// `_IOAudioEngineStatus::fCurrentLoopCount`.
const LOOP_COUNT: usize = 4;
/// `_IOAudioEngineStatus::fLastLoopTime`.
const LAST_LOOP_TIME: usize = 8;
/// `_IOAudioEngineStatus::fEraseHeadSampleFrame`.
const ERASE_HEAD: usize = 16;
const PAGE: u64 = 4096;

static WITH_OPTIONS: Direct = Direct::new("__ZN24IOBufferMemoryDescriptor11withOptionsEjmm");
static GET_BYTES: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");
/// kIODirectionInOut | kIOMemoryKernelUserShared.
const SHARED_IN_OUT: u64 = 0x1_0003;

/// So many bytes of zeros, rounded up to pages, that user space can map: the descriptor and where they are.
pub(super) fn shared_pages(bytes: u64) -> Option<(Obj, usize)> {
    let bytes = bytes.next_multiple_of(PAGE);
    let descriptor = WITH_OPTIONS.call_obj(&[SHARED_IN_OUT, bytes, PAGE]);
    if descriptor.is_null() {
        return None;
    }
    let page = GET_BYTES.call(descriptor, &[]) as usize;
    mem::fill(page, 0, bytes as usize);
    Some((descriptor, page))
}

/// Makes the page; false without memory.
pub(crate) fn make_page(engine: Obj) -> bool {
    let Some((descriptor, page)) = shared_pages(PAGE) else { return false };
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

/// The erase head's frame.
pub(super) fn erase_head(engine: Obj) -> u32 {
    mem::read(page(engine) + ERASE_HEAD)
}

/// Moves the erase head.
pub(super) fn move_erase_head(engine: Obj, frame: u32) {
    mem::write(page(engine) + ERASE_HEAD, frame);
}

/// takeTimeStamp: `time` may be NULL, for now.
extern "C" fn take_time_stamp(this: Obj, increment: bool, time: usize) {
    let time = if time == 0 { clock::absolute_time() } else { mem::read(time) };
    if behaviour::now().stamps_at_once {
        stamp_at_once(page(this), u32::from(increment), time);
    } else {
        mem::write(page(this) + LAST_LOOP_TIME, time);
        mem::write(page(this) + LOOP_COUNT, loop_count_and_time(this).0.wrapping_add(u32::from(increment)));
    }
}

/// Stores loop count and time in one step, so that no reader sees one without the other. The family gives up after 100 ms; here
/// nobody else writes, so that the second try succeeds at the latest.
fn stamp_at_once(page: usize, laps: u32, time: u64) {
    let mut seen: u128 = mem::read(page);
    loop {
        let [version, count]: [u32; 2] = [seen as u32, (seen >> 32) as u32];
        let next = u128::from(version) | (u128::from(count.wrapping_add(laps)) << 32) | (u128::from(time) << 64);
        match mem::compare_exchange_16(page, seen, next) {
            was if was == seen => return,
            was => seen = was,
        }
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

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine17resetStatusBufferEv" => reset,
    "__ZN13IOAudioEngine13takeTimeStampEbPy" => take_time_stamp,
    "__ZN13IOAudioEngine24getLoopCountAndTimeStampEPjPy" => get_loop_count_and_time_stamp,
    "__ZN13IOAudioEngine9getStatusEv" => get_status,
    "__ZN13IOAudioEngine19getStatusDescriptorEv" => get_status_descriptor,
}

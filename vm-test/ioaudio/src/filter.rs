//! IOAudioTimeIntervalFilter: smooths the times that a driver measures, before it takes timestamps with them. Nothing in the
//! family calls it.
//!
//! A filter keeps the last filtered times, one more than the intervals that getMultiIntervalTime spans.

pub mod fir;
pub mod iir;
pub mod wide;

use kpi::heap;
use kpi::mach::lock;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use crate::behaviour;
use crate::returns::{ERROR, SUCCESS};

/// `IOAudioTimeIntervalFilter::mExpectedInterval` on 10.9-11: 12 bytes further than before.
const EXPECTED_INTERVAL: usize = 24;
/// `IOAudioTimeIntervalFilter::mMultiIntervalCount` on 10.9-11: 12 bytes further than before.
const MULTI_INTERVAL_COUNT: usize = 28;
/// `IOAudioTimeIntervalFilter::mIntervalTimeHistory` on 10.9-11: 8 bytes further than before, as all that follow.
const INTERVAL_TIME_HISTORY: usize = 32;
/// `IOAudioTimeIntervalFilter::mIntervalTimeHistoryPointer` on 10.9-11.
const HISTORY_POINTER: usize = 40;
/// `IOAudioTimeIntervalFilter::mFilterCount` on 10.9-11.
const FILTER_COUNT: usize = 48;
/// `IOAudioTimeIntervalFilter::timeIntervalLock` on 10.9-11.
const LOCK: usize = 56;

static SUPER_INIT: Direct = Direct::new("__ZN8OSObject4initEv");
static SUPER_FREE: Direct = Direct::new("__ZN8OSObject4freeEv");
static CALCULATE: Method =
    Method::new("IOAudioTimeIntervalFilter", "__ZN25IOAudioTimeIntervalFilter24calculateNewTimePositionEy");

/// Where a field that is at `offset` on 10.9 and later is in this release.
fn at(offset: usize) -> usize {
    match offset {
        _ if behaviour::now().filters_have_spare_pointer => offset,
        EXPECTED_INTERVAL | MULTI_INTERVAL_COUNT => offset - 12,
        _ => offset - 8,
    }
}

fn get<T: Copy>(filter: Obj, offset: usize) -> T {
    filter.get(at(offset))
}

fn set<T: Copy>(filter: Obj, offset: usize, value: T) {
    filter.set(at(offset), value);
}

fn expected_interval(filter: Obj) -> u32 {
    get(filter, EXPECTED_INTERVAL)
}

fn is_first(filter: Obj) -> bool {
    get::<u64>(filter, FILTER_COUNT) == 0
}

/// Times in the history.
fn length(filter: Obj) -> u32 {
    get(filter, MULTI_INTERVAL_COUNT)
}

fn history(filter: Obj, place: u32) -> usize {
    get::<usize>(filter, INTERVAL_TIME_HISTORY) + place as usize * 8
}

/// The place `back` before another in the circular history.
fn before(filter: Obj, place: u32, back: u32) -> u32 {
    let length = length(filter);
    (place + length - back % length) % length
}

fn new_history(filter: Obj, intervals: u32) -> bool {
    set(filter, MULTI_INTERVAL_COUNT, intervals.wrapping_add(1));
    let address = heap::allocate(length(filter) as usize * 8, 8);
    set(filter, INTERVAL_TIME_HISTORY, address);
    address != 0
}

fn free_history(filter: Obj) {
    let address: usize = get(filter, INTERVAL_TIME_HISTORY);
    if address != 0 {
        heap::free(address, length(filter) as usize * 8);
        set(filter, INTERVAL_TIME_HISTORY, 0usize);
    }
}

/// initFilter: `expected` units of time between two positions, `intervals` in the span of getMultiIntervalTime.
extern "C" fn init(this: Obj, expected: u32, intervals: u32) -> bool {
    set(this, EXPECTED_INTERVAL, expected);
    set(this, HISTORY_POINTER, 0u32);
    set(this, FILTER_COUNT, 0u64);
    if !SUPER_INIT.call_bool(&[this.word()]) || !new_history(this, intervals) {
        return false;
    }
    let lock = lock::allocate();
    set(this, LOCK, lock);
    lock != 0
}

extern "C" fn free(this: Obj) {
    let lock: usize = get(this, LOCK);
    if lock != 0 {
        lock::free(lock);
        set(this, LOCK, 0usize);
    }
    free_history(this);
    SUPER_FREE.call(&[this.word()]);
}

/// Runs `f` under the filter's lock; 0 for a filter that was not made.
fn locked(filter: Obj, f: impl FnOnce() -> u64) -> u64 {
    let lock: usize = get(filter, LOCK);
    if lock == 0 || get::<usize>(filter, INTERVAL_TIME_HISTORY) == 0 {
        return 0;
    }
    lock::lock(lock);
    let result = f();
    lock::unlock(lock);
    result
}

/// reInitialiseFilter: begins anew; without an expected interval the last one that came out is expected.
extern "C" fn re_initialise(this: Obj, expected: u32, intervals: u32) -> u32 {
    let lock: usize = get(this, LOCK);
    if lock == 0 {
        return ERROR;
    }
    lock::lock(lock);
    if expected != 0 {
        set(this, EXPECTED_INTERVAL, expected);
    } else if get::<u64>(this, FILTER_COUNT) > 1 {
        let next: u32 = get(this, HISTORY_POINTER);
        let time = |back| mem::read::<u64>(history(this, before(this, next, back)));
        set(this, EXPECTED_INTERVAL, time(1).wrapping_sub(time(2)) as u32);
    }
    set(this, HISTORY_POINTER, 0u32);
    set(this, FILTER_COUNT, 0u64);
    free_history(this);
    let made = new_history(this, intervals);
    lock::unlock(lock);
    if made { SUCCESS } else { ERROR }
}

/// newTimePosition: a measured time, filtered. The first one fills the history up as if the interval had been kept before.
extern "C" fn new_time_position(this: Obj, raw: u64) -> u64 {
    locked(this, || {
        let place: u32 = get(this, HISTORY_POINTER);
        if is_first(this) {
            let expected = u64::from(expected_interval(this));
            for back in 0..length(this) {
                let time = raw.wrapping_sub(expected.wrapping_mul(u64::from(back)));
                mem::write(history(this, before(this, place, back)), time);
            }
        }
        let filtered = CALCULATE.call(this, &[raw]);
        mem::write(history(this, place), filtered);
        set(this, HISTORY_POINTER, (place + 1) % length(this));
        set(this, FILTER_COUNT, get::<u64>(this, FILTER_COUNT).wrapping_add(1));
        filtered
    })
}

/// getMultiIntervalTime: from the oldest filtered time to the newest.
extern "C" fn multi_interval_time(this: Obj) -> u64 {
    locked(this, || {
        let oldest: u32 = get(this, HISTORY_POINTER);
        let newest: u64 = mem::read(history(this, before(this, oldest, 1)));
        newest.wrapping_sub(mem::read(history(this, oldest)))
    })
}

kpi::functions! { pub FUNCTIONS:
    "__ZN25IOAudioTimeIntervalFilter10initFilterEjj" => init,
    "__ZN25IOAudioTimeIntervalFilter4freeEv" => free,
    "__ZN25IOAudioTimeIntervalFilter18reInitialiseFilterEjj" => re_initialise,
    "__ZN25IOAudioTimeIntervalFilter15newTimePositionEy" => new_time_position,
    "__ZN25IOAudioTimeIntervalFilter20getMultiIntervalTimeEv" => multi_interval_time,
}

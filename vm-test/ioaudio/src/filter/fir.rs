//! IOAudioTimeIntervalFilterFIR: a symmetric filter, then the same filter over what the first one is behind, so that a constant
//! interval comes out without lag.

use kpi::heap;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::wide::{self, Wide};
use super::{expected_interval, get, is_first, length, set};
use crate::returns::{ERROR, SUCCESS};

/// `IOAudioTimeIntervalFilterFIR::mCoeffs` on 10.9-11.
const COEFFICIENTS: usize = 64;
/// `IOAudioTimeIntervalFilterFIR::mDataOffsetHistory` on 10.9-11: the first filter's input.
const TIMES: usize = 72;
/// `IOAudioTimeIntervalFilterFIR::mDataHistory` on 10.9-11: the second filter's input.
const OFFSETS: usize = 80;
/// `IOAudioTimeIntervalFilterFIR::mNumCoeffs` on 10.9-11.
const NUM_COEFFICIENTS: usize = 88;
/// `IOAudioTimeIntervalFilterFIR::mFilterScale` on 10.9-11.
const SCALE: usize = 92;
/// `IOAudioTimeIntervalFilterFIR::mFilterWritePointer` on 10.9-11.
const WRITE_POINTER: usize = 96;

/// The taps of the default filter; they sum to 2^10.
const TAPS: [u64; 33] = [
    1, 2, 4, 7, 10, 14, 19, 25, 31, 37, 43, 49, 54, 58, 62, 64, 64, 64, 62, 58, 54, 49, 43, 37, 31, 25, 19, 14, 10, 7,
    4, 2, 1,
];
const DEFAULT_SCALE: u64 = 10;

static BASE_INIT: Direct = Direct::new("__ZN25IOAudioTimeIntervalFilter10initFilterEjj");
static BASE_RE_INITIALISE: Direct = Direct::new("__ZN25IOAudioTimeIntervalFilter18reInitialiseFilterEjj");
static BASE_FREE: Direct = Direct::new("__ZN25IOAudioTimeIntervalFilter4freeEv");
static SET_NEW_FILTER: Method =
    Method::new("IOAudioTimeIntervalFilterFIR", "__ZN28IOAudioTimeIntervalFilterFIR12setNewFilterEjPKyj");

extern "C" fn init(this: Obj, expected: u32, intervals: u32) -> bool {
    if !BASE_INIT.call_bool(&[this.word(), u64::from(expected), u64::from(intervals)]) {
        return false;
    }
    let arguments = [TAPS.len() as u64, TAPS.as_ptr() as u64, DEFAULT_SCALE];
    SET_NEW_FILTER.call_u32(this, &arguments) == SUCCESS
}

/// setNewFilter: `count` taps, which sum to 2^`scale`. The filter begins anew with the length of its history, one more than the
/// intervals, for their number: the history grows by one each time.
extern "C" fn set_new_filter(this: Obj, count: u32, taps: usize, scale: u32) -> u32 {
    free_taps(this);
    set(this, NUM_COEFFICIENTS, count);
    set(this, SCALE, scale);
    let bytes = count as usize * 8;
    for list in [COEFFICIENTS, TIMES, OFFSETS] {
        let address = heap::allocate(bytes, 8);
        set(this, list, address);
        if address == 0 {
            return ERROR;
        }
    }
    mem::copy(taps, get(this, COEFFICIENTS), bytes);
    re_initialise(this, u64::from(expected_interval(this)), length(this));
    SUCCESS
}

fn free_taps(filter: Obj) {
    for list in [COEFFICIENTS, TIMES, OFFSETS] {
        let address: usize = get(filter, list);
        if address != 0 {
            heap::free(address, get::<u32>(filter, NUM_COEFFICIENTS) as usize * 8);
            set(filter, list, 0usize);
        }
    }
}

/// reInitialiseFilter: both forms, whose intervals are 32 and 64 bits wide.
extern "C" fn re_initialise(this: Obj, expected: u64, intervals: u32) -> u32 {
    let expected = u64::from(expected as u32);
    let result = BASE_RE_INITIALISE.call(&[this.word(), expected, u64::from(intervals)]) as u32;
    set(this, WRITE_POINTER, 0u32);
    result
}

extern "C" fn free(this: Obj) {
    free_taps(this);
    BASE_FREE.call(&[this.word()]);
}

/// calculateNewTimePosition: the first time fills both histories up as if the interval had been kept before.
extern "C" fn calculate(this: Obj, raw: u64) -> u64 {
    let count = get::<u32>(this, NUM_COEFFICIENTS);
    let expected = u64::from(expected_interval(this));
    if is_first(this) {
        for back in 0..count {
            let place = ((count - back) % count) as usize * 8;
            let time = u128::from(raw).wrapping_sub(wide::multiply(u64::from(back), expected)) as u64;
            mem::write(get::<usize>(this, TIMES) + place, time);
            mem::write(get::<usize>(this, OFFSETS) + place, expected.wrapping_mul(u64::from(count / 2)));
        }
    }
    let filtered = filter(this, get(this, TIMES), raw);
    let behind = u128::from(raw).wrapping_sub(filtered) as u64;
    let offset = filter(this, get(this, OFFSETS), behind);
    set(this, WRITE_POINTER, (get::<u32>(this, WRITE_POINTER) + 1) % count);
    filtered.wrapping_add(offset) as u64
}

fn filter(this: Obj, history: usize, input: u64) -> u128 {
    let (count, next) = (get::<u32>(this, NUM_COEFFICIENTS), get::<u32>(this, WRITE_POINTER));
    let word = |list: usize, place: u32| list + place as usize * 8;
    mem::write(word(history, next), input);
    let taps: usize = get(this, COEFFICIENTS);
    let products = (0..count).map(|back| {
        let sample = mem::read(word(history, (count + next - back) % count));
        wide::multiply(mem::read(word(taps, back)), sample)
    });
    products.fold(0u128, u128::wrapping_add) >> get::<u32>(this, SCALE)
}

/// FIR: puts a value into a history and returns what comes out.
extern "C" fn filter_wide(this: Obj, history: usize, input: u64) -> Wide {
    filter(this, history, input).into()
}

kpi::functions! { pub FUNCTIONS:
    "__ZN28IOAudioTimeIntervalFilterFIR10initFilterEjj" => init,
    "__ZN28IOAudioTimeIntervalFilterFIR12setNewFilterEjPKyj" => set_new_filter,
    "__ZN28IOAudioTimeIntervalFilterFIR18reInitialiseFilterEjj" => re_initialise,
    "__ZN28IOAudioTimeIntervalFilterFIR18reInitialiseFilterEyj" => re_initialise,
    "__ZN28IOAudioTimeIntervalFilterFIR4freeEv" => free,
    "__ZN28IOAudioTimeIntervalFilterFIR24calculateNewTimePositionEy" => calculate,
    "__ZN28IOAudioTimeIntervalFilterFIR3FIREPyy" => filter_wide,
}

//! IOAudioTimeIntervalFilterIIR: a recursive filter in two stages, so that a constant interval comes out without lag.
//!
//! ```text
//!  raw ──► S: S − S/2^k + raw ──► raw − S ──► O: the same ──► (S + O)/2^k
//! ```
//! Both states are kept scaled by 2^k, and all times are shifted by 2^k intervals: there are no signs.

use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::wide::{self, Wide};
use super::{at, expected_interval, get, is_first, set};

/// `IOAudioTimeIntervalFilterIIR::mFilteredSnapshot` on 10.9-11.
const FILTERED_SNAPSHOT: usize = 64;
/// `IOAudioTimeIntervalFilterIIR::mFilteredOffset` on 10.9-11.
const FILTERED_OFFSET: usize = 80;
/// `IOAudioTimeIntervalFilterIIR::mIIRCoef` on 10.9-11.
const COEFFICIENT: usize = 96;

static BASE_INIT: Direct = Direct::new("__ZN25IOAudioTimeIntervalFilter10initFilterEjj");
static STEP: Method = Method::new("IOAudioTimeIntervalFilterIIR", "__ZN28IOAudioTimeIntervalFilterIIR3IIREP4U128S0_i");

/// initFilter with the shift k.
extern "C" fn init(this: Obj, expected: u32, intervals: u32, shift: u16) -> bool {
    if !BASE_INIT.call_bool(&[this.word(), u64::from(expected), u64::from(intervals)]) {
        return false;
    }
    set(this, COEFFICIENT, shift);
    true
}

/// calculateNewTimePosition.
extern "C" fn calculate(this: Obj, raw: u64) -> u64 {
    let shift = u32::from(get::<u16>(this, COEFFICIENT));
    let expected = u64::from(expected_interval(this));
    let bias = expected.wrapping_shl(shift);
    let raw = raw.wrapping_add(bias);
    let scaled = u128::from(raw).wrapping_shl(shift);
    if is_first(this) {
        let snapshot = u128::from(raw).wrapping_sub(u128::from(expected).wrapping_shl(shift)).wrapping_shl(shift);
        set(this, FILTERED_SNAPSHOT, snapshot);
        let lag = 1u64.wrapping_shl(shift).wrapping_sub(1);
        set(this, FILTERED_OFFSET, wide::multiply(expected, lag).wrapping_shl(shift));
    }
    let snapshot = step(this, FILTERED_SNAPSHOT, scaled, shift);
    let offset = step(this, FILTERED_OFFSET, scaled.wrapping_sub(snapshot), shift);
    ((snapshot.wrapping_add(offset) >> shift) as u64).wrapping_sub(bias)
}

/// Feeds a state and returns it.
fn step(filter: Obj, state: usize, input: u128, shift: u32) -> u128 {
    let [low, high] = [input as u64, (input >> 64) as u64];
    STEP.call(filter, &[(filter.0 + at(state)) as u64, low, high, u64::from(shift)]);
    get(filter, state)
}

/// IIR: the state loses its 2^k-th part and gains the input's.
extern "C" fn feed(_this: Obj, state: usize, input: Wide, shift: u32) {
    let old: u128 = mem::read(state);
    mem::write(state, old.wrapping_sub(old >> shift).wrapping_add(u128::from(input) >> shift));
}

kpi::functions! { pub FUNCTIONS:
    "__ZN28IOAudioTimeIntervalFilterIIR10initFilterEjjt" => init,
    "__ZN28IOAudioTimeIntervalFilterIIR24calculateNewTimePositionEy" => calculate,
    "__ZN28IOAudioTimeIntervalFilterIIR3IIREP4U128S0_i" => feed,
}

//! Sample rates as properties.

use core::sync::atomic::{AtomicU32, Ordering};

use kpi::functions;
use kpi::libkern::string::Key;
use kpi::libkern::{dictionary, number};
use kpi::mem;
use kpi::object::{Direct, Obj};

/// IOAudioSampleRate: whole part and fraction.
pub type Rate = [u32; 2];

static WHOLE: Key = Key::new("IOAudioSampleRateWholeNumber");
static FRACTION: Key = Key::new("IOAudioSampleRateFraction");

/// A rate from a dictionary goes here where the caller has no place for it: one place for all engines.
static SHARED: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];

static FROM_DICTIONARY: Direct =
    Direct::new("__ZN13IOAudioEngine30createSampleRateFromDictionaryEPK12OSDictionaryP18_IOAudioSampleRate");

/// A rate as its dictionary, with one reference: that of `like`, another one's or NULL, where it is the same rate.
pub(crate) fn dictionary_like(rate: Rate, like: Obj) -> Obj {
    let is_same = !like.is_null() && of_dictionary(like) == rate;
    if is_same { like.retain() } else { dictionary_of(rate) }
}

/// A rate as its dictionary, with one reference.
pub(crate) fn dictionary_of(rate: Rate) -> Obj {
    let object = dictionary::new();
    fill(object, rate);
    object
}

fn fill(object: Obj, rate: Rate) {
    for (key, part) in [(&WHOLE, rate[0]), (&FRACTION, rate[1])] {
        dictionary::put_key(object, key, number::new(u64::from(part), 32));
    }
}

/// The rate in a dictionary; missing parts are 0.
fn of_dictionary(object: Obj) -> Rate {
    [&WHOLE, &FRACTION].map(|key| number::value(dictionary::get_key(object, key)) as u32)
}

/// The rate in a dictionary, at the place that all engines share; missing parts are 0.
pub(crate) fn shared_from(object: Obj) -> usize {
    FROM_DICTIONARY.call(&[object.word(), 0]) as usize
}

/// createDictionaryFromSampleRate: into `object`, or into a new one.
extern "C" fn to_dictionary(rate: usize, object: Obj) -> Obj {
    if rate == 0 {
        return Obj::NULL;
    }
    let into = if object.is_null() { dictionary::new() } else { object };
    fill(into, mem::read(rate));
    into
}

/// createSampleRateFromDictionary: to `place`, or to the place that all share.
extern "C" fn from_dictionary(object: Obj, place: usize) -> usize {
    if object.is_null() {
        return 0;
    }
    let rate = of_dictionary(object);
    if place != 0 {
        mem::write(place, rate);
        return place;
    }
    for (shared, part) in SHARED.iter().zip(rate) {
        shared.store(part, Ordering::Relaxed);
    }
    SHARED.as_ptr() as usize
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine30createDictionaryFromSampleRateEPK18_IOAudioSampleRateP12OSDictionary" => to_dictionary,
    "__ZN13IOAudioEngine30createSampleRateFromDictionaryEPK12OSDictionaryP18_IOAudioSampleRate" => from_dictionary,
}

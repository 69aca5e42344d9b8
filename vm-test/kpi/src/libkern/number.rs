//! OSNumber: an unsigned value of 1 to 64 bits, in the object's `value` and `size` fields.

use crate::class;
use crate::functions;
use crate::libkern::osobject;
use crate::mem;
use crate::object::Obj;

/// `OSNumber::value`.
const VALUE: usize = 16;
/// `OSNumber::size`, in bits.
const SIZE: usize = 24;

static CLASS: class::Own = class::Own::new("OSNumber");

/// A new OSNumber of `bits` bits.
pub fn new(value: u64, bits: u32) -> Obj {
    let object = CLASS.instantiate();
    init(object, value, bits);
    object
}

/// An OSNumber with one reference: `known` where it is that very number, else a new one. `known` may be any object, or NULL.
pub fn same_or_new(known: Obj, value: u64, bits: u32) -> Obj {
    let is_same = known.is("OSNumber") && known.get::<u64>(VALUE) == value & mask(bits) && self::bits(known) == bits;
    if is_same { known.retain() } else { new(value, bits) }
}

/// The value; 0 for anything that is no OSNumber.
pub fn value(object: Obj) -> u64 {
    if object.is("OSNumber") { object.get(VALUE) } else { 0 }
}

fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

extern "C" fn with_number(value: u64, bits: u32) -> Obj {
    new(value, bits)
}

extern "C" fn init(this: Obj, value: u64, bits: u32) -> bool {
    this.set(VALUE, value & mask(bits));
    this.set(SIZE, bits);
    true
}

extern "C" fn with_text(text: usize, bits: u32) -> Obj {
    let text = mem::c_string(text);
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_or(Obj::NULL, |value| new(value, bits))
}

/// How many bits the value has.
pub extern "C" fn bits(this: Obj) -> u32 {
    this.get(SIZE)
}

extern "C" fn bytes(this: Obj) -> u32 {
    this.get::<u32>(SIZE).div_ceil(8)
}

extern "C" fn value8(this: Obj) -> u8 {
    this.get(VALUE)
}

extern "C" fn value16(this: Obj) -> u16 {
    this.get(VALUE)
}

extern "C" fn value32(this: Obj) -> u32 {
    this.get(VALUE)
}

extern "C" fn value64(this: Obj) -> u64 {
    this.get(VALUE)
}

extern "C" fn set_value(this: Obj, value: u64) {
    this.set(VALUE, value & mask(bits(this)));
}

extern "C" fn add_value(this: Obj, amount: u64) {
    set_value(this, value64(this).wrapping_add(amount));
}

extern "C" fn equals_object(this: Obj, other: Obj) -> bool {
    other.is("OSNumber") && value64(this) == value64(other)
}

extern "C" fn equals(this: Obj, other: Obj) -> bool {
    !other.is_null() && value64(this) == value64(other)
}

functions! { pub FUNCTIONS:
    "__ZN8OSNumber10withNumberEyj" => with_number,
    "__ZN8OSNumber10withNumberEPKcj" => with_text,
    "__ZN8OSNumber4initEyj" => init,
    "__ZN8OSNumber4freeEv" => osobject::free,
    "__ZNK8OSNumber12numberOfBitsEv" => bits,
    "__ZNK8OSNumber13numberOfBytesEv" => bytes,
    "__ZNK8OSNumber17unsigned8BitValueEv" => value8,
    "__ZNK8OSNumber18unsigned16BitValueEv" => value16,
    "__ZNK8OSNumber18unsigned32BitValueEv" => value32,
    "__ZNK8OSNumber18unsigned64BitValueEv" => value64,
    "__ZN8OSNumber8addValueEx" => add_value,
    "__ZN8OSNumber8setValueEy" => set_value,
    "__ZNK8OSNumber9isEqualToEPK15OSMetaClassBase" => equals_object,
    "__ZNK8OSNumber9isEqualToEPKS_" => equals,
}

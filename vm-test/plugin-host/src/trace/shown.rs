//! Arguments and results as the trace has them: no address, so that one seed gives one text.

use hal_sys::code::Shown as Code;
use hal_sys::interface::{AudioObjectPropertyAddress, AudioServerPlugInClientInfo, AudioServerPlugInIOCycleInfo};
use hal_sys::uuid::CFUUIDBytes;
use protocol::trace::{LONGEST_TEXT, Value};

use crate::cf::{self, Reference};
use crate::memory;

/// What can be shown.
pub(crate) trait Shown {
    /// How.
    fn shown(&self) -> Value;
}

/// A text, cut where it is too long.
pub(super) fn text(text: &str) -> Value {
    let shown: String = text.chars().take(LONGEST_TEXT).collect();
    let is_cut = shown.len() < text.len();
    Value::Text(shown, is_cut)
}

impl Shown for u8 {
    fn shown(&self) -> Value {
        Value::Unsigned((*self).into())
    }
}

impl Shown for u32 {
    /// Four characters, where it can be.
    fn shown(&self) -> Value {
        let is_code = self.to_be_bytes().iter().all(|byte| (b' '..=b'~').contains(byte));
        if is_code { Value::Code(*self) } else { Value::Unsigned((*self).into()) }
    }
}

impl Shown for i32 {
    fn shown(&self) -> Value {
        match self.cast_unsigned().shown() {
            code @ Value::Code(_) => code,
            _ => Value::Signed((*self).into()),
        }
    }
}

impl Shown for u64 {
    fn shown(&self) -> Value {
        Value::Unsigned(*self)
    }
}

impl<T> Shown for *const T {
    fn shown(&self) -> Value {
        if self.is_null() { Value::Null } else { Value::Elsewhere }
    }
}

impl<T> Shown for *mut T {
    fn shown(&self) -> Value {
        self.cast_const().shown()
    }
}

impl Shown for &AudioObjectPropertyAddress {
    fn shown(&self) -> Value {
        let AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element } = *self;
        text(&format!("{} {} {element}", Code(*selector), Code(*scope)))
    }
}

impl Shown for &AudioServerPlugInClientInfo {
    fn shown(&self) -> Value {
        text(&format!("client {} of process {}", self.mClientID, self.mProcessID))
    }
}

impl Shown for &AudioServerPlugInIOCycleInfo {
    fn shown(&self) -> Value {
        let (input, output) = (self.mInputTime.mSampleTime, self.mOutputTime.mSampleTime);
        text(&format!("cycle {}, input {input}, output {output}", self.mIOCycleCounter))
    }
}

impl Shown for CFUUIDBytes {
    fn shown(&self) -> Value {
        text(&cf::uuid_text(self.0))
    }
}

/// An object of CoreFoundation.
pub(crate) fn object(reference: Reference) -> Value {
    if reference == 0 { Value::Null } else { text(&cf::describe(reference)) }
}

/// A word of a call to a library by its kind: `o` an object, `s` a C string, `p` a pointer; numbers of 64 bits `u`, of 32 `w`
/// and with a sign `i`, of 8 `b`, above which a register holds what it happens to.
pub(super) fn word(kind: u8, word: u64) -> Value {
    match kind {
        b'o' => object(word),
        b's' | b'p' if word == 0 => Value::Null,
        b's' => text(&String::from_utf8_lossy(&memory::c_bytes(word as usize))),
        b'u' => Value::Unsigned(word),
        b'w' => Value::Unsigned((word as u32).into()),
        b'b' => Value::Unsigned((word as u8).into()),
        b'i' => Value::Signed((word as u32).cast_signed().into()),
        b'p' => Value::Elsewhere,
        b'-' => Value::Nothing,
        _ => Value::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_register_holds_above_a_number_is_not_shown() {
        let register = 0x5555_1234_ffff_fe01;
        assert_eq!(word(b'b', register), Value::Unsigned(1));
        assert_eq!(word(b'w', register), Value::Unsigned(0xffff_fe01));
        assert_eq!(word(b'i', register), Value::Signed(-511));
        assert_eq!(word(b'u', register), Value::Unsigned(register));
    }
}

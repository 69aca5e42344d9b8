//! Where a property's value goes: counted for its size, written for its data. One function answers both, so that they
//! agree.

use core::ffi::{CStr, c_void};

use hal_sys::code::status::{kAudioHardwareBadPropertySizeError, kAudioHardwareUnspecifiedError};

use crate::cf::Text;

/// What a function of the driver returns: nothing, or one of [`hal_sys::code::status`].
pub(crate) type Outcome = Result<(), u32>;

/// A value's destination.
pub(crate) struct Sink {
    /// Null: the value is only measured.
    to: *mut u8,
    room: usize,
    used: usize,
}

impl Sink {
    /// Counts bytes.
    pub(crate) fn measure() -> Self {
        Self { to: core::ptr::null_mut(), room: 0, used: 0 }
    }

    /// Writes to `to`.
    ///
    /// # Safety
    /// `room` bytes can be written there as long as the value lives.
    pub(crate) unsafe fn new(to: *mut c_void, room: u32) -> Self {
        Self { to: to.cast(), room: room as usize, used: 0 }
    }

    /// Bytes so far.
    pub(crate) fn used(&self) -> u32 {
        self.used as u32
    }

    /// A value of one part.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn one<T: Copy>(&mut self, value: T) -> Outcome {
        if self.put(value) { Ok(()) } else { Err(kAudioHardwareBadPropertySizeError) }
    }

    /// A list: as much of it as there is room for.
    #[expect(clippy::unnecessary_wraps, reason = "rows of the table end with it")]
    pub(crate) fn each<T: Copy>(&mut self, values: impl IntoIterator<Item = T>) -> Outcome {
        // What does not fit was not asked for.
        values.into_iter().all(|value| self.put(value));
        Ok(())
    }

    /// A string, which the caller releases.
    ///
    /// # Errors
    /// There is no room for the pointer, or no memory for the string.
    pub(crate) fn text(&mut self, text: &CStr) -> Outcome {
        if self.to.is_null() {
            return self.one(core::ptr::null::<c_void>());
        }
        if self.room < size_of::<*const c_void>() {
            return Err(kAudioHardwareBadPropertySizeError);
        }
        let text = Text::new(text).ok_or(kAudioHardwareUnspecifiedError)?;
        self.one(text.give_away())
    }

    /// A number that is made of the one that the caller has put there.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn change(&mut self, how: impl FnOnce(f32) -> f32) -> Outcome {
        if self.to.is_null() || self.room < size_of::<f32>() {
            return self.one(0_f32);
        }
        // SAFETY: the sink's maker vouched for the bytes, and the caller has put a number there.
        let given = unsafe { self.to.cast::<f32>().read_unaligned() };
        self.one(how(given))
    }

    /// Whether there was room.
    fn put<T: Copy>(&mut self, value: T) -> bool {
        let end = self.used + size_of::<T>();
        if !self.to.is_null() {
            if end > self.room {
                return false;
            }
            let place = self.to.wrapping_add(self.used).cast::<T>();
            // SAFETY: the sink's maker vouched for `room` bytes, of which these are some.
            unsafe { place.write_unaligned(value) };
        }
        self.used = end;
        true
    }
}

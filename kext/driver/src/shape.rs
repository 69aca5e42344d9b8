//! What shims and driver tell each other about a device, laid out for C.

use core::array;
use core::ffi::{CStr, c_char, c_void};

use core_io_sys::{IOAudioSampleRate, IOAudioStreamFormat};
use engine::config::{RATES, StreamFormat};
use heapless::Vec;

use crate::instance::Instance;

/// How many rates of a definition are read. More than there are: a longer list repeats one or has a wrong one among these,
/// and is refused for it.
pub const READ_RATES: usize = 8;

/// All devices run on the host's clock, hence in one clock domain. Any value but a kernel address would do.
const CLOCK_DOMAIN: u32 = u32::from_be_bytes(*b"host");

/// A device's definition in the personality; absent or of the wrong type is null or 0.
#[repr(C)]
#[derive(Debug)]
pub struct LfDefinition {
    name: *const c_char,
    uid: *const c_char,
    channels: u64,
    rate_count: u32,
    rates: [u64; READ_RATES],
}

// As in kext/shims/driver.h.
const _: () = assert!(size_of::<LfDefinition>() == 96);
const _: () = assert!(size_of::<LfShape>() == 96);

impl LfDefinition {
    /// Name and UID, as far as they are texts.
    ///
    /// # Safety
    /// They are null or end in a zero byte, and do not change as long as the definition is borrowed.
    pub(crate) unsafe fn texts(&self) -> (Option<&str>, Option<&str>) {
        let text = |pointer: *const c_char| {
            if pointer.is_null() {
                return None;
            }
            // SAFETY: it is not null, so the caller vouches for it.
            unsafe { CStr::from_ptr(pointer) }.to_str().ok()
        };
        (text(self.name), text(self.uid))
    }

    pub(crate) fn channels(&self) -> u32 {
        narrow(self.channels)
    }

    pub(crate) fn rates(&self) -> Vec<u32, READ_RATES> {
        self.rates.iter().take(self.rate_count as usize).copied().map(narrow).collect()
    }
}

/// A number of the personality; one that is too large stays too large.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What the streams and the engine's properties are made of.
#[repr(C)]
#[derive(Debug)]
pub struct LfShape {
    format: IOAudioStreamFormat,
    /// The first is the one to begin with.
    rates: [IOAudioSampleRate; RATES.len()],
    rate_count: u32,
    ring_frames: u32,
    ring_bytes: u32,
    clock_domain: u32,
    ring: *mut c_void,
}

impl LfShape {
    pub(crate) fn of(instance: &Instance) -> Self {
        let device = instance.engine.device();
        let rates = device.rates();
        Self {
            format: kernel_format(&device.format()),
            rates: array::from_fn(|index| IOAudioSampleRate {
                whole: rates.get(index).copied().unwrap_or_default(),
                fraction: 0,
            }),
            rate_count: rates.len() as u32,
            ring_frames: device.ring_frames(),
            ring_bytes: instance.ring().len() as u32,
            clock_domain: CLOCK_DOMAIN,
            ring: instance.ring().start().as_ptr().cast(),
        }
    }
}

/// The family's description of a format. The driver's tag is free for drivers and not used.
fn kernel_format(format: &StreamFormat) -> IOAudioStreamFormat {
    IOAudioStreamFormat {
        fNumChannels: format.channels,
        fSampleFormat: format.sample_format,
        fNumericRepresentation: format.representation,
        fBitDepth: format.bit_depth,
        fBitWidth: format.bit_width,
        fAlignment: format.alignment,
        fByteOrder: format.byte_order,
        fIsMixable: format.mixable.into(),
        fDriverTag: 0,
    }
}

/// What the family's description says.
pub(crate) fn stream_format(format: &IOAudioStreamFormat) -> StreamFormat {
    StreamFormat {
        channels: format.fNumChannels,
        sample_format: format.fSampleFormat,
        representation: format.fNumericRepresentation,
        bit_depth: format.fBitDepth,
        bit_width: format.fBitWidth,
        alignment: format.fAlignment,
        byte_order: format.fByteOrder,
        mixable: format.fIsMixable != 0,
    }
}

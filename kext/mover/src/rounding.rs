//! The processor's floating-point mode.
//!
//! A driver's IO runs on its clients' threads, with whatever mode a client has set: another rounding, denormals as zeros,
//! even exceptions, which in a kernel would be fatal. Conversions need the mode that every thread begins with.

use core::arch::asm;

/// Rounds to nearest, ties to even; keeps denormals; masks all exceptions.
const USUAL: u32 = 0x1F80;
/// The bits that only record what happened.
const FLAGS: u32 = 0x3F;

/// The usual mode, as long as the value lives; then again the one before.
pub(crate) struct Usual {
    before: u32,
}

impl Usual {
    pub(crate) fn set() -> Self {
        let mut before = 0u32;
        // SAFETY: the instruction writes the four bytes of `before`.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut before, options(nostack, preserves_flags)) };
        if before & !FLAGS != USUAL {
            load(USUAL);
        }
        Self { before }
    }
}

impl Drop for Usual {
    fn drop(&mut self) {
        if self.before & !FLAGS != USUAL {
            load(self.before);
        }
    }
}

fn load(mode: u32) {
    // SAFETY: the mode is the usual one, or one that the processor had: no reserved bits.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const mode, options(nostack, preserves_flags, readonly)) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Samples;
    use core::ptr::NonNull;
    use engine::format::SampleFormat;
    use engine::plan::Gain;

    fn mode() -> u32 {
        let mut mode = 0u32;
        // SAFETY: the instruction writes the four bytes of `mode`.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut mode, options(nostack, preserves_flags)) };
        mode & !FLAGS
    }

    #[test]
    fn a_client_that_rounds_down_gets_the_same_samples_and_keeps_its_mode() {
        let (samples, mut integers) = ([0.9 / 32_768.0f32; 16], [0i16; 16]);
        // Towards minus infinity, denormals as zeros.
        let odd = USUAL | 0x2000 | 0x8040;
        load(odd);
        {
            let _usual = Usual::set();
            let samples =
                Samples { from: NonNull::from(&samples).cast(), to: NonNull::from(&mut integers).cast(), count: 16 };
            // SAFETY: both arrays have sixteen samples.
            unsafe { samples.convert(SampleFormat::Float32, SampleFormat::Int16, Gain::Unity, 1) };
        }
        let kept = mode();
        load(USUAL);
        assert_eq!(kept, odd);
        assert_eq!(integers, [1; 16]);
    }
}

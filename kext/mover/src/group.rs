//! Sixteen samples at once, from and to memory, in every format.
//!
//! Memory is touched by assembly, for the reason that `memory` gives; all between is arithmetic in registers. A group is
//! loaded as a whole before it is stored.

use core::arch::asm;
use core::arch::x86_64::{
    __m128, __m128i, _mm_alignr_epi8, _mm_and_ps, _mm_and_si128, _mm_castps_si128, _mm_castsi128_ps, _mm_cmpge_ps,
    _mm_cmpord_ps, _mm_cvtepi32_ps, _mm_cvtps_epi32, _mm_max_ps, _mm_min_ps, _mm_mul_ps, _mm_or_si128, _mm_packs_epi32,
    _mm_set1_epi32, _mm_set1_ps, _mm_setr_epi8, _mm_setzero_si128, _mm_shuffle_epi8, _mm_slli_epi32, _mm_slli_si128,
    _mm_srli_si128, _mm_unpackhi_epi16, _mm_unpacklo_epi16, _mm_xor_si128,
};

/// Sixteen floats, the first four in the first vector.
pub(crate) type Group = [__m128; 4];

/// What full scale is in an integer of 32 bits, and so in one of fewer bits that lies at their high end.
const FULL: f32 = 2_147_483_648.0;

/// How sixteen samples lie in memory.
pub(crate) trait Format {
    /// Bytes of one sample.
    const BYTES: usize;

    /// Reads sixteen samples as floats.
    ///
    /// # Safety
    /// They can be read at `from`. The processor has SSSE3.
    unsafe fn read(from: *const u8) -> Group;

    /// Writes sixteen floats as samples.
    ///
    /// # Safety
    /// They can be written at `to`. The processor has SSSE3.
    unsafe fn write(to: *mut u8, group: Group);
}

/// Four vectors of which each begins 16 bytes behind the one before.
///
/// # Safety
/// 64 bytes can be read at `from`.
#[inline]
#[target_feature(enable = "ssse3")]
pub(crate) unsafe fn load(from: *const u8) -> [__m128i; 4] {
    let (a, b, c, d);
    // SAFETY: the four loads read the bytes that the caller vouched for.
    unsafe {
        asm!(
            "movdqu {a}, [{from}]",
            "movdqu {b}, [{from} + 16]",
            "movdqu {c}, [{from} + 32]",
            "movdqu {d}, [{from} + 48]",
            from = in(reg) from,
            a = out(xmm_reg) a,
            b = out(xmm_reg) b,
            c = out(xmm_reg) c,
            d = out(xmm_reg) d,
            options(nostack, preserves_flags, readonly),
        );
    }
    [a, b, c, d]
}

/// Four vectors of floats, as [`load`].
///
/// # Safety
/// As [`load`].
#[inline]
#[target_feature(enable = "ssse3")]
pub(crate) unsafe fn load_floats(from: *const u8) -> Group {
    // SAFETY: the caller vouched for it.
    unsafe { load(from) }.map(|vector| _mm_castsi128_ps(vector))
}

/// Writes four vectors, one behind the other.
///
/// # Safety
/// 64 bytes can be written at `to`.
#[inline]
#[target_feature(enable = "ssse3")]
unsafe fn store(to: *mut u8, [a, b, c, d]: [__m128i; 4]) {
    // SAFETY: the four stores write the bytes that the caller vouched for.
    unsafe {
        asm!(
            "movdqu [{to}], {a}",
            "movdqu [{to} + 16], {b}",
            "movdqu [{to} + 32], {c}",
            "movdqu [{to} + 48], {d}",
            to = in(reg) to,
            a = in(xmm_reg) a,
            b = in(xmm_reg) b,
            c = in(xmm_reg) c,
            d = in(xmm_reg) d,
            options(nostack, preserves_flags),
        );
    }
}

/// i / 2³¹ of each of sixteen integers.
#[inline]
#[target_feature(enable = "ssse3")]
fn floats(integers: [__m128i; 4]) -> Group {
    integers.map(|vector| _mm_mul_ps(_mm_cvtepi32_ps(vector), _mm_set1_ps(1.0 / FULL)))
}

/// x · `full` of each of sixteen floats; 0 for NaN.
#[inline]
#[target_feature(enable = "ssse3")]
fn scaled(group: Group, full: f32) -> Group {
    group.map(|vector| _mm_mul_ps(_mm_and_ps(vector, _mm_cmpord_ps(vector, vector)), _mm_set1_ps(full)))
}

/// round(x · 2²³), ties to even, saturated; 0 for NaN.
#[inline]
#[target_feature(enable = "ssse3")]
fn integers_of_24_bits(group: Group) -> [__m128i; 4] {
    let full = 8_388_608.0;
    scaled(group, full).map(|vector| {
        let limited = _mm_max_ps(_mm_min_ps(vector, _mm_set1_ps(full - 1.0)), _mm_set1_ps(-full));
        _mm_cvtps_epi32(limited)
    })
}

/// 32-bit floats.
pub(crate) struct Float32;

impl Format for Float32 {
    const BYTES: usize = 4;

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn read(from: *const u8) -> Group {
        // SAFETY: the caller vouched for sixteen samples, which are 64 bytes.
        unsafe { load_floats(from) }
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn write(to: *mut u8, group: Group) {
        let bits = group.map(|vector| _mm_castps_si128(vector));
        // SAFETY: as in `read`.
        unsafe { store(to, bits) }
    }
}

/// 16-bit integers.
pub(crate) struct Int16;

impl Format for Int16 {
    const BYTES: usize = 2;

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn read(from: *const u8) -> Group {
        let (low, high);
        // SAFETY: the two loads read sixteen samples, which the caller vouched for.
        unsafe {
            asm!(
                "movdqu {low}, [{from}]",
                "movdqu {high}, [{from} + 16]",
                from = in(reg) from,
                low = out(xmm_reg) low,
                high = out(xmm_reg) high,
                options(nostack, preserves_flags, readonly),
            );
        }
        let zero = _mm_setzero_si128();
        floats([
            _mm_unpacklo_epi16(zero, low),
            _mm_unpackhi_epi16(zero, low),
            _mm_unpacklo_epi16(zero, high),
            _mm_unpackhi_epi16(zero, high),
        ])
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn write(to: *mut u8, group: Group) {
        // What is too low becomes the lowest integer of 32 bits, and by packing of 16.
        let [a, b, c, d] =
            scaled(group, 32_768.0).map(|vector| _mm_cvtps_epi32(_mm_min_ps(vector, _mm_set1_ps(32_767.0))));
        let (low, high) = (_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
        // SAFETY: the two stores write sixteen samples, which the caller vouched for.
        unsafe {
            asm!(
                "movdqu [{to}], {low}",
                "movdqu [{to} + 16], {high}",
                to = in(reg) to,
                low = in(xmm_reg) low,
                high = in(xmm_reg) high,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// 24-bit integers in three bytes.
pub(crate) struct Int24;

impl Format for Int24 {
    const BYTES: usize = 3;

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn read(from: *const u8) -> Group {
        let (a, b, c);
        // SAFETY: the three loads read sixteen samples, which the caller vouched for.
        unsafe {
            asm!(
                "movdqu {a}, [{from}]",
                "movdqu {b}, [{from} + 16]",
                "movdqu {c}, [{from} + 32]",
                from = in(reg) from,
                a = out(xmm_reg) a,
                b = out(xmm_reg) b,
                c = out(xmm_reg) c,
                options(nostack, preserves_flags, readonly),
            );
        }
        // Four samples of twelve bytes, each to the high end of four; the bytes below become zero.
        let high = _mm_setr_epi8(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11);
        let parts = [a, _mm_alignr_epi8::<12>(b, a), _mm_alignr_epi8::<8>(c, b), _mm_srli_si128::<4>(c)];
        floats(parts.map(|part| _mm_shuffle_epi8(part, high)))
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn write(to: *mut u8, group: Group) {
        // The low three bytes of each of four samples, one behind the other; zeros behind them.
        let low = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
        let [a, b, c, d] = integers_of_24_bits(group).map(|vector| _mm_shuffle_epi8(vector, low));
        let first = _mm_or_si128(a, _mm_slli_si128::<12>(b));
        let second = _mm_or_si128(_mm_srli_si128::<4>(b), _mm_slli_si128::<8>(c));
        let third = _mm_or_si128(_mm_srli_si128::<8>(c), _mm_slli_si128::<4>(d));
        // SAFETY: the three stores write sixteen samples, which the caller vouched for.
        unsafe {
            asm!(
                "movdqu [{to}], {first}",
                "movdqu [{to} + 16], {second}",
                "movdqu [{to} + 32], {third}",
                to = in(reg) to,
                first = in(xmm_reg) first,
                second = in(xmm_reg) second,
                third = in(xmm_reg) third,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// 24-bit integers in the high bits of four bytes.
pub(crate) struct Int24In32;

impl Format for Int24In32 {
    const BYTES: usize = 4;

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn read(from: *const u8) -> Group {
        let sample = _mm_set1_epi32(!0xFF);
        // SAFETY: the caller vouched for sixteen samples, which are 64 bytes.
        let padded = unsafe { load(from) };
        floats(padded.map(|vector| _mm_and_si128(vector, sample)))
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn write(to: *mut u8, group: Group) {
        let padded = integers_of_24_bits(group).map(|vector| _mm_slli_epi32::<8>(vector));
        // SAFETY: as in `read`.
        unsafe { store(to, padded) }
    }
}

/// 32-bit integers.
pub(crate) struct Int32;

impl Format for Int32 {
    const BYTES: usize = 4;

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn read(from: *const u8) -> Group {
        // SAFETY: the caller vouched for sixteen samples, which are 64 bytes.
        floats(unsafe { load(from) })
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn write(to: *mut u8, group: Group) {
        let integers = scaled(group, FULL).map(|vector| {
            // What an i32 does not hold becomes the lowest one; where it is too high, all bits flip to the highest.
            let high = _mm_castps_si128(_mm_cmpge_ps(vector, _mm_set1_ps(FULL)));
            _mm_xor_si128(_mm_cvtps_epi32(vector), high)
        });
        // SAFETY: as in `read`.
        unsafe { store(to, integers) }
    }
}

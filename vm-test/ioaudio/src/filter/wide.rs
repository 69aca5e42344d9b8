//! The family's 128-bit numbers.

/// U128 as C++ returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Wide {
    lo: u64,
    hi: u64,
}

impl From<u128> for Wide {
    fn from(value: u128) -> Wide {
        Wide { lo: value as u64, hi: (value >> 64) as u64 }
    }
}

impl From<Wide> for u128 {
    fn from(value: Wide) -> u128 {
        (u128::from(value.hi) << 64) | u128::from(value.lo)
    }
}

/// UInt64mult: as the family multiplies, which loses the carry between the two middle products.
pub(super) fn multiply(a: u64, b: u64) -> u128 {
    let (a1, a0, b1, b0) = (a >> 32, a & 0xffff_ffff, b >> 32, b & 0xffff_ffff);
    let middle = (a1 * b0).wrapping_add(a0 * b1);
    (u128::from(a1 * b1) << 64).wrapping_add(u128::from(middle) << 32).wrapping_add(u128::from(a0 * b0))
}

extern "C" fn multiply_wide(a: u64, b: u64) -> Wide {
    multiply(a, b).into()
}

kpi::functions! { pub FUNCTIONS:
    "__Z10UInt64multyy" => multiply_wide,
}

#[cfg(test)]
mod tests {
    use super::{Wide, multiply};

    #[test]
    fn products_are_right_until_the_middle_overflows() {
        for (a, b) in [(3, 5), (u64::MAX, 1), (1 << 63, 1 << 62), (0x1234_5678_9abc_def0, 0xffff_ffff)] {
            assert_eq!(multiply(a, b), u128::from(a) * u128::from(b), "{a} * {b}");
        }
        let lost = u128::from(u64::MAX) * u128::from(u64::MAX) - multiply(u64::MAX, u64::MAX);
        assert_eq!(lost, 1 << 96, "a carry");
        assert_eq!(u128::from(Wide::from(lost)), lost);
    }
}

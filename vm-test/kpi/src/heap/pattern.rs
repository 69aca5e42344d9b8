//! What memory that nobody may write is filled with.

use core::ops::Range;

use crate::mem;

/// Least bytes of canary behind a small block.
pub const CANARY_BYTES: usize = 8;

/// A word that repeats, in step with addresses that are multiples of 8.
#[derive(Clone, Copy, Debug)]
pub struct Pattern(u64);

impl Pattern {
    /// The word.
    pub const fn word(self) -> u64 {
        self.0
    }
}

/// Around blocks. No byte of it is likely in data, nor the same as its neighbour.
pub const CANARY: Pattern = Pattern(0xb5e9_d36c_a793_5ac6);
/// In freed blocks: a pointer of it is no canonical address, and faults.
pub const POISON: Pattern = Pattern(0xdbdb_dbdb_dbdb_dbdb);

/// Bytes that were written: the first and the one behind the last.
pub type Damage = Range<usize>;

impl Pattern {
    fn byte(self, address: usize) -> u8 {
        self.0.to_le_bytes()[address % 8]
    }

    /// Fills a range of addresses.
    pub fn fill(self, range: Range<usize>) {
        if self.0.to_le_bytes() == [self.0 as u8; 8] {
            return mem::fill(range.start, self.0 as u8, range.len());
        }
        let (words, end) = parts(&range);
        (range.start..words.start).for_each(|at| mem::write(at, self.byte(at)));
        words.step_by(8).for_each(|at| mem::write(at, self.0));
        (end..range.end).for_each(|at| mem::write(at, self.byte(at)));
    }

    /// Where a range that was filled differs now.
    pub fn damage(self, range: Range<usize>) -> Option<Damage> {
        let (words, end) = parts(&range);
        let differs = |&at: &usize| mem::read::<u8>(at) != self.byte(at);
        // By four: an emulator ends a block at each branch.
        let word = |at: usize| mem::read::<u64>(at) ^ self.0;
        let fours = words.start..words.start + words.len() / 32 * 32;
        let intact = fours.clone().step_by(32).all(|at| word(at) | word(at + 8) | word(at + 16) | word(at + 24) == 0)
            && (fours.end..words.end).step_by(8).all(|at| word(at) == 0)
            && !(range.start..words.start).chain(end..range.end).any(|at| differs(&at));
        if intact {
            return None;
        }
        let first = range.clone().find(differs)?;
        let last = range.rev().find(differs)?;
        Some(first..last + 1)
    }
}

/// The whole words of a range, and where they end.
fn parts(range: &Range<usize>) -> (Range<usize>, usize) {
    let start = range.start.next_multiple_of(8).min(range.end);
    let end = (range.end & !7).max(start);
    (start..end, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_range_is_filled_exactly_and_every_change_is_found(
            start in 0usize..40, length in 0usize..60, changes in prop::collection::vec(0usize..60, 0..4),
        ) {
            let mut memory = [0_u64; 16];
            let base = memory.as_mut_ptr() as usize;
            let range = base + start..base + start + length;
            CANARY.fill(range.clone());
            for at in base..base + 128 {
                prop_assert_eq!(mem::read::<u8>(at) != 0, range.contains(&at));
            }
            prop_assert_eq!(CANARY.damage(range.clone()), None);
            let changed: alloc::vec::Vec<usize> = changes.iter().map(|at| range.start + at).filter(|at| range.contains(at)).collect();
            for &at in &changed {
                mem::write(at, !CANARY.byte(at));
            }
            let expected = changed.iter().min().map(|&first| first..changed.iter().max().unwrap() + 1);
            prop_assert_eq!(CANARY.damage(range), expected);
            core::hint::black_box(&mut memory);
        }
    }
}

//! OSAtomic: one core and no preemption inside the KPI make plain reads and writes atomic.

use crate::functions;
use crate::mem;

fn change<T: Copy>(at: usize, f: impl FnOnce(T) -> T) -> T {
    let old = mem::read(at);
    mem::write(at, f(old));
    old
}

extern "C" fn add32(amount: u32, at: usize) -> u32 {
    change(at, |old: u32| old.wrapping_add(amount))
}

extern "C" fn add64(amount: u64, at: usize) -> u64 {
    change(at, |old: u64| old.wrapping_add(amount))
}

extern "C" fn increment(at: usize) -> u32 {
    add32(1, at)
}

extern "C" fn decrement(at: usize) -> u32 {
    add32(u32::MAX, at)
}

extern "C" fn and32(bits: u32, at: usize) -> u32 {
    change(at, |old: u32| old & bits)
}

extern "C" fn or32(bits: u32, at: usize) -> u32 {
    change(at, |old: u32| old | bits)
}

extern "C" fn xor32(bits: u32, at: usize) -> u32 {
    change(at, |old: u32| old ^ bits)
}

extern "C" fn add16(amount: u16, at: usize) -> u16 {
    change(at, |old: u16| old.wrapping_add(amount))
}

extern "C" fn add8(amount: u8, at: usize) -> u8 {
    change(at, |old: u8| old.wrapping_add(amount))
}

extern "C" fn increment16(at: usize) -> u16 {
    add16(1, at)
}

extern "C" fn decrement16(at: usize) -> u16 {
    add16(u16::MAX, at)
}

extern "C" fn increment8(at: usize) -> u8 {
    add8(1, at)
}

extern "C" fn decrement8(at: usize) -> u8 {
    add8(u8::MAX, at)
}

extern "C" fn and16(bits: u32, at: usize) -> u16 {
    change(at, |old: u16| old & bits as u16)
}

extern "C" fn or16(bits: u32, at: usize) -> u16 {
    change(at, |old: u16| old | bits as u16)
}

extern "C" fn xor16(bits: u32, at: usize) -> u16 {
    change(at, |old: u16| old ^ bits as u16)
}

extern "C" fn and8(bits: u32, at: usize) -> u8 {
    change(at, |old: u8| old & bits as u8)
}

extern "C" fn or8(bits: u32, at: usize) -> u8 {
    change(at, |old: u8| old | bits as u8)
}

extern "C" fn xor8(bits: u32, at: usize) -> u8 {
    change(at, |old: u8| old ^ bits as u8)
}

/// Bit `number` of a bit map whose bytes have their first bit at the top.
fn bit(number: u32, at: usize) -> (usize, u8) {
    (at + (number / 8) as usize, 0x80 >> (number % 8))
}

/// OSTestAndSet: whether the bit was set already.
extern "C" fn test_and_set(number: u32, at: usize) -> bool {
    let (at, mask) = bit(number, at);
    change(at, |old: u8| old | mask) & mask != 0
}

/// OSTestAndClear: whether the bit was clear already.
extern "C" fn test_and_clear(number: u32, at: usize) -> bool {
    let (at, mask) = bit(number, at);
    change(at, |old: u8| old & !mask) & mask == 0
}

extern "C" fn swap32(old: u32, new: u32, at: usize) -> bool {
    let same = mem::read::<u32>(at) == old;
    if same {
        mem::write(at, new);
    }
    same
}

extern "C" fn swap64(old: u64, new: u64, at: usize) -> bool {
    let same = mem::read::<u64>(at) == old;
    if same {
        mem::write(at, new);
    }
    same
}

functions! { pub FUNCTIONS:
    "_OSAddAtomic" => add32,
    "_OSAddAtomic64" => add64,
    "_OSIncrementAtomic" => increment,
    "_OSDecrementAtomic" => decrement,
    "_OSBitAndAtomic" => and32,
    "_OSBitOrAtomic" => or32,
    "_OSBitXorAtomic" => xor32,
    "_OSAddAtomic16" => add16,
    "_OSAddAtomic8" => add8,
    "_OSIncrementAtomic16" => increment16,
    "_OSIncrementAtomic8" => increment8,
    "_OSDecrementAtomic16" => decrement16,
    "_OSDecrementAtomic8" => decrement8,
    "_OSBitAndAtomic16" => and16,
    "_OSBitAndAtomic8" => and8,
    "_OSBitOrAtomic16" => or16,
    "_OSBitOrAtomic8" => or8,
    "_OSBitXorAtomic16" => xor16,
    "_OSBitXorAtomic8" => xor8,
    "_OSTestAndSet" => test_and_set,
    "_OSTestAndClear" => test_and_clear,
    "_OSCompareAndSwap" => swap32,
    "_OSCompareAndSwap64" => swap64,
    "_OSCompareAndSwapPtr" => swap64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_top_of_each_byte() {
        let mut map = [0u8; 2];
        let at = map.as_mut_ptr() as usize;
        assert!(!test_and_set(0, at) && test_and_set(0, at));
        assert!(!test_and_set(15, at));
        assert_eq!(mem::read::<[u8; 2]>(at), [0x80, 0x01]);
        assert!(!test_and_clear(0, at) && test_and_clear(0, at));
        assert_eq!(mem::read::<[u8; 2]>(at), [0, 1]);
    }

    #[test]
    fn narrow_words_wrap() {
        let mut word = 0u16;
        let at = (&raw mut word) as usize;
        assert_eq!((decrement16(at), mem::read::<u16>(at)), (0, u16::MAX));
        assert_eq!((increment8(at), mem::read::<u16>(at)), (0xff, 0xff00));
        assert_eq!((xor16(0x0ff0, at), mem::read::<u16>(at)), (0xff00, 0xf0f0));
    }
}

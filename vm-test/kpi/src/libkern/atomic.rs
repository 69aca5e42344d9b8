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
    "_OSCompareAndSwap" => swap32,
    "_OSCompareAndSwap64" => swap64,
    "_OSCompareAndSwapPtr" => swap64,
}

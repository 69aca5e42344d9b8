//! com.apple.vecLib.kext, as far as IOAudioFamily uses it.

use crate::functions;
use crate::mem;

/// vDSP_vadd: adds two vectors of floats; strides count floats.
extern "C" fn add(a: usize, a_stride: i64, b: usize, b_stride: i64, to: usize, stride: i64, count: u64) {
    let at = |base: usize, stride: i64, index: i64| base.wrapping_add_signed((stride * index * 4) as isize);
    for index in 0..count as i64 {
        let sum = mem::read::<f32>(at(a, a_stride, index)) + mem::read::<f32>(at(b, b_stride, index));
        mem::write(at(to, stride, index), sum);
    }
}

functions! { pub FUNCTIONS:
    "_vDSP_vadd" => add,
}

#[cfg(test)]
mod tests {
    #[test]
    fn vectors_are_added_with_strides() {
        let (a, b, mut sum) = ([1.0f32, 2.0, 3.0], [0.5f32, 9.0, 0.25, 9.0, 0.125, 9.0], [0.0f32; 3]);
        super::add(a.as_ptr() as usize, 1, b.as_ptr() as usize, 2, sum.as_mut_ptr() as usize, 1, 3);
        assert_eq!(sum.map(f32::to_bits), [1.5f32, 2.25, 3.125].map(f32::to_bits));
    }
}

//! Accelerate: vectors of floats with strides.

use super::symbols;
use crate::memory;

fn float(at: usize) -> f32 {
    f32::from_ne_bytes(memory::word(at))
}

fn put(at: usize, value: f32) {
    memory::put(at, &value.to_ne_bytes());
}

/// The address of an element.
fn element(start: usize, stride: isize, index: usize) -> usize {
    start.wrapping_add_signed(stride.wrapping_mul(index as isize * 4))
}

extern "C" fn clear(to: usize, stride: isize, count: usize) {
    (0..count).for_each(|index| put(element(to, stride, index), 0.0));
}

extern "C" fn multiply_by(from: usize, step: isize, factor: usize, to: usize, stride: isize, count: usize) {
    let factor = float(factor);
    (0..count).for_each(|index| put(element(to, stride, index), float(element(from, step, index)) * factor));
}

extern "C" fn add(
    left: usize,
    left_step: isize,
    right: usize,
    right_step: isize,
    to: usize,
    stride: isize,
    count: usize,
) {
    for index in 0..count {
        let sum = float(element(left, left_step, index)) + float(element(right, right_step, index));
        put(element(to, stride, index), sum);
    }
}

symbols! {
    "_vDSP_vclr" => clear,
    "_vDSP_vsmul" => multiply_by,
    "_vDSP_vadd" => add,
}

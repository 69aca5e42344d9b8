//! Hostile files: a fixed series of edits, and every length that a file can be cut to. The fuzz target looks for others.

use crate::kit::{Kext, edited, probe};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

#[test]
fn edits_of_the_good_kext_do_no_harm() {
    let mut random = Random(0x10f0);
    for _ in 0..3000 {
        let edits: Vec<u8> = (0..3 * (1 + random.next() % 8)).map(|_| (random.next() >> 32) as u8).collect();
        probe(&edited(&edits));
    }
}

#[test]
fn single_bits_of_header_and_tables_do_no_harm() {
    let good = Kext::good().build();
    let mut random = Random(0xf100);
    let header = 0..0x400;
    let linkedit = 0x2000..good.len();
    for at in header.chain(linkedit).step_by(3) {
        let mut file = good.clone();
        file[at] ^= 1 << (random.next() >> 61);
        probe(&file);
    }
}

#[test]
fn a_file_may_be_cut_anywhere() {
    let good = Kext::good().build();
    for length in (0..0x400).chain((0x400..good.len()).step_by(37)) {
        probe(&good[..length]);
    }
}

#[test]
fn noise_is_no_kext() {
    let mut random = Random(7);
    for length in 0..300 {
        let noise: Vec<u8> = (0..length).map(|_| (random.next() >> 32) as u8).collect();
        probe(&noise);
    }
}

//! Buffers as a device has them, and what moves samples between them.

use std::arch::x86_64::_rdtsc;
use std::hint::black_box;
use std::ptr::NonNull;
use std::slice;

use mover::{Destination, Source};

/// Frames of the ring.
pub const RING: u32 = 16384;
const FLOAT_BYTES: usize = 4;

#[repr(align(4096))]
#[derive(Clone, Copy)]
struct Page {
    #[expect(dead_code, reason = "it is there for its size")]
    bytes: [u8; 4096],
}

/// Memory that begins at a page, as the kernel gives it.
struct Pages(Vec<Page>);

impl Pages {
    fn new(bytes: usize) -> Self {
        Self(vec![Page { bytes: [0; 4096] }; bytes.div_ceil(4096)])
    }

    fn start(&mut self) -> NonNull<u8> {
        NonNull::from(self.0.as_mut_slice()).cast()
    }

    fn floats(&mut self) -> &mut [f32] {
        let count = self.0.len() * size_of::<Page>() / FLOAT_BYTES;
        // SAFETY: the pages are as many floats, of any bits, aligned, and borrowed with the value.
        unsafe { slice::from_raw_parts_mut(self.start().cast().as_ptr(), count) }
    }
}

/// The mix buffer, the ring and a client's buffer. All shapes use the same, that each finds the caches as the others do.
pub struct Buffers {
    channels: usize,
    mix: Pages,
    ring: Pages,
    client: Pages,
}

impl Buffers {
    /// For blocks of up to `frames` frames of `channels` channels, with noise in the mix buffer.
    pub fn new(channels: u32, frames: u32) -> Self {
        let bytes = |frames: u32| (channels * frames) as usize * FLOAT_BYTES;
        let mut mix = Pages::new(bytes(RING));
        let mut noise = 1u32;
        for sample in mix.floats() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = (f64::from(noise.cast_signed()) / f64::from(1u32 << 31)) as f32;
        }
        Self { channels: channels as usize, mix, ring: Pages::new(bytes(RING)), client: Pages::new(bytes(frames)) }
    }

    /// Mix buffer and ring, as a write has them.
    pub fn for_write(&mut self, ring_frame_bytes: u32) -> (Source<'_>, Destination<'_>) {
        let frame_bytes = (self.channels * FLOAT_BYTES) as u32;
        let (mix, ring) = (self.mix.start(), self.ring.start());
        // SAFETY: the pages hold a ring of such frames and are borrowed with the value.
        let mix = unsafe { Source::new(mix, RING, frame_bytes) };
        // SAFETY: as above; no format's frames are larger than those of floats.
        let ring = unsafe { Destination::new(ring, RING, ring_frame_bytes) };
        (mix, ring)
    }

    /// Ring and client's buffer, as a read of `frames` frames has them.
    pub fn for_read(&mut self, ring_frame_bytes: u32, frames: u32) -> (Source<'_>, Destination<'_>) {
        let frame_bytes = (self.channels * FLOAT_BYTES) as u32;
        let (ring, client) = (self.ring.start(), self.client.start());
        // SAFETY: as in `for_write`.
        let ring = unsafe { Source::new(ring, RING, ring_frame_bytes) };
        // SAFETY: the pages hold a block of floats and are borrowed with the value.
        let client = unsafe { Destination::new(client, frames, frame_bytes) };
        (ring, client)
    }

    /// What a loop through a ring costs at least: a block is copied in and out.
    pub fn copy(&mut self, first: u32, frames: u32) {
        let (at, samples) = (first as usize * self.channels, frames as usize * self.channels);
        let ring = &mut self.ring.floats()[at..at + samples];
        ring.copy_from_slice(black_box(&self.mix.floats()[at..at + samples]));
        self.client.floats()[..samples].copy_from_slice(black_box(ring));
        black_box(&self.client);
    }

    /// A usual shape of loopback drivers: a block is copied in, then multiplied in place channel by channel, at unity too, and
    /// copied out.
    #[inline(never)]
    pub fn copy_and_multiply(&mut self, first: u32, frames: u32, gains: &[f32]) {
        let (at, samples) = (first as usize * self.channels, frames as usize * self.channels);
        let ring = &mut self.ring.floats()[at..at + samples];
        ring.copy_from_slice(black_box(&self.mix.floats()[at..at + samples]));
        for (channel, gain) in gains.iter().enumerate() {
            for sample in ring.iter_mut().skip(channel).step_by(self.channels) {
                *sample *= gain;
            }
        }
        self.client.floats()[..samples].copy_from_slice(black_box(ring));
        black_box(&self.client);
    }
}

/// The time as the kernel's clock has it: the processor's counter, scaled.
pub fn uptime() -> u64 {
    // SAFETY: every x86_64 has the counter.
    let ticks = unsafe { _rdtsc() };
    // What the factor is does not matter here.
    ((u128::from(ticks) * 0x5555_5555) >> 32) as u64
}

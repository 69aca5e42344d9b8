//! Conversion and gain to the last bit, against arithmetic sample by sample.

use std::iter;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use engine::format::SampleFormat;
use engine::level::Side;
use engine::path::{Path, cells_for};
use engine::timeline::Now;
use mover::{Destination, Source, execute};
use proptest::prelude::*;

const RATE: u32 = 48_000;
const GUARD: usize = 64;
const FILL: u8 = 0xEE;

/// round(x · 2ⁿ⁻¹), ties to even, saturated; 0 for NaN. Exact, since a float times a power of two is an f64.
fn integer(sample: f32, bits: u32) -> i32 {
    let full = f64::from(1u32 << (bits - 1));
    // A cast saturates and makes 0 of NaN.
    (f64::from(sample) * full).round_ties_even().clamp(-full, full - 1.0) as i32
}

fn encoded(sample: f32, format: SampleFormat) -> Vec<u8> {
    match format {
        SampleFormat::Float32 => sample.to_le_bytes().to_vec(),
        SampleFormat::Int24In32 => (integer(sample, 24) << 8).to_le_bytes().to_vec(),
        _ => integer(sample, format.bits()).to_le_bytes()[..format.sample_bytes() as usize].to_vec(),
    }
}

fn decoded(bytes: &[u8], format: SampleFormat) -> f32 {
    let mut word = [0; 4];
    word[..bytes.len()].copy_from_slice(bytes);
    let word = i32::from_le_bytes(word);
    let unused = 32 - format.bits();
    let integer = match format {
        SampleFormat::Float32 => return f32::from_le_bytes(word.to_le_bytes()),
        SampleFormat::Int24In32 => word >> 8,
        _ => word << unused >> unused,
    };
    // An integer of 32 bits is exact in an f64, and rounded once.
    (f64::from(integer) / f64::from(1u32 << (format.bits() - 1))) as f32
}

/// Bytes between guards, at any distance from an aligned address.
struct Buffer {
    bytes: Vec<u8>,
    first: usize,
    len: usize,
}

impl Buffer {
    fn new(len: usize, offset: usize) -> Self {
        Self { bytes: vec![FILL; len + 2 * GUARD + 16], first: GUARD + offset, len }
    }

    fn content(&mut self) -> &mut [u8] {
        &mut self.bytes[self.first..self.first + self.len]
    }

    fn assert_guards(&self) {
        let (before, rest) = self.bytes.split_at(self.first);
        assert!(before.iter().chain(&rest[self.len..]).all(|byte| *byte == FILL), "a guard was written to");
    }

    fn source(&mut self, frame_bytes: u32) -> Source<'_> {
        let frames = self.len as u32 / frame_bytes;
        // SAFETY: the content is borrowed as long as the source lives.
        unsafe { Source::new(NonNull::from(self.content()).cast(), frames, frame_bytes) }
    }

    fn destination(&mut self, frame_bytes: u32) -> Destination<'_> {
        let frames = self.len as u32 / frame_bytes;
        // SAFETY: the content is borrowed as long as the destination lives.
        unsafe { Destination::new(NonNull::from(self.content()).cast(), frames, frame_bytes) }
    }
}

/// A device with a ring of four blocks, of which the first ones are used.
struct Device {
    path: Path<'static>,
    channels: u32,
    format: SampleFormat,
    /// Frames of a block.
    frames: u32,
}

impl Device {
    fn new(channels: u32, format: SampleFormat, frames: u32) -> Self {
        let cells = (0..cells_for(channels)).map(|_| AtomicU32::new(u32::MAX)).collect::<Vec<_>>().leak();
        let path = Path::new(channels, 4 * frames, cells).unwrap();
        path.set_format(format);
        Self { path, channels, format, frames }
    }

    /// All levels of a side, the master's first.
    fn set_levels(&self, side: Side, levels: &[u32]) {
        for (channel, level) in (0..=self.channels).zip(levels) {
            self.path.set_level(side, channel, *level).unwrap();
        }
    }

    /// Bytes of a block of floats and of the ring's format.
    fn bytes(&self) -> [usize; 2] {
        let samples = (self.frames * self.channels) as usize;
        [samples * 4, samples * self.format.sample_bytes() as usize]
    }

    /// Where the clock is when block `block` is due.
    fn now(&self, block: u32) -> Now {
        let origin = 2 * 4 * u64::from(self.frames);
        Now { position: origin + u64::from(block * self.frames), lap_start: origin, origin }
    }

    /// Writes a block that is due.
    fn write(&self, block: u32, mix: &mut Buffer, ring: &mut Buffer) {
        let write = self.path.begin_write(Some(&self.now(block)), RATE, block * self.frames, self.frames).unwrap();
        let frame_bytes = write.plan().ring_frame_bytes();
        execute(write.plan(), &mix.source(self.channels * 4), &mut ring.destination(frame_bytes)).unwrap();
        self.path.end_write(write, || 0);
    }

    /// Reads a block that has passed.
    fn read(&self, block: u32, ring: &mut Buffer, client: &mut Buffer) {
        let read = self.path.begin_read(Some(&self.now(block + 1)), RATE, block * self.frames, self.frames).unwrap();
        let frame_bytes = read.plan().ring_frame_bytes();
        execute(read.plan(), &ring.source(frame_bytes), &mut client.destination(self.channels * 4)).unwrap();
        assert_eq!(self.path.end_read(read, || 0), 0);
    }
}

/// Samples where a conversion can go wrong.
fn edges() -> Vec<f32> {
    let mut edges = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        -2.0,
        1e30,
        -1e30,
        f32::MAX,
        f32::MIN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        -f32::NAN,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        0.999_999_94,
        -0.999_999_94,
        1.000_000_1,
    ];
    for bits in [16, 24, 32] {
        let unit = 2f32.powi(1 - bits);
        for steps in [0.5, 1.0, 1.5, 2.5, 3.5, 1000.5, 1001.5, 32_766.5, 32_767.5, 8_388_606.5, 8_388_607.5] {
            let exact = steps * unit;
            for near in [exact, exact.next_up(), exact.next_down()] {
                edges.extend([near, -near]);
            }
        }
    }
    edges
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn fill(buffer: &mut Buffer, samples: impl IntoIterator<Item = f32>) {
    for (place, sample) in buffer.content().chunks_exact_mut(4).zip(samples) {
        place.copy_from_slice(&sample.to_le_bytes());
    }
}

/// Writes the samples into a ring and reads them again, and compares both with arithmetic.
fn go_round(device: &Device, played: &[f32], gains: [&[f32]; 2], offsets: [usize; 3]) {
    let [floats, integers] = device.bytes();
    let (mut mix, mut ring) = (Buffer::new(floats, offsets[0]), Buffer::new(integers, offsets[1]));
    let mut client = Buffer::new(floats, offsets[2]);
    fill(&mut mix, played.iter().copied());
    device.write(0, &mut mix, &mut ring);
    let carried = ring.content().to_vec();
    if device.format == SampleFormat::Int24In32 {
        // The low byte is no part of the sample.
        ring.content().iter_mut().step_by(4).for_each(|byte| *byte = 0x5A);
    }
    device.read(0, &mut ring, &mut client);
    for buffer in [&mix, &ring, &client] {
        buffer.assert_guards();
    }

    let size = device.format.sample_bytes() as usize;
    let heard = samples(client.content());
    for (index, carried) in carried.chunks_exact(size).enumerate() {
        let channel = index % device.channels as usize;
        let written = played[index] * gains[0][channel];
        let expected = encoded(written, device.format);
        let why = format!("{:?} to {:?} at {index} of {} channels", played[index], device.format, device.channels);
        if !written.is_nan() || device.format != SampleFormat::Float32 {
            assert_eq!(carried, expected, "{why}");
        }
        let read = decoded(carried, device.format) * gains[1][channel];
        let bits = [heard[index], read].map(|sample| if sample.is_nan() { None } else { Some(sample.to_bits()) });
        assert_eq!(bits[0], bits[1], "read: {why}");
    }
}

fn gains(side: Side, levels: &[u32]) -> Vec<f32> {
    let factor = |level: u32| side.law().factor(level);
    levels[1..].iter().map(|level| factor(levels[0]) * factor(*level)).collect()
}

#[test]
fn edges_are_converted_to_the_last_bit() {
    let edges = edges();
    for format in SampleFormat::ALL {
        for channels in [1, 2, 3, 16] {
            let frames = (edges.len() as u32).div_ceil(channels);
            let device = Device::new(channels, format, frames);
            let played: Vec<f32> = edges.iter().copied().cycle().take((frames * channels) as usize).collect();
            let unity = vec![1.0; channels as usize];
            go_round(&device, &played, [&unity, &unity], [0, 0, 0]);
        }
    }
}

#[test]
fn every_integer_of_16_bits_comes_back() {
    let device = Device::new(2, SampleFormat::Int16, 1 << 15);
    let played: Vec<f32> = (i16::MIN..=i16::MAX).map(|integer| f32::from(integer) / 32_768.0).collect();
    let [floats, integers] = device.bytes();
    let (mut mix, mut ring, mut client) = (Buffer::new(floats, 0), Buffer::new(integers, 0), Buffer::new(floats, 0));
    fill(&mut mix, played.iter().copied());
    device.write(0, &mut mix, &mut ring);
    device.read(0, &mut ring, &mut client);
    assert_eq!(samples(client.content()), played);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_block_at_any_place_with_any_gain_is_what_arithmetic_says(
        index in 0..SampleFormat::ALL.len(),
        channels in prop_oneof![1u32..=20, Just(63), Just(64), Just(65), Just(255), Just(256)],
        frames in 1u32..70,
        offsets in prop::array::uniform3(0usize..16),
        levels in prop::collection::vec((64u32..=128, 64u32..=176), 257),
        at_unity in any::<[bool; 2]>(),
        words in prop::collection::vec(any::<u32>(), 70 * 20),
    ) {
        let device = Device::new(channels, SampleFormat::ALL[index], frames);
        let unity = vec![128; 257];
        let volumes = if at_unity[0] { unity.clone() } else { levels.iter().map(|both| both.0).collect() };
        let boosts = if at_unity[1] { unity } else { levels.iter().map(|both| both.1).collect::<Vec<_>>() };
        device.set_levels(Side::Write, &volumes);
        device.set_levels(Side::Read, &boosts);
        let edges = edges();
        // Any bits, samples within full scale, and edges.
        let sample = |word: u32| match word % 3 {
            0 => f32::from_bits(word),
            1 => (f64::from(word as i32) / 2f64.powi(31)) as f32,
            _ => edges[word as usize % edges.len()],
        };
        let played: Vec<f32> = words.iter().cycle().take((frames * channels) as usize).map(|word| sample(*word)).collect();
        let gains = [gains(Side::Write, &volumes[..=channels as usize]), gains(Side::Read, &boosts[..=channels as usize])];
        go_round(&device, &played, [&gains[0], &gains[1]], offsets);
    }

    #[test]
    fn a_ramp_is_what_arithmetic_says(
        channels in prop_oneof![1u32..=20, Just(64), Just(65)],
        frames in 490u32..700,
        levels in prop::collection::vec(0u32..=128, 66),
        offset in 0usize..16,
    ) {
        let device = Device::new(channels, SampleFormat::Float32, frames);
        let [block, _] = device.bytes();
        let (mut mix, mut ring) = (Buffer::new(2 * block, offset), Buffer::new(2 * block, offset));
        fill(&mut mix, iter::repeat(1.0));
        device.write(0, &mut mix, &mut ring);
        device.set_levels(Side::Write, &levels);
        device.write(1, &mut mix, &mut ring);
        for buffer in [&mix, &ring] {
            buffer.assert_guards();
        }
        let targets = gains(Side::Write, &levels[..=channels as usize]);
        for (index, gain) in samples(&ring.content()[block..]).into_iter().enumerate() {
            let (frame, target) = (index / channels as usize, targets[index % channels as usize]);
            let part = if frame < 480 { f32::from(frame as u16) * (1.0 / 480.0) } else { 1.0 };
            let expected = if frame < 480 { 1.0 + (target - 1.0) * part } else { target };
            prop_assert_eq!(gain.to_bits(), expected.to_bits(), "frame {} of {:?}", frame, targets);
        }
    }
}

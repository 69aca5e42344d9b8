//! Levels as frames get them: in ramps by the absolute frame, the same for a frame whoever asks and however often.

#![allow(clippy::float_cmp, reason = "gains are the same to the last bit")]

mod common;

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use common::pieces;
use engine::format::SampleFormat;
use engine::level::Side;
use engine::path::{Path, cells_for};
use engine::plan::{Action, Plan};
use engine::timeline::Now;
use proptest::prelude::*;

const RING: u64 = 4096;
const RATE: u32 = 48_000;
/// 10 ms.
const RAMP: u64 = 480;
const CHANNELS: u32 = 3;
const ORIGIN: u64 = 2 * RING;

fn path() -> Path<'static> {
    let cells = (0..cells_for(CHANNELS)).map(|_| AtomicU32::new(u32::MAX)).collect::<Vec<_>>().leak();
    Path::new(CHANNELS, RING as u32, cells).unwrap()
}

fn now(position: u64) -> Now {
    Now { position, lap_start: position / RING * RING, origin: ORIGIN }
}

/// The factors of a plan's last frames, 0 where they are silence.
fn factors(plan: &Plan<'_>, frames: u32) -> Vec<[f32; CHANNELS as usize]> {
    let mut factors = Vec::new();
    for piece in pieces(plan) {
        for frame in 0..piece.frames as u16 {
            factors.push(array::from_fn(|channel| match piece.action {
                Action::Silence => 0.0,
                Action::Copy => 1.0,
                Action::Move(gain) => gain.factor(channel, frame),
            }));
        }
    }
    // Before them gaps are filled.
    factors.split_off(factors.len() - frames as usize)
}

/// A writer that is a little ahead of the clock.
struct Writer {
    path: Path<'static>,
    /// The end of what was written.
    end: u64,
}

impl Writer {
    fn new() -> Self {
        Self { path: path(), end: ORIGIN + 1 }
    }

    /// Writes `frames` frames from the absolute frame `start` on, none beyond the ring's end, and returns their factors.
    fn write(&mut self, start: u64, frames: u64) -> Vec<[f32; CHANNELS as usize]> {
        let position = self.end.max(start + frames) - 20;
        let first = (start % RING) as u32;
        let write = self.path.begin_write(Some(&now(position)), RATE, first, frames as u32).unwrap();
        let factors = factors(write.plan(), frames as u32);
        self.path.end_write(write, || 0);
        self.end = self.end.max(start + frames);
        factors
    }

    /// Writes the next frames.
    fn go_on(&mut self, frames: u64) -> Vec<[f32; CHANNELS as usize]> {
        self.write(self.end, frames.min(RING - self.end % RING))
    }
}

#[test]
fn a_change_ramps_from_the_first_frame_that_was_not_written() {
    let mut writer = Writer::new();
    assert_eq!(writer.go_on(100), [[1.0; 3]; 100]);
    writer.path.set_level(Side::Write, 2, 88).unwrap();
    let ramped = writer.go_on(600);
    for (frame, factors) in (0u16..).zip(&ramped) {
        let target = 0.1f32;
        let expected = if u64::from(frame) < RAMP { 1.0 + (target - 1.0) * (f32::from(frame) / 480.0) } else { target };
        assert!((factors[1] - expected).abs() < 1e-6, "{} in frame {frame}", factors[1]);
        assert_eq!((factors[0], factors[2]), (1.0, 1.0));
    }
    // All are the same again when they are clipped again.
    assert_eq!(writer.write(ORIGIN + 1, 700)[100..], ramped[..]);
}

#[test]
fn master_and_mute_are_for_all_channels_and_keep_the_levels() {
    let mut writer = Writer::new();
    writer.path.set_level(Side::Write, 0, 88).unwrap();
    writer.path.set_level(Side::Write, 1, 88).unwrap();
    writer.path.set_mute(Side::Write, 3, true).unwrap();
    let factors = writer.go_on(1)[0];
    assert!((factors[0] - 0.01).abs() < 1e-8 && (factors[1] - 0.1).abs() < 1e-8);
    assert_eq!(factors[2].to_bits(), 0);
    writer.path.set_mute(Side::Write, 0, true).unwrap();
    assert_eq!(writer.go_on(500)[480..], [[0.0; 3]; 20]);
    writer.path.set_mute(Side::Write, 0, false).unwrap();
    assert_eq!(writer.go_on(500)[480..], [factors; 20]);
    writer.path.set_level(Side::Write, 0, 0).unwrap();
    assert_eq!(writer.go_on(500)[480..], [[0.0; 3]; 20]);
}

#[test]
fn what_is_written_and_what_is_read_have_levels_of_their_own() {
    let mut writer = Writer::new();
    writer.path.set_level(Side::Read, 0, 176).unwrap();
    writer.path.set_mute(Side::Read, 1, true).unwrap();
    assert_eq!(writer.go_on(200), [[1.0; 3]; 200]);
    let read = writer.path.begin_read(Some(&now(ORIGIN + 200)), RATE, 1, 100).unwrap();
    let boost = Side::Read.law().factor(176);
    assert_eq!(factors(read.plan(), 100), [[0.0, boost, boost]; 100]);
    assert_eq!(writer.path.end_read(read, || 0), 0);
}

#[test]
fn integers_are_converted_at_unity() {
    let mut writer = Writer::new();
    writer.path.set_format(SampleFormat::Int16);
    let write = writer.path.begin_write(Some(&now(ORIGIN)), RATE, 0, 64).unwrap();
    assert!(matches!(pieces(write.plan())[..], [piece] if matches!(piece.action, Action::Move(_))));
    assert_eq!((write.plan().ring_frame_bytes(), write.plan().format()), (6, SampleFormat::Int16));
    writer.path.end_write(write, || 0);
    assert_eq!(writer.go_on(63), [[1.0; 3]; 63]);
}

#[test]
fn readers_at_different_distances_get_the_same_gain_for_a_frame() {
    let mut writer = Writer::new();
    writer.go_on(3000);
    let mut heard: BTreeMap<u64, [f32; 3]> = BTreeMap::new();
    for (position, level) in (ORIGIN + 400..ORIGIN + 2800).step_by(60).zip((0..=176).cycle().step_by(29)) {
        // A change every second ramp, so that no frame is in the ramp before the former one.
        if (position - ORIGIN - 400) % 960 == 480 {
            writer.path.set_level(Side::Read, 0, level).unwrap();
        }
        for lag in [64, 200, 390] {
            let start = position - lag;
            let read = writer.path.begin_read(Some(&now(position)), RATE, (start % RING) as u32, 60).unwrap();
            for (frame, factors) in (start..).zip(factors(read.plan(), 60)) {
                let first = *heard.entry(frame).or_insert(factors);
                assert_eq!(first, factors, "frame {} at {} behind", frame - ORIGIN, lag);
            }
            assert_eq!(writer.path.end_read(read, || 0), 0);
        }
    }
    assert!(heard.values().any(|factors| factors[0] > 1.0) && heard.values().any(|factors| factors[0] < 1.0));
}

#[test]
fn a_reader_that_is_ahead_of_the_clock_hears_no_step() {
    let mut writer = Writer::new();
    writer.go_on(1000);
    let read = |first| {
        let read = writer.path.begin_read(Some(&now(ORIGIN + 130)), RATE, first, 60).unwrap();
        let factors = factors(read.plan(), 60);
        assert_eq!(writer.path.end_read(read, || 0), 0);
        factors
    };
    assert_eq!(read(100), [[1.0; 3]; 60]);
    writer.path.set_mute(Side::Read, 0, true).unwrap();
    assert_eq!(read(100), [[1.0; 3]; 60]);
    let next = read(129);
    assert_eq!(next[..32], [[1.0; 3]; 32]);
    assert!(next[32..].windows(2).all(|pair| pair[1][0] < pair[0][0]));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(u64),
    Again { behind: u64, frames: u64 },
    Level { channel: u32, value: u32 },
    Mute { channel: u32, muted: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let channel = 0..=CHANNELS;
    prop_oneof![
        6 => (1u64..300).prop_map(Step::Write),
        3 => (1u64..400, 1u64..200).prop_map(|(behind, frames)| Step::Again { behind, frames }),
        2 => (channel.clone(), 0u32..=128).prop_map(|(channel, value)| Step::Level { channel, value }),
        1 => (channel, any::<bool>()).prop_map(|(channel, muted)| Step::Mute { channel, muted }),
    ]
}

/// What was set.
#[derive(Clone, Copy)]
struct Settings {
    levels: [u32; CHANNELS as usize + 1],
    mutes: [bool; CHANNELS as usize + 1],
}

impl Settings {
    fn factor(&self, channel: usize) -> f32 {
        let muted = self.mutes[0] || self.mutes[channel + 1];
        let factor = |index: usize| Side::Write.law().factor(self.levels[index]);
        if muted { 0.0 } else { factor(0) * factor(channel + 1) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gain_is_a_function_of_the_frame_without_steps(steps in prop::collection::vec(step(), 1..60)) {
        let mut writer = Writer::new();
        let mut settings = Settings { levels: [128; 4], mutes: [false; 4] };
        let mut given: BTreeMap<u64, [f32; 3]> = BTreeMap::new();
        // Where ramps began.
        let mut turns = vec![0, 0];
        let mut changed = false;
        for step in steps {
            match step {
                Step::Level { channel, value } => {
                    writer.path.set_level(Side::Write, channel, value).unwrap();
                    changed |= settings.levels[channel as usize] != value;
                    settings.levels[channel as usize] = value;
                }
                Step::Mute { channel, muted } => {
                    writer.path.set_mute(Side::Write, channel, muted).unwrap();
                    changed |= settings.mutes[channel as usize] != muted;
                    settings.mutes[channel as usize] = muted;
                }
                Step::Write(frames) => {
                    let start = writer.end;
                    if changed && given.is_empty() {
                        turns = vec![0, 0];
                    } else if changed && turns.last() != Some(&start) {
                        turns.push(start);
                    }
                    changed = false;
                    let factors = writer.go_on(frames);
                    given.extend((start..).zip(factors));
                }
                Step::Again { behind, frames } => {
                    let start = writer.end.saturating_sub(behind).max(ORIGIN + 1);
                    let frames = frames.min(writer.end - start).min(RING - start % RING);
                    if frames == 0 {
                        continue;
                    }
                    if changed && turns.last() != Some(&writer.end) {
                        turns.push(writer.end);
                    }
                    changed = false;
                    // Two ramps are known.
                    let known = turns[turns.len() - 2];
                    for (frame, factors) in (start..).zip(writer.write(start, frames)) {
                        if frame >= known {
                            prop_assert_eq!(given[&frame], factors, "frame {}", frame - ORIGIN);
                        }
                    }
                }
            }
        }
        // No channel goes faster than from silence to unity in 10 ms.
        for (one, next) in given.iter().zip(given.iter().skip(1)) {
            for channel in 0..CHANNELS as usize {
                let difference = (next.1[channel] - one.1[channel]).abs();
                prop_assert!(difference <= 1.0 / 480.0 + 1e-6, "{} behind frame {}", difference, one.0 - ORIGIN);
            }
        }
        // In the end all is as it was set.
        writer.go_on(1);
        while writer.go_on(480).len() < 480 {}
        let last = writer.go_on(1)[0];
        for (channel, factor) in last.into_iter().enumerate() {
            prop_assert_eq!(factor.to_bits(), settings.factor(channel).to_bits());
        }
    }
}

//! What a client is like: the options of `open`.

use alloc::format;
use alloc::vec::Vec;

use protocol::script::{Hal, Late, Offline, Sides};

use crate::error::Error;
use crate::step::IO_FRAMES;
use crate::words::Words;

/// Frames of offsets, at most.
const FAR: i32 = 1 << 24;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    On,
    Sides(Sides),
    IoFrames,
    SafetyOffset,
    Margin,
    Lead,
    Lag,
    WakesLate,
    WhenOffline,
    WhenLate,
    Retries,
    Sets,
    Entitlement,
}

const OPTIONS: [(&str, Word); 15] = [
    ("on", Word::On),
    ("both", Word::Sides(Sides::Both)),
    ("output", Word::Sides(Sides::Output)),
    ("input", Word::Sides(Sides::Input)),
    ("io-frames", Word::IoFrames),
    ("safety-offset", Word::SafetyOffset),
    ("margin", Word::Margin),
    ("lead", Word::Lead),
    ("lag", Word::Lag),
    ("wakes-late", Word::WakesLate),
    ("when-offline", Word::WhenOffline),
    ("when-late", Word::WhenLate),
    ("retries", Word::Retries),
    ("sets", Word::Sets),
    ("entitlement", Word::Entitlement),
];

/// What to do offline.
pub const OFFLINE: [(&str, Offline); 3] =
    [("return", Offline::Return), ("rest", Offline::Rest), ("go-on", Offline::GoOn)];
/// What to do when late.
pub const LATE: [(&str, Late); 2] = [("go-on", Late::GoOn), ("resync", Late::Resync)];

/// Reads options up to the end of the line.
pub fn read(words: &mut Words<'_>) -> Result<Hal, Error> {
    let mut hal = Hal::default();
    let mut given: Vec<Word> = Vec::new();
    while !words.is_at_end() {
        let name = words.peek().unwrap_or_default();
        let twice = format!("\"{name}\" is said twice");
        let word = words.choose("option of a client", &OPTIONS)?;
        let is_same = |other: &Word| core::mem::discriminant(other) == core::mem::discriminant(&word);
        if given.iter().any(is_same) {
            return Err(words.error(twice, "each option stands once"));
        }
        given.push(word);
        match word {
            Word::On => hal.device = Some(words.device()?),
            Word::Sides(sides) => hal.sides = sides,
            Word::IoFrames => hal.io_frames = words.number("number of frames", IO_FRAMES)?,
            Word::SafetyOffset => hal.safety_offset = words.number("number of frames", 0..=FAR as u32)?,
            Word::Margin => hal.margin = Some(words.number("number of frames", 0..=FAR as u32)?),
            Word::Lead => hal.lead = Some(words.number("number of frames", -FAR..=FAR)?),
            Word::Lag => hal.lag = Some(words.number("number of frames", -FAR..=FAR)?),
            Word::WakesLate => hal.wakes_late = Some(words.time()?),
            Word::WhenOffline => hal.when_offline = words.choose("way to go on", &OFFLINE)?,
            Word::WhenLate => hal.when_late = words.choose("way to go on", &LATE)?,
            Word::Retries => hal.retries = words.number("number of retries", 0..=1000)?,
            Word::Sets => hal.shared_set = words.choose("kind of sets", &[("shared", true), ("own", false)])?,
            Word::Entitlement => hal.entitled = words.choose("entitlement", &[("on", true), ("off", false)])?,
        }
    }
    Ok(hal)
}

//! A device as the driver has it.

use std::ffi::CStr;
use std::sync::atomic::AtomicU32;

use anyhow::{Context, Result, anyhow};
use engine::Engine;
use engine::clock::Timebase;
use engine::config::Device as Definition;
use engine::controls::Setting;
use engine::level::Side;
use engine::path::cells_for;
use engine::property::{Node, Value};
use mover::{execute, silence};

use crate::case::Case;
use crate::memory::{Buffers, RING, uptime};

const RATE: u32 = 16_000;
/// Ticks of a frame: whole ones at this rate.
const FRAME: u64 = 62_500;

/// The definition of a device as a property list.
#[derive(Clone, Copy)]
enum Plist {
    Definition { channels: u32, format: &'static str },
    Rates,
    Formats(&'static str),
    Value(Value<'static>),
}

impl Node<'static> for Plist {
    fn value(self) -> Value<'static> {
        match self {
            Self::Definition { .. } => Value::Dictionary,
            Self::Rates | Self::Formats(_) => Value::List,
            Self::Value(value) => value,
        }
    }

    fn count(self) -> u32 {
        match self {
            Self::Definition { .. } => 6,
            Self::Rates | Self::Formats(_) => 1,
            Self::Value(_) => 0,
        }
    }

    fn element(self, index: u32) -> Option<Self> {
        match self {
            Self::Rates if index == 0 => Some(Self::Value(Value::Number(u64::from(RATE)))),
            Self::Formats(format) if index == 0 => Some(Self::Value(Value::Text(format))),
            _ => None,
        }
    }

    fn member(self, key: &CStr) -> Option<Self> {
        let Self::Definition { channels, format } = self else { return None };
        Some(match key.to_bytes() {
            b"Name" | b"UID" => Self::Value(Value::Text("bench")),
            b"Channels" => Self::Value(Value::Number(u64::from(channels))),
            b"RingFrames" => Self::Value(Value::Number(u64::from(RING))),
            b"Rates" => Self::Rates,
            b"Formats" => Self::Formats(format),
            _ => return None,
        })
    }
}

/// A running engine, and how far it has come.
pub struct Device {
    engine: Engine<'static>,
    start: u64,
    frame: u64,
}

impl Device {
    /// An engine for a case.
    ///
    /// # Errors
    /// The engine refuses it.
    pub fn new(case: Case, channels: u32) -> Result<Self> {
        let refused = |error: String| anyhow!("no device of {channels} channels for {case:?}: {error}");
        let definition = Plist::Definition { channels, format: case.format().name() };
        let device = Definition::new(definition).map_err(|error| refused(error.to_string()))?;
        let cells = (0..cells_for(channels)).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
        let engine = Engine::new(device, Timebase { numer: 1, denom: 1 }, cells);
        let engine = engine.map_err(|error| refused(error.to_string()))?;
        if case == Case::GainPerChannel {
            for channel in 1..=channels {
                let volume = Setting::Level(Side::Write, channel, 128 - channel);
                engine.set(volume).map_err(|error| refused(error.to_string()))?;
            }
        }
        let start = uptime();
        engine.start(start).map_err(|error| refused(error.to_string()))?;
        Ok(Self { engine, start, frame: 0 })
    }

    /// A write and a read of the next block, at ring frame `first`, as `kext/driver` does them, but for the time, which goes as
    /// fast as it is asked. Each block begins where the one before has ended.
    ///
    /// # Errors
    /// The engine or the mover refuses it.
    pub fn cycle(&mut self, first: u32, frames: u32, buffers: &mut Buffers) -> Result<()> {
        let now = self.start + self.frame * FRAME;
        self.frame += u64::from(frames);
        let after = self.start + self.frame * FRAME;
        self.write(now, first, frames, buffers).context("the write was refused")?;
        self.read(after, first, frames, buffers).context("the read was refused")
    }

    #[inline(never)]
    fn write(&self, now: u64, first: u32, frames: u32, buffers: &mut Buffers) -> Option<()> {
        let began = uptime();
        let write = self.engine.begin_write(now, first, frames).ok()?;
        let (mix, mut ring) = buffers.for_write(write.plan().ring_frame_bytes());
        execute(write.plan(), &mix, &mut ring).ok()?;
        self.engine.end_write(write, || uptime() - began);
        Some(())
    }

    #[inline(never)]
    fn read(&self, now: u64, first: u32, frames: u32, buffers: &mut Buffers) -> Option<()> {
        let began = uptime();
        let read = self.engine.begin_read(now, first, frames).ok()?;
        let (ring, mut client) = buffers.for_read(read.plan().ring_frame_bytes(), frames);
        execute(read.plan(), &ring, &mut client).ok()?;
        let lost = self.engine.end_read(read, || uptime() - began);
        silence(&mut client, 0, lost)
    }

    /// That every read got what was written: a silent one would have been too quick.
    ///
    /// # Errors
    /// Some read was silent.
    pub fn check(&self) -> Result<()> {
        let statistics = self.engine.statistics();
        match statistics.iter().find(|(name, count)| *name == c"SilentReads" && *count > 0) {
            Some((_, count)) => Err(anyhow!("{count} reads were silent")),
            None => Ok(()),
        }
    }
}

//! One loopback engine: a clock, and the way of samples through a ring.

use crate::sync::AtomicU32;
use core::ffi::CStr;
use core::fmt;

use crate::clock::{ClockError, Pace, Pitch, Timebase};
use crate::clockwork::{COUNTS, Clockwork, Lap, Source, Started, ZeroTimeStamp};
use crate::config::{ChangeError, Device};
use crate::controls::Setting;
use crate::format::StreamFormat;
use crate::level::LevelError;
use crate::path::{self, CellsError, Path, Read, Write};
use crate::ring::RangeError;

/// What is counted of an engine.
const STATISTICS: usize = COUNTS + path::COUNTS;

/// Why there is no engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The timebase does not carry one of the device's rates.
    Clock(ClockError),
    /// The memory for the levels is not of the right size.
    Cells(CellsError),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(error) => error.fmt(f),
            Self::Cells(error) => error.fmt(f),
        }
    }
}

/// One engine. Every method takes a shared reference and may be called by any thread at any time without waiting; who calls
/// which is said at each, and a call that the family makes at an unlucky moment gets silence or does nothing.
#[derive(Debug)]
pub struct Engine<'a> {
    device: Device,
    clock: Clockwork,
    path: Path<'a>,
}

impl<'a> Engine<'a> {
    /// An engine for a device, at the device's first rate and in its first format, on the host's clock. `cells` are
    /// [`cells_for`](path::cells_for) its channels, and nobody else's as long as the engine lives.
    ///
    /// # Errors
    /// The timebase does not carry one of the device's rates, or the cells are not as many.
    pub fn new(device: Device, timebase: Timebase, cells: &'a [AtomicU32]) -> Result<Self, EngineError> {
        let (rate, ring_frames) = (device.default_rate(), device.ring_frames());
        for rate in device.rates() {
            for parts in [-Pitch::MOST, Pitch::MOST] {
                let pitch = Pitch::new(parts).unwrap_or_default();
                Pace::new(*rate, ring_frames, timebase, pitch).map_err(EngineError::Clock)?;
            }
        }
        let path = Path::new(device.channels(), ring_frames, cells).map_err(EngineError::Cells)?;
        path.set_format(device.default_format());
        Ok(Self { device, clock: Clockwork::new(ring_frames, rate, timebase), path })
    }

    /// What it was made for.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Starts the clock at `time`. Called by performAudioEngineStart, under the work loop's gate.
    ///
    /// # Errors
    /// As [`Engine::new`], where it was found already.
    pub fn start(&self, time: u64) -> Result<Started, ClockError> {
        self.clock.start(time, self.path.claimed())
    }

    /// Stops the clock. Called by performAudioEngineStop and when the engine goes, under the work loop's gate.
    pub fn stop(&self) {
        self.clock.stop();
    }

    /// What the timer has to do at `time`; ask again after [`Lap::Due`]. `time` is taken once, when the timer fires, hence
    /// the answers end. Called by the timer's action, under the work loop's gate.
    pub fn next_lap(&self, time: u64) -> Lap {
        self.clock.next_lap(time)
    }

    /// The last begin of a lap at `time`, however many laps ago one was asked for; nothing when the engine does not run. In place
    /// of [`Engine::next_lap`], for a host that asks instead of being told. Called by any thread.
    pub fn zero_time_stamp(&self, time: u64) -> Option<ZeroTimeStamp> {
        self.clock.zero_time_stamp(time)
    }

    /// Frames since the start that are due at `time`; nothing when the engine does not run. Called by any thread.
    pub fn position(&self, time: u64) -> Option<u64> {
        self.clock.now(time).map(|now| now.position - now.origin)
    }

    /// The ring frame that is due at `time`, in the lap that was last announced: the family forms positions of it and its
    /// own loop count, so it stays at the lap's last frame until the next lap is announced. 0 when the engine does not run.
    /// Called by getCurrentSampleFrame, under the work loop's gate.
    pub fn current_frame(&self, time: u64) -> u32 {
        self.clock.current_frame(time)
    }

    /// What the clock follows.
    pub fn clock_source(&self) -> Source {
        self.clock.source()
    }

    /// The rate of the next start, in frames a second.
    pub fn rate(&self) -> u32 {
        self.clock.rate()
    }

    /// The format that the streams have.
    pub fn format(&self) -> StreamFormat {
        StreamFormat::of(self.device.channels(), self.path.format())
    }

    /// Takes over a control's setting. A clock's settings count from the next lap on, levels and mutes come in a ramp of 10 ms
    /// (see [`Path::set_level`]). Called by the controls' handlers, under the work loop's gate.
    ///
    /// # Errors
    /// The setting is for a channel that the device has not, or for a value that a level cannot have; nothing has changed.
    pub fn set(&self, setting: Setting) -> Result<(), LevelError> {
        match setting {
            Setting::Level(side, channel, value) => return self.path.set_level(side, channel, value),
            Setting::Mute(side, channel, muted) => return self.path.set_mute(side, channel, muted),
            Setting::ClockSource(source) => self.clock.set_source(source),
            Setting::Pitch(pitch) => self.clock.set_pitch(pitch),
        }
        Ok(())
    }

    /// What was counted, by name. Called by any thread; the numbers may be of slightly different moments.
    pub fn statistics(&self) -> [(&'static CStr, u64); STATISTICS] {
        let mut statistics = [(c"Starts", 0); STATISTICS];
        let traffic = self.path.traffic();
        let counts = traffic.counts(self.clock.nanoseconds(traffic.worst_io));
        for (place, count) in statistics.iter_mut().zip(self.clock.counts().into_iter().chain(counts)) {
            *place = count;
        }
        statistics
    }

    /// Plans a write of `frames` frames at ring frame `first`, at `time`. A write while the engine does not run is dropped.
    /// Called by clipOutputSamples, on a client's IO thread or the family's watchdog, under the output stream's IO lock.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_write(&self, time: u64, first: u32, frames: u32) -> Result<Write<'_>, RangeError> {
        self.path.begin_write(self.clock.now(time).as_ref(), self.clock.rate(), first, frames)
    }

    /// Makes a write readable, once its plan was carried out. `took` says how many ticks have passed since the `time`
    /// of its begin, and is not always asked: see [`Path::end_write`]. Called as [`Engine::begin_write`], before the lock is
    /// released.
    pub fn end_write(&self, write: Write<'_>, took: impl FnOnce() -> u64) {
        self.path.end_write(write, took);
    }

    /// Plans a read of `frames` frames at ring frame `first`, at `time`. A read while the engine does not run is silent. Called
    /// by convertInputSamples, on a client's IO thread, under the input stream's IO lock.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_read(&self, time: u64, first: u32, frames: u32) -> Result<Read<'_>, RangeError> {
        self.path.begin_read(self.clock.now(time).as_ref(), self.clock.rate(), first, frames)
    }

    /// Ends a read, once its plan was carried out: how many frames at its begin must be silenced, because a writer overtook
    /// it. `took` says how many ticks have passed since the `time` of its begin, and is not always asked: see
    /// [`Path::end_read`]. Called as [`Engine::begin_read`], before the lock is released.
    pub fn end_read(&self, read: Read<'_>, took: impl FnOnce() -> u64) -> u32 {
        self.path.end_read(read, took)
    }

    /// Takes over a stream format and, for the next start, a rate (whole and fraction of a frame a second), or refuses both
    /// and changes nothing. The family has paused the engine. Called by performFormatChange, under the work loop's gate.
    ///
    /// # Errors
    /// The device has no such format or rate.
    pub fn change_format(&self, format: &StreamFormat, rate: Option<(u32, u32)>) -> Result<(), ChangeError> {
        let (format, rate) = self.device.check_change(format, rate)?;
        self.path.set_format(format);
        if let Some(rate) = rate {
            self.clock.set_rate(rate);
        }
        Ok(())
    }
}

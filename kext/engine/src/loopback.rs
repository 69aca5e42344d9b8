//! One loopback engine: a clock, a ring, a mute.

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::clock::{ClockError, Pace, Pitch, Timebase};
use crate::clockwork::{COUNTS, Clockwork, Lap, Source, Started};
use crate::config::{ChangeError, Device};
use crate::controls::Setting;
use crate::format::{SampleFormat, StreamFormat};
use crate::level::Side;
use crate::ring::{RangeError, Read, Ring, Write};

/// One engine. Every method takes a shared reference and may be called by any thread at any time without waiting; who calls
/// which is said at each, and a call that the family makes at an unlucky moment gets silence or does nothing.
#[derive(Debug)]
pub struct Engine {
    device: Device,
    clock: Clockwork,
    muted: AtomicBool,
    ring: Ring,
}

impl Engine {
    /// An engine for a device, at the device's first rate, on the host's clock.
    ///
    /// # Errors
    /// The timebase does not carry one of the device's rates.
    pub fn new(device: Device, timebase: Timebase) -> Result<Self, ClockError> {
        let (rate, ring_frames) = (device.default_rate(), device.ring_frames());
        for rate in device.rates() {
            for parts in [-Pitch::MOST, Pitch::MOST] {
                Pace::new(*rate, ring_frames, timebase, Pitch::new(parts).unwrap_or_default())?;
            }
        }
        Ok(Self {
            device,
            clock: Clockwork::new(ring_frames, rate, timebase),
            muted: AtomicBool::new(false),
            ring: Ring::new(ring_frames),
        })
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
        self.clock.start(time, self.ring.claim())
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
        StreamFormat::of(self.device.channels(), SampleFormat::Float32)
    }

    /// Takes over a control's setting at `time`. A clock's settings count from the next lap on. Called by the controls'
    /// handlers, under the work loop's gate.
    pub fn set(&self, _time: u64, setting: Setting) {
        match setting {
            Setting::Mute(Side::Write, 0, muted) => self.muted.store(muted, Ordering::Relaxed),
            Setting::ClockSource(source) => self.clock.set_source(source),
            Setting::Pitch(pitch) => self.clock.set_pitch(pitch),
            Setting::Mute(..) | Setting::Level(..) => {}
        }
    }

    /// What was counted, by name. Called under the work loop's gate.
    pub fn statistics(&self) -> [(&'static CStr, u64); COUNTS] {
        self.clock.counts()
    }

    /// Plans a write at `time`: see [`Ring::begin_write`]. A write while the engine does not run is dropped. Called by
    /// clipOutputSamples, on a client's IO thread or the family's watchdog, under the output stream's IO lock.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_write(&self, time: u64, first: u32, frames: u32) -> Result<Write, RangeError> {
        self.ring.check(first, frames)?;
        match self.clock.now(time) {
            Some(now) => self.ring.begin_write(&now, first, frames, self.muted.load(Ordering::Relaxed)),
            None => Ok(Write::NOTHING),
        }
    }

    /// Makes a write readable, once its plan was carried out.
    pub fn end_write(&self, write: Write) {
        self.ring.end_write(write);
    }

    /// Plans a read at `time`: see [`Ring::begin_read`]. A read while the engine does not run is silent. Called by
    /// convertInputSamples, on a client's IO thread, under the input stream's IO lock.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_read(&self, time: u64, first: u32, frames: u32) -> Result<Read, RangeError> {
        self.ring.check(first, frames)?;
        match self.clock.now(time) {
            Some(now) => self.ring.begin_read(&now, first, frames),
            None => Ok(Read::silence(frames)),
        }
    }

    /// How many frames at the begin of a read must be silenced, once its plan was carried out: see [`Ring::lost`].
    pub fn lost(&self, read: &Read) -> u32 {
        self.ring.lost(read)
    }

    /// Takes over a stream format and, for the next start, a rate (whole and fraction of a frame a second), or refuses both
    /// and changes nothing. The family has paused the engine. Called by performFormatChange, under the work loop's gate.
    ///
    /// # Errors
    /// The device has no such format or rate.
    pub fn change_format(&self, format: &StreamFormat, rate: Option<(u32, u32)>) -> Result<(), ChangeError> {
        let (_format, rate) = self.device.check_change(format, rate)?;
        if let Some(rate) = rate {
            self.clock.set_rate(rate);
        }
        Ok(())
    }
}

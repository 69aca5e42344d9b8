//! One loopback engine: a clock, a ring, a mute.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::clock::{ClockError, Pace, Timebase};
use crate::config::{ChangeError, Device, StreamFormat};
use crate::ring::{RangeError, Read, Ring, Write};
use crate::timeline::Timeline;

/// How many laps a late timer makes good at once; if it missed more, the clock is anchored anew.
pub const MAX_LATE_LAPS: u64 = 1000;

/// What a start gives: both in ticks of the mach absolute clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// When lap 0 began.
    pub anchor: u64,
    /// When the timer is due.
    pub wake: u64,
}

/// What the timer has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lap {
    /// A lap began at this time: announce it, then ask again.
    Due(u64),
    /// Nothing before this time.
    Wait(u64),
    /// More than [`MAX_LATE_LAPS`] laps were missed: stop and start, for a new anchor.
    Reanchor,
    /// The engine does not run.
    Stopped,
}

/// One engine. Every method takes a shared reference and may be called by any thread at any time without waiting; who calls
/// which is said at each, and a call that the family makes at an unlucky moment gets silence or does nothing.
#[derive(Debug)]
pub struct Engine {
    device: Device,
    timebase: Timebase,
    /// The rate of the next start.
    rate: AtomicU32,
    muted: AtomicBool,
    /// Laps announced since the start.
    announced: AtomicU64,
    timeline: Timeline,
    ring: Ring,
}

impl Engine {
    /// An engine for a device, at the device's first rate.
    ///
    /// # Errors
    /// The timebase does not carry one of the device's rates.
    pub fn new(device: Device, timebase: Timebase) -> Result<Self, ClockError> {
        for rate in device.rates() {
            Pace::new(*rate, device.ring_frames(), timebase)?;
        }
        let (rate, ring_frames) = (device.default_rate(), device.ring_frames());
        Ok(Self {
            device,
            timebase,
            rate: AtomicU32::new(rate),
            muted: AtomicBool::new(false),
            announced: AtomicU64::new(0),
            timeline: Timeline::new(ring_frames),
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
        let rate = self.rate.load(Ordering::Relaxed);
        let pace = Pace::new(rate, self.ring.frames(), self.timebase)?;
        // Beyond whatever a call that is still under way from an earlier run may claim: a write ends less than a ring ahead.
        let ring = u64::from(self.ring.frames());
        let reached = self.timeline.reached(time).max(self.ring.claim()) + ring;
        let origin = (reached / ring + 2) * ring;
        self.announced.store(0, Ordering::Relaxed);
        self.timeline.start(rate, &pace, origin, time);
        Ok(Started { anchor: time, wake: time.saturating_add(pace.lap_offset(1)) })
    }

    /// Stops the clock. Called by performAudioEngineStop and when the engine goes, under the work loop's gate.
    pub fn stop(&self) {
        self.timeline.stop();
    }

    /// What the timer has to do at `time`; ask again after [`Lap::Due`]. `time` is taken once, when the timer fires, hence
    /// the answers end. Called by the timer's action, under the work loop's gate.
    pub fn next_lap(&self, time: u64) -> Lap {
        let Some(run) = self.timeline.run() else { return Lap::Stopped };
        let Ok(pace) = Pace::new(run.rate, self.ring.frames(), self.timebase) else { return Lap::Stopped };
        let announced = self.announced.load(Ordering::Relaxed);
        let begins = |lap: u64| run.anchor.saturating_add(pace.lap_offset(lap));
        let next = begins(announced + 1);
        if time < next {
            Lap::Wait(next)
        } else if time >= begins(announced + MAX_LATE_LAPS + 1) {
            Lap::Reanchor
        } else {
            self.announced.store(announced + 1, Ordering::Relaxed);
            Lap::Due(next)
        }
    }

    /// The ring frame that is due at `time`, in the lap that was last announced: the family forms positions of it and its
    /// own loop count, so it stays at the lap's last frame until the next lap is announced. 0 when the engine does not run.
    /// Called by getCurrentSampleFrame, under the work loop's gate.
    pub fn current_frame(&self, time: u64) -> u32 {
        let ring = u64::from(self.ring.frames());
        self.timeline.run().map_or(0, |run| {
            let frames = run.now(time).position - run.origin;
            let announced = self.announced.load(Ordering::Relaxed) * ring;
            frames.saturating_sub(announced).min(ring - 1) as u32
        })
    }

    /// Plans a write at `time`: see [`Ring::begin_write`]. A write while the engine does not run is dropped. Called by
    /// clipOutputSamples, on a client's IO thread or the family's watchdog, under the output stream's IO lock.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_write(&self, time: u64, first: u32, frames: u32) -> Result<Write, RangeError> {
        self.ring.check(first, frames)?;
        match self.timeline.run() {
            Some(run) => self.ring.begin_write(&run.now(time), first, frames, self.muted.load(Ordering::Relaxed)),
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
        match self.timeline.run() {
            Some(run) => self.ring.begin_read(&run.now(time), first, frames),
            None => Ok(Read::silence(frames)),
        }
    }

    /// How many frames at the begin of a read must be silenced, once its plan was carried out: see [`Ring::lost`].
    pub fn lost(&self, read: &Read) -> u32 {
        self.ring.lost(read)
    }

    /// Whether what is written from now on is silence. Called by the mute control's handler.
    pub fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    /// Takes over a stream format and, for the next start, a rate (whole and fraction of a frame a second), or refuses both
    /// and changes nothing. The family has paused the engine. Called by performFormatChange, under the work loop's gate.
    ///
    /// # Errors
    /// The device has no such format or rate.
    pub fn change_format(&self, format: &StreamFormat, rate: Option<(u32, u32)>) -> Result<(), ChangeError> {
        let rate = self.device.check_change(format, rate)?;
        if let Some(rate) = rate {
            self.rate.store(rate, Ordering::Relaxed);
        }
        Ok(())
    }
}

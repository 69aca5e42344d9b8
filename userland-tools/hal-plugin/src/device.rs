//! One device: an engine, its ring, the values of its controls, and how many clients do IO.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use engine::config::{ChangeError, Device as Definition};
use engine::controls::Setting;
use engine::format::{SampleFormat, StreamFormat};
use engine::path::cells_for;
use engine::{Engine, EngineError};
use hal_sys::code::status::{kAudioHardwareIllegalOperationError, kAudioHardwareUnspecifiedError};
use mover::{Destination, Source};

use crate::controls::Controls;
use crate::say;
use crate::sink::Outcome;
use crate::system::{self, Mutex};
use crate::writers::Writers;

/// A device, which lives as long as the process.
pub(crate) struct Device {
    pub(crate) engine: Engine<'static>,
    pub(crate) controls: Controls,
    ring: NonNull<u8>,
    /// As long as the ring: where sound is kept that another client's is added to.
    kept: NonNull<u8>,
    pub(crate) writers: Writers,
    /// Starts that were not stopped yet.
    starts: Mutex<u32>,
    /// The same for readers that take no lock.
    running: AtomicU32,
    /// Held while its settings are stored.
    pub(crate) keeping: Mutex<()>,
}

// SAFETY: the ring is touched by movers only, with machine instructions, as both sides of IO may do at once.
unsafe impl Send for Device {}
// SAFETY: as for `Send`.
unsafe impl Sync for Device {}

impl Device {
    /// A device with a silent ring, stopped.
    ///
    /// # Errors
    /// The timebase does not carry one of its rates.
    pub(crate) fn new(definition: Definition) -> Result<Self, EngineError> {
        let cells: Vec<AtomicU32> = (0..cells_for(definition.channels())).map(|_| AtomicU32::new(0)).collect();
        let controls = Controls::of(&definition);
        let engine = Engine::new(definition, system::timebase(), Vec::leak(cells))?;
        let device = engine.device();
        let bytes = device.ring_frames() as usize * device.channels() as usize * size_of::<f32>();
        // Pages that nobody touches cost nothing.
        let silence = || NonNull::from(Box::leak(vec![0_u32; bytes / size_of::<u32>()].into_boxed_slice()));
        Ok(Self {
            controls,
            ring: silence().cast(),
            kept: silence().cast(),
            writers: Writers::default(),
            engine,
            starts: Mutex::new(0),
            running: AtomicU32::new(0),
            keeping: Mutex::new(()),
        })
    }

    /// What it was made of.
    pub(crate) fn definition(&self) -> &Definition {
        self.engine.device()
    }

    /// Bytes of a frame, in the ring and in buffers.
    pub(crate) fn frame_bytes(&self) -> u32 {
        self.definition().channels() * SampleFormat::Float32.sample_bytes()
    }

    pub(crate) fn ring_source(&self) -> Source<'_> {
        // SAFETY: the ring has as many frames and is never given back; only movers touch it.
        unsafe { Source::new(self.ring, self.definition().ring_frames(), self.frame_bytes()) }
    }

    pub(crate) fn ring_destination(&self) -> Destination<'_> {
        // SAFETY: as in `ring_source`.
        unsafe { Destination::new(self.ring, self.definition().ring_frames(), self.frame_bytes()) }
    }

    /// Where sound is kept, to read it.
    pub(crate) fn kept_source(&self) -> Source<'_> {
        // SAFETY: as in `ring_source`, since it is as long.
        unsafe { Source::new(self.kept, self.definition().ring_frames(), self.frame_bytes()) }
    }

    /// Where sound is kept, to write it.
    pub(crate) fn kept_destination(&self) -> Destination<'_> {
        // SAFETY: as in `ring_source`, since it is as long.
        unsafe { Destination::new(self.kept, self.definition().ring_frames(), self.frame_bytes()) }
    }

    /// Whether anybody does IO.
    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    /// A client begins IO: the first one starts the clock, with nothing in the ring that was there before.
    ///
    /// # Errors
    /// The clock cannot run.
    pub(crate) fn start(&self) -> Outcome {
        let mut starts = self.starts.lock();
        if *starts == 0 {
            self.writers.forget();
            self.engine.start(system::now()).map_err(|_| kAudioHardwareUnspecifiedError)?;
        }
        *starts += 1;
        self.running.store(*starts, Ordering::Relaxed);
        Ok(())
    }

    /// A client ends IO; the last one stops the clock.
    ///
    /// # Errors
    /// Nobody had begun.
    pub(crate) fn stop(&self) -> Outcome {
        let mut starts = self.starts.lock();
        *starts = starts.checked_sub(1).ok_or(kAudioHardwareIllegalOperationError)?;
        if *starts == 0 {
            self.engine.stop();
        }
        self.running.store(*starts, Ordering::Relaxed);
        Ok(())
    }

    /// Ends whatever runs: the device goes.
    pub(crate) fn end(&self) {
        let mut starts = self.starts.lock();
        *starts = 0;
        self.engine.stop();
        self.running.store(0, Ordering::Relaxed);
    }

    /// Changes it while nothing runs. Should the host not have stopped IO, the clock begins anew.
    ///
    /// # Errors
    /// The change cannot be; nothing has changed but a clock that may have begun anew.
    pub(crate) fn change(&self, format: &StreamFormat, rate: u32) -> Result<(), ChangeError> {
        let starts = self.starts.lock();
        if *starts > 0 {
            self.engine.stop();
        }
        let changed = self.engine.change_format(format, Some((rate, 0)));
        self.writers.forget();
        if *starts > 0 && self.engine.start(system::now()).is_err() {
            say!("device \"{}\": its clock does not start any more", self.definition().title());
        }
        changed
    }

    /// Sets a control; whether that changed anything.
    ///
    /// # Errors
    /// There is no such control or value.
    pub(crate) fn set(&self, index: usize, value: u32) -> Result<bool, u32> {
        let refused = kAudioHardwareIllegalOperationError;
        let control = self.controls.get(index).ok_or(refused)?;
        let setting = Setting::new(control, value).map_err(|_| refused)?;
        if self.controls.exchange(index, value) == value {
            return Ok(false);
        }
        self.engine.set(setting).map_err(|_| refused)?;
        Ok(true)
    }
}

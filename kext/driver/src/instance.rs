//! What belongs to one C++ engine: the engine's state and the ring's memory.

use core::mem::{align_of, size_of};
use core::ptr::NonNull;
use core::slice;
use core::sync::atomic::{AtomicU32, AtomicU64};

use core_io::{IOReturn, Result, Wired};
use engine::Engine;
use engine::clock::Timebase;
use engine::config::Device;
use engine::format::SampleFormat;
use engine::path::cells_for;
use mover::{Destination, Source};

const PAGE: usize = 4096;

/// The state behind a C++ engine, in memory of its own.
#[derive(Debug)]
pub struct Instance {
    /// It borrows `cells`.
    pub(crate) engine: Engine<'static>,
    /// When the statistics were published last, in ticks.
    pub(crate) published: AtomicU64,
    ring: Wired,
    /// The memory of the engine's levels.
    cells: Wired,
    /// The memory that this value lies in.
    home: Wired,
}

impl Instance {
    /// An engine for the device, stopped, with a silent ring.
    ///
    /// # Errors
    /// There is no memory, or the timebase does not carry one of the device's rates.
    pub(crate) fn create(device: Device) -> Result<NonNull<Self>> {
        let timebase = core_io::time::timebase();
        let timebase = Timebase { numer: timebase.numer, denom: timebase.denom };
        let count = cells_for(device.channels());
        let cells = Wired::zeroed(count * size_of::<AtomicU32>(), align_of::<AtomicU32>())?;
        // SAFETY: the memory holds as many zeroed cells, which nothing else touches, and is given back after the engine that
        // borrows it.
        let lent = unsafe { slice::from_raw_parts(cells.start().cast::<AtomicU32>().as_ptr(), count) };
        let engine = Engine::new(device, timebase, lent).map_err(|error| {
            crate::say!("timebase {}/{}: {error}", timebase.numer, timebase.denom);
            IOReturn::UNSUPPORTED
        })?;
        let bytes = engine.device().ring_bytes() as usize;
        let ring = Wired::zeroed(bytes, PAGE)?;
        let home = Wired::zeroed(size_of::<Self>(), align_of::<Self>())?;
        let place = home.start().cast::<Self>();
        // SAFETY: `home` was made for a value of this size and alignment, and holds none yet.
        unsafe { place.write(Self { engine, published: AtomicU64::new(0), ring, cells, home }) };
        Ok(place)
    }

    /// Gives back all its memory.
    ///
    /// # Safety
    /// `place` comes from [`Instance::create`] and is not used again, by any thread.
    pub(crate) unsafe fn destroy(place: NonNull<Self>) {
        // SAFETY: the caller gives the value up; it is moved out of its home before the home is given back.
        let Self { engine, published: _, ring, cells, home } = unsafe { place.read() };
        drop(engine);
        drop(cells);
        drop(ring);
        drop(home);
    }

    /// Bytes of a frame in the mix buffer and in a client's buffer, which hold floats whatever the ring's format is.
    pub(crate) fn float_frame_bytes(&self) -> u32 {
        self.engine.device().channels() * SampleFormat::Float32.sample_bytes()
    }

    /// The ring's memory, as the streams' sample buffer.
    pub(crate) fn ring(&self) -> &Wired {
        &self.ring
    }

    /// The ring to read from, with frames of `frame_bytes` bytes: those of one of the device's formats.
    pub(crate) fn ring_source(&self, frame_bytes: u32) -> Source<'_> {
        // SAFETY: the memory has room for as many frames and lives as long as this value; only movers and the family touch it.
        unsafe { Source::new(self.ring.start(), self.ring_frames(frame_bytes), frame_bytes) }
    }

    /// The ring to write to, with frames of `frame_bytes` bytes.
    pub(crate) fn ring_destination(&self, frame_bytes: u32) -> Destination<'_> {
        // SAFETY: as in `ring_source`.
        unsafe { Destination::new(self.ring.start(), self.ring_frames(frame_bytes), frame_bytes) }
    }

    /// The ring's frames; none if its memory is too small for frames of this size.
    fn ring_frames(&self, frame_bytes: u32) -> u32 {
        let frames = self.engine.device().ring_frames();
        if frames as usize * frame_bytes as usize <= self.ring.len() { frames } else { 0 }
    }
}

//! What belongs to one C++ engine: the engine's state and the ring's memory.

use core::mem::{align_of, size_of};
use core::ptr::NonNull;
use core::sync::atomic::AtomicU64;

use core_io::{IOReturn, Result, Wired};
use engine::Engine;
use engine::clock::Timebase;
use engine::config::Device;
use mover::{Destination, Source};

const PAGE: usize = 4096;

/// The state behind a C++ engine, in memory of its own.
#[derive(Debug)]
pub struct Instance {
    pub(crate) engine: Engine,
    /// When the statistics were published last, in ticks.
    pub(crate) published: AtomicU64,
    ring: Wired,
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
        let engine = Engine::new(device, timebase).map_err(|error| {
            crate::say!("timebase {}/{}: {error}", timebase.numer, timebase.denom);
            IOReturn::UNSUPPORTED
        })?;
        let bytes = engine.device().ring_bytes() as usize;
        let ring = Wired::zeroed(bytes, PAGE)?;
        let home = Wired::zeroed(size_of::<Self>(), align_of::<Self>())?;
        let place = home.start().cast::<Self>();
        // SAFETY: `home` was made for a value of this size and alignment, and holds none yet.
        unsafe { place.write(Self { engine, published: AtomicU64::new(0), ring, home }) };
        Ok(place)
    }

    /// Gives back all its memory.
    ///
    /// # Safety
    /// `place` comes from [`Instance::create`] and is not used again, by any thread.
    pub(crate) unsafe fn destroy(place: NonNull<Self>) {
        // SAFETY: the caller gives the value up; it is moved out of its home before the home is given back.
        let Self { engine: _, published: _, ring, home } = unsafe { place.read() };
        drop(ring);
        drop(home);
    }

    /// Bytes of a frame, in the ring, in the mix buffer and in a client's buffer.
    pub(crate) fn frame_bytes(&self) -> u32 {
        self.engine.format().frame_bytes()
    }

    /// The ring's memory, as the streams' sample buffer.
    pub(crate) fn ring(&self) -> &Wired {
        &self.ring
    }

    /// The ring to read from.
    pub(crate) fn ring_source(&self) -> Source<'_> {
        let frames = self.engine.device().ring_frames();
        // SAFETY: the memory was made for this many frames and lives as long as this value; only movers and the family
        // touch it.
        unsafe { Source::new(self.ring.start(), frames, self.frame_bytes()) }
    }

    /// The ring to write to.
    pub(crate) fn ring_destination(&self) -> Destination<'_> {
        let frames = self.engine.device().ring_frames();
        // SAFETY: as in `ring_source`.
        unsafe { Destination::new(self.ring.start(), frames, self.frame_bytes()) }
    }
}

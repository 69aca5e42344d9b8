//! Carries out the engine's plans on raw memory.
//!
//! Whoever has memory says so once, in an `unsafe` constructor ([`Source::new`], [`Destination::new`]); from there on every
//! piece is checked against what was said, and moving is safe.
//!
//! The ring is shared by a writer and a reader that take no lock, so samples may be read while they are written. To a
//! compiler that would be a data race; here the samples are touched by machine instructions only, for which it is at worst
//! a torn sample, and the engine knows which frames can be torn and has them silenced. Mach-O and ELF builds run the same
//! instructions, up to SSSE3, which every Intel Mac of 64 bits has; on a processor without it a conversion ends in an
//! exception. Other processors move sample by sample, with atomics in place of instructions and the same result.
#![no_std]

#[cfg(test)]
extern crate std;

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use engine::format::SampleFormat;
use engine::level::Side;
use engine::plan::{Action, Gain, Piece, Plan};

#[cfg(target_arch = "x86_64")]
use crate::convert::Samples;
#[cfg(not(target_arch = "x86_64"))]
use crate::portable::{self as memory, Samples};
#[cfg(target_arch = "x86_64")]
use crate::rounding::Usual;

#[cfg(target_arch = "x86_64")]
mod convert;
#[cfg(target_arch = "x86_64")]
mod gain;
#[cfg(target_arch = "x86_64")]
mod group;
#[cfg(target_arch = "x86_64")]
mod memory;
mod mixing;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod rounding;

pub use mixing::{add, duplicate};

/// Memory of whole frames.
#[derive(Clone, Copy, Debug)]
struct Frames {
    base: NonNull<u8>,
    count: u32,
    frame_bytes: u32,
}

impl Frames {
    /// Where `frames` frames at `first` are, and their bytes; nothing if they are not all in this memory.
    fn at(self, first: u32, frames: u32) -> Option<(NonNull<u8>, usize)> {
        let fits = first <= self.count && frames <= self.count - first;
        let bytes = |frames: u32| frames as usize * self.frame_bytes as usize;
        // The offset of a frame in the memory is no null pointer's.
        let address = self.base.as_ptr().wrapping_add(bytes(first));
        NonNull::new(address).filter(|_| fits).map(|address| (address, bytes(frames)))
    }
}

/// Frames to copy from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a>(Frames, PhantomData<&'a ()>);

impl Source<'_> {
    /// `frames` frames of `frame_bytes` bytes at `base`.
    ///
    /// # Safety
    /// All of these bytes can be read as long as the value lives. Others may write them meanwhile, if they too do it with
    /// machine instructions: through a mover, or outside of the program that the compiler sees.
    pub const unsafe fn new(base: NonNull<u8>, frames: u32, frame_bytes: u32) -> Self {
        Self(Frames { base, count: frames, frame_bytes }, PhantomData)
    }
}

/// Frames to fill.
#[derive(Debug)]
pub struct Destination<'a>(Frames, PhantomData<&'a mut ()>);

impl Destination<'_> {
    /// `frames` frames of `frame_bytes` bytes at `base`.
    ///
    /// # Safety
    /// All of these bytes can be read and written as long as the value lives, and hold no Rust value. Others may read and
    /// write them meanwhile, if they too do it with machine instructions: through a mover, or outside of the program that
    /// the compiler sees.
    pub const unsafe fn new(base: NonNull<u8>, frames: u32, frame_bytes: u32) -> Self {
        Self(Frames { base, count: frames, frame_bytes }, PhantomData)
    }
}

/// A piece of a plan that one of the two buffers does not have, or buffers with frames of another size than the plan's. The
/// pieces before it were carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The piece's first frame in the source.
    pub from: u32,
    /// Its first frame in the destination.
    pub to: u32,
    /// How many frames it has.
    pub frames: u32,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames from {} to {} do not lie in the buffers", self.frames, self.from, self.to)
    }
}

/// Carries out a plan.
///
/// # Errors
/// A piece does not fit the buffers.
#[inline(never)] // One copy for writes and reads.
pub fn execute(plan: &Plan<'_>, source: &Source<'_>, destination: &mut Destination<'_>) -> Result<(), Unfit> {
    plan.try_for_each(|piece| {
        match piece.action {
            Action::Silence => silence(destination, piece.to, piece.frames),
            Action::Copy => copy(piece, source, destination),
            Action::Move(gain) => convert(plan, gain, piece, source, destination),
        }
        .ok_or(Unfit { from: piece.from, to: piece.to, frames: piece.frames })
    })
}

/// Zeroes `frames` frames at `first`; nothing is done if they are not all there.
#[inline]
pub fn silence(destination: &mut Destination<'_>, first: u32, frames: u32) -> Option<()> {
    // The usual case behind a read.
    if frames == 0 {
        return Some(());
    }
    let (to, bytes) = destination.0.at(first, frames)?;
    // SAFETY: `at` found these bytes inside of the memory that the destination's maker vouched for.
    unsafe { memory::zero(to.as_ptr(), bytes) };
    Some(())
}

fn copy(piece: &Piece<'_>, source: &Source<'_>, destination: &mut Destination<'_>) -> Option<()> {
    let (from, from_bytes) = source.0.at(piece.from, piece.frames)?;
    let (to, bytes) = destination.0.at(piece.to, piece.frames)?;
    if from_bytes != bytes {
        return None;
    }
    // SAFETY: `at` found both runs of bytes inside of the memory that its maker vouched for.
    unsafe { memory::copy(from.as_ptr(), to.as_ptr(), bytes) };
    Some(())
}

#[inline(never)] // Its many registers are not saved where there is nothing to convert.
fn convert(
    plan: &Plan<'_>,
    gain: Gain<'_>,
    piece: &Piece<'_>,
    source: &Source<'_>,
    destination: &mut Destination<'_>,
) -> Option<()> {
    let (reads, writes) = match plan.side() {
        Side::Write => (SampleFormat::Float32, plan.format()),
        Side::Read => (plan.format(), SampleFormat::Float32),
    };
    let frame_bytes = |format: SampleFormat| plan.channels().checked_mul(format.sample_bytes());
    if (frame_bytes(reads), frame_bytes(writes)) != (Some(source.0.frame_bytes), Some(destination.0.frame_bytes)) {
        return None;
    }
    let (from, _) = source.0.at(piece.from, piece.frames)?;
    let (to, _) = destination.0.at(piece.to, piece.frames)?;
    let channels = plan.channels() as usize;
    let samples = Samples { from, to, count: piece.frames as usize * channels };
    #[cfg(target_arch = "x86_64")]
    let _mode = Usual::set();
    // SAFETY: `at` found the piece's frames, of just these formats, inside of the memory that its makers vouched for, and
    // the kext runs on what has SSSE3.
    unsafe { samples.convert(reads, writes, gain, channels) }
}

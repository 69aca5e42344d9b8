//! The IO path: no lock, no allocation, no call but for the time.
//!
//! The host names frames by their number since the start; the engine by their place in the ring, from which it tells the lap
//! by the clock. What lies so far from the clock's position that the lap would be another is silent, or not written.
//!
//! The host mixes its clients' sound before it has it written. Where it does not, and a client writes frames that another one
//! has written, the two are added up; a client that writes its own frames again replaces them. The host does the operations of a
//! device on one thread at a time.

use core::ffi::c_void;
use core::ptr::NonNull;

use hal_sys::code::status::{
    kAudioHardwareIllegalOperationError, kAudioHardwareNotRunningError, kAudioHardwareUnspecifiedError,
};
use mover::{Destination, Source, add, duplicate, execute, silence};

use crate::device::Device;
use crate::sink::Outcome;
use crate::system::now;

/// A run of frames that crosses the end of the ring at most once.
struct Block {
    /// The number of its first frame since the start.
    start: i64,
    frames: u32,
    /// Where its first frame is in the buffer.
    at: u32,
}

/// Writes `frames` frames of a client, the first with number `start`, from the buffer to the ring.
///
/// # Errors
/// Nothing runs, or there are more frames than the ring has.
///
/// # Safety
/// So many frames can be read at `buffer` until the call returns.
pub(crate) unsafe fn write(device: &Device, client: u32, buffer: NonNull<c_void>, start: i64, frames: u32) -> Outcome {
    let time = now();
    let ring = i64::from(device.definition().ring_frames());
    let position = position(device, time)?;
    each_block(device, start, frames, |block| {
        let end = block.start + i64::from(block.frames);
        // Too late to be heard, or too early to be kept.
        if block.start < 0 || end < position - ring / 4 || end >= position + ring / 4 * 3 {
            return Ok(());
        }
        let first = (block.start % ring) as u32;
        let from = buffer.as_ptr().wrapping_byte_add(block.at as usize * device.frame_bytes() as usize);
        let from = NonNull::new(from.cast()).ok_or(kAudioHardwareIllegalOperationError)?;
        // SAFETY: the block lies in the frames that the caller vouched for.
        let source = unsafe { Source::new(from, block.frames, device.frame_bytes()) };
        let write = device.engine.begin_write(time, first, block.frames).map_err(|_| kAudioHardwareUnspecifiedError)?;
        let plan = write.plan().from_frame(first);
        // What others have written, behind what is this client's own.
        let own = device.writers.advance(client, end.unsigned_abs()).saturating_sub(block.start.unsigned_abs());
        let (overlap, there) = write.overlap();
        // The ring may have given the first of the block's frames to newer ones.
        let own = own.saturating_sub(u64::from(overlap.saturating_sub(first)));
        let own = u64::from(there).min(own) as u32;
        let (overlap, more) = (overlap + own, there - own);
        let kept = duplicate(&device.ring_source(), overlap, &mut device.kept_destination(), more);
        execute(&plan, &source, &mut device.ring_destination()).map_err(|_| kAudioHardwareUnspecifiedError)?;
        kept.and_then(|()| add(&device.kept_source(), &mut device.ring_destination(), overlap, more))
            .ok_or(kAudioHardwareUnspecifiedError)?;
        device.engine.end_write(write, || now() - time);
        Ok(())
    })
}

/// Reads `frames` frames, the first with number `start`, from the ring to the buffer.
///
/// # Errors
/// Nothing runs, or there are more frames than the ring has.
///
/// # Safety
/// So many frames can be written at `buffer` until the call returns.
pub(crate) unsafe fn read(device: &Device, buffer: NonNull<c_void>, start: i64, frames: u32) -> Outcome {
    let time = now();
    let ring = i64::from(device.definition().ring_frames());
    let position = position(device, time)?;
    each_block(device, start, frames, |block| {
        let to = buffer.as_ptr().wrapping_byte_add(block.at as usize * device.frame_bytes() as usize);
        let to = NonNull::new(to.cast()).ok_or(kAudioHardwareIllegalOperationError)?;
        // SAFETY: the block lies in the frames that the caller vouched for.
        let mut client = unsafe { Destination::new(to, block.frames, device.frame_bytes()) };
        let lost = if block.start < 0 || block.start >= position || position - block.start > ring {
            block.frames
        } else {
            let first = (block.start % ring) as u32;
            let read =
                device.engine.begin_read(time, first, block.frames).map_err(|_| kAudioHardwareUnspecifiedError)?;
            execute(read.plan(), &device.ring_source(), &mut client).map_err(|_| kAudioHardwareUnspecifiedError)?;
            device.engine.end_read(read, || now() - time)
        };
        silence(&mut client, 0, lost).ok_or(kAudioHardwareUnspecifiedError)
    })
}

/// Frames since the start.
fn position(device: &Device, time: u64) -> Result<i64, u32> {
    let position = device.engine.position(time).ok_or(kAudioHardwareNotRunningError)?;
    i64::try_from(position).map_err(|_| kAudioHardwareUnspecifiedError)
}

/// Hands out a run of frames in blocks none of which crosses the start or the end of the ring.
fn each_block(device: &Device, start: i64, frames: u32, mut each: impl FnMut(&Block) -> Outcome) -> Outcome {
    let ring = i64::from(device.definition().ring_frames());
    if i64::from(frames) > ring {
        return Err(kAudioHardwareIllegalOperationError);
    }
    let mut at = 0;
    while at < frames {
        let start = start + i64::from(at);
        let left = i64::from(frames - at);
        let frames = if start < 0 { left.min(-start) } else { left.min(ring - start % ring) } as u32;
        each(&Block { start, frames, at })?;
        at += frames;
    }
    Ok(())
}

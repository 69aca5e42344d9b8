//! The data path: what the family calls on IO threads.

use core::ffi::c_void;
use core::ptr::NonNull;

use core_io::time::uptime;
use core_io::{IOReturn, Result};
use mover::{Destination, Source, execute, silence};

use crate::instance::Instance;

/// clipOutputSamples: `frames` frames at ring frame `first` go from the mix buffer to the ring.
///
/// # Safety
/// `mix` is the output stream's mix buffer: a whole ring of frames that can be read until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_write(
    instance: &Instance,
    mix: Option<NonNull<c_void>>,
    first: u32,
    frames: u32,
) -> IOReturn {
    let Some(mix) = mix else { return IOReturn::BAD_ARGUMENT };
    // SAFETY: the caller vouches for a whole ring of frames at `mix`.
    let mix = unsafe { Source::new(mix.cast(), instance.engine.device().ring_frames(), instance.float_frame_bytes()) };
    write(instance, &mix, first, frames).into()
}

fn write(instance: &Instance, mix: &Source<'_>, first: u32, frames: u32) -> Result<()> {
    let began = uptime();
    let write = instance.engine.begin_write(began, first, frames).map_err(|_| IOReturn::BAD_ARGUMENT)?;
    let mut ring = instance.ring_destination(write.plan().ring_frame_bytes());
    execute(write.plan(), mix, &mut ring).map_err(|_| IOReturn::INTERNAL_ERROR)?;
    instance.engine.end_write(write, || uptime() - began);
    Ok(())
}

/// convertInputSamples: `frames` frames at ring frame `first` go from the ring to the client's buffer.
///
/// # Safety
/// `client` has room for `frames` frames that can be written until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_read(
    instance: &Instance,
    client: Option<NonNull<c_void>>,
    first: u32,
    frames: u32,
) -> IOReturn {
    let Some(client) = client else { return IOReturn::BAD_ARGUMENT };
    // SAFETY: the caller vouches for room for `frames` frames at `client`.
    let mut client = unsafe { Destination::new(client.cast(), frames, instance.float_frame_bytes()) };
    read(instance, &mut client, first, frames).into()
}

fn read(instance: &Instance, client: &mut Destination<'_>, first: u32, frames: u32) -> Result<()> {
    let began = uptime();
    let read = instance.engine.begin_read(began, first, frames).map_err(|_| IOReturn::BAD_ARGUMENT)?;
    let ring = instance.ring_source(read.plan().ring_frame_bytes());
    execute(read.plan(), &ring, client).map_err(|_| IOReturn::INTERNAL_ERROR)?;
    let lost = instance.engine.end_read(read, || uptime() - began);
    silence(client, 0, lost).ok_or(IOReturn::INTERNAL_ERROR)
}

/// eraseOutputSamples: clears what the family mixed a lap ago. The mix buffer only: the ring is the streams' sample buffer,
/// and what the erase head passes there is what readers read next.
///
/// # Safety
/// `mix` is the output stream's mix buffer, if it has one: a whole ring of frames that can be written until the call
/// returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_erase(
    instance: &Instance,
    mix: Option<NonNull<c_void>>,
    first: u32,
    frames: u32,
) -> IOReturn {
    let Some(mix) = mix else { return IOReturn::SUCCESS };
    let ring_frames = instance.engine.device().ring_frames();
    // SAFETY: the caller vouches for a whole ring of frames at `mix`.
    let mut mix = unsafe { Destination::new(mix.cast(), ring_frames, instance.float_frame_bytes()) };
    silence(&mut mix, first, frames).ok_or(IOReturn::BAD_ARGUMENT).into()
}

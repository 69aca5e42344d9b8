//! IOAudioClientBuffer64: a client's buffer on a stream. In user space's memory are a descriptor of 16 bytes, then the samples.

use kpi::heap;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::{PRIVATE, methods};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, INTERNAL_ERROR, NO_MEMORY, SUCCESS, VM_ERROR};
use crate::stream::Format;
use crate::stream::clients as stream_clients;

/// Bytes of the descriptor: actual bytes, actual frames, total bytes, nominal bytes.
pub const HEADER: u32 = 16;

/// Byte offsets in a descriptor.
mod descriptor {
    pub const ACTUAL_BYTES: usize = 0;
    pub const ACTUAL_FRAMES: usize = 4;
    pub const TOTAL_BYTES: usize = 8;
    pub const NOMINAL_BYTES: usize = 12;
}

/// Byte offsets in IOAudioClientBuffer64; a struct, which drivers' streams are handed.
mod field {
    pub const USER_CLIENT: usize = 0;
    pub const AUDIO_STREAM: usize = 8;
    pub const SOURCE_BUFFER: usize = 16;
    pub const SOURCE_BUFFER_DESCRIPTOR: usize = 24;
    pub const SOURCE_BUFFER_MAP: usize = 32;
    pub const UNMAPPED_SOURCE_BUFFER: usize = 40;
    pub const NUM_SAMPLE_FRAMES: usize = 48;
    pub const NUM_CHANNELS: usize = 52;
    pub const MIXED_POSITION: usize = 56;
    pub const NEXT_BUFFER_32: usize = 64;
    pub const BUFFER_DATA_DESCRIPTOR: usize = 96;
    pub const UNMAPPED_SOURCE_BUFFER_64: usize = 104;
    pub const NEXT_BUFFER_64: usize = 112;
    pub const SIZE: usize = 120;
}

static WITH_ADDRESS: Direct = Direct::new("__ZN18IOMemoryDescriptor16withAddressRangeEyyjP4task");
static MAP: Direct = Direct::new("__ZN18IOMemoryDescriptor3mapEj");
static PREPARE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor7prepareEj");
static COMPLETE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor8completeEj");
static LENGTH: Method = Method::new("IOMemoryDescriptor", "__ZNK18IOMemoryDescriptor9getLengthEv");
static MAP_ADDRESS: Direct = Direct::new("__ZN11IOMemoryMap17getVirtualAddressEv");
/// kIODirectionOutIn.
const BOTH_WAYS: u64 = 3;

/// Makes a buffer of `size` bytes at `address` of `task`, wired and mapped.
///
/// # Errors
/// The memory cannot be had.
pub(super) fn new(client: Obj, task: u64, stream: Obj, address: u64, size: u32) -> Result<Obj, u32> {
    let buffer = Obj(heap::allocate(field::SIZE, 8));
    if buffer.is_null() {
        return Err(NO_MEMORY);
    }
    mem::fill(buffer.0, 0, field::SIZE);
    buffer.set(field::USER_CLIENT, client);
    buffer.set(field::AUDIO_STREAM, stream.retain());
    let mapped = map(buffer, task, address, size);
    if mapped != SUCCESS {
        free(buffer);
        return Err(mapped);
    }
    let format = Format::of(stream);
    let room = size.saturating_sub(HEADER);
    buffer.set(field::NUM_SAMPLE_FRAMES, room / format.client_frame_bytes().max(1));
    buffer.set(field::NUM_CHANNELS, format.channels);
    buffer.set(field::UNMAPPED_SOURCE_BUFFER, address);
    buffer.set(field::UNMAPPED_SOURCE_BUFFER_64, address);
    Ok(buffer)
}

fn map(buffer: Obj, task: u64, address: u64, size: u32) -> u32 {
    let descriptor = WITH_ADDRESS.call_obj(&[address, u64::from(size), 0, task]);
    if descriptor.is_null() {
        return INTERNAL_ERROR;
    }
    let wired = PREPARE.call_u32(descriptor, &[BOTH_WAYS]);
    if wired != SUCCESS {
        descriptor.release();
        return wired;
    }
    buffer.set(field::SOURCE_BUFFER_DESCRIPTOR, descriptor);
    let map = MAP.call_obj(&[descriptor.word(), 0]);
    if map.is_null() {
        return VM_ERROR;
    }
    buffer.set(field::SOURCE_BUFFER_MAP, map);
    let at = MAP_ADDRESS.call(&[map.word()]) as usize;
    buffer.set(field::BUFFER_DATA_DESCRIPTOR, at);
    buffer.set(field::SOURCE_BUFFER, at + HEADER as usize);
    if at == 0 { VM_ERROR } else { SUCCESS }
}

/// freeClientBuffer: the buffer leaves its stream and is gone.
pub(super) fn free(buffer: Obj) {
    if let Some(stream) = buffer.get_obj(field::AUDIO_STREAM).some() {
        stream_clients::REMOVE.call(stream, &[buffer.word()]);
        stream.release();
    }
    if let Some(descriptor) = buffer.get_obj(field::SOURCE_BUFFER_DESCRIPTOR).some() {
        COMPLETE.call(descriptor, &[0]);
        descriptor.release();
    }
    buffer.get_obj(field::SOURCE_BUFFER_MAP).release();
    heap::free(buffer.0, field::SIZE);
}

/// A list from its first buffer on.
pub(super) fn list(first: Obj) -> impl Iterator<Item = Obj> {
    core::iter::successors(first.some(), |&buffer| next(buffer).some())
}

/// The next buffer of the list, or NULL.
pub(super) fn next(buffer: Obj) -> Obj {
    buffer.get_obj(field::NEXT_BUFFER_64)
}

/// Links the next buffer of the list.
pub(super) fn set_next(buffer: Obj, next: Obj) {
    buffer.set(field::NEXT_BUFFER_64, next);
    buffer.set(field::NEXT_BUFFER_32, next);
}

/// The stream.
pub(crate) fn stream(buffer: Obj) -> Obj {
    buffer.get_obj(field::AUDIO_STREAM)
}

/// The address that user space registered.
pub(super) fn address(buffer: Obj) -> u64 {
    buffer.get(field::UNMAPPED_SOURCE_BUFFER_64)
}

/// Where the samples are.
pub(crate) fn data(buffer: Obj) -> usize {
    buffer.get(field::SOURCE_BUFFER)
}

/// Frames of the transfer that runs; between transfers the frames that the buffer holds.
pub(crate) fn frames(buffer: Obj) -> u32 {
    buffer.get(field::NUM_SAMPLE_FRAMES)
}

/// Sets those frames.
pub(super) fn set_frames(buffer: Obj, frames: u32) {
    buffer.set(field::NUM_SAMPLE_FRAMES, frames);
}

/// Channels of the stream's format when the buffer was registered.
pub(super) fn channels(buffer: Obj) -> u32 {
    buffer.get(field::NUM_CHANNELS)
}

/// Next position the client will fill.
pub(crate) fn mixed(buffer: Obj) -> Position {
    buffer.get(field::MIXED_POSITION)
}

/// Sets that position.
pub(crate) fn set_mixed(buffer: Obj, position: Position) {
    buffer.set(field::MIXED_POSITION, position);
}

/// Whether the client is one of another byte order.
pub(super) fn is_swapped(buffer: Obj) -> bool {
    methods::has_classic()
        && PRIVATE.with(buffer.get_obj(field::USER_CLIENT), |private| private.is_classic) == Some(true)
}

/// A word of the descriptor, which user space may change at any time.
fn word(buffer: Obj, offset: usize) -> u32 {
    let word: u32 = mem::read(buffer.get::<usize>(field::BUFFER_DATA_DESCRIPTOR) + offset);
    if is_swapped(buffer) { word.swap_bytes() } else { word }
}

fn set_word(buffer: Obj, offset: usize, word: u32) {
    let word = if is_swapped(buffer) { word.swap_bytes() } else { word };
    mem::write(buffer.get::<usize>(field::BUFFER_DATA_DESCRIPTOR) + offset, word);
}

/// Frames that the descriptor announces.
pub(super) fn announced(buffer: Obj) -> u32 {
    word(buffer, descriptor::ACTUAL_FRAMES)
}

/// Nominal frames, for an absent client; the family counts four bytes a sample in every format.
pub(super) fn nominal(buffer: Obj) -> u32 {
    word(buffer, descriptor::NOMINAL_BYTES) / (channels(buffer) * 4).max(1)
}

/// Whether a buffer of `size` bytes in all may be registered: its descriptor is blank, or its sizes fit.
pub(super) fn may_register(buffer: Obj, size: u32) -> bool {
    let format = Format::of(stream(buffer));
    if format.client_frame_bytes() == 0 {
        return false;
    }
    let [bytes, frames, total, nominal]: [u32; 4] = mem::read(buffer.get(field::BUFFER_DATA_DESCRIPTOR));
    let room = size - HEADER;
    let needed = frames.checked_mul(format.client_frame_bytes());
    [bytes, frames, total, nominal] == [0; 4]
        || (total == size && bytes <= room && nominal <= room && needed.is_some_and(|needed| bytes >= needed))
}

/// Starts a transfer of `frames`. The descriptor's sizes are read again: user space may have changed them since.
///
/// # Errors
/// kIOReturnBadArgument: more than the buffer holds, or than a lap of `ring` frames.
pub(super) fn begin(buffer: Obj, frames: u32, ring: u32, is_output: bool) -> u32 {
    let length = LENGTH.call(buffer.get_obj(field::SOURCE_BUFFER_DESCRIPTOR), &[]);
    let bytes = word(buffer, descriptor::ACTUAL_BYTES);
    let total = word(buffer, descriptor::TOTAL_BYTES);
    let sound = u64::from(bytes) <= length.saturating_sub(u64::from(HEADER))
        && bytes <= total
        && (!is_output || word(buffer, descriptor::NOMINAL_BYTES) <= total);
    // More than a lap would overrun the mix buffer; the family does not look.
    if frames > self::frames(buffer) || frames > ring || !sound {
        return BAD_ARGUMENT;
    }
    set_frames(buffer, frames);
    SUCCESS
}

/// Reports what was read, four bytes a sample in every format.
pub(super) fn report(buffer: Obj, frames: u32) {
    let bytes = frames.wrapping_mul(Format::of(stream(buffer)).channels).wrapping_mul(4);
    set_word(buffer, descriptor::ACTUAL_BYTES, bytes);
    set_word(buffer, descriptor::ACTUAL_FRAMES, frames);
}

/// Swaps the samples of a client of another byte order.
pub(super) fn swap_samples(buffer: Obj) {
    let format = Format::of(stream(buffer));
    if !is_swapped(buffer) || format.is_mixable == 0 || format.sample_format != u32::from_be_bytes(*b"lpcm") {
        return;
    }
    let samples = frames(buffer) as usize * channels(buffer) as usize;
    for at in (0..samples).map(|sample| data(buffer) + sample * 4) {
        mem::write(at, mem::read::<u32>(at).swap_bytes());
    }
}

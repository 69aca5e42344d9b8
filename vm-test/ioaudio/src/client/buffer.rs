//! A client's buffer on a stream: a descriptor of 16 bytes, then the samples, in memory that is shared with user space.

use kpi::heap;
use kpi::mem;
use kpi::object::{Obj, Side};

use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, SUCCESS};
use crate::stream::Format;

/// Bytes of the descriptor: actual bytes, actual frames, total bytes, nominal bytes.
pub const HEADER: u32 = 16;
const ACTUAL_BYTES: usize = 0;
const ACTUAL_FRAMES: usize = 4;
const TOTAL_BYTES: usize = 8;
const NOMINAL_BYTES: usize = 12;
/// sizeof(IOAudioClientBuffer): drivers may hold its address, none looks inside.
const SIZE: usize = 104;

struct Private {
    stream: Obj,
    address: u64,
    size: u32,
    capacity: u32,
    /// Frames of the transfer that runs.
    frames: u32,
    mixed: Position,
}

static PRIVATE: Side<Private> = Side::new();

/// Makes a buffer of `size` bytes of user memory at `address` on `stream`.
///
/// # Errors
/// kIOReturnBadArgument: too small, or its descriptor claims more than there is.
pub(crate) fn new(stream: Obj, address: u64, size: u32) -> Result<Obj, u32> {
    let frame_bytes = Format::of(stream).client_frame_bytes();
    if address == 0 || size < HEADER || frame_bytes == 0 {
        return Err(BAD_ARGUMENT);
    }
    let room = size - HEADER;
    let word = |offset: usize| mem::read::<u32>(address as usize + offset);
    let (bytes, frames, total, nominal) =
        (word(ACTUAL_BYTES), word(ACTUAL_FRAMES), word(TOTAL_BYTES), word(NOMINAL_BYTES));
    let blank = [bytes, frames, total, nominal] == [0; 4];
    let needed = frames.checked_mul(frame_bytes);
    let sound = total == size && bytes <= room && nominal <= room && needed.is_some_and(|needed| bytes >= needed);
    if !blank && !sound {
        return Err(BAD_ARGUMENT);
    }
    let buffer = Obj(heap::allocate(SIZE, 16));
    let capacity = room / frame_bytes;
    let private = Private { stream, address, size, capacity, frames: capacity, mixed: Position::default() };
    stream.retain();
    PRIVATE.insert(buffer, private);
    Ok(buffer)
}

/// Frees a buffer that is on no stream.
pub(crate) fn free(buffer: Obj) {
    if let Some(private) = PRIVATE.remove(buffer) {
        private.stream.release();
        heap::free(buffer.0, SIZE);
    }
}

#[track_caller]
fn get<R>(buffer: Obj, f: impl FnOnce(&mut Private) -> R) -> R {
    PRIVATE.with(buffer, f).expect("a client buffer lives until it is unregistered")
}

/// The stream.
pub(crate) fn stream(buffer: Obj) -> Obj {
    get(buffer, |private| private.stream)
}

/// The address user space registered.
pub(crate) fn address(buffer: Obj) -> u64 {
    get(buffer, |private| private.address)
}

/// Where the samples are.
pub(crate) fn data(buffer: Obj) -> usize {
    get(buffer, |private| private.address as usize) + HEADER as usize
}

/// Frames of the transfer that runs.
pub(crate) fn frames(buffer: Obj) -> u32 {
    get(buffer, |private| private.frames)
}

/// Next position the client will fill.
pub(crate) fn mixed(buffer: Obj) -> Position {
    get(buffer, |private| private.mixed)
}

/// Sets that position.
pub(crate) fn set_mixed(buffer: Obj, position: Position) {
    get(buffer, |private| private.mixed = position);
}

/// Frames that the descriptor announces; a blank one means a full buffer.
pub(crate) fn announced(buffer: Obj) -> u32 {
    let (address, capacity) = get(buffer, |private| (private.address as usize, private.capacity));
    if mem::read::<u32>(address + TOTAL_BYTES) == 0 { capacity } else { mem::read(address + ACTUAL_FRAMES) }
}

/// Nominal frames of a buffer, for an absent client.
pub(crate) fn nominal(buffer: Obj) -> u32 {
    let (address, capacity) = get(buffer, |private| (private.address as usize, private.capacity));
    let bytes: u32 = mem::read(address + NOMINAL_BYTES);
    let frames = bytes / Format::of(stream(buffer)).client_frame_bytes().max(1);
    if frames == 0 || frames > capacity { capacity } else { frames }
}

/// Starts a transfer of `frames`; the descriptor is read again, since user space may have changed it.
///
/// # Errors
/// kIOReturnBadArgument.
pub(crate) fn begin(buffer: Obj, frames: u32) -> u32 {
    let (address, capacity, size) = get(buffer, |private| (private.address as usize, private.capacity, private.size));
    let word = |offset: usize| mem::read::<u32>(address + offset);
    let total = word(TOTAL_BYTES);
    let sound = total == 0
        || (word(ACTUAL_BYTES) <= size - HEADER && word(ACTUAL_BYTES) <= total && word(NOMINAL_BYTES) <= total);
    if frames > capacity || !sound {
        return BAD_ARGUMENT;
    }
    get(buffer, |private| private.frames = frames);
    SUCCESS
}

/// Reports what was read.
pub(crate) fn report(buffer: Obj, frames: u32) {
    let address = get(buffer, |private| private.address as usize);
    mem::write(address + ACTUAL_BYTES, frames * Format::of(stream(buffer)).client_frame_bytes());
    mem::write(address + ACTUAL_FRAMES, frames);
}

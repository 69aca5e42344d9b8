//! IOBufferMemoryDescriptor: a descriptor of memory that it allocates itself, in whole pages.

use crate::class;
use crate::functions;
use crate::heap;
use crate::iokit::memory;
use crate::mem;
use crate::object::{Method, Obj};
use crate::platform::PAGE;

/// Byte offsets: IOMemoryDescriptor's `_length`, IOGeneralMemoryDescriptor's `_singleRange`, and its own.
const LENGTH: usize = 80;
const SINGLE_RANGE: usize = 120;
const BUFFER: usize = 184;
const CAPACITY: usize = 192;
const ALIGNMENT: usize = 200;
const OPTIONS: usize = 208;

static INIT: Method =
    Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor20initWithPhysicalMaskEP4taskjyyy");

/// A new buffer, NULL when its `init` fails.
fn new(task: u64, options: u32, capacity: u64, alignment: u64, mask: u64) -> Obj {
    let this = class::instantiate("IOBufferMemoryDescriptor");
    if INIT.call_bool(this, &[task, u64::from(options), capacity, alignment, mask]) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn with_options(options: u32, capacity: u64, alignment: u64) -> Obj {
    new(0, options, capacity, alignment, 0)
}

extern "C" fn in_task_with_options(task: u64, options: u32, capacity: u64, alignment: u64) -> Obj {
    new(task, options, capacity, alignment, 0)
}

extern "C" fn in_task_with_mask(task: u64, options: u32, capacity: u64, mask: u64) -> Obj {
    new(task, options, capacity, 1, mask)
}

extern "C" fn with_capacity(capacity: u64, direction: u32, _contiguous: bool) -> Obj {
    new(0, direction, capacity, 1, 0)
}

extern "C" fn with_bytes(from: usize, length: u64, direction: u32, _contiguous: bool) -> Obj {
    let this = new(0, direction, length, 1, 0);
    if !this.is_null() {
        mem::copy(from, bytes(this), length as usize);
    }
    this
}

/// initWithPhysicalMask: memory has no physical side here, so the mask asks for nothing.
extern "C" fn init(this: Obj, task: u64, options: u32, capacity: u64, alignment: u64, _mask: u64) -> bool {
    let Some(size) = (capacity as usize).checked_next_multiple_of(PAGE).filter(|&size| size > 0) else { return false };
    let buffer = heap::allocate(size, PAGE.max(alignment as usize).next_power_of_two());
    if buffer == 0 {
        return false;
    }
    memory::set_ranges(this, alloc::vec![(buffer, capacity as usize)], task, options);
    this.set(BUFFER, buffer);
    this.set(CAPACITY, capacity);
    this.set(ALIGNMENT, alignment);
    this.set(OPTIONS, options);
    true
}

extern "C" fn free(this: Obj) {
    let buffer: usize = this.get(BUFFER);
    if buffer != 0 {
        heap::free(buffer, 0);
    }
    memory::free(this);
}

extern "C" fn bytes(this: Obj) -> usize {
    this.get(BUFFER)
}

extern "C" fn bytes_at(this: Obj, start: u64, length: u64) -> usize {
    let fits = start.checked_add(length).is_some_and(|end| end <= this.get::<u64>(LENGTH));
    if fits { bytes(this) + start as usize } else { 0 }
}

extern "C" fn capacity(this: Obj) -> u64 {
    this.get(CAPACITY)
}

/// setLength: at most the capacity.
extern "C" fn set_length(this: Obj, length: u64) {
    let length = length.min(capacity(this));
    this.set(LENGTH, length);
    this.set(SINGLE_RANGE + 8, length);
    memory::set_single_length(this, length as usize);
}

extern "C" fn append_bytes(this: Obj, from: usize, length: u64) -> bool {
    let used: u64 = this.get(LENGTH);
    let count = length.min(capacity(this) - used);
    mem::copy(from, bytes(this) + used as usize, count as usize);
    set_length(this, used + count);
    true
}

functions! { pub FUNCTIONS:
    "__ZN24IOBufferMemoryDescriptor11withOptionsEjmm" => with_options,
    "__ZN24IOBufferMemoryDescriptor17inTaskWithOptionsEP4taskjmm" => in_task_with_options,
    "__ZN24IOBufferMemoryDescriptor22inTaskWithPhysicalMaskEP4taskjyy" => in_task_with_mask,
    "__ZN24IOBufferMemoryDescriptor12withCapacityEmjb" => with_capacity,
    "__ZN24IOBufferMemoryDescriptor9withBytesEPKvmjb" => with_bytes,
    "__ZN24IOBufferMemoryDescriptor20initWithPhysicalMaskEP4taskjyyy" => init,
    "__ZN24IOBufferMemoryDescriptor4freeEv" => free,
    "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv" => bytes,
    "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEmm" => bytes_at,
    "__ZNK24IOBufferMemoryDescriptor11getCapacityEv" => capacity,
    "__ZN24IOBufferMemoryDescriptor9setLengthEm" => set_length,
    "__ZN24IOBufferMemoryDescriptor12setDirectionEj" => memory::set_direction,
    "__ZN24IOBufferMemoryDescriptor11appendBytesEPKvm" => append_bytes,
}

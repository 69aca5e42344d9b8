//! Descriptors of other descriptors' memory: a part of one (IOSubMemoryDescriptor), several as one (IOMultiMemoryDescriptor).

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::heap;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{memory, physical};
use crate::mem;
use crate::object::{Method, Obj};

/// Byte offsets of the fields that subclasses see: IOSubMemoryDescriptor's …
const PARENT: usize = 96;
const START: usize = 104;
/// … and IOMultiMemoryDescriptor's: an array of descriptors, how many, and whether the array is its own.
const LIST: usize = 96;
const COUNT: usize = 104;
const IS_OWN: usize = 108;

static GET_LENGTH: Method = Method::new("IOMemoryDescriptor", "__ZNK18IOMemoryDescriptor9getLengthEv");
static GET_DIRECTION: Method = Method::new("IOMemoryDescriptor", "__ZNK18IOMemoryDescriptor12getDirectionEv");
static PREPARE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor7prepareEj");
static COMPLETE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor8completeEj");
static INIT_PART: Method =
    Method::new("IOSubMemoryDescriptor", "__ZN21IOSubMemoryDescriptor12initSubRangeEP18IOMemoryDescriptoryyj");
static INIT_LIST: Method = Method::new(
    "IOMultiMemoryDescriptor",
    "__ZN23IOMultiMemoryDescriptor19initWithDescriptorsEPP18IOMemoryDescriptorjjb",
);

fn new(class: &str, init: &Method, arguments: &[u64]) -> Obj {
    let this = class::instantiate(class);
    if init.call_bool(this, arguments) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn with_part(of: Obj, offset: u64, length: u64, options: u32) -> Obj {
    new("IOSubMemoryDescriptor", &INIT_PART, &[of.word(), offset, length, u64::from(options)])
}

/// initSubRange: without a direction it has the one of what it is a part of.
extern "C" fn init_part(this: Obj, of: Obj, offset: u64, length: u64, options: u32) -> bool {
    let Some(parent) = of.some() else { return false };
    let end = offset.checked_add(length).filter(|&end| end <= GET_LENGTH.call(parent, &[]));
    let Some(end) = end else { return false };
    let mut at = 0;
    let mut ranges = Vec::new();
    for (address, size) in memory::ranges(parent) {
        let (first, last) = (offset.max(at), end.min(at + size as u64));
        if first < last {
            ranges.push((address + (first - at) as usize, (last - first) as usize));
        }
        at += size as u64;
    }
    memory::describe(this, ranges, options);
    if options & memory::DIRECTION_MASK == 0 {
        memory::set_direction(this, GET_DIRECTION.call_u32(parent, &[]));
    }
    this.set(PARENT, parent.retain());
    this.set(START, offset);
    true
}

extern "C" fn free_part(this: Obj) {
    if let Some(parent) = this.get_obj(PARENT).some() {
        parent.release();
    }
    memory::free(this);
}

extern "C" fn prepare_part(this: Obj, direction: u32) -> IOReturn {
    IOReturn(PREPARE.call_u32(this.get_obj(PARENT), &[u64::from(direction)]))
}

extern "C" fn complete_part(this: Obj, direction: u32) -> IOReturn {
    IOReturn(COMPLETE.call_u32(this.get_obj(PARENT), &[u64::from(direction)]))
}

fn listed(this: Obj) -> Vec<Obj> {
    let (list, count): (usize, u32) = (this.get(LIST), this.get(COUNT));
    (0..count as usize).map(|index| mem::read(list + index * 8)).collect()
}

extern "C" fn with_list(list: u64, count: u32, direction: u32, as_reference: bool) -> Obj {
    let words = [list, u64::from(count), u64::from(direction), u64::from(as_reference)];
    new("IOMultiMemoryDescriptor", &INIT_LIST, &words)
}

/// initWithDescriptors: `as_reference` says that the array stays where it is as long as this is used.
extern "C" fn init_list(this: Obj, list: usize, count: u32, direction: u32, as_reference: bool) -> bool {
    if list == 0 {
        return false;
    }
    let bytes = count as usize * 8;
    let own = if as_reference { list } else { heap::allocate(bytes, 16) };
    if own == 0 {
        return false;
    }
    if !as_reference {
        mem::copy(list, own, bytes);
    }
    this.set(LIST, own);
    this.set(COUNT, count);
    this.set(IS_OWN, !as_reference);
    let ranges = listed(this).into_iter().flat_map(|part| memory::ranges(part.retain())).collect();
    memory::describe(this, ranges, direction);
    true
}

extern "C" fn free_list(this: Obj) {
    listed(this).into_iter().for_each(Obj::release);
    if this.get::<bool>(IS_OWN) {
        heap::free(this.get(LIST), this.get::<u32>(COUNT) as usize * 8);
    }
    memory::free(this);
}

fn direction_of(this: Obj, direction: u32) -> u64 {
    let direction = if direction == 0 { GET_DIRECTION.call_u32(this, &[]) } else { direction };
    u64::from(direction)
}

/// prepare: each; when one fails, those before it are completed again.
extern "C" fn prepare_list(this: Obj, direction: u32) -> IOReturn {
    let direction = direction_of(this, direction);
    let parts = listed(this);
    for (index, &part) in parts.iter().enumerate() {
        let prepared = IOReturn(PREPARE.call_u32(part, &[direction]));
        if !prepared.is_success() {
            for &before in &parts[..index] {
                COMPLETE.call(before, &[direction]);
            }
            return prepared;
        }
    }
    IOReturn::SUCCESS
}

extern "C" fn complete_list(this: Obj, direction: u32) -> IOReturn {
    let direction = direction_of(this, direction);
    let completed = listed(this).into_iter().map(|part| IOReturn(COMPLETE.call_u32(part, &[direction])));
    completed.fold(IOReturn::SUCCESS, |all, one| if one.is_success() { all } else { one })
}

functions! { pub FUNCTIONS:
    "__ZN21IOSubMemoryDescriptor12withSubRangeEP18IOMemoryDescriptoryyj" => with_part,
    "__ZN21IOSubMemoryDescriptor12initSubRangeEP18IOMemoryDescriptoryyj" => init_part,
    "__ZN21IOSubMemoryDescriptor4freeEv" => free_part,
    "__ZN21IOSubMemoryDescriptor7prepareEj" => prepare_part,
    "__ZN21IOSubMemoryDescriptor8completeEj" => complete_part,
    "__ZN21IOSubMemoryDescriptor18getPhysicalSegmentEyPyj" => physical::segment,
    "__ZN23IOMultiMemoryDescriptor15withDescriptorsEPP18IOMemoryDescriptorjjb" => with_list,
    "__ZN23IOMultiMemoryDescriptor19initWithDescriptorsEPP18IOMemoryDescriptorjjb" => init_list,
    "__ZN23IOMultiMemoryDescriptor4freeEv" => free_list,
    "__ZN23IOMultiMemoryDescriptor7prepareEj" => prepare_list,
    "__ZN23IOMultiMemoryDescriptor8completeEj" => complete_list,
    "__ZN23IOMultiMemoryDescriptor18getPhysicalSegmentEyPyj" => physical::segment,
}

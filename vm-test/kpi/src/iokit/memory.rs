//! Memory descriptors and maps, as far as shared pages and client buffers need them. Kernel and user space are one address
//! space here, so a map is the memory itself.

use alloc::vec::Vec;

use crate::class;
use crate::fault;
use crate::functions;
use crate::heap;
use crate::images;
use crate::iokit::ioreturn::IOReturn;
use crate::libkern::osobject;
use crate::mem;
use crate::object::{Direct, Method, Obj, Side};
use crate::user;

/// Byte offsets of the fields that subclasses see: IOMemoryDescriptor's …
const FLAGS: usize = 32;
const LENGTH: usize = 80;
const TAG: usize = 88;
/// … and IOGeneralMemoryDescriptor's.
const RANGES: usize = 96;
const RANGE_COUNT: usize = 104;
const TASK: usize = 112;
const SINGLE_RANGE: usize = 120;
const WIRE_COUNT: usize = 136;
const INITIALIZED: usize = 140;

/// `kIOMemoryTypeMask`, and the types whose ranges are pairs of 64-bit address and length.
const TYPE_MASK: u32 = 0xf0;
const TYPE_VIRTUAL: u32 = 0x10;
const TYPE_VIRTUAL_64: u32 = 0x60;
const TYPE_PHYSICAL: u32 = 0x20;
/// `kIOMemoryDirectionMask`.
pub(super) const DIRECTION_MASK: u32 = 7;

/// Addresses and lengths of a descriptor's ranges.
static RANGES_OF: Side<Vec<(usize, usize)>> = Side::new();

struct Map {
    descriptor: Obj,
    address: usize,
    length: usize,
    task: u64,
    options: u32,
}

static MAPS: Side<Map> = Side::new();

static INIT: Method =
    Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor15initWithOptionsEPvjjP4taskjP8IOMapper");
static GET_LENGTH: Method = Method::new("IOMemoryDescriptor", "__ZNK18IOMemoryDescriptor9getLengthEv");
static TAGGED_RELEASE: Direct = Direct::new("__ZNK8OSObject13taggedReleaseEPKv");

/// The memory of a descriptor as addresses and lengths.
pub fn ranges(descriptor: Obj) -> Vec<(usize, usize)> {
    RANGES_OF.with(descriptor, |ranges| ranges.clone()).unwrap_or_default()
}

/// A map of a whole descriptor, with one reference; NULL for memory in several pieces.
pub fn map(descriptor: Obj, task: u64, options: u32) -> Obj {
    let length = GET_LENGTH.call(descriptor, &[]);
    create_mapping(descriptor, task, 0, options, 0, length)
}

/// Address and length of a map.
pub fn map_range(map: Obj) -> (usize, usize) {
    MAPS.with(map, |map| (map.address, map.length)).unwrap_or((0, 0))
}

/// Gives a general descriptor its ranges.
pub(super) fn set_ranges(this: Obj, ranges: Vec<(usize, usize)>, task: u64, options: u32) {
    this.set(RANGE_COUNT, ranges.len() as u32);
    this.set(TASK, task);
    this.set(RANGES, this.0 + SINGLE_RANGE);
    if let [(address, length)] = ranges[..] {
        this.set(SINGLE_RANGE, [address, length]);
    }
    this.set(INITIALIZED, true);
    describe(this, ranges, options);
}

/// Gives a descriptor of any class its memory.
pub(super) fn describe(this: Obj, ranges: Vec<(usize, usize)>, options: u32) {
    this.set(FLAGS, options);
    this.set(LENGTH, ranges.iter().map(|&(_, length)| length as u64).sum::<u64>());
    RANGES_OF.insert(this, ranges);
}

/// Changes the length of a descriptor's only range.
pub(super) fn set_single_length(this: Obj, length: usize) {
    RANGES_OF.with(this, |ranges| ranges.iter_mut().for_each(|range| range.1 = length));
}

/// Changes the direction.
pub(super) extern "C" fn set_direction(this: Obj, direction: u32) {
    this.set(FLAGS, (this.get::<u32>(FLAGS) & !DIRECTION_MASK) | (direction & DIRECTION_MASK));
}

extern "C" fn with_address(address: u64, length: u64, direction: u32) -> Obj {
    with_address_range(address, length, direction, 0)
}

extern "C" fn with_address_range(address: u64, length: u64, options: u32, task: u64) -> Obj {
    let range = [address, length];
    with_options((&raw const range) as u64, 1, 0, task, options | TYPE_VIRTUAL_64, 0)
}

extern "C" fn with_address_ranges(ranges: u64, count: u32, options: u32, task: u64) -> Obj {
    with_options(ranges, count, 0, task, options | TYPE_VIRTUAL_64, 0)
}

/// withPhysicalAddress: of memory of the kernel's, whose address is its physical one.
extern "C" fn with_physical_address(address: u64, length: u64, direction: u32) -> Obj {
    let range = [address, length];
    with_options((&raw const range) as u64, 1, 0, 0, direction | TYPE_PHYSICAL, 0)
}

extern "C" fn with_options(ranges: u64, count: u32, offset: u32, task: u64, options: u32, mapper: u64) -> Obj {
    let this = class::instantiate("IOGeneralMemoryDescriptor");
    let words = [ranges, u64::from(count), u64::from(offset), task, u64::from(options), mapper];
    if INIT.call_bool(this, &words) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, from: usize, count: u32, offset: u32, task: u64, options: u32, _mapper: u64) -> bool {
    let kind = options & TYPE_MASK;
    if !matches!(kind, TYPE_VIRTUAL | TYPE_VIRTUAL_64 | TYPE_PHYSICAL) || offset != 0 {
        fault::kernel_panic(&alloc::format!(
            "a memory descriptor of type {kind:#x} was asked for; this bench has addresses of memory only"
        ));
    }
    if from == 0 || count == 0 {
        return false;
    }
    let range = |index: usize| mem::read::<(usize, usize)>(from + index * 16);
    let ranges: Vec<(usize, usize)> = (0..count as usize).map(range).collect();
    let is_memory = |address: usize| heap::block(address).is_some() || images::contains(address);
    if kind == TYPE_PHYSICAL && !ranges.iter().all(|&(address, _)| is_memory(address)) {
        fault::kernel_panic(
            "a memory descriptor of a physical address was asked for at which no memory is; this bench has no devices",
        );
    }
    set_ranges(this, ranges, task, options);
    true
}

/// `free` of every descriptor.
pub(super) extern "C" fn free(this: Obj) {
    RANGES_OF.remove(this);
    osobject::free(this);
}

extern "C" fn direction(this: Obj) -> u32 {
    this.get::<u32>(FLAGS) & DIRECTION_MASK
}

extern "C" fn length(this: Obj) -> u64 {
    this.get(LENGTH)
}

extern "C" fn flags(this: Obj) -> u32 {
    this.get(FLAGS)
}

extern "C" fn set_tag(this: Obj, tag: u32) {
    this.set(TAG, tag);
}

extern "C" fn tag(this: Obj) -> u32 {
    this.get(TAG)
}

/// prepare: memory here is always resident; the count is kept.
extern "C" fn prepare(this: Obj, _direction: u32) -> IOReturn {
    this.set(WIRE_COUNT, this.get::<u32>(WIRE_COUNT) + 1);
    IOReturn::SUCCESS
}

extern "C" fn complete(this: Obj, _direction: u32) -> IOReturn {
    let count: u32 = this.get(WIRE_COUNT);
    if count == 0 {
        fault::kernel_panic("IOMemoryDescriptor::complete was called more often than prepare");
    }
    this.set(WIRE_COUNT, count - 1);
    IOReturn::SUCCESS
}

/// Copies between a descriptor's memory from `offset` on and `other`; returns how many bytes.
pub(super) fn transfer(this: Obj, offset: u64, other: usize, length: u64, is_write: bool) -> u64 {
    let mut skip = offset as usize;
    let mut done = 0;
    for (address, size) in ranges(this) {
        let address = user::in_kernel(address, size);
        let Some(size) = size.checked_sub(skip).filter(|&size| size > 0) else {
            skip -= size;
            continue;
        };
        let count = size.min(length as usize - done);
        let (memory, other) = (address + skip, other + done);
        if is_write {
            mem::copy(other, memory, count);
        } else {
            mem::copy(memory, other, count);
        }
        skip = 0;
        done += count;
    }
    done as u64
}

extern "C" fn read_bytes(this: Obj, offset: u64, to: usize, length: u64) -> u64 {
    transfer(this, offset, to, length, false)
}

extern "C" fn write_bytes(this: Obj, offset: u64, from: usize, length: u64) -> u64 {
    transfer(this, offset, from, length, true)
}

extern "C" fn map_default(this: Obj, options: u32) -> Obj {
    map(this, 0, options)
}

extern "C" fn create_mapping(this: Obj, task: u64, _at: u64, options: u32, offset: u64, length: u64) -> Obj {
    let [(address, size)] = ranges(this)[..] else { return Obj::NULL };
    let (offset, asked) = (offset as usize, length as usize);
    let length = if asked == 0 { size.saturating_sub(offset) } else { asked };
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Obj::NULL;
    }
    let address = user::in_kernel(address, size);
    let map = class::instantiate("IOMemoryMap");
    MAPS.insert(map, Map { descriptor: this.retain(), address: address + offset, length, task, options });
    map
}

extern "C" fn free_map(this: Obj) {
    if let Some(map) = MAPS.remove(this) {
        map.descriptor.release();
    }
    osobject::free(this);
}

extern "C" fn release_map(this: Obj, tag: u64) {
    TAGGED_RELEASE.call(&[this.word(), tag]);
}

extern "C" fn map_address(this: Obj) -> usize {
    map_range(this).0
}

extern "C" fn map_length(this: Obj) -> usize {
    map_range(this).1
}

extern "C" fn map_task(this: Obj) -> u64 {
    MAPS.with(this, |map| map.task).unwrap_or(0)
}

extern "C" fn map_descriptor(this: Obj) -> Obj {
    MAPS.with(this, |map| map.descriptor).unwrap_or(Obj::NULL)
}

extern "C" fn map_options(this: Obj) -> u32 {
    MAPS.with(this, |map| map.options).unwrap_or(0)
}

/// unmap: the map has no address any more.
extern "C" fn unmap(this: Obj) -> IOReturn {
    MAPS.with(this, |map| map.address = 0);
    IOReturn::SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN18IOMemoryDescriptor11withAddressEPvyj" => with_address,
    "__ZN18IOMemoryDescriptor16withAddressRangeEyyjP4task" => with_address_range,
    "__ZN18IOMemoryDescriptor17withAddressRangesEP14IOVirtualRangejjP4task" => with_address_ranges,
    "__ZN18IOMemoryDescriptor19withPhysicalAddressEyyj" => with_physical_address,
    "__ZN18IOMemoryDescriptor11withOptionsEPvjjP4taskjP8IOMapper" => with_options,
    "__ZN25IOGeneralMemoryDescriptor15initWithOptionsEPvjjP4taskjP8IOMapper" => init,
    "__ZN18IOMemoryDescriptor4freeEv" => free,
    "__ZN25IOGeneralMemoryDescriptor4freeEv" => free,
    "__ZNK18IOMemoryDescriptor12getDirectionEv" => direction,
    "__ZNK18IOMemoryDescriptor9getLengthEv" => length,
    "__ZN18IOMemoryDescriptor8getFlagsEv" => flags,
    "__ZN18IOMemoryDescriptor6setTagEj" => set_tag,
    "__ZN18IOMemoryDescriptor6getTagEv" => tag,
    "__ZN25IOGeneralMemoryDescriptor7prepareEj" => prepare,
    "__ZN25IOGeneralMemoryDescriptor8completeEj" => complete,
    "__ZN18IOMemoryDescriptor9readBytesEyPvy" => read_bytes,
    "__ZN18IOMemoryDescriptor10writeBytesEyPKvy" => write_bytes,
    "__ZN18IOMemoryDescriptor3mapEj" => map_default,
    "__ZN18IOMemoryDescriptor19createMappingInTaskEP4taskyjyy" => create_mapping,
    "__ZN11IOMemoryMap4freeEv" => free_map,
    "__ZNK11IOMemoryMap13taggedReleaseEPKv" => release_map,
    "__ZN11IOMemoryMap17getVirtualAddressEv" => map_address,
    "__ZN11IOMemoryMap9getLengthEv" => map_length,
    "__ZN11IOMemoryMap14getAddressTaskEv" => map_task,
    "__ZN11IOMemoryMap19getMemoryDescriptorEv" => map_descriptor,
    "__ZN11IOMemoryMap13getMapOptionsEv" => map_options,
    "__ZN11IOMemoryMap5unmapEv" => unmap,
}

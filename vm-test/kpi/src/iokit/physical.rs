//! Physical addresses of descriptors and maps: memory has none here, so they are the addresses of the memory itself.

use crate::functions;
use crate::iokit::memory;
use crate::mem;
use crate::object::{Method, Obj};

static SEGMENT: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor18getPhysicalSegmentEyPyj");

/// getPhysicalSegment: the address at an offset, and how many bytes follow it in one piece; 0 beyond the end.
pub(super) extern "C" fn segment(this: Obj, offset: u64, length: usize, _options: u32) -> u64 {
    let mut skip = offset as usize;
    for (address, size) in memory::ranges(this) {
        if skip < size {
            if length != 0 {
                mem::write(length, (size - skip) as u64);
            }
            return (address + skip) as u64;
        }
        skip -= size;
    }
    if length != 0 {
        mem::write(length, 0u64);
    }
    0
}

extern "C" fn address(this: Obj) -> u64 {
    SEGMENT.call(this, &[0, 0, 0])
}

extern "C" fn map_address(this: Obj) -> usize {
    memory::map_range(this).0
}

/// IOMemoryMap::getPhysicalSegment: as of the descriptor, within the map.
extern "C" fn map_segment(this: Obj, offset: u64, length: usize, _options: u32) -> u64 {
    let (address, size) = memory::map_range(this);
    let rest = (size as u64).saturating_sub(offset);
    if length != 0 {
        mem::write(length, rest);
    }
    if rest > 0 { address as u64 + offset } else { 0 }
}

functions! { pub FUNCTIONS:
    "__ZN25IOGeneralMemoryDescriptor18getPhysicalSegmentEyPyj" => segment,
    "__ZN18IOMemoryDescriptor18getPhysicalAddressEv" => address,
    "__ZN11IOMemoryMap18getPhysicalAddressEv" => map_address,
    "__ZN11IOMemoryMap18getPhysicalSegmentEyPyj" => map_segment,
}

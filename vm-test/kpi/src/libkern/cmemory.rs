//! Memory in C beyond IOMalloc: OSMalloc, kern_os_malloc, `operator new`, memory with a physical address.

use crate::functions;
use crate::heap;
use crate::mem;
use crate::platform::PAGE;

/// Size of an OSMallocTag.
const TAG: usize = 16;

/// OSMalloc_Tagalloc: kexts only pass the tag on.
extern "C" fn make_tag() -> usize {
    heap::allocate(TAG, 16)
}

extern "C" fn free_tag(tag: usize) {
    heap::free(tag, TAG);
}

extern "C" fn os_malloc(size: u32) -> usize {
    heap::allocate(size as usize, 16)
}

extern "C" fn os_free(address: usize, size: u32) {
    if address != 0 {
        heap::free(address, size as usize);
    }
}

extern "C" fn allocate(size: usize) -> usize {
    heap::allocate(size, 16)
}

extern "C" fn free(address: usize) {
    if address != 0 {
        heap::free(address, 0);
    }
}

/// kern_os_realloc: size 0 frees.
extern "C" fn reallocate(address: usize, size: usize) -> usize {
    if size == 0 {
        free(address);
        return 0;
    }
    let block = heap::allocate(size, 16);
    if block != 0 && address != 0 {
        mem::copy(address, block, heap::size_of(address).unwrap_or(0).min(size));
        free(address);
    }
    block
}

extern "C" fn size(address: usize) -> usize {
    heap::size_of(address).unwrap_or(0)
}

/// IOMallocContiguous: the physical address of memory is its address here.
extern "C" fn allocate_contiguous(size: usize, alignment: usize, physical: usize) -> usize {
    let block = heap::allocate(size, alignment.max(PAGE).next_power_of_two());
    if physical != 0 && block != 0 {
        mem::write(physical, block);
    }
    block
}

extern "C" fn free_sized(address: usize, size: usize) {
    if address != 0 {
        heap::free(address, size);
    }
}

functions! { pub FUNCTIONS:
    "__ZN11OSMetaClassnwEm" => allocate,
    "__ZN11OSMetaClassdlEPvm" => free_sized,
    "_OSMalloc_Tagalloc" => make_tag,
    "_OSMalloc_Tagfree" => free_tag,
    "_OSMalloc" => os_malloc,
    "_OSMalloc_nowait" => os_malloc,
    "_OSMalloc_noblock" => os_malloc,
    "_OSFree" => os_free,
    "_kern_os_malloc" => allocate,
    "_kern_os_free" => free,
    "_kern_os_realloc" => reallocate,
    "_kern_os_malloc_size" => size,
    "__Znwm" => allocate,
    "__Znam" => allocate,
    "__ZdlPv" => free,
    "__ZdaPv" => free,
    "_IOMallocContiguous" => allocate_contiguous,
    "_IOFreeContiguous" => free_sized,
}

//! Virtual memory: who lies where, and the page tables. No page is ever writable and executable.
//!
//! ```text
//!  0x0000_0000_0000_0000  nothing: a null pointer faults
//!  0x0000_0000_0010_0000  the guest's image, at its physical address: text R-X, constants R--, data RW-
//!  0xffff_ff00_0000_0000  the page tables themselves (recursive entry)
//!  0xffff_ff80_0000_0000  the window: all that Platform::map gives, kexts and stacks among it
//!  0xffff_ff90_0000_0000  the KPI's heap
//!  0xffff_ffa0_0000_0000  the shared memory, R--
//!  0xffff_ffb0_0000_0000  the output region of the shared memory, RW-
//!  0xffff_ffb8_0000_0000  the region of the trace in the shared memory, RW-
//!  0xffff_ffbc_0000_0000  the region of event lines in the shared memory, RW-
//!  0xffff_ffc0_0000_0000  the local APIC, RW-, not cached
//! ```

use core::fmt::Debug;

use kpi::platform::{PAGE, Protection};
use spin::Mutex;
use x86_64::instructions::tlb;
use x86_64::registers::control::{Cr3, Cr3Flags};
use x86_64::structures::paging::mapper::{MapToError, MapperFlush};
use x86_64::structures::paging::{
    FrameAllocator, Mapper, OffsetPageTable, Page, PageSize, PageTable, PageTableFlags, PhysFrame, RecursivePageTable,
    Size2MiB, Size4KiB,
};
use x86_64::{PhysAddr, VirtAddr};

use crate::boot::FIRST_MAPPED;
use crate::frames::{FRAMES, Frames};

/// Up to so many pages are taken out of the TLB one by one: the stacks of a thread among them. QEMU fills its TLB again by
/// walks of the tables, which cost more than to take out a page that was not in it.
const FEW: usize = 256;
/// Window of Platform::map, 1 GiB.
pub const WINDOW: usize = 0xffff_ff80_0000_0000;
/// The KPI's heap.
pub const HEAP: usize = 0xffff_ff90_0000_0000;
/// The shared memory.
pub const SHARE: usize = 0xffff_ffa0_0000_0000;
/// The output region of the shared memory.
pub const OUTPUT: usize = 0xffff_ffb0_0000_0000;
/// The region of the trace in the shared memory.
pub const TRACE: usize = 0xffff_ffb8_0000_0000;
/// The region of event lines in the shared memory.
pub const EVENTS: usize = 0xffff_ffbc_0000_0000;
/// The local APIC's registers.
pub const APIC: usize = 0xffff_ffc0_0000_0000;
/// Physical address of the local APIC after reset.
const APIC_FRAME: u64 = 0xfee0_0000;
/// Entry of the root table that points to the root table.
const RECURSIVE: u64 = 510;

/// The page tables, once they are loaded.
static TABLES: Mutex<Option<RecursivePageTable<'static>>> = Mutex::new(None);

unsafe extern "C" {
    static __text_start: u8;
    static __text_end: u8;
    static __rodata_start: u8;
    static __rodata_end: u8;
    static __data_start: u8;
    static __data_end: u8;
}

/// First physical address behind the guest's image.
pub fn image_end() -> u64 {
    (&raw const __data_end) as u64
}

fn flags(protection: Protection) -> PageTableFlags {
    match protection {
        Protection::None => PageTableFlags::NO_EXECUTE,
        Protection::Read => PageTableFlags::PRESENT | PageTableFlags::NO_EXECUTE,
        Protection::ReadWrite => PageTableFlags::PRESENT | PageTableFlags::WRITABLE | PageTableFlags::NO_EXECUTE,
        Protection::ReadExecute => PageTableFlags::PRESENT,
    }
}

/// Makes the page tables with the image, the APIC and the shared memory in them, and loads them. `share` is the physical
/// range of the shared memory; it starts at a multiple of 2 MiB. `None`: too few frames.
pub fn build(share: core::ops::Range<u64>) -> Option<()> {
    let mut frames = FRAMES.lock();
    let root = frames.allocate_frame().filter(|root| root.start_address().as_u64() < FIRST_MAPPED)?;
    let table = root.start_address().as_u64() as *mut PageTable;
    // SAFETY: the frame was just taken and the first page tables map it one to one, writable.
    unsafe { table.write(PageTable::new()) };
    // SAFETY: written just now, and nothing else refers to it until it is loaded.
    let table = unsafe { &mut *table };
    let recursive = PageTableFlags::PRESENT | PageTableFlags::WRITABLE | PageTableFlags::NO_EXECUTE;
    table[RECURSIVE as usize].set_frame(root, recursive);
    // SAFETY: the lowest free frames, which the tables take, are mapped one to one.
    let mut mapper = unsafe { OffsetPageTable::new(table, VirtAddr::zero()) };

    let image = [
        (&raw const __text_start, &raw const __text_end, Protection::ReadExecute),
        (&raw const __rodata_start, &raw const __rodata_end, Protection::Read),
        (&raw const __data_start, &raw const __data_end, Protection::ReadWrite),
    ];
    for (start, end, protection) in image {
        let (start, end) = (start as u64, end as u64);
        point::<Size4KiB>(&mut mapper, &mut frames, start as usize, start..end, flags(protection))?;
    }
    let apic = flags(Protection::ReadWrite) | PageTableFlags::NO_CACHE;
    point::<Size4KiB>(&mut mapper, &mut frames, APIC, APIC_FRAME..APIC_FRAME + PAGE as u64, apic)?;
    point::<Size2MiB>(&mut mapper, &mut frames, SHARE, share, flags(Protection::Read))?;

    // SAFETY: the tables map the running code, its data and its stack where they are.
    unsafe { Cr3::write(root, Cr3Flags::empty()) };
    let recursive = [39, 30, 21, 12].iter().fold(0, |address, shift| address | RECURSIVE << shift);
    let table: *mut PageTable = VirtAddr::new_truncate(recursive).as_mut_ptr();
    // SAFETY: the recursive entry maps the root table there, for good.
    let table = unsafe { &mut *table };
    *TABLES.lock() = RecursivePageTable::new(table).ok();
    Some(())
}

/// Maps `physical`, in pages of size `S`, from the virtual address on. `None`: too few frames for tables.
fn point<S: PageSize + Debug>(
    mapper: &mut impl Mapper<S>,
    frames: &mut Frames,
    address: usize,
    physical: core::ops::Range<u64>,
    flags: PageTableFlags,
) -> Option<()> {
    for offset in (0..physical.end - physical.start).step_by(S::SIZE as usize) {
        let page = Page::<S>::containing_address(VirtAddr::new(address as u64 + offset));
        let frame = PhysFrame::<S>::containing_address(PhysAddr::new(physical.start + offset));
        // SAFETY: the caller names memory that is its own; no other mapping of it is written through.
        let result = unsafe { mapper.map_to(page, frame, flags, frames) };
        match result {
            // What was not mapped is in no TLB.
            Ok(flush) => flush.ignore(),
            Err(MapToError::FrameAllocationFailed) => return None,
            Err(error) => panic!("page at {:#x}: {error:?}", page.start_address()),
        }
    }
    Some(())
}

fn with_tables<R>(work: impl FnOnce(&mut RecursivePageTable<'static>) -> R) -> R {
    work(TABLES.lock().as_mut().expect("the page tables are loaded before anything is mapped"))
}

/// Maps a region of the shared memory, which lies at `physical`, writable at `address`. `None`: too few frames for tables.
pub fn map_writable(address: usize, physical: core::ops::Range<u64>) -> Option<()> {
    let flags = flags(Protection::ReadWrite);
    with_tables(|tables| point::<Size4KiB>(tables, &mut FRAMES.lock(), address, physical, flags))
}

/// Maps fresh zeroed frames, readable and writable, at `pages` pages from `address`. `None`: too few frames, and nothing is
/// mapped.
pub fn map(address: usize, pages: usize) -> Option<()> {
    let mut frames = FRAMES.lock();
    // A table of every level at each end, and one for every 512 pages.
    if frames.free() < pages + pages / 512 + 6 {
        return None;
    }
    with_tables(|tables| {
        for page in (address..).step_by(PAGE).take(pages) {
            let frame = frames.allocate_frame()?.start_address().as_u64();
            point::<Size4KiB>(tables, &mut frames, page, frame..frame + PAGE as u64, flags(Protection::ReadWrite))?;
        }
        Some(())
    })?;
    // SAFETY: mapped just now, writable, and nobody else knows of it.
    unsafe { core::ptr::write_bytes(address as *mut u8, 0, pages * PAGE) };
    Some(())
}

/// Changes the protection of pages that [`map`] mapped.
pub fn protect(address: usize, pages: usize, protection: Protection) {
    with_tables(|tables| set_flags(tables, address, pages, flags(protection)));
    flush(address, pages);
}

fn set_flags(tables: &mut RecursivePageTable, address: usize, pages: usize, flags: PageTableFlags) {
    for page in page_range(address, pages) {
        // SAFETY: the pages are of one mapping, whose owner asks for it.
        let changed = unsafe { tables.update_flags(page, flags) };
        changed.map_or_else(|error| panic!("page at {:#x}: {error:?}", page.start_address()), MapperFlush::ignore);
    }
}

/// Unmaps pages that [`map`] mapped and gives their frames back.
pub fn unmap(address: usize, pages: usize) {
    let mut frames = FRAMES.lock();
    with_tables(|tables| {
        // Pages without access count as not mapped, so they get some first.
        set_flags(tables, address, pages, flags(Protection::Read));
        for page in page_range(address, pages) {
            let unmapped = tables.unmap(page);
            let (frame, flush) =
                unmapped.unwrap_or_else(|error| panic!("page at {:#x}: {error:?}", page.start_address()));
            flush.ignore();
            frames.release(frame);
        }
    });
    flush(address, pages);
}

/// Takes pages out of the TLB: one by one costs more than all at once, if they are many.
fn flush(address: usize, pages: usize) {
    if pages > FEW {
        tlb::flush_all();
    } else {
        page_range(address, pages).for_each(|page| tlb::flush(page.start_address()));
    }
}

fn page_range(address: usize, pages: usize) -> impl Iterator<Item = Page<Size4KiB>> {
    (address..).step_by(PAGE).take(pages).map(|page| Page::containing_address(VirtAddr::new(page as u64)))
}

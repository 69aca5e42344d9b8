//! The shared memory: where the command line says it is, up to the end of RAM.

use core::ops::Range;
use core::slice;

use kpi::platform::PAGE;
use protocol::share::{self, Kind};

use crate::paging;

/// The shared memory as the host's part takes it.
pub struct Share {
    /// All of it, read-only.
    pub bytes: &'static [u8],
    /// The output region, empty if there is none.
    pub output: &'static mut [u8],
}

/// Opens the shared memory that the page tables map from the physical range. `None`: too few frames for tables.
pub fn open(physical: &Range<u64>) -> Option<Share> {
    let length = (physical.end - physical.start) as usize;
    // SAFETY: the page tables map that many bytes there for good; the output region in it is only read through `output`.
    let bytes = unsafe { slice::from_raw_parts(paging::SHARE as *const u8, length) };
    let mut output: &'static mut [u8] = &mut [];
    if let Some(region) = share::find(bytes, Kind::Output).filter(|region| region.length > 0) {
        let start = physical.start + region.offset;
        paging::map_output(start..start + region.length.next_multiple_of(PAGE as u64))?;
        // SAFETY: mapped just now, for good, and nothing else writes through another mapping.
        output = unsafe { slice::from_raw_parts_mut(paging::OUTPUT as *mut u8, region.length as usize) };
    }
    Some(Share { bytes, output })
}

//! The shared memory: where the command line says it is, up to the end of RAM.

use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicUsize, Ordering};

use kpi::debug::Stop;
use kpi::platform::PAGE;
use protocol::share::{self, Kind};

use crate::{devices, paging};

/// The shared memory as the host's part takes it.
pub struct Share {
    /// All of it, read-only.
    pub bytes: &'static [u8],
    /// The output region, empty if there is none.
    pub output: &'static mut [u8],
    /// The region of the trace, empty if there is none.
    pub trace: &'static mut [u8],
}

/// Opens the shared memory that the page tables map from the physical range. `None`: too few frames for tables.
pub fn open(physical: &Range<u64>) -> Option<Share> {
    let length = (physical.end - physical.start) as usize;
    // SAFETY: the page tables map that many bytes there for good; the output region in it is only read through `output`.
    let bytes = unsafe { slice::from_raw_parts(paging::SHARE as *const u8, length) };
    let output = writable(physical, bytes, Kind::Output, paging::OUTPUT)?;
    let trace = writable(physical, bytes, Kind::Trace, paging::TRACE)?;
    devices::put_lines_into(writable(physical, bytes, Kind::Events, paging::EVENTS)?);
    Some(Share { bytes, output, trace })
}

/// Stops before each kext starts, if the job says so, until the runner has stopped the whole machine and written that it may
/// go on; what lets the machine run again is the debugger.
pub fn debug(bytes: &'static [u8]) {
    let region = share::find(bytes, Kind::Debug);
    if let Some(region) = region.filter(|region| region.length > 0) {
        GO_ON.store(paging::SHARE + region.offset as usize, Ordering::Relaxed);
        kpi::debug::stop_before_start(Stop { process: None, wait });
    }
}

/// Address of the byte that the runner writes.
static GO_ON: AtomicUsize = AtomicUsize::new(0);

fn wait() {
    let byte = GO_ON.load(Ordering::Relaxed) as *const u8;
    // SAFETY: the byte lies in the shared memory, which is mapped for good; the runner writes it while this reads.
    while unsafe { byte.read_volatile() } == 0 {
        core::hint::spin_loop();
    }
}

/// Maps a region that the machine writes at `address`; nothing if there is none. `None`: too few frames for tables.
fn writable(physical: &Range<u64>, bytes: &[u8], kind: Kind, address: usize) -> Option<&'static mut [u8]> {
    let Some(region) = share::find(bytes, kind).filter(|region| region.length > 0) else { return Some(&mut []) };
    let start = physical.start + region.offset;
    paging::map_writable(address, start..start + region.length.next_multiple_of(PAGE as u64))?;
    // SAFETY: mapped just now, for good, and nothing else writes through another mapping.
    Some(unsafe { slice::from_raw_parts_mut(address as *mut u8, region.length as usize) })
}

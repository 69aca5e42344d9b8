//! The shared memory: a header that names regions, then the regions, each on a page of its own.
//!
//! Layout, little-endian: magic `LFSHARE1`, u64 count, then `count` entries of {u64 kind, u64 offset, u64 length}.

use alloc::vec::Vec;

/// First eight bytes.
pub const MAGIC: [u8; 8] = *b"LFSHARE1";
/// Regions start at multiples of this.
pub const PAGE: u64 = 4096;

/// What a region holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Kind {
    /// [`crate::job::Job`], postcard.
    Job = 1,
    /// The release's pack (`abi::pack`).
    Pack = 2,
    /// The kext's thin x86_64 Mach-O, as in the bundle.
    Executable = 3,
    /// What to play: interleaved Float32.
    Input = 4,
    /// What was recorded: interleaved Float32, written by the machine.
    Output = 5,
    /// A library's thin x86_64 Mach-O; one region each, in the order of [`crate::job::Job::libraries`].
    Library = 6,
    /// How to look at the words of calls ([`crate::trace::Signatures`], postcard).
    Signatures = 7,
    /// The trace, written by the machine ([`crate::trace`]).
    Trace = 8,
    /// One byte: the machine stops before each kext starts, and goes on when a debugger has attached to it, or this is not 0.
    Debug = 9,
    /// A bundle's Info.plist, as in the bundle.
    Info = 10,
    /// Lines of events, written by the machine one behind the other, each with its newline. Of each the machine's console says
    /// just [`LINE`]; what has no room any more it says itself.
    Events = 11,
}

/// The byte that stands for a line of [`Kind::Events`]: no text of an event has it.
pub const LINE: u8 = 0x1e;

/// One region: where it is from the start of the shared memory, and its length, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// A [`Kind`] as number.
    pub kind: u64,
    /// Offset in bytes.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
}

/// Lays regions out behind a header; returns the header's bytes, the regions and the whole size.
pub fn lay_out(wanted: &[(Kind, u64)]) -> (Vec<u8>, Vec<Region>, u64) {
    let mut at = (16 + 24 * wanted.len() as u64).next_multiple_of(PAGE);
    let mut regions = Vec::new();
    for &(kind, length) in wanted {
        regions.push(Region { kind: kind as u64, offset: at, length });
        at = (at + length).next_multiple_of(PAGE);
    }
    let mut header = Vec::from(MAGIC);
    header.extend_from_slice(&(regions.len() as u64).to_le_bytes());
    for region in &regions {
        for word in [region.kind, region.offset, region.length] {
            header.extend_from_slice(&word.to_le_bytes());
        }
    }
    (header, regions, at)
}

/// The most regions that are looked at.
pub const MOST_REGIONS: usize = 64;

/// Finds a region by the bytes of the shared memory; `None` if there is none of that kind or the header is not sound.
pub fn find(shared: &[u8], kind: Kind) -> Option<Region> {
    find_all(shared, kind).next()
}

/// Finds all regions of a kind, in their order. A header that is not sound has none.
pub fn find_all(shared: &[u8], kind: Kind) -> impl Iterator<Item = Region> + '_ {
    let word = |at: usize| Some(u64::from_le_bytes(*shared.get(at..)?.first_chunk()?));
    let count = shared.starts_with(&MAGIC).then(|| word(8)).flatten().unwrap_or(0);
    let region = move |index: usize| {
        let at = 16 + 24 * index;
        let region = Region { kind: word(at)?, offset: word(at + 8)?, length: word(at + 16)? };
        let end = region.offset.checked_add(region.length)?;
        (region.kind == kind as u64 && end <= shared.len() as u64).then_some(region)
    };
    let count = usize::try_from(count).map_or(MOST_REGIONS, |count| count.min(MOST_REGIONS));
    (0..count).filter_map(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_found_again_and_do_not_overlap() {
        let (mut bytes, regions, size) = lay_out(&[(Kind::Job, 10), (Kind::Pack, 5000), (Kind::Output, 0)]);
        bytes.resize(usize::try_from(size).unwrap(), 0);
        assert_eq!(find(&bytes, Kind::Pack), Some(regions[1]));
        assert_eq!(find(&bytes, Kind::Input), None);
        assert!(regions[0].offset + regions[0].length <= regions[1].offset);
    }

    #[test]
    fn regions_of_one_kind_are_found_in_their_order() {
        let (mut bytes, regions, size) = lay_out(&[(Kind::Library, 10), (Kind::Job, 1), (Kind::Library, 20)]);
        bytes.resize(usize::try_from(size).unwrap(), 0);
        assert!(find_all(&bytes, Kind::Library).eq([regions[0], regions[2]]));
    }

    #[test]
    fn a_short_or_foreign_header_is_no_region() {
        assert_eq!(find(b"", Kind::Job), None);
        assert_eq!(find(&[0; 64], Kind::Job), None);
        let (bytes, ..) = lay_out(&[(Kind::Job, 10)]);
        assert_eq!(find(&bytes, Kind::Job), None, "the region lies beyond the bytes");
    }
}

//! What holds for any bytes whatever.

use kext_link::macho::{File, Segment};
use kext_link::{Linker, Rules, check, fat, image_size};

use super::{BASE, Kext, Kpi};

/// The good kext with edits that are read from bytes: each three are an offset and a value, of which some go for the header.
pub fn edited(edits: &[u8]) -> Vec<u8> {
    let mut file = Kext::good().build();
    for edit in edits.chunks_exact(3) {
        let offset = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
        let offset = if edit[1] & 0x40 == 0 { offset } else { offset & 0x3ff };
        let length = file.len();
        if offset & 0x3fff == 0x3fff {
            file.truncate(length * usize::from(edit[2]) / 256);
        } else if let Some(byte) = file.get_mut(offset % length.max(1)) {
            *byte = edit[2];
        }
    }
    file
}

/// Links a file on every release. Nothing panics, and what is taken is as large as its segments say.
pub fn probe(file: &[u8]) {
    let thin = fat::x86_64(file).unwrap_or(file);
    for release in Rules::releases() {
        let rules = Rules::for_release(release).unwrap();
        check(thin, &rules);
        let size = image_size(thin, &rules, "org.example.driver");
        let Ok(linked) = Kpi::of(release).link(thin, release) else { continue };
        let length = linked.image.len() as u64;
        assert_eq!(size.unwrap(), length, "{release}");
        // kxld sizes __LINKEDIT itself and says so in the header that it writes; the builder takes the file at its word.
        let sized = if rules.linker() == Linker::Kxld { &linked.image } else { thin };
        let header = File::parse(sized).expect("a linked kext begins with its header");
        let segments: Vec<Segment<'_>> = header.segments().map(|segment| segment.unwrap()).collect();
        let total: u64 = match rules.linker() {
            Linker::Kxld => segments.iter().map(|segment| segment.vmsize).sum(),
            Linker::CollectionBuilder => {
                let lowest = segments.iter().map(|segment| segment.vmaddr).min().unwrap();
                segments.iter().map(|segment| segment.vmaddr + segment.vmsize - lowest).max().unwrap()
            }
        };
        assert_eq!(length, total, "{release}");
        for segment in &linked.segments {
            assert!(
                segment.address >= BASE && segment.address + segment.size <= BASE + length,
                "{release}: {segment:?}"
            );
            assert!(segment.address % 4096 == 0 && segment.size % 4096 == 0, "{release}: {segment:?}");
        }
        // The file's addresses count from its lowest segment, those of kxld's header are final.
        let lowest = segments.iter().map(|segment| segment.vmaddr).min().unwrap();
        let slide = if rules.linker() == Linker::Kxld { 0 } else { BASE.wrapping_sub(lowest) };
        let executable = |address: u64| {
            let mut code = segments.iter().filter(|segment| segment.initprot & 4 != 0);
            code.any(|segment| address.wrapping_sub(segment.vmaddr.wrapping_add(slide)) < segment.vmsize)
        };
        for routine in [linked.start, linked.stop] {
            assert!(executable(routine) && routine.wrapping_sub(BASE) < length, "{release}");
        }
    }
}

//! Linked kexts in memory, for backtraces.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use crate::global::Global;
use crate::symbols;

struct Image {
    name: String,
    range: Range<usize>,
    /// Address and name, sorted.
    symbols: Vec<(usize, String)>,
}

static IMAGES: Global<Vec<Image>> = Global::new(Vec::new());

/// Adds a kext's image.
pub fn add(name: &str, range: Range<usize>, symbols: Vec<(usize, String)>) {
    IMAGES.borrow().push(Image { name: name.to_string(), range, symbols });
}

/// Forgets the image at `base`.
pub fn remove(base: usize) {
    IMAGES.borrow().retain(|image| image.range.start != base);
}

/// Whether an address lies in a kext.
pub fn contains(address: usize) -> bool {
    IMAGES.try_borrow().is_some_and(|images| images.iter().any(|image| image.range.contains(&address)))
}

/// An address as "Kext`symbol + 0x12", a KPI symbol's name, or words that are the same in every run.
pub fn describe(address: usize) -> String {
    let images = IMAGES.try_borrow();
    if let Some(image) = images.iter().flat_map(|images| images.iter()).find(|image| image.range.contains(&address)) {
        let next = image.symbols.partition_point(|(start, _)| *start <= address);
        return match next.checked_sub(1).map(|index| &image.symbols[index]) {
            Some((start, name)) => format!("{}`{} + {:#x}", image.name, name, address - start),
            None => format!("{} + {:#x}", image.name, address - image.range.start),
        };
    }
    match symbols::at_address(address) {
        Some(name) => name.to_string(),
        None if address < crate::platform::PAGE => format!("{address:#x}"),
        None => "an address outside of the kext".to_string(),
    }
}

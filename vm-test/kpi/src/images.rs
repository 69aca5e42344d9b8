//! Linked kexts in memory, for backtraces. One that was unloaded is known until it is loaded again or its addresses are used
//! again, so that what it left behind can be told.

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
    loaded: bool,
    /// Whether it is there for another's sake.
    spared: bool,
}

static IMAGES: Global<Vec<Image>> = Global::new(Vec::new());

/// Adds a kext's image.
pub fn add(name: &str, range: Range<usize>, symbols: Vec<(usize, String)>) {
    let mut images = IMAGES.borrow();
    let apart = |old: &Image| old.range.end <= range.start || range.end <= old.range.start;
    images.retain(|old| old.loaded || (old.name != name && apart(old)));
    images.push(Image { name: name.to_string(), range, symbols, loaded: true, spared: false });
}

/// Notes that the image at `base` is there for another's sake: none of its own calls are made to fail.
pub fn spare(base: usize) {
    for image in IMAGES.borrow().iter_mut().filter(|image| image.range.start == base) {
        image.spared = true;
    }
}

/// Whether an address lies in a kext that is not [`spare`]d.
pub(crate) fn is_tried(address: usize) -> bool {
    let holds = |image: &Image| image.loaded && !image.spared && image.range.contains(&address);
    IMAGES.try_borrow().is_some_and(|images| images.iter().any(holds))
}

/// Where the loaded kext is that is not [`spare`]d.
pub(crate) fn tried() -> Option<Range<usize>> {
    let images = IMAGES.try_borrow()?;
    images.iter().find(|image| image.loaded && !image.spared).map(|image| image.range.clone())
}

/// Notes that the image at `base` is not in memory any more.
pub fn remove(base: usize) {
    for image in IMAGES.borrow().iter_mut().filter(|image| image.range.start == base) {
        image.loaded = false;
    }
}

/// Whether an address lies in a kext.
pub fn contains(address: usize) -> bool {
    is_in(address, true)
}

/// Whether an address lies where a kext was that is unloaded now.
pub fn contained(address: usize) -> bool {
    is_in(address, false)
}

/// The range of the loaded kext that an address lies in.
pub fn range_of(address: usize) -> Option<Range<usize>> {
    let images = IMAGES.try_borrow()?;
    images.iter().find(|image| image.loaded && image.range.contains(&address)).map(|image| image.range.clone())
}

/// The loaded kext that an address lies in, the symbol before it and the distance from that; without a symbol "" and the
/// distance from the kext's start.
pub fn symbol_at(address: usize) -> Option<(String, String, usize)> {
    let images = IMAGES.try_borrow()?;
    let image = images.iter().find(|image| image.loaded && image.range.contains(&address))?;
    let next = image.symbols.partition_point(|(start, _)| *start <= address);
    Some(match next.checked_sub(1).map(|index| &image.symbols[index]) {
        Some((start, name)) => (image.name.clone(), name.clone(), address - start),
        None => (image.name.clone(), String::new(), address - image.range.start),
    })
}

fn is_in(address: usize, loaded: bool) -> bool {
    let holds = |image: &Image| image.loaded == loaded && image.range.contains(&address);
    IMAGES.try_borrow().is_some_and(|images| images.iter().any(holds))
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

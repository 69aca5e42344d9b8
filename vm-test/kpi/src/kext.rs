//! OSKext's part of the kernel: loads, starts, stops and unloads kexts.

mod kept;
mod weak;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kext_link::link::{Library, Linked};
use kext_link::{Indirect, KextLibrary, PackLibrary, Rules};

pub use kext_link::dependencies::{Request, library_refused};

pub use self::kept::free_for_reuse;
pub use self::weak::PART;

use crate::libkern::{log, metaclass};
use crate::platform::{PAGE, Protection};
use crate::trace::between::{self, Traced};
use crate::{class, debug, fault, images, symbols, trace};

/// OSReturn codes of the kext loader.
const LINK_ERROR: u32 = 0xdc00_8016;
const START_STOP_ERROR: u32 = 0xdc00_8017;

/// The kexts of `known` that the one at `wanted` needs on this release, each behind all that it needs itself; `wanted` comes
/// last.
///
/// # Errors
/// The refusal of the kernel, in its words.
pub fn order(known: &[Request<'_>], wanted: usize) -> Result<Vec<usize>, String> {
    kext_link::dependencies::order(known, wanted, symbols::pack())
}

/// A kext in memory.
pub struct Kext {
    identifier: String,
    libraries: Vec<String>,
    linked: Linked,
    pages: usize,
}

/// Links a kext for this release, puts it in memory and runs its static constructors. `loaded` are the kexts in memory: all
/// that [`order`] puts before this one, in its order.
///
/// # Errors
/// The refusal of the kernel, in its words.
pub fn load(request: &Request<'_>, file: &[u8], loaded: &[Kext]) -> Result<Kext, String> {
    let pack = symbols::pack();
    let rules = Rules::for_release(pack.release)
        .ok_or_else(|| format!("kexts of the IOAudioFamily kind are not loaded on macOS {}", pack.release))?;
    let platform = fault::platform();
    // Room is made once the linker knows how much. What is linked for no room goes nowhere.
    let (mut base, mut pages) = (None, 0);
    let linked = link(request, file, rules, loaded, |size| {
        pages = (size as usize).div_ceil(PAGE).max(1);
        base = kept::take(platform, pages).or_else(|| platform.map(pages));
        base.unwrap_or_default() as u64
    });
    let mut linked = match (linked, base) {
        (_, None) if pages > 0 => return Err(format!("no memory for a kext of {pages} pages")),
        (Ok(linked), _) if linked.image.len() <= pages * PAGE => linked,
        (Ok(_), _) => return Err(format!("{}: the image is larger than its segments", request.identifier)),
        (Err(refusal), base) => {
            if let Some(base) = base {
                platform.unmap(base, pages);
            }
            return Err(format!("{refusal}\nLink failed (error code {LINK_ERROR:#x})."));
        }
    };
    let base = linked.base as usize;
    for warning in &linked.warnings {
        log::line(warning);
    }
    if trace::is_on() {
        let others: Vec<&Linked> = loaded.iter().map(|kext| &kext.linked).collect();
        between::divert(&mut linked, &others);
    }
    kept::put(base, pages, &linked.image);
    for segment in &linked.segments {
        let protection = if segment.executable { Protection::ReadExecute } else { Protection::ReadWrite };
        platform.protect(segment.address as usize, (segment.size as usize).div_ceil(PAGE), protection);
    }
    let symbols = linked.symbols.iter().map(|symbol| (symbol.address as usize, symbol.name.clone())).collect();
    images::add(request.name, base..base + linked.image.len(), symbols);
    let libraries = request.libraries.iter().map(|(identifier, _)| identifier.clone()).collect();
    let kext = Kext { identifier: request.identifier.to_string(), libraries, linked, pages };
    construct(&kext)?;
    Ok(kext)
}

/// Links against what the kext names itself, and sees the vtables of what that needs.
fn link(
    request: &Request<'_>,
    file: &[u8],
    rules: Rules,
    loaded: &[Kext],
    place: impl FnOnce(u64) -> u64,
) -> Result<Linked, kext_link::Refusal> {
    let names = |identifier: &str| request.libraries.iter().any(|(library, _)| library == identifier);
    let kexts: Vec<Box<dyn Library + '_>> = loaded.iter().map(Kext::as_library).collect();
    let components: Vec<PackLibrary<'_>> = (symbols::pack().components.iter())
        .filter(|component| names(component.identifier) || loaded.iter().any(|kext| kext.names(component.identifier)))
        .filter_map(|component| {
            PackLibrary::find(symbols::pack(), component.identifier, |symbol| symbols::address_of(symbol) as u64)
        })
        .collect();
    let known = components.iter().map(|library| library as &dyn Library);
    let known: Vec<&dyn Library> = known.chain(kexts.iter().map(|library| &**library)).collect();
    let indirect: Vec<Indirect<'_>> = known.iter().map(|library| Indirect(*library)).collect();
    let mut libraries: Vec<&dyn Library> = (known.iter().zip(&indirect))
        .map(|(direct, indirect)| if names(direct.identifier()) { *direct } else { indirect as &dyn Library })
        .collect();
    libraries.push(&weak::Filler);
    kext_link::link_where(file, &rules, request.identifier, &libraries, place)
}

/// Static constructors, between preModLoad and postModLoad.
fn construct(kext: &Kext) -> Result<(), String> {
    metaclass::begin_load(&kext.identifier);
    for &constructor in &kext.linked.constructors {
        symbols::invoke(constructor as usize, &[]);
    }
    metaclass::end_load().map_err(|reason| {
        release(kext);
        format!("{reason}\nKext {} failed to load ({START_STOP_ERROR:#x}).", kext.identifier)
    })
}

impl Kext {
    /// Bytes of the pages that its image takes.
    pub fn bytes(&self) -> usize {
        self.pages * PAGE
    }

    /// CFBundleIdentifier.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Whether OSBundleLibraries names `identifier`.
    pub fn names(&self, identifier: &str) -> bool {
        self.libraries.iter().any(|library| library == identifier)
    }

    /// What it offers to kexts that use it.
    fn as_library(&self) -> Box<dyn Library + '_> {
        let library = KextLibrary::new(&self.identifier, &self.linked);
        if trace::is_on() { Box::new(Traced(library, &self.linked)) } else { Box::new(library) }
    }

    /// Spares a library: scenarios make calls fail of the kext that uses it, and none of its own.
    pub fn spare(&self) {
        images::spare(self.linked.base as usize);
    }

    /// How many vtable slots were redirected and how many imports were bound.
    pub fn linked(&self) -> (u32, u32) {
        (self.linked.patched_slots, self.linked.imports)
    }

    /// Names of the classes that the kext brought and of which instances live.
    pub fn live_classes(&self) -> Vec<(String, u32)> {
        let base = self.linked.base as usize;
        class::foreign_instances(base..base + self.linked.image.len())
    }

    /// Calls the kext's start function.
    ///
    /// # Errors
    /// It returned an error.
    pub fn start(&self) -> Result<(), String> {
        debug::before_start(&self.identifier, self.linked.base);
        let result = symbols::invoke(self.linked.start as usize, &[self.linked.kmod_info, 0]) as u32;
        if result == 0 {
            return Ok(());
        }
        release(self);
        Err(format!(
            "Kext {0} start failed (result {result:#x}).\nKext {0} failed to load ({START_STOP_ERROR:#x}).",
            self.identifier
        ))
    }

    /// Stops and unloads the kext.
    ///
    /// # Errors
    /// Classes of the kext have instances, or its stop function refused; the kext stays.
    pub fn unload(self) -> Result<(), String> {
        let live = self.live_classes();
        if !live.is_empty() {
            let list: Vec<String> = live.iter().map(|(class, count)| format!("{class} ({count})")).collect();
            return Err(format!("Kext {} classes have instances: {}.", self.identifier, list.join(", ")));
        }
        let result = symbols::invoke(self.linked.stop as usize, &[self.linked.kmod_info, 0]) as u32;
        if result != 0 {
            return Err(format!("Kext {} stop failed (result {result:#x}).", self.identifier));
        }
        release(&self);
        Ok(())
    }
}

/// Static destructors, then the memory.
fn release(kext: &Kext) {
    for &destructor in &kext.linked.destructors {
        symbols::invoke(destructor as usize, &[]);
    }
    let base = kext.linked.base as usize;
    images::remove(base);
    kept::keep(fault::platform(), base, kext.pages);
}

//! OSKext's part of the kernel: loads, starts, stops and unloads a kext.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kext_link::link::{Library, Linked};
use kext_link::{PackLibrary, Rules};

use crate::libkern::{log, metaclass};
use crate::platform::{PAGE, Protection};
use crate::{class, fault, images, mem, symbols};

/// OSReturn codes of the kext loader.
const LINK_ERROR: u32 = 0xdc00_8016;
const START_STOP_ERROR: u32 = 0xdc00_8017;

/// What kextd tells about a kext.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// CFBundleIdentifier.
    pub identifier: &'a str,
    /// File name of the bundle without `.kext`.
    pub name: &'a str,
    /// OSBundleLibraries: identifier and version.
    pub libraries: &'a [(String, String)],
}

/// A kext in memory.
pub struct Kext {
    identifier: String,
    linked: Linked,
    pages: usize,
}

/// Links a kext for this release, puts it in memory and runs its static constructors.
///
/// # Errors
/// The refusal of the kernel, in its words.
pub fn load(request: &Request<'_>, file: &[u8]) -> Result<Kext, String> {
    let pack = symbols::pack();
    let rules = Rules::for_release(pack.release)
        .ok_or_else(|| format!("kexts of the IOAudioFamily kind are not loaded on macOS {}", pack.release))?;
    let direct = direct_dependencies(request)?;
    let libraries: Vec<&dyn Library> = direct.iter().map(|library| library as &dyn Library).collect();
    // A file that cannot be measured is one that the linker refuses below, in its words.
    let pages =
        kext_link::image_size(file, &rules, request.identifier).map_or(1, |size| (size as usize).div_ceil(PAGE).max(1));
    let platform = fault::platform();
    let base = platform.map(pages).ok_or_else(|| format!("no memory for a kext of {pages} pages"))?;
    let linked = match kext_link::link(file, &rules, request.identifier, &libraries, base as u64) {
        Ok(linked) if linked.image.len() <= pages * PAGE => linked,
        Ok(_) => return Err(format!("{}: the image is larger than its segments", request.identifier)),
        Err(refusal) => {
            platform.unmap(base, pages);
            return Err(format!("{refusal}\nLink failed (error code {LINK_ERROR:#x})."));
        }
    };
    for warning in &linked.warnings {
        log::line(warning);
    }
    mem::put(base, &linked.image);
    for segment in &linked.segments {
        let protection = if segment.executable { Protection::ReadExecute } else { Protection::ReadWrite };
        platform.protect(segment.address as usize, (segment.size as usize).div_ceil(PAGE), protection);
    }
    let symbols = linked.symbols.iter().map(|symbol| (symbol.address as usize, symbol.name.clone())).collect();
    images::add(request.name, base..base + linked.image.len(), symbols);
    let kext = Kext { identifier: request.identifier.to_string(), linked, pages };
    construct(&kext)?;
    Ok(kext)
}

fn direct_dependencies(request: &Request<'_>) -> Result<Vec<PackLibrary<'static>>, String> {
    let pack = symbols::pack();
    let mut found = Vec::new();
    for (identifier, version) in request.libraries {
        let component =
            pack.components.iter().find(|component| component.identifier == identifier).ok_or_else(|| {
                format!("Can't load kext {} - library kext {identifier} not found.", request.identifier)
            })?;
        let wanted = version_key(version);
        if wanted < version_key(component.compatible) || wanted > version_key(component.version) {
            return Err(format!(
                "Can't load kext {} - library kext {identifier} not compatible: version {version} is asked for, this \
                 release has {} (compatible back to {}).",
                request.identifier, component.version, component.compatible
            ));
        }
        found.extend(PackLibrary::find(pack, identifier, |symbol| symbols::address_of(symbol) as u64));
    }
    Ok(found)
}

/// A version as numbers; what is not a number ends it.
fn version_key(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    core::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// Static constructors, between preModLoad and postModLoad.
fn construct(kext: &Kext) -> Result<(), String> {
    metaclass::begin_load();
    for &constructor in &kext.linked.constructors {
        symbols::invoke(constructor as usize, &[]);
    }
    metaclass::end_load().map_err(|reason| {
        release(kext);
        format!("Kext {} failed to load: {reason}.", kext.identifier)
    })
}

impl Kext {
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
        let result = symbols::invoke(self.linked.start as usize, &[self.linked.kmod_info, 0]) as u32;
        if result == 0 {
            return Ok(());
        }
        release(self);
        Err(format!(
            "Kext {} start failed (result {result:#x}). Kext {} failed to start (error code {START_STOP_ERROR:#x}).",
            self.identifier, self.identifier
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
    fault::platform().unmap(base, kext.pages);
}

//! Which kexts another needs, as OSKext resolves it: before anything is linked.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Version;
use crate::macho::File;
use abi::pack::Pack;

/// OSReturn codes of the kext loader.
const DEPENDENCIES: u32 = 0xdc00_800e;
const DEPENDENCY_LOAD_ERROR: u32 = 0xdc00_8015;
const KERNEL: &str = "com.apple.kernel";
const KERNEL_PREFIX: &str = "com.apple.kernel.";
const PRIVATE: &str = "com.apple.kpi.private";
const APPLE_PREFIX: &str = "com.apple.";

/// What kextd tells about a kext.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// CFBundleIdentifier.
    pub identifier: &'a str,
    /// File name of the bundle without `.kext`.
    pub name: &'a str,
    /// CFBundleVersion.
    pub version: &'a str,
    /// OSBundleCompatibleVersion; a kext without one is no library.
    pub compatible: Option<&'a str>,
    /// OSBundleLibraries: identifier and version.
    pub libraries: &'a [(String, String)],
    /// UUID of the executable, if it has one.
    pub uuid: Option<[u8; 16]>,
}

impl Request<'_> {
    /// The UUID of an executable; none if it has none, or is no executable.
    pub fn uuid_of(executable: &[u8]) -> Option<[u8; 16]> {
        File::parse(executable).ok()?.uuid()
    }
}

/// The kexts of `known` that the one at `wanted` needs, each behind all that it needs itself; `wanted` comes last. What is
/// not among the kexts is a component of `pack`'s release, or missing.
///
/// # Errors
/// The refusal of the kernel, in its words.
pub fn order(known: &[Request<'_>], wanted: usize, pack: &Pack<'_>) -> Result<Vec<usize>, String> {
    for (index, kext) in known.iter().enumerate() {
        bookkeeping(kext, &known[..index])?;
    }
    let mut search = Search { known, pack, loading: Vec::new(), done: Vec::new() };
    let resolved = search.resolve(wanted);
    resolved.map_err(|why| {
        let kext = known[wanted].identifier;
        format!("{why}\nKext {kext} failed to load ({DEPENDENCIES:#x}).")
    })?;
    Ok(search.done)
}

/// What the kernel adds to the refusal of a library that `kext` needs.
pub fn library_refused(library: &str, kext: &str, refusal: &str) -> String {
    format!(
        "{refusal}\nDependency {library} of kext {kext} failed to load.\nKext {kext} failed to load \
         ({DEPENDENCY_LOAD_ERROR:#x})."
    )
}

/// What the kernel asks before it remembers a kext: a version, and that no other has its identifier.
fn bookkeeping(kext: &Request<'_>, before: &[Request<'_>]) -> Result<(), String> {
    let Request { identifier, version, .. } = kext;
    let new = Version::parse(version)
        .ok_or_else(|| format!("Kext {identifier} has an invalid CFBundleVersion \"{version}\"."))?;
    if let Some(compatible) = kext.compatible {
        let oldest = Version::parse(compatible).filter(|oldest| *oldest <= new);
        oldest.ok_or_else(|| {
            format!(
                "Kext {identifier} has an invalid OSBundleCompatibleVersion \"{compatible}\" (its version is {new})."
            )
        })?;
    }
    let Some(old) = before.iter().find(|old| old.identifier == *identifier) else { return Ok(()) };
    let refusing = format!("Refusing new kext {identifier}, v{new}:");
    let why = match Version::parse(old.version) {
        Some(old) if old != new => format!("{refusing} already have loaded v{old}."),
        // One that has a UUID is another than one that has none.
        _ if old.uuid != kext.uuid => {
            format!("{refusing} a loaded copy with a different executable UUID is already present.")
        }
        _ => format!("{refusing} a loaded copy is already present (same version and executable)."),
    };
    Err(match (old.uuid, kext.uuid) {
        (None, None) => format!(
            "Notice - new kext {identifier}, v{new} matches loaded kext but can't determine if executables are the same (no \
             UUIDs).\n{why}"
        ),
        _ => why,
    })
}

struct Search<'a, 'r> {
    known: &'a [Request<'r>],
    pack: &'a Pack<'a>,
    /// What is being resolved, outermost first.
    loading: Vec<usize>,
    done: Vec<usize>,
}

impl Search<'_, '_> {
    fn resolve(&mut self, index: usize) -> Result<(), String> {
        let kext = &self.known[index];
        let name = kext.identifier;
        if self.done.contains(&index) {
            return Ok(());
        }
        if self.loading.contains(&index) {
            return Err(format!("Kext {name} has a dependency loop; can't resolve dependencies."));
        }
        if kext.libraries.is_empty() {
            return Err(format!("Kext {name} - can't resolve dependencies; OSBundleLibraries missing/invalid type."));
        }
        self.loading.push(index);
        for (library, wanted) in kext.libraries {
            let version =
                Version::parse(wanted).ok_or_else(|| format!("Kext {name} - invalid library version {wanted}."))?;
            let own = self.known.iter().position(|known| known.identifier == library);
            let component = self.pack.components.iter().find(|component| component.identifier == library);
            let range = match (own, component) {
                (Some(own), _) => (self.known[own].compatible, self.known[own].version),
                (None, Some(component)) => (Some(component.compatible), component.version),
                // Below, whatever the version.
                (None, None) if library == KERNEL || library.starts_with(KERNEL_PREFIX) => continue,
                (None, None) => return Err(format!("Kext {name} - library kext {library} not found.")),
            };
            if !is_compatible(range, version) {
                return Err(format!(
                    "Kext {name} - library kext {library} not compatible with requested version {wanted}."
                ));
            }
            if let Some(own) = own {
                self.resolve(own)?;
            }
        }
        self.loading.pop();
        allowed(kext)?;
        self.done.push(index);
        Ok(())
    }
}

/// Refuses libraries that no kext, or none but Apple's, may name.
fn allowed(kext: &Request<'_>) -> Result<(), String> {
    let name = kext.identifier;
    let names = |wanted: fn(&str) -> bool| kext.libraries.iter().any(|(library, _)| wanted(library));
    if names(|library| library == KERNEL) {
        return Err(format!("Error - kext {name} declares a dependency on {KERNEL}, which is not permitted."));
    }
    if names(|library| library.starts_with(KERNEL_PREFIX)) {
        return Err(format!(
            "Error - kext {name} declares {KERNEL} dependencies. Only com.apple.kpi.* dependencies are supported for 64-bit \
             kexts."
        ));
    }
    if names(|library| library.starts_with(PRIVATE)) && !name.starts_with(APPLE_PREFIX) {
        return Err(format!(
            "Error - kext {name} declares a dependency on {PRIVATE}. Only Apple kexts may declare a dependency on {PRIVATE}."
        ));
    }
    Ok(())
}

/// Whether a library, compatible back to one version and of another, serves who asks for `wanted`.
fn is_compatible((compatible, current): (Option<&str>, &str), wanted: Version) -> bool {
    let compatible = compatible.and_then(Version::parse);
    let current = Version::parse(current);
    compatible.is_some_and(|compatible| compatible <= wanted) && current.is_some_and(|current| wanted <= current)
}

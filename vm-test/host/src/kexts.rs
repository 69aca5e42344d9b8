//! The kexts of a job: the one that is tried and the libraries it needs, loaded and unloaded together.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kpi::iokit::{busy, catalogue, resources};
use kpi::kext::{self, Kext, Request};
use kpi::sched;
use protocol::job;

use crate::bench::{PATIENCE, REST};

/// A kext's property list and its executable.
pub(crate) struct Bundle {
    pub kext: job::Kext,
    pub executable: &'static [u8],
}

impl Bundle {
    fn request(&self) -> Request<'_> {
        let job::Kext { name, identifier, version, compatible, libraries, .. } = &self.kext;
        let compatible = compatible.as_deref();
        Request { identifier, name, version, compatible, libraries, uuid: Request::uuid_of(self.executable) }
    }
}

/// A kext that is loaded, behind the libraries that it needs.
pub(crate) struct Loaded {
    libraries: Vec<Kext>,
    kext: Kext,
}

impl Loaded {
    /// Loads and starts the libraries that the last of `bundles` needs; then loads it, and does not start it.
    ///
    /// # Errors
    /// The kernel's refusal, in its words; nothing stays loaded.
    pub fn load(bundles: &[Bundle]) -> Result<Loaded, String> {
        let requests: Vec<Request<'_>> = bundles.iter().map(Bundle::request).collect();
        let wanted = bundles.len() - 1;
        let mut libraries: Vec<Kext> = Vec::new();
        for index in kext::order(&requests, wanted)? {
            let loaded = kext::load(&requests[index], bundles[index].executable, &libraries);
            if index == wanted {
                return match loaded {
                    Ok(kext) => Ok(Loaded { libraries, kext }),
                    Err(refusal) => Err(give_back(libraries, refusal)),
                };
            }
            let loaded = loaded.inspect(Kext::spare);
            match loaded.and_then(|library| library.start().map(|()| library)) {
                Ok(library) => libraries.push(library),
                Err(refusal) => {
                    let name = requests[index].identifier;
                    let refusal = kext::library_refused(name, requests[wanted].identifier, &refusal);
                    return Err(give_back(libraries, refusal));
                }
            }
            catalogue::add(requests[index].identifier, &bundles[index].kext.personalities);
        }
        Err("the kext is not among those that it needs".to_string())
    }

    /// The kext that is tried.
    pub fn kext(&self) -> &Kext {
        &self.kext
    }

    /// Calls the kext's start function.
    ///
    /// # Errors
    /// It returned an error; nothing stays loaded.
    pub fn start(self) -> Result<Loaded, String> {
        match self.kext.start() {
            Ok(()) => Ok(self),
            Err(refusal) => Err(give_back(self.libraries, refusal)),
        }
    }

    /// Unloads the kext, then its libraries. What is wrong, in words; a kext of which something is left stays, and what it uses.
    pub fn unload(self) -> Vec<String> {
        if let Err(refusal) = self.kext.unload() {
            return Vec::from([refusal]);
        }
        unload_libraries(self.libraries)
    }
}

fn unload_libraries(libraries: Vec<Kext>) -> Vec<String> {
    let mut problems = Vec::new();
    for library in libraries.into_iter().rev() {
        // Work loops end on threads of their own, in the code of the kext that has their class.
        sched::sleep_until(sched::now() + REST);
        let identifier = library.identifier().to_string();
        if !catalogue::terminate(&identifier) {
            problems.push(format!("{identifier}: a service refused its termination"));
        }
        if !busy::wait_quiet(resources::nub(), Some(PATIENCE)) {
            problems.push(format!("{identifier}: IOResources did not become quiet after termination"));
        }
        catalogue::remove(&identifier);
        if let Err(refusal) = library.unload() {
            problems.push(refusal);
            break;
        }
    }
    problems
}

/// Unloads libraries whose user was refused; the refusal with what is wrong about that.
fn give_back(libraries: Vec<Kext>, refusal: String) -> String {
    let problems = unload_libraries(libraries);
    core::iter::once(refusal).chain(problems).collect::<Vec<_>>().join("\n")
}

//! A kext's way from sources to a bundle.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::audit::{Image, Releases, audit};
use crate::error::{At, Error};
use crate::kext::Kext;
use crate::postlink::PostlinkError;
use crate::tools::Tools;
use crate::{cxx_part, info_plist, libraries, link, postlink, rust_part};

/// A finished bundle.
#[derive(Clone, Debug)]
pub struct Built {
    /// `<out_dir>/<name>.kext`.
    pub bundle: PathBuf,
    /// Its executable.
    pub executable: PathBuf,
    /// Size of the executable in bytes.
    pub size: u64,
    /// What the linker wrote, before the post-link step.
    pub linked: Vec<u8>,
    /// What the compilers said, although they succeeded.
    pub warnings: String,
    /// How long the post-link step took.
    pub postlink_time: Duration,
}

/// Builds `kext`. The bundle takes the place of an earlier one in one step; when the build fails, the earlier one stays.
///
/// # Errors
/// A tool is missing, a source does not compile, the result breaks a rule, or a file cannot be written.
pub fn build(kext: &Kext) -> Result<Built, Error> {
    let mut warnings = String::new();
    let linked = link(kext, &mut warnings)?;
    std::fs::create_dir_all(&kext.out_dir).at(&kext.out_dir)?;
    let before = Instant::now();
    let binary = postlink::convert(&linked)?;
    let postlink_time = before.elapsed();
    let releases = Releases::new(&kext.releases);
    let plist = releases.with(|packs| {
        let image = Image::read(&binary).map_err(|error| PostlinkError::Unexpected(error.to_string()))?;
        info_plist::write(kext, &libraries::needed(&image.imports(), packs))
    })?;
    let (bundle, executable) = install(kext, &releases, &binary, &plist)?;
    Ok(Built { bundle, executable, size: binary.len() as u64, linked, postlink_time, warnings })
}

/// The executable of `kext`, without a bundle and without the audit: for kexts that some kernels are to refuse.
///
/// # Errors
/// A tool is missing, a source does not compile, or a file cannot be written.
pub fn executable(kext: &Kext) -> Result<Vec<u8>, Error> {
    Ok(postlink::convert(&link(kext, &mut String::new())?)?)
}

/// Compiles and links `kext`; returns what the linker wrote. Nothing of it is left where another build of the same name, which
/// may run at the same time, would put its own.
fn link(kext: &Kext, warnings: &mut String) -> Result<Vec<u8>, Error> {
    let tools = Tools::find(&kext.source_root)?;
    std::fs::create_dir_all(&kext.target_dir).at(&kext.target_dir)?;
    let scratch = tempfile::Builder::new().prefix("kext-").tempdir_in(&kext.target_dir).at(&kext.target_dir)?;
    let archive = kext.driver.as_ref().map(|driver| rust_part::build(&tools, kext, driver, warnings)).transpose()?;
    let objects = cxx_part::build(&tools, kext, scratch.path(), warnings)?;
    let linked = link::link(&tools, &objects, archive.as_deref(), &kext.exports, scratch.path())?;
    std::fs::read(&linked).at(&linked)
}

/// Writes the bundle beside its place, audits it and moves it there. Returns the bundle and its executable.
fn install(kext: &Kext, releases: &Releases, binary: &[u8], plist: &[u8]) -> Result<(PathBuf, PathBuf), Error> {
    let staging = tempfile::Builder::new().prefix(".kext-").tempdir_in(&kext.out_dir).at(&kext.out_dir)?;
    let fresh = staging.path().join("new");
    let macos = fresh.join("Contents/MacOS");
    std::fs::create_dir_all(&macos).at(&macos)?;
    for (path, bytes) in [(macos.join(&kext.name), binary), (fresh.join("Contents/Info.plist"), plist)] {
        std::fs::write(&path, bytes).at(&path)?;
    }
    let findings = audit(&fresh, releases, kext.max_size)?;
    if !findings.is_empty() {
        return Err(Error::Audit(findings));
    }
    let bundle = kext.out_dir.join(format!("{}.kext", kext.name));
    if bundle.exists() {
        std::fs::rename(&bundle, staging.path().join("old")).at(&bundle)?;
    }
    std::fs::rename(&fresh, &bundle).at(&bundle)?;
    let executable = bundle.join("Contents/MacOS").join(&kext.name);
    Ok((bundle, executable))
}

//! Building witnesses, each once for as long as nothing that goes into it changes.

use std::fs;
use std::path::{Path, PathBuf};

use abi::Release;
use header_check::facts::Facts;
use kernel_build::{Entry, Kext};
use sha2::{Digest, Sha256};

use crate::family::Family;
use crate::witness::{Witness, folder};

/// Larger than any witness.
const MAX_SIZE: u64 = 160 << 10;
/// Larger than our IOAudioFamily, of which the names of its 1,500 symbols are a half.
const MAX_FAMILY_SIZE: u64 = 448 << 10;

/// The defects of Soundflower (S) and of BlackHole (B) that the loopback driver can be built with. What B7 and B8 are about
/// is not in a kernel driver.
pub const DEFECTS: [&str; 32] = [
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16", "S17",
    "S18", "S19", "S20", "S21", "S22", "S23", "S24", "B1", "B2", "B3", "B4", "B5", "B6", "B9", "B10",
];

/// What a witness is made of.
struct Parts<'a> {
    name: String,
    identifier: String,
    /// The property list.
    list: Vec<u8>,
    source: PathBuf,
    /// What it includes beside the common headers.
    included: Vec<PathBuf>,
    entry: Option<Entry>,
    cxxflags: Vec<String>,
    /// The family whose place it takes, if it does.
    family: Option<&'a Family>,
}

/// Builds witnesses below a folder and keeps them there.
pub struct Builder {
    target: PathBuf,
    /// What all of them are made with: the headers, and this very program with the build in it.
    common: Vec<u8>,
}

impl Builder {
    /// A builder that works in the folder `target`.
    ///
    /// # Errors
    /// A header or this program cannot be read.
    pub fn new(target: &Path) -> Result<Builder, String> {
        let mut hash = Sha256::new();
        let program = std::env::current_exe().map_err(|why| format!("cannot find this program: {why}"))?;
        hash.update(read(&program)?);
        let mut folders = vec![include_dir()];
        while let Some(folder) = folders.pop() {
            for path in listed(&folder)? {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    hash.update(read(&path)?);
                }
            }
        }
        hash.update(read(&folder().join("witness.h"))?);
        Ok(Builder { target: target.to_owned(), common: hash.finalize().to_vec() })
    }

    /// The bundle of a witness, built and audited unless it was before.
    ///
    /// # Errors
    /// It does not build, or cannot be kept.
    pub fn bundle(&self, witness: &Witness) -> Result<PathBuf, String> {
        let parts = Parts {
            name: witness.name.clone(),
            identifier: witness.identifier(),
            list: witness.info_plist().into_bytes(),
            source: witness.source.clone(),
            included: Vec::new(),
            entry: witness.entry(),
            cxxflags: Vec::new(),
            family: None,
        };
        self.kept(parts)
    }

    /// The bundle of our own IOAudioFamily in `kexts/family`, as it is on these releases, which must have the same classes;
    /// built with the headers of the first and audited for all, unless it was before.
    ///
    /// # Errors
    /// It does not build, or cannot be kept.
    pub fn family(&self, releases: &[Release]) -> Result<PathBuf, String> {
        let sources = folder().join("family");
        let family = Family::of(releases)?;
        let parts = Parts {
            name: "IOAudioFamily".to_owned(),
            identifier: family.identifier.clone(),
            list: family.info_plist(&read(&sources.join("Info.plist"))?)?,
            source: sources.join("all.cpp"),
            included: listed(&sources)?,
            entry: Some(Entry { start: "family_start".into(), stop: "family_stop".into() }),
            // Drivers link against it; its headers have types of blocks.
            cxxflags: vec![
                "-fvisibility=default".into(),
                "-fblocks".into(),
                format!("-DFAMILY_RELEASE={}", family.oldest_minor()),
            ],
            family: Some(&family),
        };
        self.kept(parts)
    }

    /// The bundle of the loopback driver in `kexts/loopback`, with one of [`DEFECTS`] or with none; built and audited
    /// unless it was before.
    ///
    /// # Errors
    /// It does not build, or cannot be kept.
    pub fn loopback(&self, defect: Option<&str>) -> Result<PathBuf, String> {
        self.loopback_with(defect.as_slice())
    }

    /// The same with several defects at once, also of those that scenarios do not look for and measurements do: `ALLOCATES` and
    /// `LOCKS` on the IO path, `DRIFTS` away from the nominal rate, `LATENT` with a latency that it does not have, `LEAKS` at each
    /// start, `MISTYPES` with a key of the registry that holds something of another type than programs read, `SKIPS_END` where the
    /// ring ends.
    ///
    /// # Errors
    /// As for [`Builder::loopback`].
    pub fn loopback_with(&self, defects: &[&str]) -> Result<PathBuf, String> {
        let name = [&["loopback"][..], defects].concat().join("_").to_lowercase();
        self.driver_with("loopback", name, defects.iter().map(|defect| format!("-DDEFECT_{defect}")).collect())
    }

    /// The same driver without a defect, which writes down in the kernel's log what the family calls of it: lines that begin
    /// with "call: ", and with "cycle: " for what comes with each IO cycle.
    ///
    /// # Errors
    /// As for [`Builder::loopback`].
    pub fn telling(&self) -> Result<PathBuf, String> {
        self.driver_with("loopback", "loopback_telling".to_owned(), vec!["-DTELLS".to_owned()])
    }

    /// The bundle of the driver in the folder of `kexts` with this name, whose `all.cpp` includes its sources; built and audited
    /// unless it was before.
    ///
    /// # Errors
    /// There is no such driver, it does not build, or cannot be kept.
    pub fn driver(&self, driver: &str) -> Result<PathBuf, String> {
        self.driver_with(driver, driver.to_owned(), Vec::new())
    }

    fn driver_with(&self, driver: &str, name: String, cxxflags: Vec<String>) -> Result<PathBuf, String> {
        let sources = folder().join(driver);
        let parts = Parts {
            name,
            identifier: format!("org.loopflower.witness.{driver}"),
            list: read(&sources.join("Info.plist"))?,
            source: sources.join("all.cpp"),
            included: listed(&sources)?,
            entry: None,
            cxxflags,
            family: None,
        };
        self.kept(parts)
    }

    /// Builds, unless the same parts were built before.
    fn kept(&self, parts: Parts<'_>) -> Result<PathBuf, String> {
        let mut hash = Sha256::new();
        hash.update(&self.common);
        hash.update(&parts.list);
        hash.update(parts.cxxflags.concat());
        hash.update(format!("{:?}", parts.family.map(|family| &family.releases)));
        for file in parts.included.iter().chain([&parts.source]) {
            hash.update(read(file)?);
        }
        let digest = hash.finalize();
        let key = format!("{:016x}", u64::from_be_bytes(std::array::from_fn(|index| digest[index])));
        let place = self.target.join(format!("{}-{key}", parts.name));
        let bundle = place.join(format!("{}.kext", parts.name));
        let failed = |why: std::io::Error| format!("{}: {why}", place.display());
        fs::create_dir_all(&place).map_err(failed)?;
        // Others that need it at the same time, in this program or another, wait until it is whole.
        let lock = fs::File::create(place.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        if bundle.exists() {
            return Ok(bundle);
        }
        let info_plist = place.join("template.plist");
        fs::write(&info_plist, parts.list).map_err(failed)?;
        let headers = place.join("include");
        if let Some(family) = parts.family {
            let facts = Facts::of_family(family.releases[0]);
            header_check::generate::write(&facts, &headers).map_err(|why| why.to_string())?;
        }
        let kext = Kext {
            name: parts.name.clone(),
            identifier: parts.identifier,
            version: parts.family.map_or("1.0.0", |family| family.version).into(),
            driver: None,
            cxx_sources: vec![parts.source],
            // The family's own come first: they have what the others leave out.
            include_dirs: parts.family.map(|_| headers).into_iter().chain([include_dir()]).collect(),
            info_plist,
            entry: parts.entry,
            exports: parts.family.map_or_else(Vec::new, |family| family.exports.clone()),
            rustflags: Vec::new(),
            cxxflags: parts.cxxflags,
            source_root: folder(),
            releases: parts.family.map_or_else(|| Release::claimed().to_vec(), |family| family.releases.clone()),
            max_size: if parts.family.is_some() { MAX_FAMILY_SIZE } else { MAX_SIZE },
            target_dir: place.join("build"),
            out_dir: place,
        };
        let built = kernel_build::build(&kext).map_err(|why| format!("{}: {why}", parts.name))?;
        if !built.warnings.is_empty() {
            return Err(format!("{}: the compiler warns:\n{}", parts.name, built.warnings));
        }
        Ok(built.bundle)
    }
}

/// The project's headers.
fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kernel-bindings/include")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// What is in a folder, sorted.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |why: std::io::Error| format!("{}: {why}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect::<Result<Vec<_>, String>>()?;
    paths.sort();
    Ok(paths)
}

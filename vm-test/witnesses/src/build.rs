//! Building witnesses, each once for as long as nothing that goes into it changes.

use std::fs;
use std::path::{Path, PathBuf};

use abi::Release;
use kernel_build::Kext;
use sha2::{Digest, Sha256};

use crate::witness::{Witness, folder};

/// Larger than any witness.
const MAX_SIZE: u64 = 160 << 10;

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
        let list = witness.info_plist();
        let mut hash = Sha256::new();
        hash.update(&self.common);
        hash.update(&list);
        hash.update(read(&witness.source)?);
        let digest = hash.finalize();
        let key = format!("{:016x}", u64::from_be_bytes(std::array::from_fn(|index| digest[index])));
        let place = self.target.join(format!("{}-{key}", witness.name));
        let bundle = place.join(format!("{}.kext", witness.name));
        if bundle.exists() {
            return Ok(bundle);
        }
        let failed = |why: std::io::Error| format!("{}: {why}", place.display());
        fs::create_dir_all(&place).map_err(failed)?;
        let info_plist = place.join("template.plist");
        fs::write(&info_plist, list).map_err(failed)?;
        let kext = Kext {
            name: witness.name.clone(),
            identifier: witness.identifier(),
            version: "1.0.0".into(),
            driver: None,
            cxx_sources: vec![witness.source.clone()],
            include_dirs: vec![include_dir()],
            info_plist,
            entry: witness.entry(),
            rustflags: Vec::new(),
            cxxflags: Vec::new(),
            source_root: folder(),
            releases: Release::claimed().to_vec(),
            max_size: MAX_SIZE,
            target_dir: place.join("build"),
            out_dir: place,
        };
        let built = kernel_build::build(&kext).map_err(|why| format!("{}: {why}", witness.name))?;
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

//! What a kext is built from.

use std::path::{Path, PathBuf};

use abi::Release;

/// A kext to build.
#[derive(Clone, Debug)]
pub struct Kext {
    /// Name of the bundle and of its executable: `Loopflower`.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion, in the strict form that the kernel reads: `1.2.3`.
    pub version: String,
    /// The Rust part, if there is one.
    pub driver: Option<Driver>,
    /// The C++ part.
    pub cxx_sources: Vec<PathBuf>,
    /// Folders of headers; the compiler's own are not searched.
    pub include_dirs: Vec<PathBuf>,
    /// The property list to start from: what is particular to this kext (IOKitPersonalities above all). The build adds
    /// identity, version and OSBundleLibraries.
    pub info_plist: PathBuf,
    /// What the kernel calls when the kext is loaded and unloaded.
    pub entry: Option<Entry>,
    /// What a library offers to other kexts: Mach-O names, in which `*` stands for any characters. They must be compiled
    /// with `-fvisibility=default`, and the property list needs an OSBundleCompatibleVersion. Empty for a driver.
    pub exports: Vec<String>,
    /// More flags for rustc, after the build's own.
    pub rustflags: Vec<String>,
    /// More flags for clang++, after the build's own.
    pub cxxflags: Vec<String>,
    /// The folder of all sources. It is left out of every path in the binary, so that the same source gives the same
    /// bytes wherever it is.
    pub source_root: PathBuf,
    /// The releases that it must load on.
    pub releases: Vec<Release>,
    /// How large its executable may be, in bytes.
    pub max_size: u64,
    /// Where cargo and the compilers keep their intermediate files.
    pub target_dir: PathBuf,
    /// Where `<name>.kext` is put.
    pub out_dir: PathBuf,
}

/// A package of Rust that becomes the kext's static library.
#[derive(Clone, Debug)]
pub struct Driver {
    /// The package's or its workspace's Cargo.toml.
    pub manifest: PathBuf,
    /// The package's name.
    pub package: String,
    /// Features to switch on.
    pub features: Vec<String>,
}

/// Names of two C functions `int f(kmod_info_t *, void *)`. Without them both return success, which is right for drivers
/// that are started by matching.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Called after the kext's constructors.
    pub start: String,
    /// Called before its destructors.
    pub stop: String,
}

/// Our own kext, from the sources in the workspace at `root`, built below the folder `target`.
pub fn loopflower(root: &Path, target: &Path) -> Kext {
    let shims = root.join("kext/shims");
    Kext {
        name: "Loopflower".into(),
        identifier: "org.loopflower.driver".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        driver: Some(Driver {
            manifest: root.join("Cargo.toml"),
            package: "driver".into(),
            features: vec!["panic-handler".into()],
        }),
        cxx_sources: cxx_sources(&shims),
        include_dirs: vec![root.join("kernel-bindings/include")],
        info_plist: root.join("kext/Info.plist"),
        entry: Some(Entry { start: "loopflower_start".into(), stop: "loopflower_stop".into() }),
        exports: Vec::new(),
        rustflags: Vec::new(),
        cxxflags: Vec::new(),
        source_root: root.to_owned(),
        releases: Release::claimed().to_vec(),
        max_size: 192 << 10,
        target_dir: target.join("kext-build"),
        out_dir: target.join("kext"),
    }
}

/// The C++ files in a folder, by name.
fn cxx_sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut sources: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "cpp")).collect();
    sources.sort();
    sources
}

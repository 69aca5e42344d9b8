//! The small kext that the tests build.

use std::path::{Path, PathBuf};

use abi::Release;
use kernel_build::{Driver, Kext};

/// The folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The small kext with its sources in `sources`, a copy of `fixtures()/small` or that itself. What is compiled and the
/// bundle go below the folder `name` of cargo's folder for tests.
pub fn small(sources: &Path, name: &str) -> Kext {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    Kext {
        name: "Small".into(),
        identifier: "org.loopflower.test.Small".into(),
        version: "1.0.0".into(),
        driver: Some(Driver {
            manifest: sources.join("driver/Cargo.toml"),
            package: "small".into(),
            features: Vec::new(),
        }),
        cxx_sources: vec![sources.join("Small.cpp")],
        include_dirs: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../include")],
        info_plist: sources.join("Info.plist"),
        entry: None,
        exports: Vec::new(),
        rustflags: Vec::new(),
        cxxflags: Vec::new(),
        source_root: sources.to_owned(),
        releases: Release::claimed().to_vec(),
        max_size: 192 << 10,
        target_dir: target.join("build"),
        out_dir: target,
    }
}

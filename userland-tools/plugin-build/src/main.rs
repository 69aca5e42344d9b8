//! `plugin`: builds Loopflower.driver. `cargo xtask plugin` calls it.
#![forbid(unsafe_code)]

mod info_plist;
mod link;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use kernel_build::program::carry_out;
use kernel_build::{At, Error, Tools};
use plugin_build::compile::{Crate, compile};
use plugin_build::slice::SLICES;
use plugin_build::universal;

/// What is built.
const DRIVER: Crate = Crate { package: "hal-plugin", feature: "bundle", flags: &[] };
/// Name of the bundle and of its executable.
const NAME: &str = "Loopflower";

fn main() -> ExitCode {
    carry_out("plugin", &format!("{NAME}.driver"), build)
}

/// Builds the bundle below the folder `target`; what there is to say of it. An earlier one stays if the build fails.
fn build(root: &Path, target: &Path) -> Result<String, Error> {
    let tools = Tools::find(root)?;
    let folder = target.join("plugin-build");
    fs::create_dir_all(&folder).at(&folder)?;
    let mut slices = Vec::new();
    for slice in &SLICES {
        let archive = compile(&tools, root, &folder, slice, &DRIVER)?;
        slices.push((slice, link::link(&tools, &folder, slice, &archive)?));
    }
    let binary = universal::join(&slices);
    let out = target.join("plugin");
    fs::create_dir_all(&out).at(&out)?;
    let staging = tempfile::Builder::new().prefix(".plugin-").tempdir_in(&out).at(&out)?;
    let fresh = staging.path().join("new");
    let macos = fresh.join("Contents/MacOS");
    fs::create_dir_all(&macos).at(&macos)?;
    let plist = info_plist::write(&root.join("kext/Info.plist"))?;
    for (path, bytes) in [(macos.join(NAME), &binary), (fresh.join("Contents/Info.plist"), &plist)] {
        fs::write(&path, bytes).at(&path)?;
    }
    let bundle = out.join(format!("{NAME}.driver"));
    if bundle.exists() {
        fs::rename(&bundle, staging.path().join("old")).at(&bundle)?;
    }
    fs::rename(&fresh, &bundle).at(&bundle)?;
    let of: Vec<String> = slices.iter().map(|(slice, bytes)| format!("{} {}", slice.arch, bytes.len())).collect();
    Ok(format!("{}: {} bytes ({})", bundle.display(), binary.len(), of.join(", ")))
}

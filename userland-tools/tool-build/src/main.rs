//! `tool`: builds the `loopflower` command for Macs. `cargo xtask tool` calls it.
//!
//! rustc starts the linker by itself and asks for libraries by name, so the stubs stand in a folder that is laid out as an SDK.
#![forbid(unsafe_code)]

mod imports;
mod link;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use kernel_build::program::carry_out;
use kernel_build::{At, Error, Tools};
use plugin_build::slice::SLICES;
use plugin_build::universal;

fn main() -> ExitCode {
    carry_out("tool", "the command for Macs", build)
}

/// Builds the command below the folder `target`; what there is to say of it. An earlier one stays if the build fails.
fn build(root: &Path, target: &Path) -> Result<String, Error> {
    let tools = Tools::find(root)?;
    let folder = target.join("tool-build");
    let mut slices = Vec::new();
    for slice in &SLICES {
        let sdk = link::sdk(&folder, slice)?;
        let path = link::build(&tools, root, &folder, &sdk, slice)?;
        let bytes = fs::read(&path).at(&path)?;
        imports::check(&path, &bytes, slice)?;
        slices.push((slice, bytes));
    }
    let binary = universal::join(&slices);
    let out = target.join("tool");
    fs::create_dir_all(&out).at(&out)?;
    let (fresh, path) = (out.join(".loopflower.fresh"), out.join("loopflower"));
    fs::write(&fresh, &binary).at(&fresh)?;
    fs::rename(&fresh, &path).at(&path)?;
    let of: Vec<String> = slices.iter().map(|(slice, bytes)| format!("{} {}", slice.arch, bytes.len())).collect();
    Ok(format!("{}: {} bytes ({})", path.display(), binary.len(), of.join(", ")))
}

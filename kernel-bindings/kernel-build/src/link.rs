//! The link: objects and archive to an MH_BUNDLE.

use std::path::{Path, PathBuf};
use std::process::Command;

use object::LittleEndian as LE;
use object::macho::MachHeader64;
use object::read::macho::{MachHeader, Nlist};

use crate::error::{At, Error, run};
use crate::tools::Tools;

/// All that others may see of a driver. The kernel finds its classes whether they are external or not, and an external name
/// could clash with another kext's.
pub const EXPORTED: [&str; 1] = ["_kmod_info"];

/// The deployment target of Rust's objects. It leaves no trace in the kext; from 10.15 on the linker would split `__DATA`.
const PLATFORM_VERSION: &str = "10.12";

/// Links `objects` and the archive in `folder` and returns the file. Others see [`EXPORTED`] of it, and `offered`.
pub(crate) fn link(
    tools: &Tools,
    objects: &[PathBuf],
    archive: Option<&Path>,
    offered: &[String],
    folder: &Path,
) -> Result<PathBuf, Error> {
    let exports = folder.join("exports");
    let names: Vec<&str> = EXPORTED.into_iter().chain(offered.iter().map(String::as_str)).collect();
    std::fs::write(&exports, names.join("\n") + "\n").at(&exports)?;
    let linked = folder.join("linked");
    let mut ld64 = Command::new(&tools.ld64);
    ld64.args(["-arch", "x86_64", "-platform_version", "macos", PLATFORM_VERSION, PLATFORM_VERSION]);
    ld64.args(["-bundle", "-undefined", "dynamic_lookup", "-no_fixup_chains", "-dead_strip", "-S"]);
    ld64.arg("-exported_symbols_list").arg(&exports);
    for object in objects {
        let file = std::fs::read(object).at(object)?;
        let names = super_class_words(&file).map_err(|error| Error::Step {
            step: format!("reading {}", object.display()),
            output: error.to_string(),
        })?;
        ld64.args(names.iter().flat_map(|name| ["-u", name]));
    }
    ld64.args(objects).args(archive).arg("-o").arg(&linked);
    run("linking", &mut ld64)?;
    Ok(linked)
}

/// The symbols `X::superClass` that an object file defines. No code refers to them, but they are how the kernel's linker
/// finds the classes of a kext and their vtables, so they must survive `-dead_strip`.
fn super_class_words(file: &[u8]) -> Result<Vec<String>, object::read::Error> {
    let header = MachHeader64::<LE>::parse(file, 0)?;
    let mut names = Vec::new();
    let mut commands = header.load_commands(LE, file, 0)?;
    while let Some(command) = commands.next()? {
        let Some(symtab) = command.symtab()? else { continue };
        let table = symtab.symbols::<MachHeader64<LE>, _>(LE, file)?;
        for nlist in table.iter().filter(|nlist| !nlist.is_stab() && nlist.is_definition()) {
            let name = String::from_utf8_lossy(nlist.name(LE, table.strings())?);
            if name.ends_with("10superClassE") {
                names.push(name.into_owned());
            }
        }
    }
    Ok(names)
}

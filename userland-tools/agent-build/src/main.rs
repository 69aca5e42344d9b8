//! `agent`: builds loopflower-agent. `cargo xtask agent` calls it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use agent_build::calls::{self, Call, LIBRARIES, OLDEST};
use agent_build::{check, start};
use kernel_build::program::carry_out;
use kernel_build::{At, Error, Tools, run};
use plugin_build::compile::{Crate, compile};
use plugin_build::library::Library;
use plugin_build::slice::{SLICES, Slice};

/// The executable.
const NAME: &str = "loopflower-agent";
/// Its crate: for the oldest 64-bit Mac's processor.
const AGENT: Crate = Crate { package: "agent", feature: "program", flags: &["-Ctarget-cpu=core2"] };
/// Where it begins.
const START: &str = "_loopflower_agent_start";
/// Room behind the load commands for LC_UNIXTHREAD, which is longer than LC_MAIN.
const ROOM: &str = "0x100";

fn main() -> ExitCode {
    carry_out("agent", NAME, build)
}

/// Builds the executable below the folder `target`; what there is to say of it. An earlier one stays if the build fails.
fn build(root: &Path, target: &Path) -> Result<String, Error> {
    let table = root.join("userland-tools/agent/calls.tsv");
    let wrong = |problem: String| Error::Description { path: table.clone(), problem };
    let calls = calls::table().map_err(wrong)?;
    let tools = Tools::find(root)?;
    let folder = target.join("agent-build");
    fs::create_dir_all(&folder).at(&folder)?;
    // What the compiler makes is marked for 10.12, the oldest that it knows; nothing in it needs that.
    let archive = compile(&tools, root, &folder, &SLICES[0], &AGENT)?;
    let linked = link(&tools, &folder, &SLICES[0], &archive, &calls)?;
    let program = fs::read(&linked).at(&linked)?;
    let unfit = |problem: String| Error::Description { path: linked.clone(), problem };
    let program = start::by_thread(&program).map_err(unfit)?;
    let checked = check::check(&program, &calls).map_err(unfit)?;
    if !checked.unused.is_empty() {
        return Err(wrong(format!("the agent does not import {}: take it out", checked.unused.join(", "))));
    }
    let out = target.join("agent");
    fs::create_dir_all(&out).at(&out)?;
    let mut staged = tempfile::Builder::new().prefix(".agent-").tempfile_in(&out).at(&out)?;
    let place = out.join(NAME);
    std::io::Write::write_all(&mut staged, &program).at(&place)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    staged.as_file().set_permissions(mode).at(&place)?;
    staged.persist(&place).map_err(|why| why.error).at(&place)?;
    Ok(format!("{}: {} bytes, {checked}", place.display(), program.len()))
}

/// Links the archive; where what was linked is.
fn link(tools: &Tools, folder: &Path, slice: &Slice, archive: &Path, calls: &[Call]) -> Result<PathBuf, Error> {
    let linked = folder.join(format!("{NAME}.linked"));
    let mut ld64 = Command::new(&tools.ld64);
    ld64.args(["-arch", slice.arch, "-platform_version", "macos", OLDEST, OLDEST]);
    ld64.args(["-execute", "-pie", "-dead_strip", "-S", "-x", "-e", START, "-headerpad", ROOM]);
    ld64.args(["-no_adhoc_codesign", "-no_fixup_chains", "-no_function_starts", "-no_data_in_code_info"]).arg(archive);
    for (_, file, install_name) in LIBRARIES {
        let of_library = calls.iter().filter(|call| call.library == install_name);
        let symbols: Vec<&str> = of_library.map(|call| call.symbol).collect();
        let stub = folder.join(file);
        fs::write(&stub, Library { file, install_name, symbols: &symbols }.stub()).at(&stub)?;
        ld64.arg(stub);
    }
    run(&format!("linking {NAME}"), ld64.arg("-o").arg(&linked))?;
    Ok(linked)
}

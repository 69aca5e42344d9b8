//! What a user types to debug a kext that is about to start.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use protocol::event::Event;

use crate::Error;
use crate::bundle::Bundle;
use crate::machine::Machine;

/// How a debugger gets at a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attach {
    /// To the machine's process.
    Process,
    /// To a stub that speaks the protocol of gdb, at this host and port.
    Stub(String),
}

/// A kext that is about to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped<'a> {
    /// CFBundleIdentifier.
    pub identifier: &'a str,
    /// Where it lies.
    pub address: u64,
    /// The machine's process, where that is what a debugger attaches to.
    pub process: Option<u32>,
}

/// The lines of lldb that attach it to the machine. `executables` are those of all kexts, by identifier; each is linked for
/// address 0, so that the address is the slide.
pub fn lines(stopped: &Stopped<'_>, attach: &Attach, executables: &[(String, PathBuf)]) -> String {
    let mut text = format!("stopped before {} starts; go on with a debugger, for instance lldb:\n", stopped.identifier);
    let executable = executables.iter().find(|(identifier, _)| identifier == stopped.identifier);
    let executable = executable.map_or(Path::new("EXECUTABLE"), |(_, path)| path.as_path());
    let (path, name) = (executable.display(), executable.file_name().unwrap_or_default().to_string_lossy());
    let load = format!("target modules load --file \"{name}\" --slide {:#x}", stopped.address);
    let typed = match (attach, stopped.process) {
        (Attach::Process, process) => [
            format!("process attach --pid {}", process.unwrap_or_default()),
            // `target modules add` wants modules of the process's own system.
            format!("script lldb.target.AddModule(\"{path}\", \"x86_64-apple-macosx\", None)"),
            load,
        ],
        (Attach::Stub(place), _) => {
            [format!("target create --arch x86_64-apple-macosx \"{path}\""), load, format!("gdb-remote {place}")]
        }
    };
    for line in typed {
        let _ = writeln!(text, "  {line}");
    }
    let _ =
        writeln!(text, "then set breakpoints, for instance with `breakpoint set --name FUNCTION`, and type: continue");
    text
}

type Wanted = (fn(&str), Attach);

/// Tells a user how to attach, if one wants to.
pub(crate) struct Guide {
    /// What says things, and how a debugger gets at the machine.
    wanted: Option<Wanted>,
    executables: Vec<(String, PathBuf)>,
}

impl Guide {
    /// Makes `machine`, which is not on yet, take a debugger, if there is somebody to say things to.
    ///
    /// # Errors
    /// What that needs is missing.
    pub fn new<'a>(
        say: Option<fn(&str)>,
        machine: &mut dyn Machine,
        bundles: impl Iterator<Item = &'a Bundle>,
    ) -> Result<Guide, Error> {
        let file = |bundle: &Bundle| bundle.file.canonicalize().unwrap_or_else(|_| bundle.file.clone());
        let executables = bundles.map(|bundle| (bundle.kext.identifier.clone(), file(bundle))).collect();
        let wanted = say.map(|say| Ok::<_, Error>((say, machine.take_debugger()?))).transpose()?;
        Ok(Guide { wanted, executables })
    }

    /// Says what to type when the machine has stopped.
    pub fn hear(&self, event: &Event) {
        if let (Some((say, attach)), Event::Stopped { identifier, address, process }) = (&self.wanted, event) {
            let stopped = Stopped { identifier, address: *address, process: *process };
            say(&lines(&stopped, attach, &self.executables));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_name_module_and_slide() {
        let executables = [("org.kext".to_owned(), PathBuf::from("/a b/Kext.kext/Contents/MacOS/Kext"))];
        let stopped = Stopped { identifier: "org.kext", address: 0x2000, process: Some(7) };
        let hosted = lines(&stopped, &Attach::Process, &executables);
        let wanted = [
            "  process attach --pid 7\n",
            "  script lldb.target.AddModule(\"/a b/Kext.kext/Contents/MacOS/Kext\", \"x86_64-apple-macosx\", None)\n",
            "  target modules load --file \"Kext\" --slide 0x2000\n",
        ];
        assert!(hosted.contains(&wanted.concat()), "{hosted}");
        let vm = lines(&stopped, &Attach::Stub("127.0.0.1:9".to_owned()), &executables);
        assert!(vm.contains("--slide 0x2000\n  gdb-remote 127.0.0.1:9\n"), "{vm}");
    }
}

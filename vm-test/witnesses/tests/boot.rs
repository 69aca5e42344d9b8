//! The driver's boot arguments, on our kext as it ships, and on one that takes the kernel for a newer release.

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::Hosted;
use runner::run::{Options, Task, run};
use witnesses::plant::{self, Patch};

/// Wall-clock seconds after which a machine is stopped.
const TIMEOUT: u64 = 60;
/// Darwin 21 is macOS 12.
const NEWER: [Patch<'static>; 1] = [Patch { file: "Root.cpp", old: "return version_major;", new: "return 21;" }];

fn main() -> ExitCode {
    be_machine_if_asked();
    let trials = [
        Trial::test("without_arguments_all_devices_start", || {
            expect(&shipped(), "", &["Loopflower: 3 of 3 devices started"], &["Loopflower: device"])
        }),
        Trial::test("dbg_logs_more", || {
            expect(&shipped(), "-v -loopflowerdbg", &["Loopflower: device \"Loopflower 64ch\" with 64 channels"], &[])
        }),
        Trial::test("off_starts_nothing", || {
            let said = "Loopflower: switched off by the boot argument -loopfloweroff";
            expect(&shipped(), "-loopfloweroff", &[said], &["devices started"])
        }),
        Trial::test("a_newer_release_needs_beta", || {
            let kext = plant::build(&target(), &target().join("witnesses/newer"), &NEWER)?;
            let refused =
                "Loopflower: made for Darwin up to 20, this is 21; -loopflowerbeta as a boot argument starts it";
            expect(&kext, "", &[refused], &["devices started"])?;
            expect(&kext, "-loopflowerbeta", &["Loopflower: 3 of 3 devices started"], &["made for"])
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn shipped() -> PathBuf {
    target().join("kext/Loopflower.kext")
}

/// Loads a kext under boot arguments: lines in the log that begin with each of `said`, none that contains one of `not`.
fn expect(kext: &Path, boot_args: &str, said: &[&str], not: &[&str]) -> Result<(), Failed> {
    let (kext, boot_args) = (kext.to_owned(), boot_args.to_owned());
    let options = Options {
        kext,
        libraries: Vec::new(),
        os: Release::V10_9,
        seed: 1,
        boot_args,
        timeout: TIMEOUT,
        task: Task::Load,
    };
    let report = run(&options, &mut Hosted::of_this_program(MACHINE)?, &mut |_| {})?.report;
    let texts = report.events.iter().filter_map(|event| match event {
        Event::Log { text, .. } => Some(text.as_str()),
        _ => None,
    });
    let lines: Vec<&str> = texts.collect();
    let missing = said.iter().find(|said| !lines.iter().any(|line| line.starts_with(**said)));
    let extra = not.iter().find(|not| lines.iter().any(|line| line.contains(**not)));
    let failures = &report.failures;
    if missing.is_some() || extra.is_some() || !failures.is_empty() {
        return Err(format!("missing {missing:?}, not wanted {extra:?}, failures {failures:?}, log {lines:#?}").into());
    }
    Ok(())
}

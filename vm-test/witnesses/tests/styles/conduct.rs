//! Running scenarios on a kext: those that are files in one boot of the machine, each of the others in one of its own.

use std::path::Path;

use abi::Release;
use runner::Error;
use runner::machine::{Hosted, Machine, Vm};
use runner::report::Report;
use runner::run::{Aids, Options, Task, run};
use runner::scripts::run_scripts;

use crate::common::{MACHINE, target};

/// Wall-clock seconds after which a machine is stopped: the VM's longest scenario takes a minute on a busy computer.
const TIMEOUT: u64 = 600;
/// Frames of an IO cycle of the loop.
const IO_FRAMES: u32 = 512;

/// What there is to run: load and loop, the scenarios, and those that are files.
pub fn all() -> impl Iterator<Item = &'static str> {
    let named = scenarios::ALL.iter().map(|scenario| scenario.name);
    ["load", "loop"].into_iter().chain(named).chain(scenarios::FILES.iter().map(|file| file.name))
}

/// Runs these scenarios; the report of each, files last.
///
/// # Errors
/// The machine or a scenario is not there.
pub fn conduct(
    bundle: &Path,
    wanted: &[&'static str],
    machine: &'static str,
    os: Release,
) -> Result<Vec<(&'static str, Report)>, Error> {
    let name = bundle.file_stem().unwrap_or_default().to_string_lossy();
    let output = target().join(format!("witnesses/styles-{name}-{machine}-{os}.wav"));
    let power_on = || -> Result<Box<dyn Machine>, Error> {
        Ok(match machine {
            "vm" => Box::new(Vm::new(target().join("guest/guest.elf"))?),
            _ => Box::new(Hosted::of_this_program(MACHINE)?),
        })
    };
    let options = |task| Options {
        kext: bundle.to_owned(),
        libraries: Vec::new(),
        os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task,
    };
    let (mut reports, mut scripts) = (Vec::new(), Vec::new());
    for &scenario in wanted {
        let task = match scenario {
            "load" => Task::Load,
            "loop" => Task::Loop { input: None, output: output.clone(), io_frames: IO_FRAMES, through: None },
            named => match scenarios::FILES.iter().find(|file| file.name == named) {
                None => Task::Named(named.to_owned()),
                Some(file) => {
                    let script = script::parse(file.name, file.text);
                    scripts.push(script.map_err(|error| Error::Usage(format!("{}:{error}", file.name)))?);
                    continue;
                }
            },
        };
        reports.push((scenario, run(&options(task), power_on()?.as_mut(), &mut |_| {})?.report));
    }
    let names = wanted.iter().filter(|name| scripts.iter().any(|script| script.name == **name));
    let mut told = Vec::new();
    let (options, aids) = (options(Task::Scripts(scripts.clone())), Aids::default());
    run_scripts(&options, &aids, &scripts, &power_on, &mut |_| {}, &mut |finished| told.push(finished.report))?;
    reports.extend(names.copied().zip(told));
    Ok(reports)
}

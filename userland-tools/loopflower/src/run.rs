//! `loopflower run`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use abi::Release;
use anyhow::Context;
use protocol::proof::Soak;
use protocol::script::Script;
use runner::Error;
use runner::human::{line, render};
use runner::machine::{Hosted, Machine, Vm};
use runner::output;
use runner::plugin;
use runner::progress::Progress;
use runner::report::{Report, Timings};
use runner::run::{Aids, Finished, Options, Task, run_with as run_job};
use runner::scripts::run_scripts;

use crate::arguments::{AnyMachine, Format, HOSTED, Machine as Choice, PLUGIN_HOST, Run, Scenario, only_of_plugins};
use crate::hosted;
use crate::mac::Given;
use crate::outputs::{self, Named};
use crate::places;

/// Rate and virtual time of a soak, unless others are asked for.
const RATE: u32 = 44_100;
const DAY: Duration = Duration::from_hours(24);
/// Seconds of wall-clock time that a run gets, and how many virtual seconds of a soak must pass in one more.
const TIMEOUT: u64 = 60;
const MACHINE_SPEED: u64 = 60;
/// The longest scenario file that is read, in bytes.
const LONGEST_SCRIPT: u64 = 16 << 20;

/// Runs; whether everything held.
pub fn run(arguments: &Run) -> anyhow::Result<bool> {
    let scenarios = &arguments.scenario;
    if !scenarios.contains(&Scenario::Soak) && (arguments.rate.is_some() || arguments.hours.is_some()) {
        return Err(Error::Usage("--rate and --hours are for --scenario soak".to_owned()).into());
    }
    arguments.aids.check()?;
    check_places(arguments)?;
    if !arguments.targets.is_empty() && arguments.machine != AnyMachine::Macos {
        return Err(Error::Usage("--target is for --machine macos".to_owned()).into());
    }
    let is_list = scenarios.contains(&Scenario::All) && arguments.machine != AnyMachine::Macos;
    let is_plugin = arguments.bundle.as_deref().or(arguments.kext.as_deref()).is_some_and(plugin::is_plugin);
    if !is_plugin {
        only_for_plugins(arguments)?;
    }
    let mut teller = Teller { arguments, is_list, timings: Vec::new(), failed: 0, problem: None };
    if arguments.machine == AnyMachine::Macos {
        let table = crate::mac::run(arguments, &mut |given| match given {
            Given::Ran(finished) => teller.tell(finished),
            Given::Kept(report) => teller.tell_kept(&report),
        })?;
        if matches!(arguments.format, Format::Human) {
            say(&table.render())?;
        }
        let held = teller.finish()?;
        return if held { Ok(table.usable()?) } else { Ok(false) };
    }
    let work = order(scenarios, is_plugin)?;
    for batch in &work {
        match batch {
            Batch::Alone(scenario) => teller.tell(run_one(arguments, scenario)?),
            Batch::Together(scripts) => together(arguments, scripts, &mut |finished| teller.tell(finished))?,
        }
    }
    teller.finish()
}

/// What is written overwrites nothing that the run reads or writes.
fn check_places(arguments: &Run) -> Result<(), Error> {
    fn named<'a>(option: &'a str, path: Option<&'a Path>) -> Option<Named<'a>> {
        path.map(|path| Named { option, path })
    }
    let bundle = arguments.bundle.as_deref().or(arguments.kext.as_deref());
    let mut read: Vec<Named<'_>> =
        [named("--input", arguments.input.as_deref()), named("the bundle", bundle)].into_iter().flatten().collect();
    read.extend(arguments.libraries.iter().map(|path| Named { option: "--library", path }));
    read.extend(arguments.scenario.iter().filter_map(|scenario| match scenario {
        Scenario::File(path) => Some(Named { option: "--scenario", path }),
        _ => None,
    }));
    let written = [
        named("--output", arguments.output.as_deref()),
        named("--trace", arguments.aids.trace()),
        named("--timings", arguments.timings.as_deref()),
    ];
    outputs::check(&read, &written.into_iter().flatten().collect::<Vec<_>>())
}

/// What one boot of a machine is for.
enum Batch {
    /// A scenario that has a machine of its own.
    Alone(Scenario),
    /// Scenarios from files.
    Together(Vec<Script>),
}

/// The scenarios in boots of machines; all files are read before any machine runs.
fn order(scenarios: &[Scenario], is_plugin: bool) -> anyhow::Result<Vec<Batch>> {
    let all = scenarios.iter().flat_map(|scenario| match scenario {
        Scenario::All if is_plugin => hosted::SCENARIOS.iter().map(|listed| Scenario::Named(listed.name)).collect(),
        Scenario::All => {
            let listed = scenarios::ALL.iter().map(|listed| Scenario::Named(listed.name));
            listed.chain(scenarios::FILES.iter().map(|file| Scenario::BuiltIn(file.name))).collect()
        }
        other => vec![other.clone()],
    });
    let mut batches: Vec<Batch> = Vec::new();
    for scenario in all {
        match (read(&scenario)?, batches.last_mut()) {
            (None, _) => batches.push(Batch::Alone(scenario)),
            (Some(script), Some(Batch::Together(scripts))) => scripts.push(script),
            (Some(script), _) => batches.push(Batch::Together(vec![script])),
        }
    }
    Ok(batches)
}

/// The scenario of a file; `None` for one that is none.
fn read(scenario: &Scenario) -> Result<Option<Script>, Error> {
    let (name, text) = match scenario {
        Scenario::BuiltIn(name) => {
            let file = scenarios::FILES.iter().find(|file| file.name == *name);
            ((*name).to_owned(), file.map_or("", |file| file.text).to_owned())
        }
        Scenario::File(path) => {
            let shown = path.display().to_string();
            let usage = |why: String| Error::Usage(format!("{shown}: {why}"));
            let bytes = runner::file::read(path, LONGEST_SCRIPT).map_err(|why| usage(why.to_string()))?;
            let too_long = || usage(format!("is longer than {} MiB, so no scenario", LONGEST_SCRIPT >> 20));
            let text = String::from_utf8(bytes.ok_or_else(too_long)?);
            let text =
                text.map_err(|why| usage(format!("is no text: byte {} is not UTF-8", why.utf8_error().valid_up_to())))?;
            (shown, text)
        }
        _ => return Ok(None),
    };
    let script = script::parse(&name, &text).map_err(|error| Error::Usage(format!("{name}:{error}")))?;
    Ok(Some(script))
}

/// Runs scenarios from files, in as few boots as possible.
fn together(arguments: &Run, scripts: &[Script], done: &mut dyn FnMut(Finished)) -> anyhow::Result<()> {
    let options = Options { task: Task::Scripts(scripts.to_vec()), ..options(arguments, &Scenario::Load)? };
    if plugin::is_plugin(&options.kext) {
        only_for_kexts(arguments, &options.kext)?;
        scripts.iter().try_for_each(hosted::fits).map_err(Error::Usage)?;
        for script in scripts {
            let options = Options { task: Task::Scripts(vec![script.clone()]), ..options.clone() };
            done(run_plugin(arguments, &options)?);
        }
        return Ok(());
    }
    let progress = Progress::new(bench(arguments)?.name());
    let power_on = || bench(arguments);
    let aids = arguments.aids.aids();
    let result =
        run_scripts(&options, &aids, scripts, &power_on, &mut |event| progress.watch(event), &mut |finished| {
            progress.suspend(|| done(finished));
        });
    progress.finish();
    Ok(result?)
}

/// Writes reports as they come.
struct Teller<'a> {
    arguments: &'a Run,
    /// Whether each report is a line.
    is_list: bool,
    timings: Vec<Timings>,
    failed: usize,
    /// Why a report, or a file beside it, could not be written.
    problem: Option<anyhow::Error>,
}

impl Teller<'_> {
    fn tell(&mut self, finished: Finished) {
        self.failed += usize::from(!finished.report.held);
        let text = match self.arguments.format {
            Format::Json => finished.report.to_json() + "\n",
            Format::Human if self.is_list => line(&finished.report),
            Format::Human => render(&finished.report, finished.sounds.as_ref(), &finished.timings),
        };
        let problem = say(&text).err().or_else(|| finished.unwritten.map(Into::into));
        self.problem = self.problem.take().or(problem);
        self.timings.push(finished.timings);
    }

    /// Writes the report that stands for a run on a target which could not be used; people are told elsewhere.
    fn tell_kept(&mut self, report: &Report) {
        if matches!(self.arguments.format, Format::Json) {
            let problem = say(&(report.to_json() + "\n")).err();
            self.problem = self.problem.take().or(problem);
        }
    }

    /// The sum; whether all held.
    fn finish(self) -> anyhow::Result<bool> {
        let (ran, failed) = (self.timings.len(), self.failed);
        if matches!(self.arguments.format, Format::Human) && (self.is_list || ran > 1) {
            say(&format!("{} scenarios held, {failed} failed\n", ran - failed))?;
        }
        write_timings(self.arguments, &self.timings)?;
        self.problem.map_or(Ok(failed == 0), Err)
    }
}

/// Runs one scenario on a machine of its own.
fn run_one(arguments: &Run, scenario: &Scenario) -> anyhow::Result<Finished> {
    let options = options(arguments, scenario)?;
    if plugin::is_plugin(&options.kext) {
        only_for_kexts(arguments, &options.kext)?;
        return run_plugin(arguments, &options);
    }
    let mut machine = bench(arguments)?;
    let progress = Progress::new(machine.name());
    let aids = Aids { timed: arguments.timings.is_some(), ..arguments.aids.aids() };
    let finished = run_job(&options, &aids, machine.as_mut(), &mut |event, _| progress.watch(event));
    progress.finish();
    Ok(finished?)
}

/// Refuses what is asked for and does nothing to a kext.
fn only_for_plugins(arguments: &Run) -> Result<(), Error> {
    if arguments.timebase.is_some() {
        return Err(Error::Usage(
            "--timebase is for user-space drivers; scenario S1 tries kexts in several".to_owned(),
        ));
    }
    let is_other = |name: &str| only_of_plugins().any(|known| known.name == name);
    let named = arguments.scenario.iter().find_map(|scenario| match scenario {
        Scenario::Named(name) if is_other(name) => Some(name),
        _ => None,
    });
    let refused = |name| Err(Error::Usage(format!("scenario {name} is for user-space drivers")));
    named.map_or(Ok(()), refused)
}

/// Refuses what is asked for and does nothing to a user-space driver.
fn only_for_kexts(arguments: &Run, bundle: &Path) -> Result<(), Error> {
    let asked = [
        ("--debug", arguments.aids.debug),
        ("--library", !arguments.libraries.is_empty()),
        ("--boot-args", !arguments.boot_args.is_empty()),
    ];
    asked.iter().find(|(_, asked)| *asked).map_or(Ok(()), |(option, _)| {
        Err(Error::Usage(format!("{option} is for kexts, and {} is a user-space driver", bundle.display())))
    })
}

/// Runs a user-space driver on a host of its own.
fn run_plugin(arguments: &Run, options: &Options) -> anyhow::Result<Finished> {
    let mut host = Hosted::of_this_program(PLUGIN_HOST)?;
    let progress = Progress::new(host.name());
    let conditions = plugin::Conditions { aids: arguments.aids.aids(), timebase: arguments.timebase };
    let finished = plugin::run_with(options, &conditions, &mut host, &mut |event, _| progress.watch(event));
    progress.finish();
    Ok(finished?)
}

/// The machine of the bench that is asked for.
///
/// # Errors
/// It is a Mac.
pub fn bench(arguments: &Run) -> Result<Box<dyn Machine>, Error> {
    let none = || Error::Usage("--machine macos loads and loops; for this, take hosted or vm".to_owned());
    machine(arguments.machine.bench().ok_or_else(none)?)
}

/// A machine, not yet switched on.
pub fn machine(choice: Choice) -> Result<Box<dyn Machine>, Error> {
    Ok(match choice {
        Choice::Hosted => Box::new(Hosted::of_this_program(HOSTED)?),
        Choice::Vm => Box::new(Vm::new(places::guest()?)?),
    })
}

fn say(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the report")
}

/// Wall-clock times, one run a line.
fn write_timings(arguments: &Run, all: &[Timings]) -> anyhow::Result<()> {
    let Some(path) = &arguments.timings else { return Ok(()) };
    let mut text = String::new();
    for timings in all {
        text += &serde_json::to_string(timings).context("cannot put the timings into JSON")?;
        text.push('\n');
    }
    Ok(output::write_all(path, text.as_bytes())?)
}

/// What is asked for, with a scenario in the place of what `--scenario` says.
pub fn options(arguments: &Run, scenario: &Scenario) -> anyhow::Result<Options> {
    let soaked = if *scenario == Scenario::Soak { arguments.hours.unwrap_or(DAY) } else { Duration::ZERO };
    let task = match scenario {
        Scenario::Load => Task::Load,
        Scenario::Soak => Task::Soak(Soak {
            rate: arguments.rate.unwrap_or(RATE),
            seconds: soaked.as_secs(),
            io_frames: arguments.io_frames,
        }),
        Scenario::Named(name) => Task::Named((*name).to_owned()),
        // Those of several, and those of files, are not asked for here.
        Scenario::Loop | Scenario::All | Scenario::BuiltIn(_) | Scenario::File(_) => {
            let output = recording(arguments)?;
            Task::Loop { input: arguments.input.clone(), output, io_frames: arguments.io_frames, through: None }
        }
    };
    let chosen = arguments.bundle.as_ref().or(arguments.kext.as_ref());
    let kext = chosen.cloned().map_or_else(places::kext, Ok)?;
    Ok(Options {
        kext,
        libraries: arguments.libraries.clone(),
        os: arguments.os.unwrap_or(Release::V10_9),
        seed: arguments.seed,
        boot_args: arguments.boot_args.clone(),
        timeout: arguments.timeout.unwrap_or(if arguments.aids.debug {
            DAY.as_secs()
        } else {
            TIMEOUT + soaked.as_secs() / MACHINE_SPEED
        }),
        task,
    })
}

fn recording(arguments: &Run) -> anyhow::Result<PathBuf> {
    if let Some(chosen) = &arguments.output {
        return Ok(chosen.clone());
    }
    let usual = places::recording();
    if let Some(folder) = usual.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    }
    Ok(usual)
}

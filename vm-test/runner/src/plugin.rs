//! A run of a user-space driver from its bundle to the report.

mod bundle;

use std::path::Path;
use std::time::{Duration, Instant};

use protocol::event::Event;
use protocol::job::Loop;
use protocol::plugin::{PlugInJob, PlugInScenario};
use protocol::share::Kind;

pub use self::bundle::{Bundle, is_plugin};
use crate::Error;
use crate::conduct::conduct;
use crate::machine::Machine;
use crate::report::{KextName, Sound, Subject, Timings, looped};
use crate::run::{DEVICE_CHANNELS, Finished, Options, Task, Work, millis, subject, told_of};
use crate::samples::to_bytes;
use crate::share::{Part, Share};

/// Timebase of Macs with Intel's processors, which the driver's part for x86_64 runs on.
const TIMEBASE: (u32, u32) = (1, 1);

/// Runs a user-space driver on the machine that is its host; `watch` sees every event as it comes.
///
/// # Errors
/// Wrong usage, something missing, or a step of ours that failed. Whatever the driver does is a report.
pub fn run(options: &Options, machine: &mut dyn Machine, watch: &mut dyn FnMut(&Event)) -> Result<Finished, Error> {
    let begin = Instant::now();
    let work = match &options.task {
        Task::Load | Task::Named(_) | Task::Measure(_) => None,
        Task::Loop { input, output, io_frames } => Some(Work::prepare(input.as_deref(), output, *io_frames)?),
        other => {
            let name = other.name();
            return Err(Error::Usage(format!(
                "scenario {name} is for kexts; user-space drivers have load, loop, B1, B2, S5 and fuzz"
            )));
        }
    };
    let input = work.as_ref().map(|work| Sound::of(work.input_name.clone(), &work.played));
    let subject = Subject { input, is_plugin: true, os: String::new(), ..subject(options, machine.name()) };
    let whole = |begin: Instant| millis(begin.elapsed());
    let bundle = match Bundle::read(&options.kext) {
        Ok(bundle) => bundle,
        Err(Error::Refused(message)) => {
            let timings = Timings { power_on_to_started: None, machine: None, whole: whole(begin) };
            return Ok(Finished { report: subject.refused(message), sounds: None, timings, unwritten: None });
        }
        Err(other) => return Err(other),
    };
    let share = share(&bundle, options, work.as_ref(), machine.share_base())?;
    let told = conduct(machine, &share, Duration::from_secs(options.timeout), watch)?;
    let (until_started, machine_time) = (told.until_started, told.whole);
    let heard = match (work, looped(&told.events)) {
        (Some(work), Some(looped)) => Some(work.hear(looped, &share)?),
        _ => None,
    };
    let (heard, sounds, unwritten) = told_of(heard);
    let name = KextName { identifier: bundle.identifier, version: bundle.version };
    let report = subject.told(name, told, options.timeout, heard);
    let timings = Timings {
        power_on_to_started: until_started.map(millis),
        machine: Some(millis(machine_time)),
        whole: whole(begin),
    };
    Ok(Finished { report, sounds, timings, unwritten })
}

/// Writes the job and everything that belongs to it into shared memory.
fn share(bundle: &Bundle, options: &Options, work: Option<&Work>, base: u64) -> Result<Share, Error> {
    let job = PlugInJob {
        name: bundle.name.clone(),
        identifier: bundle.identifier.clone(),
        factory: bundle.factory.clone(),
        seed: options.seed,
        timebase: TIMEBASE,
        scenario: match (&options.task, work) {
            (Task::Named(name), _) => PlugInScenario::Named(name.clone()),
            (Task::Measure(which), _) => PlugInScenario::Measure(*which),
            (_, Some(work)) => PlugInScenario::Loop(work.loop_.clone()),
            (_, None) => PlugInScenario::Load,
        },
    };
    let (job, input) = (job.to_bytes(), work.map_or_else(Vec::new, |work| to_bytes(&work.input)));
    let mut parts = vec![
        Part::of(Kind::Job, &job),
        Part::of(Kind::Info, &bundle.info),
        Part::of(Kind::Executable, &bundle.executable),
    ];
    if let Some(work) = work {
        parts.push(Part::of(Kind::Input, &input));
        parts.push(Part { kind: Kind::Output, bytes: &[], length: output_bytes(&work.loop_) });
    }
    Share::new(base, &parts)
}

fn output_bytes(loop_: &Loop) -> u64 {
    loop_.recorded_frames() * u64::from(DEVICE_CHANNELS) * 4
}

/// A bundle's file name without its extension.
fn name(path: &Path) -> Option<String> {
    Some(path.canonicalize().ok()?.file_stem()?.to_string_lossy().into_owned())
}

//! A run of a user-space driver from its bundle to the report.

mod bundle;

use std::path::Path;
use std::time::{Duration, Instant};

use protocol::event::Event;
use protocol::plugin::{PlugInJob, PlugInScenario};
use protocol::share::Kind;

pub use self::bundle::{Bundle, is_plugin};
use crate::Error;
use crate::conduct::conduct;
use crate::ear::{Ear, Watch};
use crate::machine::Machine;
use crate::output;
use crate::report::{KextName, Report, Sound, Subject, Timings, looped};
use crate::run::{Aids, Finished, Options, Task, Work, millis, subject, told_of, traced};
use crate::samples::to_bytes;
use crate::share::{Part, Room, Share};

/// Timebase of Macs with Intel's processors, which the driver's part for x86_64 runs on.
const TIMEBASE: (u32, u32) = (1, 1);

/// Runs a user-space driver on the machine that is its host; `watch` sees every event as it comes.
///
/// # Errors
/// Wrong usage, something missing, or a step of ours that failed. Whatever the driver does is a report.
pub fn run(options: &Options, machine: &mut dyn Machine, watch: &mut dyn FnMut(&Event)) -> Result<Finished, Error> {
    run_with(options, &Conditions::default(), machine, &mut |event, _| watch(event))
}

/// What else a run of a user-space driver can have.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// What helps to see what it does: the trace.
    pub aids: Aids,
    /// What a tick of the mach absolute clock is, `numer / denom` nanoseconds, if not as on Macs with Intel's processors.
    pub timebase: Option<(u32, u32)>,
}

/// The same under conditions, and `watch` hears the recording of a loop grow.
///
/// # Errors
/// As for [`run`]; the trace cannot be written.
pub fn run_with(
    options: &Options,
    conditions: &Conditions,
    machine: &mut dyn Machine,
    watch: &mut Watch<'_>,
) -> Result<Finished, Error> {
    if let Some(wanted) = &conditions.aids.trace {
        output::check(&wanted.path)?;
    }
    let begin = Instant::now();
    let work = match &options.task {
        Task::Load | Task::Named(_) | Task::Measure(_) => None,
        // Each has a host of its own.
        Task::Scripts(scripts) if scripts.len() == 1 => None,
        Task::Loop { input, output, io_frames, through } => {
            Some(Work::prepare(input.as_deref(), output, *io_frames, through.as_ref())?)
        }
        other => {
            let name = other.name();
            return Err(Error::Usage(format!(
                "{name} is for kexts; what user-space drivers have is in `loopflower scenarios`"
            )));
        }
    };
    let input = work.as_ref().map(|work| Sound::of(work.input_name.clone(), &work.played));
    let subject = Subject { input, is_plugin: true, os: String::new(), ..subject(options, machine.name()) };
    let whole = |begin: Instant| millis(begin.elapsed());
    let bundle = match Bundle::read(&options.kext) {
        Ok(bundle) => bundle,
        Err(Error::Refused(message)) => {
            let timings = Timings { whole: whole(begin), ..Timings::default() };
            return Ok(Finished { report: subject.refused(message), sounds: None, timings, unwritten: None });
        }
        Err(other) => return Err(other),
    };
    let share = share(&bundle, options, conditions, work.as_ref(), machine.room())?;
    let mut ear = work.as_ref().map(|work| Ear::new(&share, work.loop_.channels));
    let mut watch = |event: &Event| watch(event, &ear.as_mut().map_or_else(Vec::new, |ear| ear.hear(event)));
    let told = conduct(machine, &share, Duration::from_secs(options.timeout), &mut watch)?;
    let (until_started, machine_time) = (told.until_started, told.whole);
    let (traced, untraced) = traced(&conditions.aids, &share);
    let heard = match (work, looped(&told.events)) {
        (Some(work), Some(looped)) => Some(work.hear(looped, &share)?),
        _ => None,
    };
    let (heard, sounds, unwritten) = told_of(heard);
    let name = KextName { identifier: bundle.identifier, version: bundle.version };
    let report = Report { trace: traced, ..subject.told(name, told, options.timeout, heard) };
    let timings = Timings {
        power_on_to_started: until_started.map(millis),
        machine: Some(millis(machine_time)),
        whole: whole(begin),
        io_cycle: None,
    };
    Ok(Finished { report, sounds, timings, unwritten: untraced.or(unwritten) })
}

/// Writes the job and everything that belongs to it into shared memory.
fn share(
    bundle: &Bundle,
    options: &Options,
    conditions: &Conditions,
    work: Option<&Work>,
    room: Room,
) -> Result<Share, Error> {
    let job = PlugInJob {
        name: bundle.name.clone(),
        identifier: bundle.identifier.clone(),
        factory: bundle.factory.clone(),
        seed: options.seed,
        timebase: conditions.timebase.unwrap_or(TIMEBASE),
        scenario: match (&options.task, work) {
            (Task::Named(name), _) => PlugInScenario::Named(name.clone()),
            (Task::Measure(which), _) => PlugInScenario::Measure(*which),
            (Task::Scripts(scripts), _) if scripts.len() == 1 => PlugInScenario::Script(scripts[0].clone()),
            (_, Some(work)) => PlugInScenario::Loop { parameters: work.loop_.clone(), device: work.device() },
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
        parts.push(Part { kind: Kind::Output, bytes: &[], length: work.output_bytes() });
    }
    if conditions.aids.trace.is_some() {
        parts.push(Part { kind: Kind::Trace, bytes: &[], length: protocol::trace::CAPACITY });
    }
    Share::new(room, &parts)
}

/// A bundle's file name without its extension.
fn name(path: &Path) -> Option<String> {
    Some(path.canonicalize().ok()?.file_stem()?.to_string_lossy().into_owned())
}

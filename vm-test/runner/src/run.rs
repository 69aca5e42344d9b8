//! A run from options to report.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use abi::Release;
use abi::pack::Pack;
use protocol::event::{Event, Looped};
use protocol::fail::FailEach;
use protocol::job::{Job, Kext, Loop, Request, Scenario};
use protocol::measure::Measurement;
use protocol::proof::{Soak, Sweep};
use protocol::script::Script;
use protocol::share::Kind;

use crate::bundle::Bundle;
use crate::conduct::conduct;
use crate::debug::Guide;
use crate::ear::{Ear, Watch};
use crate::judge::{Judgement, Recording};
use crate::machine::Machine;
use crate::report::{KextName, Report, Sound, Subject, Timings, looped, take_timed};
use crate::samples::{from_bytes, to_bytes};
use crate::share::{Part, Room, Share};
use crate::stand_in::with_stand_ins;
use crate::trace::{self, Traced, Wanted};
use crate::wav::{self, Audio};
use crate::{Error, output};

/// Channels of the device's streams; mono is played into both.
pub(crate) const DEVICE_CHANNELS: u16 = 2;

/// The recording that ships with the project.
const SAMPLE: &[u8] = include_bytes!("../samples/strings.wav");
/// What it is called in reports.
const SAMPLE_NAME: &str = "the sample recording";

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bundle.
    pub kext: PathBuf,
    /// Bundles of libraries that it may need; one with the identifier of a component takes the component's place.
    pub libraries: Vec<PathBuf>,
    /// The release to load it on.
    pub os: Release,
    /// Seed of every choice that the machine makes.
    pub seed: u64,
    /// The kernel's boot arguments; "" for none.
    pub boot_args: String,
    /// Wall-clock time after which the machine is stopped, in seconds.
    pub timeout: u64,
    /// What to do.
    pub task: Task,
}

/// What to do with the kext once it is loaded.
#[derive(Clone, Debug)]
pub enum Task {
    /// Start what matches, unload, count.
    Load,
    /// Run the program of this name of the crate `scenarios`; the machine must have one.
    Named(String),
    /// Run scenarios that were read from files; [`crate::scripts::run_scripts`] does it.
    Scripts(Vec<Script>),
    /// Make requests of the kext's root service and of what is below it, and say what the registry holds then.
    Requests(Vec<Request>),
    /// Have several clients play and record for a long time, and check every frame.
    Soak(Soak),
    /// Loop sound through one device at many rates and IO buffer sizes.
    Sweep(Sweep),
    /// Have every call fail that may, one after the other.
    FailEach(FailEach),
    /// Take a measurement, of a kext or of a user-space driver.
    Measure(Measurement),
    /// The same with a sound looped through an engine, or a user-space driver's device.
    Loop {
        /// What to play; the sample recording if `None`.
        input: Option<PathBuf>,
        /// Where to put what came back.
        output: PathBuf,
        /// Frames of one IO cycle.
        io_frames: u32,
        /// Through which; the first, with two channels, if `None`.
        through: Option<Through>,
    },
}

/// The device that a sound is looped through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// Its UID.
    pub uid: String,
    /// Channels of its streams. What comes back has as many; a sound with fewer goes to the first ones, a mono one to the first two.
    pub channels: u16,
}

impl Task {
    /// "load", "loop", "requests" or the scenario's name.
    pub fn name(&self) -> &str {
        match self {
            Task::Requests(_) => "requests",
            Task::Load => "load",
            Task::Loop { .. } => "loop",
            Task::Soak(_) => "soak",
            Task::Sweep(_) => "sweep",
            Task::FailEach(_) => "fail-each",
            Task::Measure(_) => "measure",
            Task::Named(name) => name,
            Task::Scripts(scripts) => scripts.first().map_or("scripts", |script| &script.name),
        }
    }
}

/// What helps to see what a kext does.
#[derive(Clone, Debug, Default)]
pub struct Aids {
    /// Record the calls over the kext's boundary.
    pub trace: Option<Wanted>,
    /// Time the IO cycles of a loop.
    pub timed: bool,
    /// Stop before each kext starts, and say by this how a debugger is attached.
    pub debug: Option<fn(&str)>,
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// The report.
    pub report: Report,
    /// What was played and what came back, if a loop came to its end.
    pub sounds: Option<Sounds>,
    /// Wall-clock times.
    pub timings: Timings,
    /// Why a file that was wanted beside the report could not be written.
    pub unwritten: Option<Error>,
}

/// Both sounds of a loop, with the channels of the input file.
#[derive(Clone, Debug)]
pub struct Sounds {
    /// What was played.
    pub played: Audio,
    /// What came back at its place.
    pub returned: Audio,
}

/// Runs a kext on a machine; `watch` sees every event as it comes.
///
/// # Errors
/// Wrong usage, something missing, or a step of ours that failed. Whatever the kext or the machine does is a report.
pub fn run(options: &Options, machine: &mut dyn Machine, watch: &mut dyn FnMut(&Event)) -> Result<Finished, Error> {
    run_with(options, &Aids::default(), machine, &mut |event, _| watch(event))
}

/// As [`run`], with aids, and `watch` hears the recording of a loop grow.
///
/// # Errors
/// As for [`run`]. What cannot be written in the end is in [`Finished::unwritten`]: the report is not lost for that.
pub fn run_with(
    options: &Options,
    aids: &Aids,
    machine: &mut dyn Machine,
    watch: &mut Watch<'_>,
) -> Result<Finished, Error> {
    let begin = Instant::now();
    if let Some(wanted) = &aids.trace {
        output::check(&wanted.path)?;
    }
    let work = match &options.task {
        Task::Loop { input, output, io_frames, through } => {
            let mut work = Work::prepare(input.as_deref(), output, *io_frames, through.as_ref())?;
            work.loop_.timed = aids.timed;
            Some(work)
        }
        _ => None,
    };
    let input = work.as_ref().map(|work| Sound::of(work.input_name.clone(), &work.played));
    let subject = Subject { input, ..subject(options, machine.name()) };
    let (bundle, libraries) = match bundles(options) {
        Ok(bundles) => bundles,
        Err(Error::Refused(message)) => {
            let timings = Timings { whole: millis(begin.elapsed()), ..Timings::default() };
            return Ok(Finished { report: subject.refused(message), sounds: None, timings, unwritten: None });
        }
        Err(other) => return Err(other),
    };
    let kext = name_of(&bundle);
    let guide = Guide::new(aids.debug, machine, [&bundle].into_iter().chain(&libraries))?;
    let share = share(options, aids, bundle, libraries, work.as_ref(), machine.room())?;
    let mut ear = work.as_ref().map(|work| Ear::new(&share, work.loop_.channels));
    let mut watch = |event: &Event| {
        guide.hear(event);
        watch(event, &ear.as_mut().map_or_else(Vec::new, |ear| ear.hear(event)));
    };
    let mut told = conduct(machine, &share, Duration::from_secs(options.timeout), &mut watch)?;
    let (until_started, machine_time) = (told.until_started, told.whole);
    let io_cycle = take_timed(&mut told.events);
    let (traced, untraced) = traced(aids, &share);
    let heard = match (work, looped(&told.events)) {
        (Some(work), Some(looped)) => Some(work.hear(looped, &share)?),
        _ => None,
    };
    let (heard, sounds, unstored) = told_of(heard);
    let report = Report { trace: traced, ..subject.told(kext, told, options.timeout, heard) };
    let timings = Timings {
        power_on_to_started: until_started.map(millis),
        machine: Some(millis(machine_time)),
        whole: millis(begin.elapsed()),
        io_cycle,
    };
    Ok(Finished { report, sounds, timings, unwritten: untraced.or(unstored) })
}

/// The report of a run for which `machine` could not be had, or not be made ready.
pub fn kept(options: &Options, machine: &str, why: &Error) -> Report {
    // Which release it has is not known.
    let subject = Subject { os: String::new(), ..subject(options, machine) };
    let not_used = matches!(why, Error::Missing(_)).then(|| why.to_string());
    Report { not_used, ..subject.refused(why.to_string()) }
}

/// What is run, as reports say it.
pub(crate) fn subject(options: &Options, machine: &str) -> Subject {
    Subject {
        machine: machine.to_owned(),
        os: options.os.name().to_owned(),
        seed: options.seed,
        scenario: options.task.name().to_owned(),
        is_script: matches!(options.task, Task::Scripts(_)),
        is_plugin: false,
        bundle: shown(&options.kext),
        input: None,
    }
}

/// The kext, and the libraries that go with it.
pub(crate) fn bundles(options: &Options) -> Result<(Bundle, Vec<Bundle>), Error> {
    let bundle = Bundle::read(&options.kext)?;
    let libraries: Result<Vec<Bundle>, Error> = options.libraries.iter().map(|path| Bundle::read(path)).collect();
    Ok((bundle, libraries?))
}

/// A kext's name for reports.
pub(crate) fn name_of(bundle: &Bundle) -> KextName {
    KextName { identifier: bundle.kext.identifier.clone(), version: bundle.kext.version.clone() }
}

/// The shared memory of a job that needs nothing but the kext.
pub(crate) fn plain_share(
    options: &Options,
    aids: &Aids,
    bundle: Bundle,
    libraries: Vec<Bundle>,
    room: Room,
) -> Result<Share, Error> {
    share(options, aids, bundle, libraries, None, room)
}

/// Writes the job and everything that belongs to it into shared memory.
fn share(
    options: &Options,
    aids: &Aids,
    bundle: Bundle,
    libraries: Vec<Bundle>,
    work: Option<&Work>,
    room: Room,
) -> Result<Share, Error> {
    let pack = pack(options.os, &bundle, &libraries)?;
    let (libraries, executables): (Vec<Kext>, Vec<Vec<u8>>) =
        libraries.into_iter().map(|library| (library.kext, library.executable)).unzip();
    let job = Job {
        os: options.os.name().to_owned(),
        seed: options.seed,
        scenario: match (&options.task, work) {
            (Task::Named(name), _) => Scenario::Named(name.clone()),
            (Task::Scripts(scripts), _) => Scenario::Scripts(scripts.clone()),
            (Task::Requests(requests), _) => Scenario::Requests(requests.clone()),
            (Task::Soak(soak), _) => Scenario::Soak(soak.clone()),
            (Task::Sweep(sweep), _) => Scenario::Sweep(sweep.clone()),
            (Task::FailEach(part), _) => Scenario::FailEach(part.clone()),
            (Task::Measure(which), _) => Scenario::Measure(*which),
            (_, Some(work)) => Scenario::Loop { parameters: work.loop_.clone(), device: work.device() },
            (_, None) => Scenario::Load,
        },
        boot_args: options.boot_args.clone(),
        kext: bundle.kext,
        libraries,
    };
    let job = job.to_bytes();
    let mut parts =
        vec![Part::of(Kind::Job, &job), Part::of(Kind::Pack, &pack), Part::of(Kind::Executable, &bundle.executable)];
    parts.extend(executables.iter().map(|executable| Part::of(Kind::Library, executable)));
    let input: Vec<u8> = work.map_or_else(Vec::new, |work| to_bytes(&work.input));
    if let Some(work) = work {
        parts.push(Part::of(Kind::Input, &input));
        parts.push(Part { kind: Kind::Output, bytes: &[], length: work.output_bytes() });
    }
    let signatures = aids.trace.as_ref().map(|_| {
        let all: Vec<&[u8]> = [&bundle.executable].into_iter().chain(&executables).map(Vec::as_slice).collect();
        trace::signatures(options.os, &all).to_bytes()
    });
    if let Some(signatures) = &signatures {
        parts.push(Part::of(Kind::Signatures, signatures));
        parts.push(Part { kind: Kind::Trace, bytes: &[], length: protocol::trace::CAPACITY });
    }
    if aids.debug.is_some() {
        parts.push(Part::of(Kind::Debug, &[0]));
    }
    Share::new(room, &parts)
}

/// The pack of a release, without the components whose place a library takes, and with stand-ins for families of hardware.
fn pack(os: Release, kext: &Bundle, libraries: &[Bundle]) -> Result<Vec<u8>, Error> {
    let whole = abi::pack::build(os);
    let failed = |why| Error::Failed(format!("the pack of {os}: {why}"));
    let kexts: Vec<&Bundle> = libraries.iter().chain([kext]).collect();
    let whole = if libraries.is_empty() {
        whole
    } else {
        let pack = Pack::from_bytes(&whole).map_err(failed)?;
        pack.without(|component| libraries.iter().any(|library| library.kext.identifier == component)).to_bytes()
    };
    let extended = with_stand_ins(&Pack::from_bytes(&whole).map_err(failed)?, &kexts);
    Ok(extended.unwrap_or(whole))
}

/// Writes the machine's trace down, if one is wanted; what was written, or why it could not be.
pub(crate) fn traced(aids: &Aids, share: &Share) -> (Option<Traced>, Option<Error>) {
    match aids.trace.as_ref().map(|wanted| written(wanted, share)).transpose() {
        Ok(traced) => (traced, None),
        Err(why) => (None, Some(why)),
    }
}

fn written(wanted: &Wanted, share: &Share) -> Result<Traced, Error> {
    let header = share.read(Kind::Trace, protocol::trace::HEADER as u64)?;
    let (used, _) = protocol::trace::extent(&header);
    let region = share.read(Kind::Trace, used.saturating_add(header.len() as u64))?;
    trace::write(wanted, shown(&wanted.path), &region)
}

/// What a report says of what was heard, what a picture shows of it, and why it could not be written.
pub(crate) fn told_of(heard: Option<Heard>) -> (Option<(Judgement, Sound)>, Option<Sounds>, Option<Error>) {
    heard.map_or((None, None, None), |heard| {
        (Some((heard.judgement, heard.output)), Some(heard.sounds), heard.unwritten)
    })
}

/// A loop to be done.
pub(crate) struct Work {
    pub(crate) input_name: String,
    pub(crate) played: Audio,
    /// What the device gets: interleaved, with the device's channels.
    pub(crate) input: Vec<f32>,
    output: PathBuf,
    through: Option<Through>,
    pub(crate) loop_: Loop,
}

/// What came of it.
pub(crate) struct Heard {
    pub(crate) judgement: Judgement,
    pub(crate) output: Sound,
    pub(crate) sounds: Sounds,
    /// Why the output file could not be written.
    pub(crate) unwritten: Option<Error>,
}

impl Work {
    pub(crate) fn prepare(
        input: Option<&Path>,
        output: &Path,
        io_frames: u32,
        through: Option<&Through>,
    ) -> Result<Work, Error> {
        let (input_name, played) = match input {
            Some(path) => (shown(path), wav::load(path)?),
            None => (SAMPLE_NAME.to_owned(), wav::decode(SAMPLE).map_err(Error::Failed)?),
        };
        output::check(output)?;
        let channels = through.map_or(DEVICE_CHANNELS, |through| through.channels);
        let input = spread(&played, usize::from(channels));
        let frames = played.frames() as u64;
        let loop_ = Loop { rate: played.rate, channels: u32::from(channels), frames, io_frames, timed: false };
        Ok(Work { input_name, played, input, output: output.to_owned(), through: through.cloned(), loop_ })
    }

    /// The UID of the device, if it is not the first.
    pub(crate) fn device(&self) -> Option<String> {
        self.through.as_ref().map(|through| through.uid.clone())
    }

    /// Room for what is recorded.
    pub(crate) fn output_bytes(&self) -> u64 {
        self.loop_.recorded_frames() * u64::from(self.loop_.channels) * 4
    }

    /// Reads what came back, judges it, and writes the output file if it can be.
    pub(crate) fn hear(self, looped: &Looped, share: &Share) -> Result<Heard, Error> {
        let channels = self.loop_.channels as usize;
        let length = looped.recorded.saturating_mul(channels as u64 * 4);
        let recorded = from_bytes(&share.read(Kind::Output, length)?);
        let recording =
            Recording { played: &self.input, recorded: &recorded, channels, expected_at: Recording::place(looped) };
        let judgement = recording.judge();
        // Of the first device a file of as many channels as the input; what was played into both is checked in both above.
        let kept = self.through.as_ref().map_or(self.played.channels, |through| through.channels);
        let frames = recording.returned().chunks_exact(channels);
        let samples = frames.flat_map(|frame| frame.iter().take(kept.into())).copied().collect();
        let returned = Audio { rate: self.played.rate, channels: kept, samples };
        let unwritten = wav::store(&self.output, &returned).err();
        let output = Sound::of(shown(&self.output), &returned);
        Ok(Heard { judgement, output, sounds: Sounds { played: self.played, returned }, unwritten })
    }
}

/// A sound for a device of so many channels: what is mono goes to the first two, and channels that the sound lacks are silent.
fn spread(sound: &Audio, channels: usize) -> Vec<f32> {
    let frame = |frame: &[f32]| {
        let wide = if let [mono] = *frame { vec![mono; 2] } else { frame.to_vec() };
        wide.into_iter().chain(std::iter::repeat(0.0)).take(channels).collect::<Vec<_>>()
    };
    sound.samples.chunks_exact(sound.channels.into()).flat_map(frame).collect()
}

/// A path as people see it: below the folder they are in without that folder.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

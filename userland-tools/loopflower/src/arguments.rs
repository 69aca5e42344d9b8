//! The command line.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use abi::Release;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use verbs::devices::Devices;
pub use verbs::{EXIT_CODES, Format, releases};

use crate::hosted;

/// Runs audio kexts off-Mac, and says what they do
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Load a kext, loop a sound through its first audio engine, and compare what comes back bit for bit
    Run(Run),
    /// List, show, add, remove and change the driver's devices while it runs
    Devices(Devices),
    #[command(flatten)]
    Sound(verbs::sound::Verb),
    /// List the scenarios: what is checked on any loopback kext, and what each shows
    Scenarios {
        /// Form of the list on standard output
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Loop sound through devices of every shape: rates, IO buffer sizes, channels and formats
    Sweep(crate::sweep::Arguments),
    /// Ask the driver for what nobody means, seed after seed
    Fuzz(crate::fuzz::Arguments),
    /// Tell what the kernel's interface is, and what of it the bench has
    Kpi {
        #[command(subcommand)]
        verb: crate::kpi::Kpi,
    },
    /// Tell how to get at the system's audio on a release: what works there, what it needs, and what it cannot do
    CaptureAdvice(verbs::research::CaptureAdvice),
    /// Tell what an installation of the drivers needs on a release: signature, approval, restart, place
    Install(verbs::research::Install),
    /// Measure two drivers, in the kernel or in user space, by one yardstick
    Compare(crate::compare::Arguments),
    /// Put names to the addresses of kexts in a panic's text
    Symbolicate(crate::symbolicate::Arguments),
    /// Show what a kext and the kernel call of each other, as a page; or compare two traces
    Trace(Box<crate::trace::Views>),
    /// Look at the Macs and guests that runs are for
    Vm {
        #[command(subcommand)]
        verb: crate::mac::Verb,
    },
    /// Be the hosted machine for the job in a memory file
    #[cfg(target_os = "linux")]
    #[command(name = HOSTED, hide = true)]
    Machine {
        /// The memory file
        share: PathBuf,
    },
    /// Carry out a run on a Mac
    #[command(name = CARRIER, hide = true)]
    Carrier {
        /// The memory file; what the run is comes on standard input
        share: PathBuf,
    },
    /// Be the host of a user-space driver for the job in a memory file
    #[cfg(target_os = "linux")]
    #[command(name = PLUGIN_HOST, hide = true)]
    PlugInHost {
        /// The memory file
        share: PathBuf,
    },
    /// Be the host of a program for Macs that uses the devices of a user-space driver
    #[cfg(target_os = "linux")]
    #[command(name = PROGRAM_HOST, hide = true)]
    ProgramHost(crate::program::Host),
}

/// The hidden subcommand behind which the hosted machine is.
pub const HOSTED: &str = "__machine";
/// The hidden subcommand behind which a run on a Mac is carried out.
pub const CARRIER: &str = "__mac";
/// The hidden subcommand behind which the host of user-space drivers is.
pub const PLUGIN_HOST: &str = "__plugin-host";

/// The hidden subcommand behind which the host of programs for Macs is.
#[cfg(target_os = "linux")]
pub const PROGRAM_HOST: &str = "__program-host";

/// Arguments of `loopflower run`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Run {
    /// The machine that runs the kext: QEMU at ring 0, a process at native speed, or a Mac or macOS guest
    #[arg(long, value_enum, default_value_t = AnyMachine::Vm)]
    pub machine: AnyMachine,

    /// The Mac of --machine macos: ssh://USER@HOST, a file of targets, FILE#NAME, or a name (or all) of loopflower-targets.toml;
    /// may be given several times
    #[arg(long = "target", value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Of several targets, in the order of their names, the I-th and every N-th after it: a part for each job of a CI matrix
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "targets")]
    pub shard: Option<(usize, usize)>,

    /// Targets at a time; those that are one machine wait for each other
    #[arg(short, long, value_name = "N", default_value = "1", requires = "targets")]
    pub jobs: NonZeroUsize,

    /// The release whose kernel the kext is loaded into [default: 10.9; for --machine macos whatever the Mac has]
    #[arg(long, value_name = "RELEASE", value_parser = releases())]
    pub os: Option<Release>,

    /// The kext, as --kext, or a user-space driver (NAME.driver), for which there is a host in place of a machine
    #[arg(value_name = "BUNDLE", conflicts_with = "kext")]
    pub bundle: Option<PathBuf>,

    /// The kext [default: our own]
    #[arg(long, value_name = "BUNDLE")]
    pub kext: Option<PathBuf>,

    /// A kext that the kext may need, once for each; IOAudioFamily.kext takes the place of the built-in one
    #[arg(long = "library", value_name = "BUNDLE")]
    pub libraries: Vec<PathBuf>,

    /// What to play: 8 to 32-bit integer or 32-bit float, mono or stereo, 44100 to 192000 Hz [default: the sample recording]
    #[arg(long, value_name = "WAV")]
    pub input: Option<PathBuf>,

    /// Where to put what comes back, as 32-bit float [default: run/loop.wav in the target folder]
    #[arg(long, value_name = "WAV")]
    pub output: Option<PathBuf>,

    /// Seed of every choice the machine makes; the same seed gives the same report
    #[arg(long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,

    /// The kernel's boot arguments, as in --boot-args="-loopflowerdbg -v"
    #[arg(long, value_name = "ARGUMENTS", default_value = "", allow_hyphen_values = true)]
    pub boot_args: String,

    /// Seconds of wall-clock time after which the machine is stopped [default: 60, and 60 for each hour of a soak]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,

    /// What to do: a name of `loopflower scenarios`, or a scenario file (its path has a / or ends with .scenario); may be given
    /// several times, and files one after the other run in one boot of a machine
    #[arg(long, value_name = "SCENARIO", default_value = "loop", value_parser = scenarios())]
    pub scenario: Vec<Scenario>,

    /// Instead of a scenario: have each call to the kernel fail that may, one after the other, in a life of the kext (load, IO,
    /// changes, sleep, unload), and say what the kext does not survive; with =N only every N-th
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1",
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = [
            "scenario", "input", "output", "io_frames", "rate", "hours", "timings", "trace", "trace_filter", "debug",
        ])]
    pub fail_each: Option<u32>,

    /// Frames of one IO cycle
    #[arg(long, value_name = "FRAMES", default_value_t = 512, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub io_frames: u32,

    /// Rate of a soak in Hz [default: 44100]
    #[arg(long, value_name = "HZ", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(8000..=768_000))]
    pub rate: Option<u32>,

    /// Virtual hours of a soak [default: 24]
    #[arg(long, value_name = "HOURS", allow_negative_numbers = true, value_parser = hours)]
    pub hours: Option<Duration>,

    /// For a user-space driver: D ticks of the host's clock are N nanoseconds, as 125/3 on Apple silicon [default: 1/1]
    #[arg(long, value_name = "N/D", value_parser = timebase)]
    pub timebase: Option<(u32, u32)>,

    #[command(flatten)]
    pub aids: crate::aids::Arguments,

    /// Form of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Also write wall-clock timings, as JSON; the report itself has none
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Machine {
    /// QEMU, ring 0
    Vm,
    /// A child process
    Hosted,
}

/// A machine that `run` can use: one of the bench, or a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnyMachine {
    /// QEMU, ring 0
    Vm,
    /// A child process
    Hosted,
    /// A Mac over ssh, or a macOS guest that is booted for the run; see --target
    Macos,
}

impl AnyMachine {
    /// The machine of the bench that it is; `None` for a Mac.
    pub fn bench(self) -> Option<Machine> {
        match self {
            AnyMachine::Vm => Some(Machine::Vm),
            AnyMachine::Hosted => Some(Machine::Hosted),
            AnyMachine::Macos => None,
        }
    }
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Play a sound and record it, then unload.
    Loop,
    /// Start what matches, then unload.
    Load,
    /// Have several clients play and record for a long time.
    Soak,
    /// All that are listed, one after the other.
    All,
    /// One that is listed.
    Named(&'static str),
    /// A file that comes with the project, and is listed.
    BuiltIn(&'static str),
    /// A file.
    File(PathBuf),
}

/// The scenarios that stand for themselves, with what they do.
const OWN: [(&str, &str, Scenario); 4] = [
    ("loop", "Play a sound and record it, then unload", Scenario::Loop),
    ("load", "Start what matches, then unload", Scenario::Load),
    ("soak", "Two clients play and three record for --hours at --rate, and every frame is checked", Scenario::Soak),
    (
        "all",
        "Run all that `loopflower scenarios` lists, each in a machine of its own, and its files in one",
        Scenario::All,
    ),
];

fn scenarios() -> impl TypedValueParser<Value = Scenario> {
    ScenarioParser
}

/// The scenarios that are no files, with what they show: those of kexts, then those that only user-space drivers have.
pub fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_kexts = scenarios::ALL.iter().map(|scenario| (scenario.name, scenario.shows));
    of_kexts.chain(only_of_plugins().map(|scenario| (scenario.name, scenario.shows)))
}

/// The scenarios that only user-space drivers have.
pub fn only_of_plugins() -> impl Iterator<Item = &'static hosted::Scenario> {
    let is_of_kexts = |name: &str| scenarios::ALL.iter().any(|known| known.name == name);
    hosted::SCENARIOS.iter().filter(move |scenario| !is_of_kexts(scenario.name))
}

/// Takes the names of scenarios, and paths of files.
#[derive(Clone)]
struct ScenarioParser;

impl ScenarioParser {
    fn names() -> impl Iterator<Item = PossibleValue> {
        let own = OWN.iter().map(|(name, help, _)| PossibleValue::new(*name).help(*help));
        let listed = listed().map(|(name, _)| name);
        let built_in = scenarios::FILES.iter().map(|file| file.name);
        own.chain(listed.chain(built_in).map(|name| PossibleValue::new(name).hide(true)))
    }

    fn named(name: &str) -> Result<Scenario, String> {
        let own = OWN.iter().find(|(own, ..)| *own == name).map(|(.., scenario)| scenario.clone());
        let listed = || listed().find(|(listed, _)| *listed == name).map(|(listed, _)| Scenario::Named(listed));
        let built_in = || scenarios::FILES.iter().find(|file| file.name == name).map(|it| Scenario::BuiltIn(it.name));
        own.or_else(listed).or_else(built_in).ok_or_else(|| {
            let names: Vec<PossibleValue> = Self::names().collect();
            let right = script::right(name, &names.iter().map(PossibleValue::get_name).collect::<Vec<_>>());
            format!(
                "{right}; `loopflower scenarios` says what each is, and a file's path has a / or ends with .scenario"
            )
        })
    }
}

impl TypedValueParser for ScenarioParser {
    type Value = Scenario;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Scenario, clap::Error> {
        let path = Path::new(value);
        if path.extension().is_some_and(|extension| extension == "scenario") || path.components().nth(1).is_some() {
            return Ok(Scenario::File(path.to_owned()));
        }
        StringValueParser::new().try_map(|name| Self::named(&name)).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Self::names()))
    }
}

/// A seed.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// Two numbers that are not 0.
fn timebase(text: &str) -> Result<(u32, u32), String> {
    let (numer, denom) = text.split_once('/').ok_or("it must be two numbers with a / between them, as 125/3")?;
    let read = |text: &str| text.parse().ok().filter(|number| (1..=1_000_000_000).contains(number));
    read(numer).zip(read(denom)).ok_or_else(|| "both numbers must be 1 to 1000000000".to_owned())
}

/// A part, from 1, and how many parts there are.
fn shard(text: &str) -> Result<(usize, usize), String> {
    let (part, parts) = text.split_once('/').ok_or("it must be two numbers with a / between them, as 1/4")?;
    let read = |text: &str| text.parse().ok();
    let both: Option<(usize, usize)> = read(part).zip(read(parts));
    both.filter(|(part, parts)| (1..=*parts).contains(part))
        .ok_or_else(|| "the first number must be 1 to the second, as 1/4 to 4/4".to_owned())
}

/// A number of hours, a second at least and at most a week.
fn hours(text: &str) -> Result<Duration, String> {
    const WEEK: f64 = 168.0;
    let hours: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    let time = Duration::try_from_secs_f64(hours * 3600.0).map_err(|why| why.to_string())?;
    if time.as_secs() > 0 && hours <= WEEK { Ok(time) } else { Err(format!("it must be 1/3600 to {WEEK}")) }
}

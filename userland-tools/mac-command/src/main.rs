//! The `loopflower` command as a Mac has it: the verbs of the crate `verbs`. The bench is for Linux, and its verbs say so.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};
use core_audio::CoreAudio;
use files::Error;
use verbs::devices::{Around, Devices, Machine};
use verbs::research::{CaptureAdvice, Diff, Install, Search, Show, Timeline};
use verbs::sound::{Live, Where};
use verbs::{EXIT_CODES, audit, research, sound};

/// The bench's verbs, which only the command on Linux has.
const OF_THE_BENCH: [&str; 9] =
    ["run", "scenarios", "sweep", "fuzz", "compare", "symbolicate", "trace", "vm", "coverage"];

/// Loopback audio devices on this Mac, and what is known of the interfaces behind them
#[derive(Debug, Parser)]
#[command(name = "loopflower", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List, show, add, remove and change the driver's devices while it runs
    Devices(Devices),
    #[command(flatten)]
    Sound(sound::Verb),
    /// Measure of a device what a comparison of drivers takes from programs: latency, bit-exactness, formats, properties
    Measure(sound::Measure),
    /// Tell what the kernel's interface is
    Kpi {
        #[command(subcommand)]
        verb: Kpi,
    },
    /// Tell how to get at the system's audio on a release: what works there, what it needs, and what it cannot do
    CaptureAdvice(CaptureAdvice),
    /// Tell what an installation of the drivers needs on a release: signature, approval, restart, place
    Install(Install),
    /// A verb of the bench
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Debug, Subcommand)]
enum Kpi {
    /// Show what is known of a symbol, a class or one of its members: signature, vtable slot, layout, releases, component,
    /// deprecation
    Show(Show),
    /// Tell what came, went and moved from one release to another: exports, classes, slots, fields, sizes, deprecation
    Diff(Diff),
    /// Find symbols, classes, constants and registry keys by a part of their names
    Search(Search),
    /// Tell what a kext uses, where that exists, and on which releases it links by their own linkers' rules; or what a user-space
    /// driver is made of
    Audit(audit::Audit),
    /// Tell what was deprecated, signed, approved and installed how, release by release
    Timeline(Timeline),
    /// A verb of the bench
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

fn main() -> ExitCode {
    // clap ends with 2 for wrong usage by itself.
    let done = match Arguments::parse().verb {
        Verb::Devices(arguments) => on_this_mac(&arguments),
        Verb::Sound(verb) => verb.carry_out(hal),
        Verb::Measure(arguments) => sound::measure(&arguments, &Live(Box::new(CoreAudio::open()))),
        Verb::Kpi { verb } => kpi(&verb),
        Verb::CaptureAdvice(arguments) => research::capture_advice(&arguments),
        Verb::Install(arguments) => research::install(&arguments),
        Verb::Other(words) => elsewhere(&words),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loopflower: {error:#}");
            ExitCode::from(verbs::exit_code(&error).unwrap_or(1))
        }
    }
}

fn kpi(verb: &Kpi) -> anyhow::Result<bool> {
    match verb {
        Kpi::Show(arguments) => research::show(arguments),
        Kpi::Diff(arguments) => research::diff(arguments),
        Kpi::Search(arguments) => research::search(arguments),
        Kpi::Audit(arguments) => audit::audit(arguments, None),
        Kpi::Timeline(arguments) => research::timeline(arguments),
        Kpi::Other(words) => elsewhere(words),
    }
}

fn on_this_mac(arguments: &Devices) -> anyhow::Result<bool> {
    let bench = |machine, _: &_, _: &_| bail!(no_bench(if machine == Machine::Vm { "vm" } else { "hosted" }));
    verbs::devices::run(arguments, &Around { bench: &bench, settings: Path::new("devices.plist") })
}

/// This Mac's HAL.
fn hal(place: &Where) -> anyhow::Result<Live> {
    match place.machine() {
        sound::Machine::Mac => Ok(Live(Box::new(CoreAudio::open()))),
        sound::Machine::Hosted => bail!(no_bench("hosted")),
        sound::Machine::Vm => bail!(no_bench("vm")),
    }
}

/// What to say of a machine that is not here.
fn no_bench(machine: &str) -> Error {
    Error::Missing(format!("--machine {machine} is a machine of the bench, which runs on Linux; here there is mac"))
}

/// What to say of a verb that is not here.
fn elsewhere(words: &[OsString]) -> anyhow::Result<bool> {
    let name = words.first().map_or_else(String::new, |word| word.to_string_lossy().into_owned());
    if OF_THE_BENCH.contains(&name.as_str()) {
        bail!(Error::Missing(format!("{name} is a verb of the bench, which runs on Linux; type it there")));
    }
    bail!(Error::Usage(format!("there is no verb {name}; see loopflower --help")))
}

//! The arguments of `loopflower devices`.

use std::path::PathBuf;

use abi::Release;
use clap::{Args, Subcommand, ValueEnum};

use crate::{EXIT_CODES, Format, releases};

const BENCH: &str = "\
A machine of the bench lives for one command only. Every command starts it, brings its devices by requests to what they were \
after the last one, and notes what they are at its end in a file beside the settings; `restart` forgets that, as a restart of \
a Mac does.";

/// Arguments of `loopflower devices`.
#[derive(Debug, Args)]
#[command(after_help = [BENCH, "\n\n", EXIT_CODES].concat())]
pub struct Devices {
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Where the driver is.
    #[command(flatten)]
    pub place: Place,
}

/// Where the driver is, and how to answer.
#[derive(Debug, Args)]
pub struct Place {
    /// Where the driver runs: this Mac, or a machine of the bench [default: mac on a Mac, hosted elsewhere]
    #[arg(long, value_enum, global = true)]
    pub machine: Option<Machine>,

    /// The saved settings [default: on a Mac /Library/Preferences/org.loopflower.driver.plist, elsewhere run/devices.plist in
    /// the target folder]
    #[arg(long, value_name = "FILE", global = true)]
    pub settings: Option<PathBuf>,

    /// Form of what is said on standard output
    #[arg(long, value_enum, global = true, default_value_t = Format::Human)]
    pub format: Format,

    /// On the bench: make requests as a plain user, who is to be refused
    #[arg(long, global = true)]
    pub as_user: bool,

    /// On the bench: the kext [default: our own]
    #[arg(long, value_name = "BUNDLE", global = true)]
    pub kext: Option<PathBuf>,

    /// On the bench: a kext that the kext may need, once for each; IOAudioFamily.kext takes the place of the built-in one
    #[arg(long = "library", value_name = "BUNDLE", global = true)]
    pub libraries: Vec<PathBuf>,

    /// On the bench: the release whose kernel the kext is loaded into
    #[arg(long, value_name = "RELEASE", global = true, default_value = "10.9", value_parser = releases(), hide_possible_values = true)]
    pub os: Release,

    /// On the bench: seconds of wall-clock time after which the machine is stopped
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// Where the driver runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Machine {
    /// The driver that runs on this Mac
    Mac,
    /// A child process
    Hosted,
    /// QEMU, ring 0
    Vm,
}

/// Verbs of `loopflower devices`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the devices
    List,
    /// Show all about a device: what it is defined as, its controls, its statistics
    Show {
        /// The device's UID
        uid: String,
    },
    /// Add a device while the others go on
    Add(Definition),
    /// Remove a device; programs that use it see it go
    Remove {
        /// The device's UID
        uid: String,
    },
    /// Change a device's definition or its controls, all that is named or nothing
    #[command(after_help = SET)]
    Set {
        /// The device's UID
        uid: String,
        /// What to change; a key without a value takes its default
        #[arg(value_name = "KEY=VALUE", required = true, value_parser = pair)]
        changes: Vec<(String, String)>,
    },
    /// Save the devices and their controls, for `restore`
    Save,
    /// Make the devices what was saved: remove, change and add as needed. A launchd job does it when a Mac starts
    Restore,
    /// Forget what was saved
    Reset,
    /// Restart a machine of the bench and restore what was saved
    Restart,
}

const SET: &str = "\
Keys of the definition: Name Channels Rates Formats RingFrames Latency SafetyOffset Hidden CanBeDefault ChannelControls; when one \
changes, the device is replaced and programs that use it see it go and come back.
Controls: volume, gain (decibels or silence), mute, input-mute (on, off), clock-source (host, adjustable), pitch (per cent); those \
of one channel have its number behind a point, as in volume.2=-6";

/// A device's definition.
#[derive(Debug, Args)]
pub struct Definition {
    /// What users see
    #[arg(long)]
    pub name: String,
    /// What tells the device from all others [default: made from the name]
    #[arg(long)]
    pub uid: Option<String>,
    /// Channels of its output and of its input
    #[arg(long)]
    pub channels: u64,
    /// Frames a second, the first to begin with [default: all that the channels allow]
    #[arg(long, value_name = "RATE,RATE")]
    pub rates: Option<String>,
    /// Physical formats, the first to begin with: Float32, Int16, Int24, Int24In32, Int32 [default: all]
    #[arg(long, value_name = "FORMAT,FORMAT")]
    pub formats: Option<String>,
    /// Frames of its ring
    #[arg(long, value_name = "FRAMES")]
    pub ring_frames: Option<u64>,
    /// Frames of latency that it declares
    #[arg(long, value_name = "FRAMES")]
    pub latency: Option<u64>,
    /// Frames that programs keep from the clock's position
    #[arg(long, value_name = "FRAMES")]
    pub safety_offset: Option<u64>,
    /// Leave it out of lists of devices
    #[arg(long)]
    pub hidden: bool,
    /// It cannot be a default device
    #[arg(long)]
    pub no_default: bool,
    /// Whether each channel has controls of its own [default: yes up to 64 channels]
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
    pub channel_controls: Option<String>,
}

/// Splits KEY=VALUE.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE is wanted, as in Name=Studio or volume=-6".to_owned()),
    }
}

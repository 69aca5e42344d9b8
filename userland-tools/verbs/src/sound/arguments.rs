//! The arguments of the verbs that play and record.

use std::path::PathBuf;

use abi::Release;
use clap::{Args, ValueEnum};

use crate::{EXIT_CODES, Format, releases};

const WAV: &str = "WAV files are of 8 to 32-bit integer or 32-bit float samples, mono or stereo, 44100 to 192000 Hz; what is \
                   recorded is 32-bit float. A device is set to the rate of what is played.";

/// Arguments of `loopflower play`.
#[derive(Debug, Args)]
#[command(after_help = [WAV, "\n\n", EXIT_CODES].concat())]
pub struct Play {
    /// What to play
    #[arg(value_name = "WAV")]
    pub sound: PathBuf,

    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// Arguments of `loopflower record`.
#[derive(Debug, Args)]
#[command(after_help = [WAV, "\n\n", EXIT_CODES].concat())]
pub struct Record {
    /// Where to put what is recorded
    #[arg(value_name = "WAV")]
    pub output: PathBuf,

    /// What is recorded
    #[command(flatten)]
    pub heard: Heard,
}

/// Arguments of `loopflower monitor`.
#[derive(Debug, Args)]
#[command(after_help = [WAV, "\n\n", EXIT_CODES].concat())]
pub struct Monitor {
    /// What is looked at
    #[command(flatten)]
    pub heard: Heard,
}

/// What is heard from a device.
#[derive(Debug, Args)]
pub struct Heard {
    /// How long [default: as long as what is played; without it `monitor` on a Mac goes on until interrupted]
    #[arg(long, value_parser = seconds)]
    pub seconds: Option<f64>,

    /// Play this into the same device meanwhile; a recording begins where it is heard
    #[arg(long, value_name = "WAV")]
    pub play: Option<PathBuf>,

    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// Arguments of `loopflower route`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Route {
    /// Name or UID of the device that is recorded
    pub from: String,

    /// Name or UID of the device that it is played into; it is set to the rate of the other
    pub to: String,

    /// How long [default: until interrupted]
    #[arg(long, value_parser = seconds)]
    pub seconds: Option<f64>,

    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// Arguments of `loopflower measure`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Measure {
    /// The device's name or UID [default: the first of Loopflower's]
    #[arg(long, value_name = "NAME|UID")]
    pub device: Option<String>,

    /// Form of what is said on standard output; as JSON a reading a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Where the device is, and how to answer.
#[derive(Debug, Args)]
pub struct Where {
    /// Where the device is: on this Mac, or on a machine of the bench [default: mac on a Mac, hosted elsewhere]
    #[arg(long, value_enum)]
    pub machine: Option<Machine>,

    /// The device's name or UID [default: on a Mac the first of Loopflower's, on the bench the driver's first]
    #[arg(long, value_name = "NAME|UID")]
    pub device: Option<String>,

    /// Frames of one IO cycle
    #[arg(long, value_name = "FRAMES", default_value_t = 512, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub io_frames: u32,

    /// On the bench: the kext or user-space driver [default: our own]
    #[arg(long, value_name = "BUNDLE")]
    pub driver: Option<PathBuf>,

    /// On the bench: the release whose kernel the kext is loaded into
    #[arg(long, value_name = "RELEASE", default_value = "10.9", value_parser = releases(), hide_possible_values = true)]
    pub os: Release,

    /// Form of what is said on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Machine {
    /// A device of this Mac
    Mac,
    /// A child process
    Hosted,
    /// QEMU, ring 0
    Vm,
}

impl Where {
    /// The machine, asked for or usual.
    pub fn machine(&self) -> Machine {
        self.machine.unwrap_or(if cfg!(target_os = "macos") { Machine::Mac } else { Machine::Hosted })
    }
}

/// A time that a recording may take.
fn seconds(text: &str) -> Result<f64, String> {
    /// What a machine of the bench has memory for, at the highest rate.
    const LONGEST: f64 = 600.0;
    let seconds: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    if (0.01..=LONGEST).contains(&seconds) { Ok(seconds) } else { Err(format!("it must be 0.01 to {LONGEST}")) }
}

//! What is measured of a driver, whether it runs in the kernel or in user space: one definition for both.
//!
//! ```text
//!  Measurement ──► clock, exactness, … ──► Driver, Client: what a HAL does with a driver
//!                        │                   ├ a kext:    the crate `scenarios`, over the crate `host`
//!                        ▼                   └ a plug-in: the crate `plugin-host`
//!                     Reading
//! ```
//!
//! What a dimension means stands with its definition in the crate `compare`; here is how its figure comes to be.
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "frames, times and sample values that floats hold exactly")]

extern crate alloc;

mod change;
mod clock;
mod cost;
mod driver;
mod exactness;
mod fault;
mod formats;
mod functions;
mod heard;
mod hygiene;
mod late;
mod leave;
mod line;
mod listeners;
mod memory;
mod offers;
mod recovery;
mod ring;
mod round_trip;
pub mod signal;
mod surface;
mod sync;
pub mod tape;
mod writers;

use alloc::string::String;
use alloc::vec::Vec;

pub use driver::{
    Client, Counted, Device, Done, Driver, Format, Late, Memory, Offers, Property, Remains, Request, Seen, Setting,
    Sink, Source, Spec, Stamp, Surface,
};
use protocol::cost::Injected;
use protocol::measure::{Cause, Measurement, Reading};

/// Frames of an IO cycle, as the HAL has them unless somebody asks for others.
const IO_FRAMES: u32 = 512;

/// Why a measurement has no figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A step failed that has to succeed on every driver.
    Failed(String),
    /// The driver lacks what is measured, and may.
    DoesNotApply(String),
    /// The machine cannot, whatever the driver.
    NotMeasured(String),
}

impl Stop {
    /// What there is to say of dimensions that have no figures for it.
    pub fn readings(self, dimensions: &[&str]) -> Vec<Reading> {
        let (cause, text) = match self {
            Stop::Failed(text) => (Cause::WrongAnswer, text),
            Stop::DoesNotApply(text) => (Cause::DoesNotApply, text),
            Stop::NotMeasured(text) => (Cause::NotMeasured, text),
        };
        dimensions.iter().map(|dimension| Reading::without(dimension, cause, text.as_str())).collect()
    }
}

impl From<String> for Stop {
    fn from(text: String) -> Stop {
        Stop::Failed(text)
    }
}

impl From<&str> for Stop {
    fn from(text: &str) -> Stop {
        Stop::Failed(text.into())
    }
}

/// Takes a measurement: a reading of each of its dimensions.
pub fn take(measurement: Measurement, driver: &mut impl Driver) -> Vec<Reading> {
    let taken = match measurement {
        Measurement::Clock => clock::measure(driver),
        Measurement::Recovery => recovery::measure(driver),
        Measurement::Latency => round_trip::measure(driver),
        Measurement::LateWrites => late::measure(driver),
        Measurement::Sync => sync::measure(driver),
        Measurement::Exactness => exactness::measure(driver),
        Measurement::RingEnd => ring::measure(driver),
        Measurement::Offers => offers::measure(driver),
        Measurement::UnderRun => hygiene::under_run(driver),
        Measurement::Writers => writers::measure(driver),
        Measurement::Restart => hygiene::restart(driver),
        Measurement::Cost => cost::measure(driver),
        Measurement::Formats => formats::measure(driver),
        Measurement::Change => change::while_running(driver),
        Measurement::Refusal => change::refused(driver),
        Measurement::Sleep => leave::sleep(driver),
        Measurement::Unplug => leave::unplug(driver),
        Measurement::Memory => memory::measure(driver),
        Measurement::Surface => surface::measure(driver),
        Measurement::Listeners => listeners::measure(driver),
        Measurement::Anew => fault::anew(driver),
        Measurement::Fault => fault::strike(driver, Injected::Null, "fault-reach"),
        Measurement::Breakpoint => fault::strike(driver, Injected::Breakpoint, "debugger-reach"),
        Measurement::Hang => fault::strike(driver, Injected::Hang, "hang-recovery"),
    };
    taken.unwrap_or_else(|stop| stop.readings(measurement.dimensions()))
}

/// The first device that loops.
fn first(driver: &impl Driver) -> Result<Device, Stop> {
    let devices = driver.devices()?;
    devices.into_iter().next().ok_or_else(|| "no device has both an input and an output stream".into())
}

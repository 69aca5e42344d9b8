//! The loopback driver's decisions: clock, ring plan, configuration.
//!
//! Nothing here knows a kernel, owns sample memory or touches a sample. The driver asks, the engine answers with times and
//! with plans, and the mover carries the plans out.
//!
//! ```text
//! IOAudioFamily              driver                  engine                    mover
//!   performAudioEngineStart ─► now ─────────────────► start: anchor, wake time
//!   timer ──────────────────► now ─────────────────► next_lap: each lap's time, wake time
//!   clipOutputSamples ──────► now, first, frames ──► begin_write: plan ─────► mix buffer → ring
//!                             done ────────────────► end_write: mark
//!   convertInputSamples ────► now, first, frames ──► begin_read: plan ──────► ring → client's buffer
//!                             done ────────────────► end_read: overwritten meanwhile ► silence
//! ```
//!
//! # Absolute frames
//! IOAudioFamily names frames by their place in the ring (0 … ring length) and tells no loop. Inside of the engine every
//! frame has an absolute number that never returns: a start of the engine moves the numbers ahead by more than a ring
//! instead of setting them back, so whatever an earlier run left in the ring is too old to be valid, and a call that
//! overlaps a stop and a start cannot confuse the new run.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, loom))]
extern crate std;

pub mod clock;
mod clockwork;
pub mod config;
pub mod controls;
pub mod definition;
mod fader;
pub mod format;
pub mod level;
mod loopback;
#[cfg(all(test, loom))]
mod orders;
pub mod path;
pub mod plan;
pub mod property;
mod ring;
mod sync;
pub mod timeline;

pub use clockwork::{Lap, MAX_LATE_LAPS, Source, Started, ZeroTimeStamp};
pub use loopback::{Engine, EngineError};
pub use ring::RangeError;

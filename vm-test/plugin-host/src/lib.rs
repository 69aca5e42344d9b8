//! The host of user-space drivers: loads a `.driver` bundle's Mach-O into this process as dyld does, serves the libraries that
//! it imports, and plays the HAL with it.
//!
//! ```text
//!  runner                          child process
//!    │ memory file ──────────────► job, Info.plist, executable; output writable
//!    │                             loader:    maps it, binds it to libraries, runs initializers
//!    │                             libraries: libSystem, CoreFoundation, Accelerate, by symbol; what is missing is a
//!    │                                        place that nobody can touch, so a use of it stops with its name
//!    │                             hal:       factory, Initialize, properties, clients, IO cycles
//!    │ ◄── standard output ─────── event lines
//!    │ SIGUSR1 (why does it hang?) signals
//! ```
//!
//! A process has one driver and one thread; time is virtual. Objects of CoreFoundation are numbers that nothing can be read at,
//! so that a driver that uses one after it was released, or takes it apart, is told so by name.

#![allow(non_upper_case_globals, reason = "C names in patterns")]
#![allow(clippy::cast_precision_loss, reason = "frames and rates, which floats hold exactly, and what C converts so")]

mod cf;
pub mod hal;
pub mod libraries;
mod loader;
mod measured;
mod memory;
mod program;
mod run;
mod scenarios;
mod script;
mod share;
mod signals;
mod trace;
mod world;

pub use program::{Entry, Plugin, Run, run_program};
pub use run::hosted_main;
pub use scenarios::{ALL as SCENARIOS, Scenario};
pub use script::fits;

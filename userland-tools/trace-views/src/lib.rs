//! Views of a trace that `loopflower run --trace FILE.jsonl` wrote (`runner::trace` says what is in it).
//!
//! A driver runs in virtual time, in which code takes none: many calls happen at one instant. Views therefore count by the
//! order of events, and say the time beside it.
#![forbid(unsafe_code)]

mod cycle;
mod difference;
mod error;
mod files;
mod numbers;
mod page;
mod read;
mod tally;
mod trace;
mod words;

pub use cycle::{Cycle, cycle};
pub use difference::{Difference, difference};
pub use error::Error;
pub use numbers::Numbers;
pub use read::read;
pub use tally::{Edge, Function, edges, functions};
pub use trace::{Call, Step, Thread, Trace, Way};

//! The result and the report of a comparison of two audio drivers.
//!
//! This crate knows nothing of machines: it takes what was measured of two subjects ([`Reading`]s of the dimensions that
//! [`definitions`] defines), gives each dimension its verdict, and says so in every form that is read.
#![forbid(unsafe_code)]

mod comparison;
pub mod definitions;
mod error;
mod figure;
mod verdict;

pub use comparison::{Comparison, Dimension, Kind, Reading, SCHEMA, Subject};
pub use definitions::{Better, Definition, Group};
pub use error::Error;
pub use figure::{Axis, Cause, Detail, Figure, Finding, Series, Shape};
pub use verdict::Verdict;

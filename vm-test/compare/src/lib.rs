//! The result and the report of a comparison of two audio drivers.
//!
//! This crate knows nothing of machines: it takes what was measured of two subjects ([`Reading`]s of the dimensions that
//! [`definitions`] defines), gives each dimension its verdict, and says so in every form that is read.
//!
//! ```text
//! readings of A ─┐               ┌─ result.json ──┬─ regression of an older and a newer one
//!                ├─ Comparison ──┼─ raw/*.csv     │
//! readings of B ─┘               ├─ index.html    │
//!                                └─ table for the terminal
//! ```
#![forbid(unsafe_code)]

pub mod claims;
mod comparison;
pub mod definitions;
mod error;
mod figure;
mod files;
mod html;
mod number;
mod regression;
mod terminal;
mod verdict;

pub use comparison::{Comparison, Dimension, Kind, Reading, SCHEMA, Subject};
pub use definitions::{Better, Definition, Group};
pub use error::Error;
pub use figure::{Axis, Cause, Detail, Figure, Finding, Series, Shape};
pub use html::page;
pub use regression::{Change, Direction, regression};
pub use terminal::{changes, table};
pub use verdict::Verdict;

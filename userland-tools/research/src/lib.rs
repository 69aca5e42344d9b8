//! The research desk: what the deprecated interfaces of kernel audio drivers are, where they exist, and what takes their place.
//!
//! All of it is read from tables: those of the crate `abi`, and those in this crate's `data/`, which the README describes. An
//! answer is a value that serializes to the JSON of the command and displays as its text; nothing here reads or writes files,
//! but that [`audit`] reads bundles.
#![forbid(unsafe_code)]

pub mod advice;
pub mod audit;
pub mod diff;
mod error;
pub mod install;
pub mod map;
mod names;
mod nearest;
pub mod notes;
pub mod pages;
mod place;
pub mod search;
mod sheet;
pub mod show;
pub mod steps;
mod text;
pub mod timeline;
mod version;

pub use error::Error;
pub use place::Place;
pub use sheet::Source;

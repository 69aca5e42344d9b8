//! Compares what the bench's sources say by name with the facts.
//!
//! A KPI function's name, a method looked up in a vtable and a field's offset are literals in the sources of `kpi` and
//! `ioaudio`; a wrong one would only show when a kext comes by. Here the sources are read ([`source`]), and the tests look
//! every literal up in the packs and tables of all claimed releases.
#![forbid(unsafe_code)]

pub mod calls;
pub mod fields;
pub mod registered;
pub mod releases;
pub mod signatures;
pub mod source;

//! What the runner and a machine say to each other.
//!
//! ```text
//!  runner                          shared memory                       machine (hosted or vm)
//!    │ writes job, pack, kext, input ──► [header | regions …] ──► reads      │
//!    │                                                                       │ runs
//!    │ ◄──────────── event lines (JSON, one a line, `end` is the last) ──────┤
//!    │ reads the output region ◄──────── [        | output  ] ◄── writes     │
//! ```
//!
//! Bulk data never crosses the line; a machine that falls silent without `end` has failed.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod cost;
pub mod event;
pub mod fail;
pub mod job;
pub mod measure;
pub mod plugin;
pub mod proof;
pub mod script;
pub mod share;
pub mod trace;
pub mod value;

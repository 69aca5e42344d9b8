//! What user space does on a Mac, inside a machine: kextd's part (load, match, unload) and the HAL's part (user clients,
//! IO cycles). Scenarios are made of it.
//!
//! ```text
//!  job ──► Bench: boot kernel, load kext, match ──► Engine, Stream, Control: what the kext published
//!            │                                          │
//!            │                                       Client: open, register buffers, start, IO thread, stop, close
//!            ▼                                          │
//!          unload, count what is left ◄─────────────────┘
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod bench;
mod buffer;
mod census;
pub mod client;
pub mod clock;
pub mod control;
pub mod doors;
pub mod engine;
mod epoch;
pub mod format;
pub mod hal;
mod kexts;
pub mod listener;
mod nub;
pub mod root;
pub mod stop;
pub mod stream;

pub use bench::{Bench, Shared};
pub use client::Client;
pub use control::Control;
pub use engine::Engine;
pub use format::{Format, Rate};
pub use hal::Spec;
pub use root::Root;
pub use stop::Stop;
pub use stream::Stream;

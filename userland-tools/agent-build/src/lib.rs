//! Builds `loopflower-agent`, and holds what was built against its table of calls.
//!
//! ```text
//!   agent (Rust) ── cargo, core rebuilt ── ld64.lld ── start ── check ── loopflower-agent
//!   calls.tsv ───── stubs ───────────────────┘           │        │
//!                    LC_MAIN becomes LC_UNIXTHREAD ──────┘        └── imports, load commands, processor
//! ```
#![forbid(unsafe_code)]

pub mod calls;
pub mod check;
pub mod start;

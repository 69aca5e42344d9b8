//! The ring-0 machine: a guest for QEMU's microvm.
//!
//! ```text
//!  power-on ──► boot (32 bit → long mode) ──► start: memory, segments, exceptions, timer ──► job on the main stack
//!                                                          event lines ──► debug console, exit ──► debug-exit port
//! ```
//!
//! Built with `RUSTC_BOOTSTRAP=1 cargo build --release -p guest --target x86_64-unknown-linux-none
//! -Zbuild-std=core,alloc -Zbuild-std-features=compiler-builtins-mem`; how it is started is in the README.md of this crate.
#![cfg_attr(ring0, no_std, no_main)]

#[cfg(ring0)]
extern crate alloc;

#[cfg(ring0)]
mod boot;
#[cfg(ring0)]
mod bytes;
#[cfg(ring0)]
mod devices;
#[cfg(ring0)]
mod exceptions;
#[cfg(ring0)]
mod frames;
#[cfg(ring0)]
mod heap;
#[cfg(ring0)]
mod machine;
#[cfg(ring0)]
mod paging;
#[cfg(ring0)]
mod segments;
#[cfg(ring0)]
mod selftest;
#[cfg(ring0)]
mod share;
#[cfg(ring0)]
mod start;
#[cfg(ring0)]
mod timer;

/// On any other target the guest is of no use.
#[cfg(not(ring0))]
fn main() -> std::process::ExitCode {
    eprintln!("guest: this runs in QEMU only; `cargo xtask build` builds it for x86_64-unknown-linux-none");
    std::process::ExitCode::from(2)
}

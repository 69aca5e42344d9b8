//! Sets `cfg(ring0)` and the linker script when built for the guest's target.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(ring0)");
    println!("cargo::rerun-if-changed=guest.ld");
    if variable("TARGET") != "x86_64-unknown-linux-none" {
        return;
    }
    // A RUSTFLAGS variable would replace the flags in .cargo/config.toml, and the guest would fail in ways hard to see.
    if !variable("CARGO_ENCODED_RUSTFLAGS").contains("no-redzone=yes") {
        println!("cargo::error=the guest needs the flags of .cargo/config.toml: build it with RUSTFLAGS unset");
    }
    let script = Path::new(&variable("CARGO_MANIFEST_DIR")).join("guest.ld");
    println!("cargo::rustc-cfg=ring0");
    println!("cargo::rustc-link-arg-bins=--script={}", script.display());
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

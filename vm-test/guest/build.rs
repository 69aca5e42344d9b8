//! Sets `cfg(ring0)` and the linker script when built for the guest's target.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(ring0)");
    println!("cargo::rerun-if-changed=guest.ld");
    if env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-none") {
        let script = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("guest.ld");
        println!("cargo::rustc-cfg=ring0");
        println!("cargo::rustc-link-arg-bins=--script={}", script.display());
    }
}

//! Links any bytes, and the tests' good kext edited by them, on every release: `cargo +nightly fuzz run link`.
#![no_main]

#[allow(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../tests/kit/mod.rs"]
mod kit;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    kit::probe(data);
    kit::probe(&kit::edited(data));
});

//! The ring-0 machine: a guest for QEMU.

fn main() {}

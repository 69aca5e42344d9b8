//! The rules of the kernel linkers, a broken kext for each, and what each release's linker says.

#[path = "../kit/mod.rs"]
mod kit;

mod case;
mod good;
mod hostile;
mod s10_fixups;
mod s10_releases;
mod s1_file;
mod s2_segments;
mod s3_symbols;
mod s4_relocations;
mod s5_s6_start;
mod s7_vtables;
mod static_check;

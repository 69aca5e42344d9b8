//! The rules of the kernel linkers, one broken kext for each.

#[path = "../kit/mod.rs"]
mod kit;

mod good;

//! Audits of kexts that the tests build.
#![forbid(unsafe_code)]

mod broken;
mod kexts;
mod parts;
mod releases;

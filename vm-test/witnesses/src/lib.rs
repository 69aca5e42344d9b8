//! Kexts with a defect each: witnesses that the bench sees what it must see.
//!
//! A witness is a source in `kexts/`, or our own kext with a planted defect ([`plant`]). The first comment of a source says
//! what the bench must report ([`expect`]). The tests build them, load them on both machines and compare.
//!
//! The witness for scenarios is a loopback driver, in `kexts/loopback`, that can be built with each of [`build::DEFECTS`]: on
//! each of them the scenario of that name must fail, and on the driver without any all must hold.
//!
//! In `kexts/family` is an IOAudioFamily of our own ([`family`]), which takes the place of the bench's.
#![forbid(unsafe_code)]

pub mod build;
pub mod corpus;
pub mod expect;
pub mod family;
pub mod plant;
pub mod witness;

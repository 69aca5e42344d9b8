//! The interface between the HAL and a user-space driver (AudioServerPlugIn), C names kept: codes of classes, properties
//! and operations in [`code`], structures and tables of functions in [`interface`], UUIDs in [`uuid`].
//!
//! Declarations only. Both sides are built from them: our own driver, and the host that loads other people's; the tests hold
//! them against the sizes and offsets that the published interface has on x86_64 and arm64.
#![no_std]
#![forbid(unsafe_code)]
#![allow(non_upper_case_globals, reason = "C names kept")]
#![allow(non_snake_case, reason = "C names kept")]

#[cfg(test)]
extern crate std;

pub mod code;
pub mod interface;
pub mod uuid;

/// What functions of the interface return: 0 or one of [`code::status`].
pub type OSStatus = i32;
/// Names an object of a driver.
pub type AudioObjectID = u32;
/// The object that all of the HAL's own properties are of, for programs.
pub const kAudioObjectSystemObject: AudioObjectID = 1;

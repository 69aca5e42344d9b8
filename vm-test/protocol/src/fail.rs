//! Systematic failure: every call of a kext to a function that may fail, failing in turn.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What a machine is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailEach {
    /// The functions that may fail, by Mach-O name, and what each returns then.
    pub fallible: Vec<(String, u64)>,
    /// The first case, counted from 0, and the distance to the next one: several machines share the cases.
    pub first: u32,
    /// See [`FailEach::first`]; at least 1.
    pub step: u32,
}

/// One call that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Case {
    /// Its number, counted from 0 in the order of functions, chains and calls.
    pub number: u32,
    /// Mach-O name of the kernel's function that fails.
    pub function: String,
    /// The places in the kext, innermost first: "Loopflower`_lf_start + 0x12".
    pub chain: Vec<String>,
    /// Which call from there fails, counted from 1.
    pub call: u64,
    /// How many calls come from there when none fails.
    pub calls: u64,
}

/// What is said once all cases of a machine were done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sites {
    /// Sites that the kext comes by when nothing fails.
    pub sites: u32,
    /// Cases there are for them, for all machines together.
    pub cases: u32,
}

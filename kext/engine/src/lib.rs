//! The loopback driver's decisions: clock, ring plan, configuration.
#![no_std]

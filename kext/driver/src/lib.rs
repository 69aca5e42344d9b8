//! The static library that the shims call.
#![no_std]

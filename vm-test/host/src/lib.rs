//! The part of kextd and of the HAL: loads kexts, drives engines.
#![no_std]

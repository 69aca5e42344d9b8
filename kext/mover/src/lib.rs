//! Carries out the engine's plans on raw memory.
#![no_std]

//! IOAudioFamily.
#![no_std]

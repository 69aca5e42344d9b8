//! Raw bindings to the kernel's C interfaces, names kept.
#![no_std]

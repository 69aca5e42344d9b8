//! Safe no_std layer over the kernel's C interfaces.
#![no_std]

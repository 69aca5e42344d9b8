//! The HAL's part: what coreaudiod does with a driver.

mod client;
mod device;
mod driver;
mod host;
mod properties;

pub(crate) use client::{Client, Cycles};
pub(crate) use device::Device;
pub(crate) use driver::Driver;

//! The HAL's part: what coreaudiod does with a driver.

mod client;
mod device;
mod driver;
mod host;
mod properties;

pub(crate) use client::{Client, Cycles};
pub(crate) use device::{Device, FORMAT, PLUG_IN};
pub(crate) use driver::Driver;
pub(crate) use host::{has_requests, take_notices, tell};
pub(crate) use properties::global as address_of;

//! The HAL's part: what coreaudiod does with a driver.

mod client;
mod device;
mod driver;
mod host;
pub(crate) mod notices;
pub(crate) mod properties;

pub(crate) use client::{Client, Cycles};
pub(crate) use device::{Device, PLUG_IN};
pub(crate) use driver::Driver;
pub(crate) use host::{forget, has_requests, spoil_storage, stored, take_notices, tell};
pub(crate) use properties::global as address_of;

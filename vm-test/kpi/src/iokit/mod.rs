//! IOKit: the registry, services and their matching, work loops and event sources.
//!
//! Virtual methods are always called through the object's vtable, for a kext may override them. Fields that headers let a
//! subclass see lie in the object; everything else is kept beside it.

pub mod arbitration;
pub mod buffer;
pub mod busy;
pub mod catalogue;
pub mod command_pool;
pub mod condition_lock;
pub mod config;
pub mod connection;
pub mod data_queue;
pub mod device_memory;
pub mod dma;
pub mod eventsource;
pub mod gate;
pub mod interest;
pub mod interrupt;
pub mod interrupt_source;
pub mod iolib;
pub mod ioreturn;
pub mod keys;
pub mod matching;
pub mod memory;
pub mod memory_parts;
pub mod message;
pub mod names;
pub mod notify;
pub mod open;
pub mod path;
pub mod physical;
pub mod plane;
pub mod power;
pub mod power_policy;
pub mod properties;
pub mod registry;
pub mod registry_iterator;
pub mod resources;
pub mod returns;
pub mod service;
pub mod sleep_wake;
pub mod state;
pub mod task;
pub mod terminate;
pub mod timer;
pub mod userclient;
pub mod userclient_async;
mod userclient_older;
pub mod workloop;

use crate::registry::Part;

const FUNCTIONS: &[&[crate::registry::Function]] = &[
    arbitration::FUNCTIONS,
    buffer::FUNCTIONS,
    busy::FUNCTIONS,
    catalogue::FUNCTIONS,
    command_pool::FUNCTIONS,
    condition_lock::FUNCTIONS,
    config::FUNCTIONS,
    data_queue::FUNCTIONS,
    device_memory::FUNCTIONS,
    dma::FUNCTIONS,
    dma::OUTPUT_FUNCTIONS,
    dma::SEGMENT_FUNCTIONS,
    eventsource::FUNCTIONS,
    gate::FUNCTIONS,
    interest::FUNCTIONS,
    interrupt::FUNCTIONS,
    interrupt_source::FUNCTIONS,
    iolib::FUNCTIONS,
    matching::FUNCTIONS,
    memory::FUNCTIONS,
    memory_parts::FUNCTIONS,
    message::FUNCTIONS,
    names::FUNCTIONS,
    notify::FUNCTIONS,
    open::FUNCTIONS,
    path::FUNCTIONS,
    physical::FUNCTIONS,
    plane::FUNCTIONS,
    power::FUNCTIONS,
    power_policy::FUNCTIONS,
    properties::FUNCTIONS,
    registry::FUNCTIONS,
    registry_iterator::FUNCTIONS,
    resources::FUNCTIONS,
    returns::FUNCTIONS,
    service::FUNCTIONS,
    sleep_wake::FUNCTIONS,
    task::FUNCTIONS,
    terminate::FUNCTIONS,
    timer::FUNCTIONS,
    userclient::FUNCTIONS,
    userclient_async::FUNCTIONS,
    workloop::FUNCTIONS,
];

/// IOKit's part of the registry: its functions, the key symbols, and the services that exist from the start.
pub static PART: Part = Part { functions: FUNCTIONS, variables: keys::VARIABLES, boot };

fn boot() {
    keys::boot();
    plane::boot();
    registry::boot();
    resources::boot();
    sleep_wake::boot();
}

//! IOKit: the registry, services and their matching, work loops and event sources.
//!
//! Virtual methods are always called through the object's vtable, for a kext may override them. Fields that headers let a
//! subclass see lie in the object; everything else is kept beside it.

pub mod arbitration;
pub mod buffer;
pub mod busy;
pub mod catalogue;
pub mod config;
pub mod connection;
pub mod eventsource;
pub mod gate;
pub mod ioreturn;
pub mod keys;
pub mod matching;
pub mod memory;
pub mod message;
pub mod names;
pub mod open;
pub mod plane;
pub mod power;
pub mod properties;
pub mod registry;
pub mod resources;
pub mod service;
pub mod state;
pub mod task;
pub mod terminate;
pub mod timer;
pub mod userclient;
pub mod workloop;

use crate::registry::Part;

const FUNCTIONS: &[&[crate::registry::Function]] = &[
    arbitration::FUNCTIONS,
    buffer::FUNCTIONS,
    busy::FUNCTIONS,
    catalogue::FUNCTIONS,
    config::FUNCTIONS,
    eventsource::FUNCTIONS,
    gate::FUNCTIONS,
    matching::FUNCTIONS,
    memory::FUNCTIONS,
    message::FUNCTIONS,
    names::FUNCTIONS,
    open::FUNCTIONS,
    plane::FUNCTIONS,
    power::FUNCTIONS,
    properties::FUNCTIONS,
    registry::FUNCTIONS,
    resources::FUNCTIONS,
    service::FUNCTIONS,
    task::FUNCTIONS,
    terminate::FUNCTIONS,
    timer::FUNCTIONS,
    userclient::FUNCTIONS,
    workloop::FUNCTIONS,
];

/// IOKit's part of the registry: its functions, the key symbols, and the services that exist from the start.
pub static PART: Part = Part { functions: FUNCTIONS, variables: keys::VARIABLES, boot };

fn boot() {
    keys::boot();
    plane::boot();
    registry::boot();
    resources::boot();
}

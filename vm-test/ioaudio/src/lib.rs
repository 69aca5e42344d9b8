//! IOAudioFamily in Rust: devices, engines, streams, controls and the engine's user client, as drivers and the HAL see them.
//!
//! ```text
//!  IOService provider
//!   └─ IOAudioDevice              owns the work loop
//!       └─ IOAudioEngine          ring, clock, state machine
//!           ├─ IOAudioStream      format, sample buffer, mix buffer, clients
//!           ├─ IOAudioControl     value, handler
//!           └─ IOAudioEngineUserClient   one for each opener: buffers, IO
//! ```
//!
//! Fields that drivers can see are in the objects at their offsets (`layout`); the rest is beside them. Behaviour is that of
//! versions 183 to 300; what differs by release is in `behaviour`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod behaviour;
pub mod client;
pub mod control;
pub mod device;
pub mod engine;
pub mod filter;
pub mod layout;
mod opening;
mod operators;
pub mod port;
pub mod position;
pub mod returns;
pub mod service;
pub mod stream;

use kpi::registry::Part;

/// The family's part of the registry.
pub static PART: Part = Part {
    functions: &[
        client::FUNCTIONS,
        client::extended::FUNCTIONS,
        client::io::FUNCTIONS,
        client::life::FUNCTIONS,
        client::methods::FUNCTIONS,
        client::notify::FUNCTIONS,
        client::register::FUNCTIONS,
        client::set::FUNCTIONS,
        client::watchdog::FUNCTIONS,
        control::FUNCTIONS,
        control::client::FUNCTIONS,
        control::level::FUNCTIONS,
        control::notify::FUNCTIONS,
        control::selector::FUNCTIONS,
        control::toggle::FUNCTIONS,
        control::value::FUNCTIONS,
        device::FUNCTIONS,
        device::power::FUNCTIONS,
        device::timers::FUNCTIONS,
        engine::FUNCTIONS,
        engine::arrays::FUNCTIONS,
        engine::clients::FUNCTIONS,
        engine::erase::FUNCTIONS,
        engine::members::FUNCTIONS,
        engine::notify::FUNCTIONS,
        engine::publish::FUNCTIONS,
        engine::rate::FUNCTIONS,
        engine::state::FUNCTIONS,
        engine::status::FUNCTIONS,
        engine::timeout::FUNCTIONS,
        filter::FUNCTIONS,
        filter::fir::FUNCTIONS,
        filter::iir::FUNCTIONS,
        filter::wide::FUNCTIONS,
        operators::FUNCTIONS,
        port::FUNCTIONS,
        stream::FUNCTIONS,
        stream::clients::FUNCTIONS,
        stream::controls::FUNCTIONS,
        stream::dictionaries::FUNCTIONS,
        stream::format::FUNCTIONS,
        stream::formats::FUNCTIONS,
        stream::functions::FUNCTIONS,
        stream::input::FUNCTIONS,
        stream::output::FUNCTIONS,
    ],
    variables: &[],
    boot: behaviour::boot,
};

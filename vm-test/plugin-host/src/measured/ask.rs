//! What programs ask of a user-space driver's device, and what takes it away.

use std::rc::{Rc, Weak};

use hal_sys::code::Shown;
use hal_sys::code::selector::{
    self, kAudioBoxPropertyAcquired, kAudioPlugInPropertyBoxList, kAudioPlugInPropertyDeviceList,
};
use hal_sys::interface::FORMAT;
use measure::{Setting, Stop};

use super::Member;
use crate::hal::{Device, PLUG_IN, address_of, has_requests, notices, tell};
use crate::libraries;
use crate::scenarios::settings::another;

/// Bits of a format's flags: floats, signed integers, packed.
const FLOAT: u32 = 1;
const SIGNED: u32 = 4;
const PACKED: u32 = 8;
/// Where a format has its flags, its bits of a channel.
const FLAGS: usize = 12;
const BITS: usize = 32;
/// Where a format has what 3 channels of 20 bits in 3 bytes each have there: bytes of a packet, frames of it, bytes of a frame,
/// channels, bits.
const ODD: [(usize, u32); 6] = [(FLAGS, SIGNED | PACKED), (16, 9), (20, 1), (24, 9), (28, 3), (BITS, 20)];

fn word(format: &[u8; FORMAT], at: usize) -> u32 {
    format[at..].first_chunk().copied().map_or(0, u32::from_ne_bytes)
}

/// A format as measurements see it: the server gives clients floats, whatever the driver has.
pub(super) fn described((index, format): (usize, &[u8; FORMAT])) -> measure::Format {
    let (bits, channels) = (word(format, BITS), word(format, 28));
    let is_float = word(format, FLAGS) & FLOAT != 0;
    let kind = if is_float { "float" } else { "integer" };
    let step = if is_float { 0.0 } else { 2_f64.powi(1 - bits as i32) };
    measure::Format { index, name: format!("{channels} channels of {bits}-bit {kind}"), step }
}

/// Sets a format on both of the first streams.
pub(super) fn format(device: &Device, index: usize) -> Result<(), String> {
    for stream in [device.outputs[0], device.inputs[0]] {
        let known = device.physical_formats(stream)?;
        let wanted = known.get(index).ok_or_else(|| format!("stream {} has {} formats", stream.id, known.len()))?;
        device.ask_format(stream, wanted)?;
    }
    Ok(())
}

/// Asks for 3 channels of 20 bits.
pub(super) fn odd_format(device: &Device) -> Result<(), String> {
    let stream = device.outputs[0];
    let known = device.physical_formats(stream)?;
    let mut odd = *known.first().ok_or_else(|| format!("stream {} has no formats", stream.id))?;
    for (at, value) in ODD {
        odd[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }
    device.ask_format(stream, &odd)
}

/// What can be set of a device and of its parts, each with another value that it can have.
pub(super) fn settings(device: &Device) -> Result<Vec<Setting>, String> {
    let driver = device.driver;
    let mut found = Vec::new();
    for object in notices::with_parts(driver, device.id) {
        for (_, selector) in selector::ALL {
            let at = address_of(*selector);
            let can = driver.has(object, &at) && driver.is_settable(object, &at) == Ok(true);
            if let Some(other) = can.then(|| another(driver, object, *selector)).flatten() {
                let name = format!("{} of object {object}", Shown(*selector));
                found.push(Setting { name, place: [object, *selector], now: driver.value(object, &at)?, other });
            }
        }
    }
    Ok(found)
}

/// Sets one of them.
pub(super) fn set(device: &Device, setting: &Setting, value: &[u8]) -> Result<(), String> {
    let [object, selector] = setting.place;
    let set = device.driver.set(object, &address_of(selector), value);
    set.map_err(|status| format!("{} refuses a value: {}", setting.name, Shown(status)))
}

/// Carries out what the driver has asked for, as the server does: no client is at IO meanwhile.
pub(super) fn changes(device: &Device, members: &[Weak<Member<'_>>]) -> Result<(), String> {
    libraries::run_dispatched();
    if !has_requests() {
        return Ok(());
    }
    let running = stopped(members)?;
    let before = device.state()?;
    let refused = |status| format!("the driver does not carry out the change that it asked for: {}", Shown(status));
    device.driver.perform_changes().map_err(refused)?;
    // The server reads anew what it knows, and tells of what is not as it was.
    notices::look_at_all(device.driver, device.id);
    for (object, selector, _) in device.state()?.into_iter().filter(|property| !before.contains(property)) {
        tell(object, selector);
    }
    running.iter().try_for_each(|member| member.start())
}

/// Stops all clients that are at IO; they are to start again.
pub(super) fn stopped<'a>(members: &[Weak<Member<'a>>]) -> Result<Vec<Rc<Member<'a>>>, String> {
    let mut running: Vec<Rc<Member<'a>>> = members.iter().filter_map(Weak::upgrade).collect();
    running.retain(|member| member.io.borrow().is_running);
    running.iter().try_for_each(|member| member.client.borrow_mut().stop())?;
    Ok(running)
}

/// Takes a device away: its box is given up, if it has one that can be.
pub(super) fn unplug(device: &Device) -> Result<(), Stop> {
    let driver = device.driver;
    let (list, acquired) = (address_of(kAudioPlugInPropertyBoxList), address_of(kAudioBoxPropertyAcquired));
    let boxes = if driver.has(PLUG_IN, &list) { driver.list(PLUG_IN, &list)? } else { Vec::new() };
    let can_go = |of: &&u32| driver.has(**of, &acquired) && driver.settable(**of, &acquired) == Ok(true);
    let Some(&own) = boxes.iter().find(can_go) else {
        return Err(Stop::DoesNotApply(
            "No program can take its device away: it has no box that can be given up.".into(),
        ));
    };
    let refused = |status| format!("the box is not given up: {}", Shown(status));
    driver.set(own, &acquired, &0_u32.to_ne_bytes()).map_err(refused)?;
    libraries::run_dispatched();
    if driver.list(PLUG_IN, &address_of(kAudioPlugInPropertyDeviceList))?.contains(&device.id) {
        return Err("its device is there still after its box was given up".into());
    }
    Ok(())
}

//! What comes back after a restart of the host: rate and controls of each device, under its UID, and whether the box is acquired.
//! Whatever else is found there is none of ours and changes nothing.

use alloc::ffi::CString;
use core::ffi::CStr;

use engine::controls::Control;
use engine::property::{Node, Value};

use crate::cf::{Dictionary, Tree};
use crate::device::Device;
use crate::{change, controls, host, say};

/// The key of the box, and in it of whether it is acquired.
const BOX: &CStr = c"box";
const ACQUIRED: &CStr = c"Acquired";
/// In a device's dictionary.
const RATE: &CStr = c"Rate";
const CONTROLS: &CStr = c"Controls";

/// Whether the box was acquired last; it is where nothing is known.
pub(crate) fn acquired() -> bool {
    host::stored(BOX).and_then(|stored| number(&stored, ACQUIRED)) != Some(0)
}

/// Keeps whether the box is acquired.
pub(crate) fn keep_acquired(acquired: bool) {
    let Some(kept) = Dictionary::new() else { return };
    kept.set_number(ACQUIRED, u64::from(acquired));
    host::store(BOX, &kept);
}

/// Keeps a device's rate, and its controls as far as they are not as at first.
pub(crate) fn keep(device: &Device) {
    // Of two at once the later one has the newer values.
    let _one_at_a_time = device.keeping.lock();
    let (Some(kept), Some(of_controls)) = (Dictionary::new(), Dictionary::new()) else { return };
    kept.set_number(RATE, device.engine.rate().into());
    for (control, value) in device.controls.iter().filter(|(control, value)| *value != control.neutral()) {
        if let Ok(name) = CString::new(controls::name(control)) {
            of_controls.set_number(&name, value.into());
        }
    }
    kept.set(CONTROLS, &of_controls);
    host::store(device.definition().uid(), &kept);
}

/// Gives a device that does not run yet what was kept of it.
pub(crate) fn restore(device: &Device) {
    let Some(stored) = host::stored(device.definition().uid()) else { return };
    let rate = number(&stored, RATE).and_then(|rate| u32::try_from(rate).ok());
    if let Some(rate) = rate.filter(|rate| device.definition().rates().contains(rate))
        && change::to_rate(device, rate).is_err()
    {
        say!("device \"{}\": the rate that was stored is refused", device.definition().title());
    }
    let Some(of_controls) = (&stored).member(CONTROLS) else { return };
    for index in 0..device.controls.len() {
        let value = device.controls.get(index).and_then(|control| stored_value(of_controls, control));
        if let Some(value) = value {
            // A value that the control cannot have changes nothing.
            let _ = device.set(index, value);
        }
    }
}

fn stored_value(of_controls: &Tree, control: Control) -> Option<u32> {
    let name = CString::new(controls::name(control)).ok()?;
    number(of_controls, &name)?.try_into().ok()
}

fn number(of: &Tree, key: &CStr) -> Option<u64> {
    match of.member(key)?.value() {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

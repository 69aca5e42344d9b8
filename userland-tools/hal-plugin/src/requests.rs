//! Devices that come, change and go while the host runs: a property of the driver's own, whose data are a dictionary with one
//! request, the same that administrators set on the kext's service.

use alloc::borrow::ToOwned;
use alloc::ffi::CString;
use core::ffi::CStr;

use engine::config::Device as Definition;
use engine::property::{Node, Value};
use hal_sys::code::selector::{
    kAudioBoxPropertyDeviceList, kAudioObjectPropertyOwnedObjects, kAudioPlugInPropertyDeviceList,
};
use hal_sys::code::status::kAudioHardwareIllegalOperationError;

use crate::cf::Tree;
use crate::objects::{BOX, PLUG_IN};
use crate::plugin::Plugin;
use crate::sink::Outcome;
use crate::{host, say};

/// The property.
pub(crate) const REQUEST: u32 = u32::from_be_bytes(*b"lfrq");
/// Its requests: a definition, a definition of a UID that there is, a UID.
const ADD: &CStr = c"AddDevice";
const CHANGE: &CStr = c"ChangeDevice";
const REMOVE: &CStr = c"RemoveDevice";

/// Does what is asked for, or nothing.
///
/// # Errors
/// It is no request, or cannot be; the log says why.
pub(crate) fn request(plugin: &'static Plugin, asked: &Tree) -> Outcome {
    let done = {
        let _one_at_a_time = plugin.changing.lock();
        carry_out(plugin, asked)
    };
    done.map_err(|why| {
        say!("a request is refused: {}", why.to_string_lossy());
        kAudioHardwareIllegalOperationError
    })?;
    devices_changed();
    Ok(())
}

/// Tells that there are other devices than before.
pub(crate) fn devices_changed() {
    host::changed(BOX, [kAudioBoxPropertyDeviceList]);
    host::changed(PLUG_IN, [kAudioPlugInPropertyDeviceList, kAudioObjectPropertyOwnedObjects]);
}

fn carry_out(plugin: &'static Plugin, asked: &Tree) -> Result<(), CString> {
    let no = |why: &str| CString::new(why).unwrap_or_default();
    if asked.count() != 1 {
        return Err(no("a dictionary with one of AddDevice, ChangeDevice and RemoveDevice is"));
    }
    if let Some(uid) = asked.member(REMOVE) {
        let Value::Text(uid) = uid.value() else { return Err(no("RemoveDevice takes a UID")) };
        let uid = CString::new(uid).map_err(|_| no("a UID has no NUL"))?;
        known(plugin, &uid)?;
        plugin.remove(&uid);
        return Ok(());
    }
    let (definition, is_new) = match (asked.member(ADD), asked.member(CHANGE)) {
        (Some(definition), _) => (definition, true),
        (_, Some(definition)) => (definition, false),
        _ => return Err(no("there are AddDevice, ChangeDevice and RemoveDevice")),
    };
    let definition = Definition::new(definition).map_err(|why| no(&alloc::format!("{why}")))?;
    let uid = definition.uid().to_owned();
    match (is_new, known(plugin, &uid)) {
        (true, Ok(())) => return Err(no("another device has the UID")),
        (false, Err(why)) => return Err(why),
        _ => {}
    }
    let before = plugin.devices().find(|(_, device)| device.definition().uid() == uid.as_c_str());
    plugin.remove(&uid);
    plugin.add(definition).map_err(|why| {
        if let Some((_, before)) = before {
            // It has its place still.
            let _ = plugin.add(before.definition().clone());
        }
        no(why)
    })
}

/// That there is a device of this UID.
fn known(plugin: &Plugin, uid: &CStr) -> Result<(), CString> {
    let found = plugin.devices().any(|(_, device)| device.definition().uid() == uid);
    if found { Ok(()) } else { Err(c"no device has the UID".to_owned()) }
}

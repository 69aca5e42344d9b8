//! The root service: which devices there are, from the personality and by request.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::NonNull;

use core_io::object::{Object, Retained};
use core_io::{IOReturn, Result, boot, time};
use core_io_sys::libkern::OSObject;
use engine::config::Device;
use engine::property::Node;
use spin::{Mutex, MutexGuard};

use crate::list::KernelNode;
use crate::{detail, say};

/// Starts nothing.
const OFF: &CStr = c"-loopfloweroff";
/// Starts on releases that the driver is not made for.
const BETA: &CStr = c"-loopflowerbeta";
/// Darwin's major version on macOS 11, the last release that the driver is made for.
const LAST_DARWIN: c_int = 20;

/// The requests, each a key of the dictionary that is set as properties of the root service.
mod request {
    use core::ffi::CStr;

    /// Starts a device: its definition.
    pub(super) const ADD: &CStr = c"AddDevice";
    /// Replaces the device with the definition's UID: the definition.
    pub(super) const CHANGE: &CStr = c"ChangeDevice";
    /// Stops a device: its UID.
    pub(super) const REMOVE: &CStr = c"RemoveDevice";
}

/// The C++ root service that made the call, alive until the call returns. Only the shims make one.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Root(NonNull<c_void>);

unsafe extern "C" {
    fn lf_darwin_version() -> c_int;
    fn lf_root_register(root: Root);
    fn lf_root_privilege() -> IOReturn;
    fn lf_root_start_device(root: Root, definition: *const OSObject) -> bool;
    fn lf_root_find_device(root: Root, uid: *const c_char) -> Option<Retained>;
    fn lf_device_definition(device: *const OSObject) -> Option<Object<'static>>;
    fn lf_device_stop(device: *const OSObject) -> bool;
}

/// start: starts the personality's devices; whether the service stays.
#[unsafe(no_mangle)]
pub extern "C" fn lf_root_start(root: Root, definitions: Option<Object<'_>>) -> bool {
    if boot::number(OFF).is_some() {
        say!("switched off by the boot argument {}", OFF.to_str().unwrap_or_default());
        return false;
    }
    // SAFETY: it reads a constant of the kernel's.
    let darwin = unsafe { lf_darwin_version() };
    if darwin > LAST_DARWIN && boot::number(BETA).is_none() {
        say!("made for Darwin up to {LAST_DARWIN}, this is {darwin}; -loopflowerbeta as a boot argument starts it");
        return false;
    }
    let list = definitions.and_then(Object::array);
    let defined = list.map_or(0, core_io::object::Array::count);
    let definitions = (0..defined).filter_map(|index| list?.get(index));
    let started = definitions.filter(|definition| root.add(*definition).is_ok()).count();
    say!("{started} of {defined} devices started");
    if started > 0 {
        // SAFETY: the root service behind a Root is alive. Programs find only what is registered.
        unsafe { lf_root_register(root) };
    }
    started > 0
}

/// setProperties: carries out a request, one at a time.
#[unsafe(no_mangle)]
pub extern "C" fn lf_root_request(root: Root, request: Option<Object<'_>>) -> IOReturn {
    let Some(request) = request else { return IOReturn::BAD_ARGUMENT };
    // SAFETY: it asks the kernel about the calling task.
    let privilege = unsafe { lf_root_privilege() }.result();
    let done = privilege.and_then(|()| {
        let _one_at_a_time = turn();
        root.carry_out(request)
    });
    if let Err(error) = done {
        say!("request refused: {error}");
    }
    done.into()
}

/// Waits for the request that is being carried out, which may take as long as a device takes to stop.
fn turn() -> MutexGuard<'static, ()> {
    static REQUEST: Mutex<()> = Mutex::new(());
    loop {
        match REQUEST.try_lock() {
            Some(turn) => return turn,
            None => time::sleep(1),
        }
    }
}

impl Root {
    fn carry_out(self, request: Object<'_>) -> Result<()> {
        let request = request.dictionary().filter(|request| request.count() == 1).ok_or(IOReturn::BAD_ARGUMENT)?;
        if let Some(definition) = request.get(request::ADD) {
            self.add(definition)
        } else if let Some(definition) = request.get(request::CHANGE) {
            self.change(definition)
        } else if let Some(uid) = request.get(request::REMOVE) {
            self.remove(uid.text().ok_or(IOReturn::BAD_ARGUMENT)?)
        } else {
            Err(IOReturn::UNSUPPORTED)
        }
    }

    /// Starts a device.
    fn add(self, definition: Object<'_>) -> Result<()> {
        let device = check(definition)?;
        if self.find(device.uid()).is_some() {
            let uid = device.uid().to_str().unwrap_or_default();
            say!("device \"{}\" refused: UID: {uid} is another device's", device.title());
            return Err(IOReturn::EXCLUSIVE_ACCESS);
        }
        self.start(&device, definition)
    }

    fn start(self, device: &Device, definition: Object<'_>) -> Result<()> {
        // SAFETY: the root service behind a Root is alive; the registry keeps the definition itself.
        if unsafe { lf_root_start_device(self, definition.as_ptr()) } {
            detail!("device \"{}\" with {} channels", device.title(), device.channels());
            Ok(())
        } else {
            say!("device \"{}\" does not start", device.title());
            Err(IOReturn::NO_RESOURCES)
        }
    }

    /// Puts another device in the place of the one with its UID; that one comes back if the other does not start.
    fn change(self, definition: Object<'_>) -> Result<()> {
        let device = check(definition)?;
        let old = self.find(device.uid()).ok_or(IOReturn::NOT_FOUND)?;
        // SAFETY: it is a device, which is retained.
        let former = unsafe { lf_device_definition(old.object().as_ptr()) }.map(Object::retain);
        stop(old)?;
        let started = self.start(&device, definition);
        if started.is_err()
            && let Some(former) = &former
        {
            self.start(&check(former.object())?, former.object())?;
        }
        started
    }

    /// Stops a device.
    fn remove(self, uid: &CStr) -> Result<()> {
        stop(self.find(uid).ok_or(IOReturn::NOT_FOUND)?)
    }

    fn find(self, uid: &CStr) -> Option<Retained> {
        // SAFETY: the root service behind a Root is alive, and the UID ends in a zero byte.
        unsafe { lf_root_find_device(self, uid.as_ptr()) }
    }
}

/// Stops a device and waits until its clients are gone.
#[expect(clippy::needless_pass_by_value, reason = "nobody needs a device that stopped")]
fn stop(device: Retained) -> Result<()> {
    // SAFETY: it is a device, which is retained.
    let stopped = unsafe { lf_device_stop(device.object().as_ptr()) };
    if stopped { Ok(()) } else { Err(IOReturn::BUSY) }
}

/// Checks a definition and logs why it is refused.
fn check(definition: Object<'_>) -> Result<Device> {
    let definition = KernelNode(definition);
    Device::new(definition).map_err(|error| {
        let name = definition.member(c"Name").and_then(|name| name.0.text()).and_then(|name| name.to_str().ok());
        say!("device \"{}\" refused: {error}", name.unwrap_or_default());
        IOReturn::BAD_ARGUMENT
    })
}

//! Loopflower's root service: requests of it, and what the registry holds below it, as the `loopflower devices` command
//! sees both.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{matching, plane, properties, registry, task};
use kpi::object::Obj;
use protocol::event::Event;
use protocol::value::Value;

use crate::control::Control;
use crate::engine::Engine;

/// Its class.
const CLASS: &str = "org_loopflower_driver_Root";

/// Type, subtype, usage and channel of a control.
pub type ControlName = [u32; 4];

/// The root service; its bundle is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    service: Obj,
}

impl Root {
    /// The root service, if this kext has one and it is registered.
    pub fn find() -> Option<Root> {
        matching::registered(CLASS).first().map(|&service| Root { service })
    }

    /// Sets its properties, as an administrator.
    ///
    /// # Errors
    /// The driver's answer.
    pub fn request(self, properties: &Value) -> Result<(), IOReturn> {
        task::as_administrator(|| self.request_as_user(properties))
    }

    /// Sets its properties, as a plain user.
    ///
    /// # Errors
    /// The driver's answer.
    pub fn request_as_user(self, properties: &Value) -> Result<(), IOReturn> {
        properties::set_values(self.service, properties)
    }

    /// Its devices: their UIDs and engines, in the order of the registry.
    pub fn devices(self) -> Vec<(String, Engine)> {
        let mut devices = Vec::new();
        // What is retained does not go away while another thread has its turn.
        registry::for_each(registry::children(self.service, plane::service()), |device| {
            let definition = properties::read_values(device).get("Definition").cloned();
            let uid = definition.as_ref().and_then(|definition| definition.get("UID")?.as_str());
            let engine =
                registry::children(device, plane::service()).into_iter().find(|child| child.is("IOAudioEngine"));
            if let (Some(uid), Some(service)) = (uid, engine) {
                devices.push((uid.to_string(), Engine { service }));
            }
        });
        devices
    }

    /// The engine of the device with this UID.
    pub fn engine(self, uid: &str) -> Option<Engine> {
        self.devices().into_iter().find(|(own, _)| own == uid).map(|(_, engine)| engine)
    }

    /// Sets the properties of a control of the device with this UID, found by its type, subtype, usage and channel, as whoever
    /// makes requests on this thread.
    ///
    /// # Errors
    /// The driver's answer; kIOReturnNotFound where there is no such control.
    pub fn set_control(self, uid: &str, which: ControlName, properties: &Value) -> Result<(), IOReturn> {
        let is_it = |control: &Control| [control.kind, control.sub_type, control.usage, control.channel] == which;
        let controls = self.engine(uid).map(Engine::controls).unwrap_or_default();
        let control = controls.into_iter().find(is_it).ok_or(IOReturn::NOT_FOUND)?;
        properties::set_values(control.service, properties)
    }

    /// The registry from the root service down as events, parents first.
    pub fn entries(self) -> Vec<Event> {
        let mut events = Vec::new();
        read(0, self.service, &mut events);
        events
    }
}

/// An entry and what is below it.
fn read(depth: u32, entry: Obj, events: &mut Vec<Event>) {
    events.push(Event::Entry { depth, class: entry.class_name(), properties: properties::read_values(entry) });
    registry::for_each(registry::children(entry, plane::service()), |child| read(depth + 1, child, events));
}

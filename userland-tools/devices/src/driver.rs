//! The driver as the verbs see it.

use plist::{Dictionary, Value};

use crate::entry::Entry;
use crate::error::Error;

/// The driver's root service and what is below it, wherever it runs.
pub trait Driver {
    /// Makes requests in order, all of them; what was answered to each, and the registry afterwards.
    ///
    /// # Errors
    /// There is no such driver, or no way to ask it. A refusal is an answer.
    fn carry_out(&mut self, requests: &[Request]) -> Result<(Vec<Answer>, Entry), Error>;

    /// Restarts the system that the driver runs on: its devices are those of its personality then.
    ///
    /// # Errors
    /// That is not to be done from here.
    fn restart(&mut self) -> Result<(), Error>;
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Start a device: its definition.
    Add(Dictionary),
    /// Replace the device with the definition's UID.
    Change(Dictionary),
    /// Stop the device with this UID.
    Remove(String),
    /// Set a control.
    Control {
        /// The device's UID.
        uid: String,
        /// Which control, as `set` names it.
        key: String,
        /// Its type, subtype, usage and channel.
        id: [u32; 4],
        /// The value.
        value: u32,
    },
}

impl Request {
    /// What is set as properties: of the root service, or of the control.
    pub fn properties(&self) -> Dictionary {
        let (key, value) = match self {
            Request::Add(definition) => ("AddDevice", Value::Dictionary(definition.clone())),
            Request::Change(definition) => ("ChangeDevice", Value::Dictionary(definition.clone())),
            Request::Remove(uid) => ("RemoveDevice", Value::String(uid.clone())),
            Request::Control { value, .. } => ("IOAudioControlValue", Value::from(*value)),
        };
        Dictionary::from_iter([(key.to_owned(), value)])
    }

    /// The request in words.
    pub fn in_words(&self) -> String {
        let uid = |definition: &Dictionary| definition.get("UID").and_then(Value::as_string).unwrap_or("?").to_owned();
        match self {
            Request::Add(definition) => format!("add {}", uid(definition)),
            Request::Change(definition) => format!("change {}", uid(definition)),
            Request::Remove(uid) => format!("remove {uid}"),
            Request::Control { uid, key, .. } => format!("set {key} of {uid}"),
        }
    }
}

/// What was answered to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The IOReturn; 0 is success.
    pub code: u32,
    /// What the driver had to say, a line each.
    pub log: Vec<String>,
}

/// What the driver's lines in the kernel's log begin with.
const PREFIX: &str = "Loopflower: ";
/// The line that ends every refusal and only repeats the code.
const REFUSED: &str = "request refused: ";

impl Answer {
    /// An answer with those of the kernel log's lines that are the driver's.
    pub fn new<'a>(code: u32, log: impl IntoIterator<Item = &'a str>) -> Answer {
        let own = log.into_iter().filter_map(|line| line.split_once(PREFIX).map(|(_, text)| text));
        Answer { code, log: own.filter(|text| !text.starts_with(REFUSED)).map(str::to_owned).collect() }
    }

    /// The code's name.
    pub fn name(&self) -> String {
        let name = match self.code {
            0 => "kIOReturnSuccess",
            0xe000_02bc => "kIOReturnError",
            0xe000_02bd => "kIOReturnNoMemory",
            0xe000_02be => "kIOReturnNoResources",
            0xe000_02c1 => "kIOReturnNotPrivileged",
            0xe000_02c2 => "kIOReturnBadArgument",
            0xe000_02c5 => "kIOReturnExclusiveAccess",
            0xe000_02c7 => "kIOReturnUnsupported",
            0xe000_02d5 => "kIOReturnBusy",
            0xe000_02e2 => "kIOReturnNotPermitted",
            0xe000_02f0 => "kIOReturnNotFound",
            other => return format!("{other:#010x}"),
        };
        name.to_owned()
    }
}

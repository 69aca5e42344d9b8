//! Configuration of the driver at run time: what `loopflower devices` does, wherever the driver runs.
//!
//! ```text
//!  verb ──► plan: requests ──► Driver: a Mac's kernel (mac) or a machine of the bench ──► root service of the kext
//!   │                             │
//!   │ ◄── Device, Control ◄────── registry entries
//!   └───► Settings: a property list outside of the bundle, which a signature seals
//! ```
//!
//! The driver decides what can be: nothing is checked here that it checks.

mod control;
mod device;
mod driver;
mod entry;
mod error;
mod human;
#[cfg(target_os = "macos")]
mod mac;
mod plan;
mod report;
mod settings;
mod verb;

pub use control::Control;
pub use device::Device;
pub use driver::{Answer, Driver, Request};
pub use entry::Entry;
pub use error::Error;
#[cfg(target_os = "macos")]
pub use mac::Mac;
pub use plan::plan;
pub use report::{FORMAT, Report};
pub use settings::{Saved, Settings};
pub use verb::{Verb, definition, uid_of};

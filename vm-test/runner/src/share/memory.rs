//! The file that is a machine's memory.

use std::fs::File;
use std::io;

#[cfg(any(test, not(target_os = "linux")))]
mod named;
#[cfg(target_os = "linux")]
mod nameless;

#[cfg(not(target_os = "linux"))]
use named::Named as Form;
#[cfg(target_os = "linux")]
use nameless::Nameless as Form;

/// An empty file that processes map as memory and that is gone when the last of them is, or the runner.
#[derive(Debug)]
pub struct Memory(Form);

impl Memory {
    /// Makes one.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> io::Result<Memory> {
        Form::new().map(Memory)
    }

    /// The file.
    pub fn file(&self) -> &File {
        self.0.file()
    }

    /// The path under which a child process opens it.
    pub fn path(&self) -> String {
        self.0.path()
    }
}

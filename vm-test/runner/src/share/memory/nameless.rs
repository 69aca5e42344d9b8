//! Linux: memory without a name, which vanishes with the last process that holds it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::fs::{MemfdFlags, memfd_create};

#[derive(Debug)]
pub struct Nameless(File);

impl Nameless {
    pub fn new() -> io::Result<Nameless> {
        // Not closed on exec: the machine's process opens it through its own /proc/self/fd.
        Ok(Nameless(File::from(memfd_create("loopflower", MemfdFlags::empty())?)))
    }

    pub fn file(&self) -> &File {
        &self.0
    }

    pub fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}

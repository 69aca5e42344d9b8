//! What the runner hands to the process that carries a run out.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Duty;
use crate::mac::Mac;
use crate::target::Login;

/// All that a run needs beside the job. It may hold a password, so only its owner can read the file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    /// How the Mac is reached; the port is known by now.
    pub login: Login,
    /// Whether it is a guest of ours.
    pub is_guest: bool,
    /// What it said of itself.
    pub mac: Mac,
    /// The bundle.
    pub bundle: PathBuf,
    /// Our tool for Macs.
    pub agent: PathBuf,
    /// A folder for the connection's socket and the like; the guest's console is there.
    pub folder: PathBuf,
    /// Where what is fetched goes.
    pub fetched: PathBuf,
    /// Seconds that the run may take.
    pub timeout: u64,
    /// What is done with the bundle.
    pub duty: Duty,
}

impl Session {
    /// Writes it down.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        serde_json::to_writer(file, self).map_err(io::Error::from)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// The file cannot be read, or is none.
    pub fn read(path: &Path) -> io::Result<Session> {
        serde_json::from_slice(&fs::read(path)?).map_err(io::Error::from)
    }
}

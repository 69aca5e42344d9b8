//! What the runner hands to the process that carries a run out.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Duty;
use crate::mac::Mac;
use crate::target::Login;

/// All that a run needs beside the job. It may hold a password, so it goes through a pipe, and is never a file.
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
    /// Hands it over, as one line.
    ///
    /// # Errors
    /// Nobody takes it.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let line = serde_json::to_string(self).map_err(io::Error::from)?;
        writeln!(to, "{line}")
    }

    /// Takes it over.
    ///
    /// # Errors
    /// There is none.
    pub fn read(from: &mut impl BufRead) -> io::Result<Session> {
        let mut line = String::new();
        from.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(io::Error::from)
    }
}

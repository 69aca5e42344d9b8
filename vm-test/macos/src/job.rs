//! The runner's job, as far as a Mac can do it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use protocol::job::{Job, Loop, Scenario};
use protocol::share::{Kind, Region, find};
use protocol::value::Value;

use crate::Duty;

/// What is to be done.
#[derive(Debug)]
pub struct Work {
    /// CFBundleIdentifier.
    pub identifier: String,
    /// The personalities' names and classes.
    pub classes: Vec<(String, String)>,
    /// What is to be played and recorded.
    pub looped: Option<Looping>,
}

/// A loop, with its sound.
#[derive(Debug)]
pub struct Looping {
    /// Rate, channels, frames.
    pub parameters: Loop,
    /// What to play: interleaved Float32.
    pub input: Vec<u8>,
    share: PathBuf,
    output: Region,
}

impl Looping {
    /// Hands the recording to the runner.
    ///
    /// # Errors
    /// The shared memory cannot be written.
    pub fn write(&self, sound: &[u8]) -> io::Result<()> {
        let length = sound.len().min(usize::try_from(self.output.length).unwrap_or(usize::MAX));
        File::options().write(true).open(&self.share)?.write_all_at(&sound[..length], self.output.offset)
    }
}

impl Work {
    /// What is to be done besides the session's duty, which for a user-space driver is all.
    ///
    /// # Errors
    /// As [`Work::read`].
    pub fn of(duty: Duty, share: &Path) -> Result<Work, String> {
        if duty == Duty::MeasurePlugIn {
            return Ok(Work { identifier: String::new(), classes: Vec::new(), looped: None });
        }
        Work::read(share)
    }

    /// Reads the shared memory at `share`.
    ///
    /// # Errors
    /// It is none, or asks for what no Mac does; in words.
    fn read(share: &Path) -> Result<Work, String> {
        let bytes = fs::read(share).map_err(|why| format!("{}: {why}", share.display()))?;
        let region = |kind| find(&bytes, kind).ok_or_else(|| format!("{}: has no region {kind:?}", share.display()));
        let part = |region: Region| &bytes[region.offset as usize..][..region.length as usize];
        let job = Job::from_bytes(part(region(Kind::Job)?)).map_err(|why| format!("{}: {why}", share.display()))?;
        let looped = match job.scenario {
            Scenario::Load => None,
            Scenario::Loop { parameters, .. } => Some(Looping {
                parameters,
                input: part(region(Kind::Input)?).to_vec(),
                share: share.to_owned(),
                output: region(Kind::Output)?,
            }),
            _ => return Err("this machine loads and loops; other scenarios need the bench's clock".to_owned()),
        };
        let class = |personality: &Value| match personality {
            Value::Dictionary(entries) => entries
                .iter()
                .find(|(key, _)| key == "IOClass")
                .and_then(|(_, class)| class.as_str())
                .map(str::to_owned),
            _ => None,
        };
        let classes = job
            .kext
            .personalities
            .iter()
            .filter_map(|(name, personality)| Some((name.clone(), class(personality)?)))
            .collect();
        Ok(Work { identifier: job.kext.identifier, classes, looped })
    }
}

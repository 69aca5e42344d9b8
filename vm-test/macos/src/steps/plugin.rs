//! The steps of a user-space driver: it is put where coreaudiod looks, which then starts anew, and is taken away again.

use std::thread;
use std::time::Instant;

use protocol::event::{Event, Left};
use serde::Deserialize;

use super::{APPEAR, PAUSE, Steps, Stop, emit};
use crate::mac::PATH;
use crate::ssh::{SHORT, quoted};

/// Where coreaudiod looks for drivers.
const FOLDER: &str = "/Library/Audio/Plug-Ins/HAL";
/// Has it start anew; where it does not run, whoever asks for devices next starts it.
const ANEW: &str = "{ /usr/bin/killall coreaudiod || :; }";

/// What our tool says of a device, as far as it is needed here.
#[derive(Deserialize)]
struct Device {
    uid: String,
    input: Side,
    output: Side,
}

#[derive(Deserialize)]
struct Side {
    streams: Vec<serde::de::IgnoredAny>,
}

impl Steps<'_> {
    fn place(&self) -> String {
        quoted(&format!("{FOLDER}/{}", self.bundle_name()))
    }

    /// Installs the driver; the UID of the first device that comes of it and loops.
    pub(super) fn serve(&mut self) -> Result<String, Stop> {
        let place = self.place();
        if self.look("looking for the driver", &format!("ls -d {place}"))?.is_success() {
            return Err(Stop::Failed(format!(
                "{place} is there already; take it away, and type there: sudo killall coreaudiod"
            )));
        }
        let before: Vec<String> = self.devices()?.into_iter().map(|device| device.uid).collect();
        // Even an installation that is broken off may have left something.
        self.is_loaded = true;
        let bundle = quoted(&self.bundle());
        self.must("installing the driver", &format!("mkdir -p {FOLDER} && cp -R {bundle} {place} && {ANEW}"))?;
        let until = Instant::now() + APPEAR;
        loop {
            let devices = self.devices()?.into_iter();
            let mut own = devices.filter(|device| !before.contains(&device.uid));
            if let Some(device) = own.find(|it| !it.input.streams.is_empty() && !it.output.streams.is_empty()) {
                self.served = Some(device.uid.clone());
                emit(&Event::Started);
                return Ok(device.uid);
            }
            if Instant::now() >= until {
                return Err(Stop::Failed(format!(
                    "no device that loops came of the driver within {} s; see that it is for this release, and what coreaudiod \
                     says of it in the log",
                    APPEAR.as_secs()
                )));
            }
            thread::sleep(PAUSE);
        }
    }

    /// Takes the driver away.
    pub(super) fn withdraw(&mut self) -> Result<(), Stop> {
        if !self.is_loaded {
            return Ok(());
        }
        let script = format!("{PATH}rm -rf {} && {ANEW}", self.place());
        let said = self.ssh.run_as_root(&script, SHORT).map_err(|lost| Stop::Lost("removing the driver", lost))?;
        if !said.is_success() {
            return Err(Stop::Failed(format!("the driver cannot be removed: {}", said.text())));
        }
        self.is_loaded = false;
        let until = Instant::now() + APPEAR;
        while let Some(uid) = &self.served {
            if self.devices()?.iter().all(|device| device.uid != *uid) {
                break;
            }
            if Instant::now() >= until {
                return Err(Stop::Failed(format!(
                    "the device {uid} is there still although its driver was removed; restart that Mac"
                )));
            }
            thread::sleep(PAUSE);
        }
        emit(&Event::Left(Left::default()));
        Ok(())
    }

    /// All devices, by our tool.
    fn devices(&self) -> Result<Vec<Device>, Stop> {
        let script = format!("cd {} && chmod +x agent && ./agent devices", quoted(&self.folder));
        // Also at the end of a run whose time is over.
        let said = self.ssh.run(&format!("{PATH}{script}"), SHORT);
        let said = said.map_err(|lost| Stop::Lost("listing the devices", lost))?;
        if !said.is_success() {
            return Err(Stop::Failed(format!("our tool ended with {}: {}", said.code, said.text())));
        }
        serde_json::from_str(&said.out)
            .map_err(|why| Stop::Failed(format!("our tool lists devices in words that are none of its own: {why}")))
    }
}

//! Scenarios: what is checked on any user-space driver that loops. They have the names of those that check the same on kexts.

pub(crate) mod asked;
mod changes;
mod clients;
mod devices;
pub(crate) mod settings;

pub(crate) use changes::other_rate;
use protocol::event::Event;

use crate::hal::{Client, Device, Driver};
use crate::run::Plugged;
use crate::world;

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What holds on a good driver, in a line.
    pub shows: &'static str,
    run: fn(&mut Stage<'_>) -> Result<(), String>,
}

/// What a scenario is done with.
pub(crate) struct Stage<'a> {
    /// The driver, which can be started anew.
    plugged: &'a Plugged<'a>,
    driver: Driver,
    devices: Vec<Device>,
    seed: u64,
}

/// All scenarios, in the order in which they are listed.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "S5",
        shows: "what was played before a stop is not heard after it",
        run: clients::nothing_replays,
    },
    Scenario { name: "B1", shows: "timestamps that were missed are there at once", run: clients::missed_timestamps },
    Scenario { name: "B2", shows: "a reader whose writer died hears silence", run: clients::dead_writer },
    Scenario { name: "B4", shows: "several clients of an output are mixed to the bit", run: clients::mixing },
    Scenario {
        name: "B6",
        shows: "a change of rate waits until IO was stopped, and all clients come back at it",
        run: changes::rate,
    },
    Scenario {
        name: "abort",
        shows: "a change that the host gives up leaves all as it was, and IO goes on",
        run: changes::abort,
    },
    Scenario { name: "notify", shows: "each change of a property is told, and nothing else", run: settings::told },
    Scenario {
        name: "storage",
        shows: "settings come back when the host starts anew, and foreign data does no harm",
        run: settings::stored,
    },
    Scenario {
        name: "devices",
        shows: "devices come, change and go while another one plays",
        run: devices::while_playing,
    },
    Scenario { name: "fuzz", shows: "whatever is asked for is refused or done soundly", run: anything },
];
/// Frames of an IO cycle.
const FRAMES: u32 = 512;

/// Runs the scenario of that name, and gives the driver back, which may have been started anew; in words, why it could not be.
pub(crate) fn run(name: &str, plugged: &Plugged<'_>, driver: Driver, devices: Vec<Device>) -> Result<Driver, String> {
    let known = ALL.iter().find(|known| known.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|known| known.name).collect();
        format!("scenario {name} is for kexts; for user-space drivers there are load, loop, {}", names.join(", "))
    })?;
    let mut stage = Stage { plugged, driver, devices, seed: plugged.seed() };
    (known.run)(&mut stage)?;
    Ok(stage.driver)
}

impl Stage<'_> {
    /// The first device; in words, that there is none.
    fn device(&self) -> Result<&Device, String> {
        self.devices.first().ok_or_else(|| "the driver has no device, so there is nothing to check".to_owned())
    }

    /// Has the host's process end and come back, with what the driver has stored.
    fn restart(&mut self) -> Result<(), String> {
        self.driver.release();
        self.driver = self.plugged.again()?;
        self.devices = Device::all(self.driver)?;
        Ok(())
    }
}

fn check(name: &str, held: bool, text: impl Into<String>) {
    world::emit(&Event::Check { name: name.to_owned(), held, text: text.into() });
}

/// Says of what the driver lacks that it may.
fn not_applicable(text: impl Into<String>) {
    world::emit(&Event::NotApplicable { text: text.into() });
}

/// A check of what must have no problems; the first one is said.
fn check_all(name: &str, problems: &[String], looked_at: &str) {
    let text = problems.first().map_or_else(
        || looked_at.to_owned(),
        |first| match problems.len() {
            1 => first.clone(),
            count => format!("{first}; and {} more", count - 1),
        },
    );
    check(name, problems.is_empty(), text);
}

/// The client of a device with a number, with as many channels as the first output stream has.
fn client(device: &Device, number: u32, seed: u64) -> Result<Client<'_>, String> {
    let channels = device.outputs.first().map_or(0, |stream| stream.channels);
    Client::open(device, number, channels, seed)
}

/// Whatever is asked for is answered or refused soundly.
#[expect(clippy::unnecessary_wraps, reason = "scenarios have one form")]
fn anything(stage: &mut Stage<'_>) -> Result<(), String> {
    asked::everything(stage.driver);
    Ok(())
}

/// Ends IO; what failed meanwhile is a check.
fn finish(mut client: Client<'_>) -> Result<(), String> {
    let failed: u64 = client.failed().iter().map(|(_, count)| count).sum();
    check("operations", failed == 0, format!("{failed} operations failed"));
    client.stop()?;
    client.leave()
}

/// How many samples are not silence.
fn sounding(block: &[f32]) -> u64 {
    block.iter().filter(|sample| sample.to_bits() != 0).count() as u64
}

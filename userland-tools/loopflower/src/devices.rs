//! `loopflower devices`.

mod arguments;
mod bench;

use std::io::Write;
use std::path::PathBuf;

use ::devices::{Driver, Error, Settings, definition, uid_of};
use anyhow::Context;

use crate::arguments::Format;
use crate::places;

pub use self::arguments::Devices;
use self::arguments::{Definition, Machine, Place, Verb};
use self::bench::Bench;

/// Where settings are on a Mac.
const ON_A_MAC: &str = "/Library/Preferences/org.loopflower.driver.plist";

/// Does what is asked for; whether nothing was refused.
pub fn run(arguments: &Devices) -> anyhow::Result<bool> {
    let place = &arguments.place;
    let machine = place.machine.unwrap_or(if cfg!(target_os = "macos") { Machine::Mac } else { Machine::Hosted });
    let usual = if machine == Machine::Mac { PathBuf::from(ON_A_MAC) } else { places::run().join("devices.plist") };
    let settings = Settings::at(place.settings.clone().unwrap_or(usual));
    let mut driver = driver(machine, place, &settings)?;
    let report = verb(arguments.verb.as_ref()).run(driver.as_mut(), &settings)?;
    let text = match place.format {
        Format::Human if report.held() => report.to_text(),
        Format::Human => String::new(),
        Format::Json => report.to_json() + "\n",
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the report")?;
    for refused in &report.refused {
        eprintln!("loopflower: refused: {}", refused.in_words());
    }
    Ok(report.held())
}

fn driver(machine: Machine, place: &Place, settings: &Settings) -> anyhow::Result<Box<dyn Driver>> {
    if machine != Machine::Mac {
        return Ok(Box::new(Bench::new(machine, place, settings)?));
    }
    #[cfg(target_os = "macos")]
    return Ok(Box::new(::devices::Mac::find()?));
    #[cfg(not(target_os = "macos"))]
    Err(Error::Missing(
        "this is no Mac: --machine mac needs macOS and Loopflower.kext loaded there; --machine hosted and --machine vm run it here"
            .to_owned(),
    )
    .into())
}

fn verb(verb: Option<&Verb>) -> ::devices::Verb {
    match verb {
        None | Some(Verb::List) => ::devices::Verb::List,
        Some(Verb::Show { uid }) => ::devices::Verb::Show(uid.clone()),
        Some(Verb::Add(wanted)) => ::devices::Verb::Add(definition(entries(wanted))),
        Some(Verb::Remove { uid }) => ::devices::Verb::Remove(uid.clone()),
        Some(Verb::Set { uid, changes }) => ::devices::Verb::Set(uid.clone(), changes.clone()),
        Some(Verb::Save) => ::devices::Verb::Save,
        Some(Verb::Restore) => ::devices::Verb::Restore,
        Some(Verb::Reset) => ::devices::Verb::Reset,
        Some(Verb::Restart) => ::devices::Verb::Restart,
    }
}

/// Keys and values of a definition; what is not named is the driver's default.
fn entries(wanted: &Definition) -> impl Iterator<Item = (&'static str, String)> {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let flag = |is_set: bool, text: &str| is_set.then(|| text.to_owned());
    let entries = [
        ("Name", Some(wanted.name.clone())),
        ("UID", Some(wanted.uid.clone().unwrap_or_else(|| uid_of(&wanted.name)))),
        ("Channels", number(Some(wanted.channels))),
        ("Rates", wanted.rates.clone()),
        ("Formats", wanted.formats.clone()),
        ("RingFrames", number(wanted.ring_frames)),
        ("Latency", number(wanted.latency)),
        ("SafetyOffset", number(wanted.safety_offset)),
        ("Hidden", flag(wanted.hidden, "yes")),
        ("CanBeDefault", flag(wanted.no_default, "no")),
        ("ChannelControls", wanted.channel_controls.clone()),
    ];
    entries.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

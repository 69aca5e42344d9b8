//! `loopflower devices`.

mod arguments;

use std::io::Write;
use std::path::{Path, PathBuf};

use ::devices::{Driver, Settings, definition, uid_of};
use anyhow::Context;

use crate::Format;

use self::arguments::{Definition, Verb};
pub use self::arguments::{Devices, Machine, Place};

/// Where settings are on a Mac.
const ON_A_MAC: &str = "/Library/Preferences/org.loopflower.driver.plist";

/// Starts a machine of the bench.
pub type Start<'a> = dyn Fn(Machine, &Place, &Settings) -> anyhow::Result<Box<dyn Driver>> + 'a;

/// What the command that offers the verb brings.
pub struct Around<'a> {
    /// The driver on the bench.
    pub bench: &'a Start<'a>,
    /// The settings of the bench, where nobody names others.
    pub settings: &'a Path,
}

/// Does what is asked for; whether nothing was refused.
///
/// # Errors
/// Wrong usage, something missing, or a step that failed.
pub fn run(arguments: &Devices, around: &Around<'_>) -> anyhow::Result<bool> {
    let place = &arguments.place;
    let machine = place.machine.unwrap_or(if cfg!(target_os = "macos") { Machine::Mac } else { Machine::Hosted });
    let usual = if machine == Machine::Mac { PathBuf::from(ON_A_MAC) } else { around.settings.to_owned() };
    let settings = Settings::at(place.settings.clone().unwrap_or(usual));
    let mut driver = driver(machine, place, &settings, around)?;
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

fn driver(
    machine: Machine,
    place: &Place,
    settings: &Settings,
    around: &Around<'_>,
) -> anyhow::Result<Box<dyn Driver>> {
    if machine != Machine::Mac {
        return (around.bench)(machine, place, settings);
    }
    #[cfg(target_os = "macos")]
    return Ok(Box::new(::devices::Mac::find()?));
    #[cfg(not(target_os = "macos"))]
    Err(::devices::Error::Missing(
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

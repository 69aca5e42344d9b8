//! `loopflower play`, `record`, `monitor` and `route`: sound through a device, of this Mac or of the driver on the bench.

mod arguments;
mod live;
mod readings;
mod route;
mod view;

use std::io::Write as _;

use anyhow::Context;
use clap::Subcommand;
use files::wav::{self, Audio};
use files::{Error, output};
use serde::Serialize;
use sound::Level;

pub use self::arguments::{Heard, Machine, Measure, Monitor, Play, Record, Route, Where};
pub use self::live::Live;
pub use self::readings::measure;
use self::view::View;
use crate::Format;

/// The verbs, which are the same wherever the command runs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Play a sound into a device, of this Mac or of the driver on the bench
    Play(Play),
    /// Record from a device, while a sound is played into it or not
    Record(Record),
    /// Show the levels of what a device records, channel by channel
    Monitor(Monitor),
    /// Play into a device what another records
    Route(Route),
}

impl Verb {
    /// Carries it out at the place that `place` finds; whether nothing was left out.
    ///
    /// # Errors
    /// Wrong usage, something missing, or a step that failed.
    pub fn carry_out<P: Place>(&self, place: impl FnOnce(&Where) -> anyhow::Result<P>) -> anyhow::Result<bool> {
        match self {
            Verb::Play(asked) => play(asked, &mut place(&asked.place)?),
            Verb::Record(asked) => record(asked, &mut place(&asked.heard.place)?),
            Verb::Monitor(asked) => monitor(asked, &mut place(&asked.heard.place)?),
            Verb::Route(asked) => route(asked, &mut place(&asked.place)?),
        }
    }
}

/// Between two looks at the levels, seconds.
const LOOK: f64 = 0.1;

/// What is to be done with a device.
pub struct Order<'a> {
    /// Where, and how.
    pub place: &'a Where,
    /// What is played.
    pub sound: Option<Audio>,
    /// How long there is to be recorded, in seconds, from where the sound is heard, if there is one.
    pub record: Option<f64>,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Done {
    /// The device's name.
    pub device: String,
    /// Frames a second.
    pub rate: u32,
    /// IO cycles.
    pub cycles: u64,
    /// From start to stop, in seconds.
    pub seconds: f64,
    /// Frames that were left out between cycles, or came late.
    pub missed: u64,
    /// How often the HAL told that a cycle was late; `null` on the bench, where time waits.
    pub overloads: Option<u64>,
    /// Frames from a program to the wire and back that the device declares.
    pub latency: u32,
    /// Largest distance of a cycle's time from the ideal, ns.
    pub clock_error_ns: u64,
    /// What is wrong.
    pub problems: Vec<String>,
    /// What was recorded.
    #[serde(skip)]
    pub recorded: Option<Audio>,
}

/// Where orders are carried out.
pub trait Place {
    /// Carries an order out. `look` is told the seconds since the start and the levels of each channel, several times a second, as
    /// long as there is something to look at.
    ///
    /// # Errors
    /// Wrong usage, something missing, or a step that failed.
    fn carry_out(&mut self, order: &Order<'_>, look: &mut dyn FnMut(f64, &[Level])) -> anyhow::Result<Done>;

    /// Plays into a device what another records; see [`Route`].
    ///
    /// # Errors
    /// As before.
    fn route(&mut self, arguments: &Route) -> anyhow::Result<Done>;
}

/// Plays a file; whether nothing was left out.
fn play(arguments: &Play, place: &mut dyn Place) -> anyhow::Result<bool> {
    let sound = wav::load(&arguments.sound)?;
    let what = format!("played    {} ({})\n", arguments.sound.display(), described(&sound));
    let order = Order { place: &arguments.place, sound: Some(sound), record: None };
    let done = place.carry_out(&order, &mut |_, _| {})?;
    tell(&what, &done, arguments.place.format)
}

/// Records into a file; whether nothing was left out.
fn record(arguments: &Record, place: &mut dyn Place) -> anyhow::Result<bool> {
    let Heard { seconds, play, place: at } = &arguments.heard;
    let sound = play.as_deref().map(wav::load).transpose()?;
    if sound.is_some()
        && play.as_ref().and_then(|path| path.canonicalize().ok()) == arguments.output.canonicalize().ok()
    {
        return Err(Error::Usage("--play and the recording are one file; name another".to_owned()).into());
    }
    output::check(&arguments.output)?;
    let seconds = seconds.or(sound.as_ref().map(Audio::seconds));
    let seconds = seconds
        .ok_or_else(|| Error::Usage("how long? say --seconds, or --play WAV for as long as it is".to_owned()))?;
    let order = Order { place: at, sound, record: Some(seconds) };
    let mut done = place.carry_out(&order, &mut |_, _| {})?;
    let recorded = done.recorded.take().context("nothing was recorded")?;
    wav::store(&arguments.output, &recorded)?;
    let what = format!("recorded  {} ({})\n", arguments.output.display(), described(&recorded));
    tell(&what, &done, at.format)
}

/// Shows what a device records, channel by channel; whether nothing was left out.
fn monitor(arguments: &Monitor, place: &mut dyn Place) -> anyhow::Result<bool> {
    let Heard { seconds, play, place: at } = &arguments.heard;
    let sound = play.as_deref().map(wav::load).transpose()?;
    let seconds = seconds.or(sound.as_ref().map(Audio::seconds)).unwrap_or(f64::INFINITY);
    let order = Order { place: at, sound, record: Some(seconds) };
    let mut view = View::new(at.format);
    let done = place.carry_out(&order, &mut |at, levels| view.show(at, levels))?;
    view.end()?;
    tell("", &done, at.format)
}

/// Plays into a device what another records; whether nothing was left out.
fn route(arguments: &Route, place: &mut dyn Place) -> anyhow::Result<bool> {
    let done = place.route(arguments)?;
    tell(&format!("routed    {} to {}\n", arguments.from, arguments.to), &done, arguments.place.format)
}

/// A sound in words.
fn described(audio: &Audio) -> String {
    let channels = match audio.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        many => format!("{many} channels"),
    };
    format!("{:.3} s, {channels}, {} Hz", audio.seconds(), audio.rate)
}

/// Says what came of an order; whether all went well.
fn tell(what: &str, done: &Done, format: Format) -> anyhow::Result<bool> {
    let text = match format {
        Format::Json => serde_json::to_string(done).context("the answer as JSON")? + "\n",
        Format::Human => format!("{what}{}", in_words(done)),
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the answer")?;
    for problem in &done.problems {
        eprintln!("loopflower: {problem}");
    }
    Ok(done.problems.is_empty() && done.missed == 0)
}

fn in_words(done: &Done) -> String {
    let overloads = done.overloads.map_or_else(String::new, |count| format!(", {count} overloads"));
    format!(
        "device    {}, {} Hz\nlatency   {} frames, as declared\ncycles    {} in {:.3} s; {} frames left out or late{overloads}; clock at most {} ns from the ideal\n",
        done.device, done.rate, done.latency, done.cycles, done.seconds, done.missed, done.clock_error_ns
    )
}

//! Expectations: what is, what must be, and whether they agree.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use host::client::{Done, Notice};
use host::engine::{PAUSED, RESUMED, RUNNING, STOPPED};
use host::{Bench, Engine};
use kpi::iokit::ioreturn::IOReturn;
use kpi::mach::clock;
use kpi::sched;
use protocol::script::{
    ClientFact, Compared as How, Comparison, Count, EngineFact, Expectation, News, Sound, State, Time, Told, Unit,
};

use super::Trouble;
use super::place::{self, Seen, is_of};
use super::sound::{Allowed, Compared};
use super::stage::{Player, Stage};
use crate::choice::{loopbacks, rest};

/// Virtual time in which what is waited for must come true, and the step in which it is looked at, ns.
const PATIENCE: u64 = 10_000_000_000;
const STEP: u64 = 1_000_000;
/// Distance of a timestamp from the ideal schedule that is allowed, unless another is.
const ON_SCHEDULE: Time = Time { thousandths: 10_000, unit: Unit::Microseconds };
/// Time that the timestamp of a lap may come late, ns: a timer's thread has to run first.
const FRESH: u64 = 5_000_000;

/// What was found.
pub struct Found {
    pub held: bool,
    pub text: Text,
}

/// What was found in words, which are made when they are said: what is waited for is looked at a thousand times.
pub enum Text {
    Words(String),
    /// A number, and what it should have been.
    Number(i64, Option<Comparison>),
    /// The state of an engine.
    State(u64),
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Text::Words(words) => f.write_str(words),
            Text::Number(number, None) => write!(f, "{number}"),
            Text::Number(number, Some(Comparison { how, with })) => {
                let how = match how {
                    How::Is => "",
                    How::AtLeast => "at least ",
                    How::AtMost => "at most ",
                };
                write!(f, "{number}, not {how}{with}")
            }
            Text::State(state) => match ["stopped", "running", "paused", "resumed"].get(*state as usize) {
                Some(words) => write!(f, "it is {words}"),
                None => write!(f, "it is in state {state}"),
            },
        }
    }
}

impl Found {
    fn new(held: bool, text: impl Into<String>) -> Found {
        Found { held, text: Text::Words(text.into()) }
    }

    fn number(number: i64, comparison: Comparison) -> Found {
        let held = comparison.holds(number);
        Found { held, text: Text::Number(number, (!held).then_some(comparison)) }
    }
}

/// Looks whether it is so now.
pub fn expect(
    bench: &mut Bench,
    stage: &mut Stage,
    expectation: &Expectation,
    answer: Option<&str>,
) -> Result<Found, Trouble> {
    let found = look(bench, stage, expectation, answer, &mut Seen::default())?;
    if let Expectation::Client(name, ClientFact::Told(..)) = expectation {
        stage.player(name)?.news.clear();
    }
    Ok(found)
}

/// Waits until it is so.
pub fn wait_for(bench: &mut Bench, stage: &mut Stage, expectation: &Expectation) -> Result<Found, Trouble> {
    let deadline = sched::now() + PATIENCE;
    let mut seen = Seen::default();
    loop {
        let found = look(bench, stage, expectation, None, &mut seen);
        // What is not there may come.
        let is_so = matches!(&found, Ok(found) if found.held);
        if is_so || sched::now() >= deadline || matches!(found, Err(Trouble::Stop(_))) {
            if let Expectation::Client(name, ClientFact::Told(..)) = expectation {
                stage.player(name)?.news.clear();
            }
            let patience = PATIENCE / 1_000_000_000;
            let late = |found: Found| Found::new(found.held, format!("{} after {patience} s", found.text));
            return if is_so { found } else { found.map(late) };
        }
        rest(STEP);
    }
}

fn look(
    bench: &mut Bench,
    stage: &mut Stage,
    expectation: &Expectation,
    answer: Option<&str>,
    seen: &mut Seen,
) -> Result<Found, Trouble> {
    match expectation {
        Expectation::Refused(words) => Ok(match answer {
            None => Found::new(false, "it was not refused"),
            Some(why) => Found::new(why.contains(words.as_str()), why),
        }),
        Expectation::Returned(code) => {
            let success = IOReturn::SUCCESS.to_string();
            let answer = answer.unwrap_or(&success);
            let is_code = |word: &str| word.trim_matches([':', ';', ',']) == code;
            Ok(Found::new(answer.split_whitespace().any(is_code), answer))
        }
        Expectation::Devices(comparison) => {
            let count = loopbacks().map_or(0, |engines| engines.len());
            Ok(Found::number(count as i64, *comparison))
        }
        Expectation::NothingLeft => {
            let left = bench.left();
            Ok(Found::new(left.is_none(), left.unwrap_or_else(|| "nothing is left".to_string())))
        }
        Expectation::Engine(device, fact) => engine_fact(seen.engine(device.as_ref())?, fact),
        Expectation::Control(control, device, comparison) => {
            let control = place::control(seen.engine(device.as_ref())?, control)?;
            Ok(Found::number(i64::from(control.value()), *comparison))
        }
        Expectation::Client(name, fact) => client_fact(stage, name, fact),
    }
}

fn engine_fact(engine: Engine, fact: &EngineFact) -> Result<Found, Trouble> {
    Ok(match fact {
        EngineFact::State(state) => {
            let (now, wanted) = (engine.state(), number_of(*state));
            Found { held: now == wanted, text: Text::State(now) }
        }
        EngineFact::Rate(comparison) => Found::number(i64::from(engine.rate().whole), *comparison),
        EngineFact::Format(format) => {
            let [output, input] = [engine.output()?.format(), engine.input()?.format()];
            let held = is_of(&output, *format) && is_of(&input, *format);
            Found::new(held, format!("output: {output}; input: {input}"))
        }
        EngineFact::Number(key, comparison) => match engine.number(key) {
            Some(number) => Found::number(number as i64, *comparison),
            None => Found::new(false, format!("it has no number {key}")),
        },
        EngineFact::Text(key, wanted) => {
            let text = engine.text(key);
            Found::new(text == *wanted, format!("it is \"{text}\""))
        }
    })
}

fn number_of(state: State) -> u64 {
    match state {
        State::Stopped => STOPPED,
        State::Running => RUNNING,
        State::Paused => PAUSED,
        State::Resumed => RESUMED,
    }
}

fn client_fact(stage: &mut Stage, name: &str, fact: &ClientFact) -> Result<Found, Trouble> {
    let done = stage.player(name)?.client.done();
    Ok(match fact {
        ClientFact::Running => {
            let runs = stage.player(name)?.client.is_running();
            Found::new(runs && done.gave_up.is_none(), how_it_is(runs, &done))
        }
        ClientFact::Idle => {
            let runs = stage.player(name)?.client.is_running();
            Found::new(!runs, how_it_is(runs, &done))
        }
        ClientFact::GaveUp(words) => {
            let held = done.gave_up.as_ref().is_some_and(|why| why.contains(words.as_str()));
            Found::new(held, done.gave_up.unwrap_or_else(|| "it did not give up".to_string()))
        }
        ClientFact::Count(count, comparison) => {
            let why = done.gave_up.as_ref().map(|why| format!("; it gave up: {why}")).unwrap_or_default();
            let found = Found::number(counted(&done, count), *comparison);
            let failed = matches!(count, Count::Failed(_)) && !done.failed.is_empty();
            let codes = if failed { format!("; {}", failures(&done)) } else { String::new() };
            if codes.is_empty() && why.is_empty() {
                found
            } else {
                Found::new(found.held, format!("{}{codes}{why}", found.text))
            }
        }
        ClientFact::OnSchedule(within) => on_schedule(stage, name, &done, within.unwrap_or(ON_SCHEDULE))?,
        ClientFact::Hears(sound) => hears(stage, name, *sound)?,
        ClientFact::Told(wanted, how) => {
            let player = stage.player(name)?;
            player.news.extend(player.client.notices());
            told(player, wanted, *how)
        }
    })
}

fn how_it_is(runs: bool, done: &Done) -> String {
    let state = if runs { "it runs" } else { "it is idle" };
    let why = done.gave_up.as_ref().map(|why| format!("; it gave up: {why}")).unwrap_or_default();
    format!("{state} after {} cycles and {} starts{why}", done.cycles, done.starts)
}

fn counted(done: &Done, count: &Count) -> i64 {
    let failed = |name: &str| {
        let of_name = done.failed.iter().filter(|(code, _)| IOReturn(**code).to_string() == name);
        of_name.map(|(_, times)| times).sum::<u64>()
    };
    let number = match count {
        Count::Cycles => done.cycles,
        Count::Starts => done.starts,
        Count::Late => done.overloads + failed("kIOReturnIsoTooOld"),
        Count::Failed(None) => done.failed.values().sum(),
        Count::Failed(Some(code)) => failed(code),
        Count::Timestamps => done.timestamps,
        Count::FramesRead => done.frames_read,
        Count::FramesWritten => done.frames_written,
    };
    number as i64
}

fn failures(done: &Done) -> String {
    let each = done.failed.iter().map(|(code, times)| format!("{times} × {}", IOReturn(*code)));
    each.collect::<Vec<_>>().join(", ")
}

fn on_schedule(stage: &mut Stage, name: &str, done: &Done, within: Time) -> Result<Found, Trouble> {
    let allowed = stage.client_ns(name, within)?;
    let player = stage.player(name)?;
    let lap = player.engine().map_or(player.lap, Engine::lap_ns);
    let (laps, at) = player.client.timestamp();
    let age = sched::now().saturating_sub(clock::to_ns(at));
    let is_fresh = at != 0 && age <= lap + FRESH;
    let held = is_fresh && done.timestamps > 0 && done.timestamp_error_ns <= allowed;
    let late = if is_fresh { String::new() } else { format!("; the last is {age} ns old, a lap takes {lap} ns") };
    let text = format!(
        "{} timestamps up to lap {laps}, at most {} ns from the ideal; allowed are {allowed} ns{late}",
        done.timestamps, done.timestamp_error_ns
    );
    Ok(Found::new(held, text))
}

fn hears(stage: &mut Stage, name: &str, sound: Sound) -> Result<Found, Trouble> {
    let uid = stage.player(name)?.uid.clone();
    let log = stage.played(&uid);
    let player = stage.player(name)?;
    let format = player.engine()?.input()?.format();
    let (channels, least) = (format.channels as usize, u64::from(player.client.spec().io_frames));
    match sound {
        Sound::Silence => {
            let heard = player.heard.sound(channels);
            let held = heard.wrong == 0 && heard.frames >= least;
            Ok(Found::new(held, in_words(&heard, &format!("{} silent frames", heard.frames), least)))
        }
        Sound::Something => {
            let heard = player.heard.sound(channels);
            Ok(Found::new(heard.wrong > 0, format!("{} samples of {} frames sound", heard.wrong, heard.frames)))
        }
        Sound::Played { lag, or_silence, level } => {
            // Integers carry a sample to the nearest one.
            let error = if format.is_float() { 0.0 } else { libm::ldexp(1.0, 1 - i32::from(format.bit_depth)) };
            let factor = level.map(|level| libm::pow(10.0, f64::from(level) / 20.0));
            let heard =
                player.heard.compare(&log, channels, Allowed { lag: u64::from(lag), or_silence, factor, error });
            let held = heard.wrong == 0 && heard.sounding >= least;
            let good = format!("{} frames, {} of them sound", heard.frames, heard.sounding);
            Ok(Found::new(held, in_words(&heard, &good, least)))
        }
    }
}

fn in_words(heard: &Compared, good: &str, least: u64) -> String {
    match &heard.first {
        Some(first) => format!("{} samples of {} frames are wrong; the first is {first}", heard.wrong, heard.frames),
        None if heard.frames < least => format!("only {} frames were kept; \"record\" keeps them", heard.frames),
        None => good.to_string(),
    }
}

fn told(player: &Player, wanted: &[News], how: Told) -> Found {
    let named = |news: &News| match news {
        News::Format => Notice::Format,
        News::Change => Notice::Change,
        News::Started => Notice::Started,
        News::Stopped => Notice::Stopped,
        News::Paused => Notice::Paused,
        News::Resumed => Notice::Resumed,
    };
    let wanted: Vec<Notice> = wanted.iter().map(named).collect();
    let held = match how {
        Told::Only => player.news == wanted,
        Told::Among => {
            let mut left = wanted.as_slice();
            for news in &player.news {
                if left.first() == Some(news) {
                    left = &left[1..];
                }
            }
            left.is_empty()
        }
    };
    let text = if player.news.is_empty() {
        "it was told nothing".to_string()
    } else {
        format!("it was told {:?}", player.news)
    };
    Found::new(held, text)
}

//! Expectations.

use alloc::format;
use alloc::vec::Vec;

use protocol::script::{ClientFact, Compared, Comparison, Count, EngineFact, Expectation, News, Sound, State, Told};

use crate::error::Error;
use crate::step::{FORMATS, control, name};
use crate::words::Words;

/// States of engines.
pub const STATES: [(&str, State); 4] =
    [("stopped", State::Stopped), ("running", State::Running), ("paused", State::Paused), ("resumed", State::Resumed)];

/// Notifications.
pub const NEWS: [(&str, News); 6] = [
    ("format", News::Format),
    ("change", News::Change),
    ("started", News::Started),
    ("stopped", News::Stopped),
    ("paused", News::Paused),
    ("resumed", News::Resumed),
];

/// Reads what is expected.
pub fn read(words: &mut Words<'_>) -> Result<Expectation, Error> {
    if words.take_if("refused") {
        return Ok(Expectation::Refused(words.take_text().unwrap_or_default()));
    }
    if words.take_if("returned") {
        return Ok(Expectation::Returned(code(words)?));
    }
    if words.take_if("devices") {
        return Ok(Expectation::Devices(comparison(words)?));
    }
    if words.take_if("nothing") {
        words.must("left")?;
        return Ok(Expectation::NothingLeft);
    }
    if words.take_if("control") {
        return Ok(Expectation::Control(control(words)?, words.on_device()?, comparison(words)?));
    }
    if words.take_if("engine") {
        return Ok(Expectation::Engine(words.on_device()?, engine(words)?));
    }
    Ok(Expectation::Client(name(words)?, client(words)?))
}

/// The name of an IOReturn.
fn code(words: &mut Words<'_>) -> Result<alloc::string::String, Error> {
    let word = words.word("the name of an IOReturn")?;
    let digits = |hex: &str| !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if word.starts_with("kIO") || word.strip_prefix("0x").is_some_and(digits) {
        return Ok(word);
    }
    Err(words.error(format!("\"{word}\" is no IOReturn"), "it has a name like kIOReturnOffline, or a number in hex"))
}

fn comparison(words: &mut Words<'_>) -> Result<Comparison, Error> {
    let how = match words.choose("comparison", &[("is", Some(Compared::Is)), ("at", None)])? {
        Some(how) => how,
        None => words.choose("comparison", &[("least", Compared::AtLeast), ("most", Compared::AtMost)])?,
    };
    Ok(Comparison { how, with: words.number("number", i64::MIN..=i64::MAX)? })
}

fn engine(words: &mut Words<'_>) -> Result<EngineFact, Error> {
    if let Some((_, state)) = STATES.iter().find(|(name, _)| words.take_if(name)) {
        return Ok(EngineFact::State(*state));
    }
    if words.take_if("rate") {
        return Ok(EngineFact::Rate(comparison(words)?));
    }
    if words.take_if("format") {
        return Ok(EngineFact::Format(words.choose("sample format", &FORMATS)?));
    }
    let key = words.word("a state, rate, format or the key of a property")?;
    if !key.starts_with(|letter: char| letter.is_ascii_uppercase()) {
        let right = "an engine is stopped, running, paused or resumed, has a rate, a format, and properties like \
                     IOAudioEngineSampleOffset";
        return Err(words.error(format!("an engine has no \"{key}\""), right));
    }
    let mut ahead = words.clone();
    if ahead.take_if("is")
        && let Some(text) = ahead.take_text()
    {
        *words = ahead;
        return Ok(EngineFact::Text(key, text));
    }
    Ok(EngineFact::Number(key, comparison(words)?))
}

#[derive(Clone, Copy)]
enum Word {
    Running,
    Idle,
    Gave,
    Cycles,
    Starts,
    Late,
    Failed,
    Timestamps,
    FramesRead,
    FramesWritten,
    On,
    Hears,
    Told,
}

const FACTS: [(&str, Word); 13] = [
    ("running", Word::Running),
    ("idle", Word::Idle),
    ("gave", Word::Gave),
    ("cycles", Word::Cycles),
    ("starts", Word::Starts),
    ("late", Word::Late),
    ("failed", Word::Failed),
    ("timestamps", Word::Timestamps),
    ("frames-read", Word::FramesRead),
    ("frames-written", Word::FramesWritten),
    ("on", Word::On),
    ("hears", Word::Hears),
    ("told", Word::Told),
];

fn client(words: &mut Words<'_>) -> Result<ClientFact, Error> {
    let count = match words.choose("fact of a client", &FACTS)? {
        Word::Running => return Ok(ClientFact::Running),
        Word::Idle => return Ok(ClientFact::Idle),
        Word::Gave => {
            words.must("up")?;
            return Ok(ClientFact::GaveUp(words.take_text().unwrap_or_default()));
        }
        Word::On => {
            words.must("schedule")?;
            return Ok(ClientFact::OnSchedule(if words.take_if("within") { Some(words.time()?) } else { None }));
        }
        Word::Hears => return Ok(ClientFact::Hears(sound(words)?)),
        Word::Told => return told(words),
        Word::Cycles => Count::Cycles,
        Word::Starts => Count::Starts,
        Word::Late => Count::Late,
        Word::Failed if matches!(words.peek(), Some("is" | "at")) => Count::Failed(None),
        Word::Failed => Count::Failed(Some(code(words)?)),
        Word::Timestamps => Count::Timestamps,
        Word::FramesRead => Count::FramesRead,
        Word::FramesWritten => Count::FramesWritten,
    };
    Ok(ClientFact::Count(count, comparison(words)?))
}

fn sound(words: &mut Words<'_>) -> Result<Sound, Error> {
    match words.choose("sound", &[("played", 0), ("silence", 1), ("something", 2)])? {
        0 => {}
        1 => return Ok(Sound::Silence),
        _ => return Ok(Sound::Something),
    }
    let lag = if words.take_if("lag") { words.number("number of frames", 0..=1 << 24)? } else { 0 };
    let level = if words.take_if("at") {
        let level = words.number("level", -200..=200)?;
        words.must("dB")?;
        Some(level)
    } else {
        None
    };
    let or_silence = words.take_if("or");
    if or_silence {
        words.must("silence")?;
    }
    Ok(Sound::Played { lag, or_silence, level })
}

fn told(words: &mut Words<'_>) -> Result<ClientFact, Error> {
    if words.take_if("nothing") {
        return Ok(ClientFact::Told(Vec::new(), Told::Only));
    }
    let how = if words.take_if("only") { Told::Only } else { Told::Among };
    let mut news = Vec::from([words.choose("notification", &NEWS)?]);
    while !words.is_at_end() {
        news.push(words.choose("notification", &NEWS)?);
    }
    Ok(ClientFact::Told(news, how))
}

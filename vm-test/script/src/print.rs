//! Steps as text, in the form that says each thing once.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{self, Write};

use protocol::script::{
    ClientFact, Compared, Comparison, Control, Count, Device, EngineFact, Expectation, Hal, Late, Load, Misdeed,
    Offline, Script, Setting, Sides, Signal, Sound, Step, Time, Told, Verb,
};
use protocol::value::Value;

use crate::expect::{NEWS, STATES};
use crate::options::{LATE, OFFLINE};
use crate::step::{FORMATS, MISDEEDS};
use crate::words::UNITS;

/// A scenario as text; reading it gives the same steps.
pub fn print(script: &Script) -> String {
    let mut text = String::new();
    if !script.shows.is_empty() {
        add(&mut text, format_args!("shows {}\n", quoted(&script.shows)));
    }
    for line in &script.lines {
        text += &step(&line.step);
        text.push('\n');
    }
    text
}

/// A step as a line.
pub fn step(step: &Step) -> String {
    match step {
        Step::Load(load) => print_load(load),
        Step::Unload => "unload".to_string(),
        Step::Unplug => "unplug".to_string(),
        Step::Open(name, hal) => format!("open {name}{}", options(hal)),
        Step::Clients(verb, names) => {
            let verb = match verb {
                Verb::Start => "start",
                Verb::Stop => "stop",
                Verb::Close => "close",
                Verb::Kill => "kill",
                Verb::Record => "record",
            };
            format!("{verb} {}", names.join(" "))
        }
        Step::Play(name, signal, for_) => {
            let for_ = for_.map(|time| format!(" for {}", print_time(time))).unwrap_or_default();
            format!("play {name} {}{for_}", print_signal(*signal))
        }
        Step::Resize(name, frames) => format!("resize {name} to {frames}"),
        Step::Stall(who, time) => format!("stall {} {}", who.as_deref().unwrap_or("timers"), print_time(*time)),
        Step::Late(None) => "late timers usual".to_string(),
        Step::Late(Some(time)) => format!("late timers {}", print_time(*time)),
        Step::Wait(time, device) => format!("wait {}{}", print_time(*time), on(device.as_ref())),
        Step::Sleep => "sleep".to_string(),
        Step::Wake => "wake".to_string(),
        Step::Set(setting, device) => format!("set {}{}", print_setting(setting), on(device.as_ref())),
        Step::Misbehave(name, Misdeed::Flood(calls)) => format!("misbehave {name} flood {calls}"),
        Step::Misbehave(name, misdeed) => format!("misbehave {name} {}", word(&MISDEEDS, misdeed)),
        Step::Expect(expectation) => format!("expect {}", print_expectation(expectation)),
        Step::Await(expectation) => format!("await {}", print_expectation(expectation)),
    }
}

fn add(text: &mut String, part: fmt::Arguments<'_>) {
    // A string takes whatever is written.
    let _ = text.write_fmt(part);
}

/// The word for a value.
fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn print_time(time: Time) -> String {
    let (whole, part) = (time.thousandths / 1000, time.thousandths % 1000);
    let part = if part == 0 { String::new() } else { format!(".{part:03}").trim_end_matches('0').to_string() };
    format!("{whole}{part} {}", word(&UNITS, &time.unit))
}

fn print_device(device: &Device) -> String {
    match device {
        Device::Number(number) => number.to_string(),
        Device::Named(name) => quoted(name),
    }
}

fn on(device: Option<&Device>) -> String {
    device.map(|device| format!(" on {}", print_device(device))).unwrap_or_default()
}

fn print_value(value: &Value) -> String {
    match value {
        Value::Boolean(truth) => truth.to_string(),
        Value::Number(number, 32) => number.to_string(),
        Value::Number(number, _) => (*number as i64).to_string(),
        Value::String(text) => quoted(text),
        // The format has no others.
        Value::Data(_) | Value::Array(_) | Value::Dictionary(_) => String::new(),
    }
}

fn print_load(load: &Load) -> String {
    let mut text = "load".to_string();
    if !load.label.is_empty() {
        add(&mut text, format_args!(" as {}", quoted(&load.label)));
    }
    if load.on_device {
        text += " on device";
    }
    for (path, value) in &load.with {
        match value {
            Some(value) => add(&mut text, format_args!(" with {path} {}", print_value(value))),
            None => add(&mut text, format_args!(" without {path}")),
        }
    }
    text
}

fn options(hal: &Hal) -> String {
    let default = Hal::default();
    let mut text = on(hal.device.as_ref());
    match hal.sides {
        Sides::Both => {}
        Sides::Output => text += " output",
        Sides::Input => text += " input",
    }
    let mut number = |name: &str, number: Option<i64>| {
        if let Some(number) = number {
            add(&mut text, format_args!(" {name} {number}"));
        }
    };
    number("io-frames", (hal.io_frames != default.io_frames).then_some(i64::from(hal.io_frames)));
    number("safety-offset", (hal.safety_offset != 0).then_some(i64::from(hal.safety_offset)));
    number("margin", hal.margin.map(i64::from));
    number("lead", hal.lead.map(i64::from));
    number("lag", hal.lag.map(i64::from));
    number("retries", (hal.retries != 0).then_some(i64::from(hal.retries)));
    if let Some(time) = hal.wakes_late {
        add(&mut text, format_args!(" wakes-late {}", print_time(time)));
    }
    if hal.when_offline != Offline::Return {
        add(&mut text, format_args!(" when-offline {}", word(&OFFLINE, &hal.when_offline)));
    }
    if hal.when_late != Late::GoOn {
        add(&mut text, format_args!(" when-late {}", word(&LATE, &hal.when_late)));
    }
    if !hal.shared_set {
        text += " sets own";
    }
    if !hal.entitled {
        text += " entitlement off";
    }
    text
}

fn print_signal(signal: Signal) -> String {
    match signal {
        Signal::Silence => "silence".to_string(),
        Signal::Noise(None) => "noise".to_string(),
        Signal::Noise(Some(seed)) => format!("noise {seed}"),
        Signal::Ramp => "ramp".to_string(),
        Signal::Impulse => "impulse".to_string(),
        Signal::Tone(hz) => format!("tone {hz} Hz"),
    }
}

fn print_control(control: &Control) -> String {
    let [kind, sub_type, usage] = control.codes.map(|code| String::from_utf8_lossy(&code).into_owned());
    format!("{kind}/{sub_type}/{usage}/{}", control.channel)
}

fn print_setting(setting: &Setting) -> String {
    match setting {
        Setting::Rate(None) => "rate another".to_string(),
        Setting::Rate(Some(rate)) => format!("rate {rate}"),
        Setting::Format(None) => "format another".to_string(),
        Setting::Format(Some((format, channels))) => {
            let channels = channels.map(|channels| format!(" {channels} channels")).unwrap_or_default();
            format!("format {}{channels}", word(&FORMATS, format))
        }
        Setting::Control(control, value) => format!("control {} to {value}", print_control(control)),
    }
}

fn compared(comparison: Comparison) -> String {
    let how = match comparison.how {
        Compared::Is => "is",
        Compared::AtLeast => "at least",
        Compared::AtMost => "at most",
    };
    format!("{how} {}", comparison.with)
}

fn print_expectation(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Refused(words) if words.is_empty() => "refused".to_string(),
        Expectation::Refused(words) => format!("refused {}", quoted(words)),
        Expectation::Returned(code) => format!("returned {code}"),
        Expectation::Devices(comparison) => format!("devices {}", compared(*comparison)),
        Expectation::NothingLeft => "nothing left".to_string(),
        Expectation::Client(name, fact) => format!("{name} {}", print_fact(fact)),
        Expectation::Engine(device, fact) => {
            let fact = match fact {
                EngineFact::State(state) => word(&STATES, state).to_string(),
                EngineFact::Rate(comparison) => format!("rate {}", compared(*comparison)),
                EngineFact::Format(format) => format!("format {}", word(&FORMATS, format)),
                EngineFact::Number(key, comparison) => format!("{key} {}", compared(*comparison)),
                EngineFact::Text(key, text) => format!("{key} is {}", quoted(text)),
            };
            format!("engine{} {fact}", on(device.as_ref()))
        }
        Expectation::Control(control, device, comparison) => {
            format!("control {}{} {}", print_control(control), on(device.as_ref()), compared(*comparison))
        }
    }
}

fn print_fact(fact: &ClientFact) -> String {
    match fact {
        ClientFact::Running => "running".to_string(),
        ClientFact::Idle => "idle".to_string(),
        ClientFact::GaveUp(words) if words.is_empty() => "gave up".to_string(),
        ClientFact::GaveUp(words) => format!("gave up {}", quoted(words)),
        ClientFact::Count(count, comparison) => {
            let count = match count {
                Count::Cycles => "cycles",
                Count::Starts => "starts",
                Count::Late => "late",
                Count::Failed(None) => "failed",
                Count::Failed(Some(code)) => return format!("failed {code} {}", compared(*comparison)),
                Count::Timestamps => "timestamps",
                Count::FramesRead => "frames-read",
                Count::FramesWritten => "frames-written",
            };
            format!("{count} {}", compared(*comparison))
        }
        ClientFact::OnSchedule(None) => "on schedule".to_string(),
        ClientFact::OnSchedule(Some(time)) => format!("on schedule within {}", print_time(*time)),
        ClientFact::Hears(Sound::Silence) => "hears silence".to_string(),
        ClientFact::Hears(Sound::Something) => "hears something".to_string(),
        ClientFact::Hears(Sound::Played { lag, or_silence, level }) => {
            let lag = if *lag == 0 { String::new() } else { format!(" lag {lag}") };
            let level = level.map(|level| format!(" at {level} dB")).unwrap_or_default();
            format!("hears played{lag}{level}{}", if *or_silence { " or silence" } else { "" })
        }
        ClientFact::Told(news, Told::Only) if news.is_empty() => "told nothing".to_string(),
        ClientFact::Told(news, how) => {
            let mut text = if *how == Told::Only { "told only".to_string() } else { "told".to_string() };
            for one in news {
                add(&mut text, format_args!(" {}", word(&NEWS, one)));
            }
            text
        }
    }
}

//! Levels: S16, S17, S21.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use host::control::{INPUT, LEVEL, OUTPUT, VOLUME};
use host::{Bench, Client, Control, Engine, Spec, Stop};
use kpi::global::Global;

use crate::choice::{IO_FRAMES, channels, loopbacks, rest};
use crate::signal::{Constant, Noise, Signal, Sine};
use crate::tape::Tape;

/// What is played to measure levels: a gain of 24 dB does not bring it out of a float's reach, nor an integer's at 12 dB.
const PLAYED: f32 = 0.25;
/// How far a level may be from its label, dB: what nobody hears, and far less than a step.
const LABEL: f64 = 0.01;
/// Virtual time that a change gets until it is heard, ns: a ramp of 10 ms and some IO cycles.
const HEARD: u64 = 100_000_000;

/// The engine with the fewest channels of those with levels.
///
/// # Errors
/// None has any: a driver may do without.
fn with_levels() -> Result<Engine, Stop> {
    let mut engines = loopbacks()?;
    engines.retain(|engine| [OUTPUT, INPUT].iter().any(|&usage| !engine.controls_of(LEVEL, VOLUME, usage).is_empty()));
    engines.sort_by_key(|engine| channels(*engine).unwrap_or(u32::MAX));
    engines.first().copied().ok_or(Stop::NotApplicable("no engine has a volume or gain".into()))
}

/// The value of a level control whose label is 0 dB.
fn unity(control: Control) -> Result<i32, Stop> {
    let is_unity = |value: &i32| control.decibels(*value).is_some_and(|db| db.abs() < LABEL / 2.0);
    let value = (control.minimum()..=control.maximum()).find(is_unity);
    value.ok_or_else(|| format!("{} has no value of 0 dB", control.name()).into())
}

/// All volumes and gains at 0 dB.
fn all_at_unity(engine: Engine) -> Result<(), Stop> {
    for usage in [OUTPUT, INPUT] {
        for control in engine.controls_of(LEVEL, VOLUME, usage) {
            control.set(unity(control)?)?;
        }
    }
    Ok(())
}

/// S16: a level is what its label says, within 0.01 dB, the lowest value is silence, and an input's gain boosts. A driver that
/// takes a power's law for an amplitude's is off by as much again as the label says.
pub fn labels(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let engine = with_levels()?;
    let channels = channels(engine)?;
    all_at_unity(engine)?;
    let last = Rc::new(Global::new(Vec::new()));
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Constant(PLAYED).player(channels as usize));
    let frame = Rc::clone(&last);
    client.record(move |_, block| {
        let mut frame = frame.borrow();
        frame.clear();
        frame.extend_from_slice(&block[block.len() - channels as usize..]);
    });
    client.start()?;
    rest(HEARD);
    for (usage, name) in [(OUTPUT, "volume"), (INPUT, "gain")] {
        let controls = engine.controls_of(LEVEL, VOLUME, usage);
        if usage == INPUT && !controls.is_empty() {
            let boosts = controls.iter().all(|control| control.decibels(control.maximum()).is_some_and(|db| db > 0.0));
            bench.check(
                "gain boosts",
                boosts,
                if boosts { "all labels go beyond 0 dB" } else { "a label ends at 0 dB" },
            );
        }
        // The master, the first channel and the last.
        let (mut count, mut wrong) = (0, Vec::new());
        let ends: Vec<Control> = controls
            .iter()
            .enumerate()
            .filter(|(index, _)| *index < 2 || index + 1 == controls.len())
            .map(|(_, &it)| it)
            .collect();
        for control in ends {
            for value in values(control) {
                control.set(value)?;
                rest(HEARD);
                count += 1;
                wrong.extend(off_label(control, value, &last.borrow()));
            }
            control.set(unity(control)?)?;
        }
        if !controls.is_empty() {
            let text = wrong.first().map_or_else(|| format!("{count} levels are as their labels say"), Clone::clone);
            bench.check(name, wrong.is_empty(), text);
        }
    }
    client.close()?;
    Ok(())
}

/// Values of a level control that tell its law.
fn values(control: Control) -> Vec<i32> {
    let (least, most) = (control.minimum(), control.maximum());
    let part = |quarters: i64| (i64::from(least) + (i64::from(most) - i64::from(least)) * quarters / 4) as i32;
    let mut values = [least, least + 1, part(1), part(2), part(3), most - 1, most].to_vec();
    values.dedup();
    values
}

/// What is wrong with a frame that was played while a control had a value.
fn off_label(control: Control, value: i32, frame: &[f32]) -> Option<String> {
    let label = if value == control.minimum() { None } else { control.decibels(value) };
    for (channel, &got) in (1..).zip(frame) {
        let acts = control.channel == 0 || control.channel == channel;
        let gain = f64::from(got) / f64::from(PLAYED);
        let off = match (acts, label) {
            (false, _) => (got.to_bits() != PLAYED.to_bits())
                .then(|| format!("a gain of {gain}, of which it is none of its business")),
            (true, None) => (got != 0.0).then(|| format!("{:.2} dB instead of silence", decibels(gain))),
            (true, Some(db)) => {
                let level = decibels(gain);
                // Not a number is off, too.
                let is_right = (level - db).abs() <= LABEL;
                (!is_right).then(|| format!("{level:.3} dB, its label says {db:.3} dB"))
            }
        };
        if let Some(off) = off {
            return Some(format!("{} at {value}: channel {channel} has {off}", control.name()));
        }
    }
    None
}

fn decibels(gain: f64) -> f64 {
    20.0 * libm::log10(gain)
}

/// S17: controls of a device act on that device only: no other one's sound or values change.
pub fn own_controls(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let engines = loopbacks()?;
    if engines.len() < 2 || engines.iter().all(|engine| engine.controls().is_empty()) {
        return Err(Stop::NotApplicable("there are no two devices with controls".into()));
    }
    for &engine in engines.iter().take(2) {
        let channels = channels(engine)?;
        let values = || -> Vec<i32> { engine.controls().into_iter().map(Control::value).collect() };
        let before = values();
        let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
        client.play(Noise(17).player(channels as usize));
        client.record(tape.recorder());
        client.start()?;
        rest(HEARD);
        let mut touched = 0;
        for other in engines.iter().filter(|&&other| other != engine) {
            let controls = other.controls();
            let kept: Vec<i32> = controls.iter().map(|control| control.value()).collect();
            for edge in [Control::minimum, Control::maximum] {
                for control in &controls {
                    touched += 1;
                    let _answer = control.set(if control.kind == LEVEL { edge(*control) } else { 1 });
                }
                rest(HEARD);
            }
            for (control, value) in controls.iter().zip(kept) {
                control.set(value)?;
            }
        }
        rest(HEARD);
        let done = client.done();
        client.close()?;
        engine.wait_stopped()?;
        let name = engine.name();
        let text = format!("{touched} changes at other devices");
        bench.check(&format!("values of {name}"), values() == before && touched > 0, text);
        let (from, to) = (done.written_from.unwrap_or(0), done.read_to);
        let wrong = tape.compare(from, to, |frame, channel| Noise(17).at(frame, channel));
        let text =
            wrong.map_or_else(|| format!("{} frames came back", tape.covered(from, to)), |wrong| wrong.in_words());
        bench.check(&format!("sound of {name}"), wrong.is_none() && tape.covered(from, to) > 0, text);
    }
    Ok(())
}

/// Deviation from the ideal ramp that is allowed: −60 dBFS, below which a step is no click.
const CLICK: f64 = 0.001;
/// A ramp's length in parts of a second: 10 ms.
const RAMP: u64 = 100;
/// Levels between which is changed, dB; `None` for silence.
const LEVELS: [Option<f64>; 6] = [Some(0.0), Some(-20.0), Some(0.0), None, Some(-6.0), Some(0.0)];

/// S21: a change of volume or gain is heard as a ramp of 10 ms, linear in gain; a full-scale sine of 1 kHz deviates from that by
/// no more than −60 dBFS.
pub fn ramps(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let engine = with_levels()?;
    let channels = channels(engine)?;
    all_at_unity(engine)?;
    let rate = engine.rate().whole;
    let sine = Sine { period: f64::from(rate) / 1000.0, amplitude: 1.0 };
    let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
    client.play(sine.player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    rest(HEARD);
    for (usage, name) in [(OUTPUT, "volume"), (INPUT, "gain")] {
        let Some(&control) = engine.controls_of(LEVEL, VOLUME, usage).first() else { continue };
        let channel = control.channel.saturating_sub(1) as usize;
        let (mut worst, mut at) = (0.0, String::new());
        let mut before = factor(control, control.value());
        for level in LEVELS {
            let value = nearest(control, level);
            let after = factor(control, value);
            tape.erase();
            // Some blocks of before, for the ramp's beginning may be in what is read next.
            rest(HEARD / 4);
            control.set(value)?;
            rest(HEARD);
            let deviation = deviation(&tape, channel, sine, (before, after), u64::from(rate) / RAMP);
            if deviation > worst {
                worst = deviation;
                at = format!(", from a gain of {before:.4} to one of {after:.4}");
            }
            before = after;
        }
        let text = format!("at most {worst:.6} of full scale from the ideal ramp{at}; allowed is {CLICK}");
        bench.check(name, worst <= CLICK, text);
    }
    client.close()?;
    Ok(())
}

/// The gain that a value's label stands for.
fn factor(control: Control, value: i32) -> f64 {
    control.decibels(value).map_or(0.0, |db| libm::pow(10.0, db / 20.0))
}

/// The value whose label is nearest to a level.
fn nearest(control: Control, level: Option<f64>) -> i32 {
    let Some(level) = level else { return control.minimum() };
    let distance = |value: &i32| control.decibels(*value).map_or(f64::INFINITY, |db| (db - level).abs());
    let values = control.minimum()..=control.maximum();
    values.min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or(control.minimum())
}

/// How far a recording is at most from the ideal ramp, wherever in it that begins.
fn deviation(tape: &Tape, channel: usize, sine: Sine, (from, to): (f64, f64), ramp: u64) -> f64 {
    let mut heard = Vec::new();
    tape.each(|frame, samples| heard.push((f64::from(sine.at(frame, channel)), f64::from(samples[channel]))));
    let off = |start: usize, best: f64| {
        let mut worst: f64 = 0.0;
        for (index, (played, got)) in heard.iter().enumerate() {
            let done = (index.saturating_sub(start) as f64 / ramp as f64).min(1.0);
            worst = worst.max((got - played * (from + (to - from) * done)).abs());
            if worst >= best {
                break;
            }
        }
        worst
    };
    (0..heard.len()).fold(f64::INFINITY, |best, start| best.min(off(start, best)))
}

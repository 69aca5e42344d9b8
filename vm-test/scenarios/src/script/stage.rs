//! The clients of a scenario, and the steps that are no expectations.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::bench::Personalities;
use host::client::Notice;
use host::{Bench, Client, Engine, Rate, Spec, Stop};
use kpi::iokit::power;
use kpi::timer;
use protocol::script::{Device, Hal, Load, Setting, Sides, Signal, Step, Time, Verb};
use protocol::value::Value;

use super::Trouble;
use super::place::{self, engine, physical};
use super::sound::{Heard, Played, Source};
use crate::choice::{other_rate, rest};

/// A client.
pub struct Player {
    pub client: Client,
    /// Its place in the order of opening, from 1.
    pub number: u32,
    /// Its device.
    pub uid: String,
    /// The device's lap when it was opened, ns.
    pub lap: u64,
    pub heard: Heard,
    /// What it was told and nobody asked for yet.
    pub news: Vec<Notice>,
}

impl Player {
    /// Its engine, if that is still there.
    pub fn engine(&self) -> Result<Engine, Trouble> {
        let found = Engine::all().into_iter().find(|engine| *engine == self.client.engine());
        found.ok_or_else(|| Trouble::Refused("its device is gone".to_string()))
    }
}

/// What a scenario has brought about.
#[derive(Default)]
pub struct Stage {
    players: BTreeMap<String, Player>,
    /// What is played, by device.
    played: BTreeMap<String, Played>,
    opened: u32,
    is_asleep: bool,
}

impl Stage {
    /// A client by its name.
    pub fn player(&mut self, name: &str) -> Result<&mut Player, Trouble> {
        self.players.get_mut(name).ok_or_else(|| Trouble::Refused(format!("{name} is not open")))
    }

    /// What is played on a device.
    pub fn played(&mut self, uid: &str) -> Played {
        self.played.entry(uid.to_string()).or_default().clone()
    }

    /// Ends what goes on.
    pub fn clear(&mut self) -> Result<(), Stop> {
        let mut problems = Vec::new();
        if core::mem::take(&mut self.is_asleep) {
            problems.extend(power::wake());
        }
        for (name, player) in core::mem::take(&mut self.players) {
            problems.extend(player.client.close().err().map(|error| format!("closing {name} at the end: {error}")));
        }
        problems.into_iter().next().map_or(Ok(()), |problem| Err(problem.into()))
    }

    /// Takes a step.
    pub fn step(&mut self, bench: &mut Bench, step: &Step) -> Result<(), Trouble> {
        match step {
            Step::Load(load) => self::load(bench, load)?,
            Step::Unload => {
                bench.unload();
            }
            Step::Unplug => bench.pull_out()?,
            Step::Open(name, hal) => self.open(name, hal)?,
            Step::Clients(verb, names) => names.iter().try_for_each(|name| self.tell(*verb, name))?,
            Step::Play(name, signal, time) => {
                self.play(name, *signal)?;
                if let Some(time) = time {
                    rest(self.client_ns(name, *time)?);
                    self.play(name, Signal::Silence)?;
                }
            }
            Step::Resize(name, frames) => self.player(name)?.client.resize(*frames)?,
            Step::Stall(None, time) => timer::stall(place::ns(*time, || engine(None))?),
            Step::Stall(Some(name), time) => {
                let ns = self.client_ns(name, *time)?;
                self.player(name)?.client.stall(ns);
            }
            Step::Late(None) => timer::set_lateness(timer::LATENESS),
            Step::Late(Some(time)) => timer::set_lateness(place::ns(*time, || engine(None))?),
            Step::Wait(time, device) => rest(place::ns(*time, || engine(device.as_ref()))?),
            Step::Sleep => {
                self.is_asleep = true;
                in_time(&power::sleep())?;
            }
            Step::Wake => {
                self.is_asleep = false;
                in_time(&power::wake())?;
            }
            Step::Set(setting, device) => set(setting, device.as_ref())?,
            Step::Misbehave(name, misdeed) => {
                self.player(name)?.client.misbehave(*misdeed).map_err(|code| code.to_string())?;
            }
            // They are looked at elsewhere.
            Step::Expect(_) | Step::Await(_) => {}
        }
        Ok(())
    }

    /// A time in ns; laps and frames are those of the client's device.
    pub fn client_ns(&mut self, name: &str, time: Time) -> Result<u64, Trouble> {
        let player = self.player(name)?;
        place::ns(time, || player.engine())
    }

    fn open(&mut self, name: &str, hal: &Hal) -> Result<(), Trouble> {
        let engine = engine(hal.device.as_ref())?;
        let client = Client::open(engine, &spec(hal)?)?;
        self.opened += 1;
        let player = Player {
            client,
            number: self.opened,
            uid: engine.uid(),
            lap: engine.lap_ns(),
            heard: Heard::default(),
            news: Vec::new(),
        };
        self.players.insert(name.to_string(), player);
        Ok(())
    }

    fn tell(&mut self, verb: Verb, name: &str) -> Result<(), Trouble> {
        let player = self.player(name)?;
        match verb {
            Verb::Start => player.client.start()?,
            Verb::Stop => player.client.stop()?,
            Verb::Record => {
                if !player.client.spec().records {
                    return Err(Trouble::Refused(format!("{name} is open for output only")));
                }
                let channels = player.engine()?.input()?.format().channels as usize;
                player.client.record(player.heard.recorder(channels, player.client.epoch()));
            }
            Verb::Close | Verb::Kill => {
                let Some(player) = self.players.remove(name) else { return Ok(()) };
                if verb == Verb::Kill { player.client.die()? } else { player.client.close()? }
            }
        }
        Ok(())
    }

    fn play(&mut self, name: &str, signal: Signal) -> Result<(), Trouble> {
        let uid = self.player(name)?.uid.clone();
        let log = self.played(&uid);
        let player = self.player(name)?;
        if !player.client.spec().plays {
            return Err(Trouble::Refused(format!("{name} is open for input only")));
        }
        let engine = player.engine()?;
        let channels = engine.output()?.format().channels as usize;
        let source = Source::of(signal, player.number, engine.rate().whole);
        player.client.play(log.player(player.number, channels, source, player.client.epoch()));
        Ok(())
    }
}

/// What a client is like.
fn spec(hal: &Hal) -> Result<Spec, Trouble> {
    let usual = Spec::duplex(hal.io_frames);
    let lateness = hal.wakes_late.map(|time| place::ns(time, || engine(hal.device.as_ref()))).transpose()?;
    Ok(Spec {
        plays: hal.sides != Sides::Input,
        records: hal.sides != Sides::Output,
        safety_offset: hal.safety_offset,
        margin: hal.margin,
        lead: hal.lead.map(i64::from),
        lag: hal.lag.map(i64::from),
        lateness: lateness.unwrap_or(usual.lateness),
        when_offline: hal.when_offline,
        when_late: hal.when_late,
        retries: hal.retries,
        entitled: hal.entitled,
        input_set: if hal.shared_set { 1 } else { 2 },
        ..usual
    })
}

/// What took longer than it may is a refusal.
fn in_time(late: &[String]) -> Result<(), Trouble> {
    late.first().map_or(Ok(()), |first| Err(Trouble::Refused(first.clone())))
}

fn load(bench: &mut Bench, load: &Load) -> Result<(), Trouble> {
    let mut personalities = bench.personalities().clone();
    for (path, value) in &load.with {
        put(&mut personalities, path, value.as_ref())?;
    }
    let answer = if load.on_device {
        bench.try_load_on_device(&load.label, &personalities)?
    } else {
        bench.try_load_with(&load.label, &personalities)?
    };
    Ok(answer?)
}

/// Puts a value into all personalities that the way leads into, or takes it out.
fn put(personalities: &mut Personalities, path: &str, value: Option<&Value>) -> Result<(), Trouble> {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    let mut is_done = false;
    for (_, personality) in personalities {
        let found = parent.split('/').filter(|step| !step.is_empty()).try_fold(personality, |at, step| match at {
            Value::Dictionary(entries) => entries.iter_mut().find(|(key, _)| key == step).map(|(_, value)| value),
            Value::Array(values) => values.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        });
        match found {
            Some(Value::Dictionary(entries)) => {
                let before = entries.len();
                entries.retain(|(known, _)| known != key);
                is_done |= value.is_some() || entries.len() < before;
                entries.extend(value.map(|value| (key.to_string(), value.clone())));
            }
            Some(Value::Array(values)) => {
                let Some(at) = key.parse().ok().filter(|at| *at < values.len()) else { continue };
                is_done = true;
                match value {
                    Some(value) => values[at] = value.clone(),
                    None => drop(values.remove(at)),
                }
            }
            _ => {}
        }
    }
    if is_done {
        return Ok(());
    }
    let text = format!("no personality of the kext has a place \"{path}\"");
    Err(Trouble::Refused(text))
}

fn set(setting: &Setting, device: Option<&Device>) -> Result<(), Trouble> {
    let engine = engine(device)?;
    match setting {
        Setting::Rate(Some(rate)) => engine.set_rate(Rate::hz(*rate))?,
        Setting::Rate(None) => {
            let other = other_rate(engine);
            let other = other.ok_or_else(|| Stop::NotApplicable("the device has one rate only".to_string()))?;
            engine.set_rate(other)?;
        }
        Setting::Format(Some((format, channels))) => {
            engine.output()?.set_format(&physical(engine, *format, *channels)?, None)?;
        }
        Setting::Format(None) => {
            let output = engine.output()?;
            let other = output.formats().into_iter().find(|format| *format != output.format());
            let other = other.ok_or_else(|| Stop::NotApplicable("the device has one format only".to_string()))?;
            output.set_format(&other, None)?;
        }
        Setting::Control(control, value) => place::control(engine, control)?.set(*value)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_and_taken_out_by_their_ways() {
        let device = |name: &str| Value::dictionary([("Name", Value::string(name))]);
        let devices = Value::Array(["a", "b", "c"].map(device).into());
        let mut all: Personalities = [("Driver".to_string(), Value::dictionary([("Devices", devices)]))].into();
        let mut put = |path: &str, value: Option<Value>| put(&mut all, path, value.as_ref()).is_ok();
        assert!(put("Devices/2", None) && put("Devices/0", None) && put("Devices/0/Channels", Some(Value::number(4))));
        assert!(!put("Devices/1", None) && !put("Devices/0/Rates/1", None) && !put("Absent", None));
        let left = Value::dictionary([("Name", Value::string("b")), ("Channels", Value::number(4))]);
        assert_eq!(all[0].1.get("Devices"), Some(&Value::Array([left].into())));
    }
}

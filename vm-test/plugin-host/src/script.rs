//! Scenarios from files: the steps that make sense for a user-space driver, carried out as the HAL would. See [`fits`] for those
//! that do not.

mod expect;
mod fits;
mod player;

use hal_sys::code::Shown;
use hal_sys::code::selector::{kAudioDevicePropertyNominalSampleRate, kAudioStreamPropertyPhysicalFormat};
use protocol::event::Event;
use protocol::proof::SampleFormat;
use protocol::script::{self, Expectation, Line, Script, Setting, Step, Time, Unit, Verb};

pub use fits::fits;

use self::player::{Log, Player};
use crate::hal::properties::global;
use crate::hal::{Client, Cycles, Device, Driver};
use crate::run::Plugged;
use crate::{libraries, trace, world};

/// Virtual time in which what is waited for must come true, and the step in which it is looked at, ns.
const PATIENCE: u64 = 10_000_000_000;
const STEP: u64 = 1_000_000;

/// One life of the driver: from load to unload.
struct Life<'a> {
    devices: &'a [Device],
    players: Vec<Player<'a>>,
    /// Of each device.
    logs: Vec<Log>,
    opened: u32,
    seed: u64,
}

/// Runs a scenario, and gives the driver back that is loaded in the end, if one is; in words, why it could not go on.
pub(crate) fn run(plugged: &Plugged<'_>, driver: Driver, script: &Script) -> Result<Option<Driver>, String> {
    fits(script)?;
    let mut next = Some(driver);
    let (mut index, mut loaded) = (0, None);
    while let Some(line) = script.lines.get(index) {
        note(script, line);
        match &line.step {
            Step::Load(_) => {
                let driver = match next.take() {
                    Some(first) => first,
                    None => plugged.again()?,
                };
                let devices = Device::all(driver)?;
                let life = Life::new(&devices, plugged.seed());
                let (end, is_over) = life.run(script, index + 1)?;
                (index, loaded) = (end, (!is_over).then_some(driver));
                if is_over {
                    driver.release();
                }
            }
            Step::Expect(Expectation::NothingLeft) if next.is_none() => {
                let (held, running) = (libraries::held_locks().len(), libraries::running_threads());
                let text = format!("{held} mutexes are held, {running} threads run");
                say(script, line, held == 0 && running == 0, text);
                index += 1;
            }
            _ => {
                say(script, line, false, "no driver is loaded: load comes first");
                return Ok(next);
            }
        }
    }
    Ok(loaded.or(next))
}

/// A line's place and text: the name of its check, and in traces.
fn name(script: &Script, line: &Line) -> String {
    format!("{}:{} {}", script.name, line.number, line.text)
}

fn note(script: &Script, line: &Line) {
    trace::step(|| name(script, line));
}

fn say(script: &Script, line: &Line, held: bool, text: impl Into<String>) {
    world::emit(&Event::Check { name: name(script, line), held, text: text.into() });
}

impl<'a> Life<'a> {
    fn new(devices: &'a [Device], seed: u64) -> Life<'a> {
        let logs = devices.iter().map(|_| Log::default()).collect();
        Life { devices, players: Vec::new(), logs, opened: 0, seed }
    }

    /// Takes the steps from a place on; the place behind the last one, and whether that unloads. What is refused is the last,
    /// unless the next one expects that.
    fn run(mut self, script: &Script, from: usize) -> Result<(usize, bool), String> {
        let mut answer: Option<String> = None;
        for (index, line) in script.lines.iter().enumerate().skip(from) {
            note(script, line);
            let found = match &line.step {
                Step::Unload => {
                    self.close()?;
                    return Ok((index + 1, true));
                }
                Step::Expect(expectation) => Some(self.look(expectation, answer.as_deref())?),
                Step::Await(expectation) => Some(self.wait_for(expectation)?),
                step => {
                    let done = self.step(step);
                    let next = script.lines.get(index + 1).map(|line| &line.step);
                    let is_asked = matches!(next, Some(Step::Expect(Expectation::Refused(_))));
                    match done {
                        Err(why) if !is_asked => {
                            say(script, line, false, why);
                            self.close()?;
                            return Ok((script.lines.len(), false));
                        }
                        done => answer = done.err(),
                    }
                    None
                }
            };
            if let Some((held, text)) = found {
                say(script, line, held, text);
            }
        }
        self.close()?;
        Ok((script.lines.len(), false))
    }

    fn close(&mut self) -> Result<(), String> {
        for mut player in self.players.drain(..) {
            player.stop()?;
            player.client.leave()?;
        }
        Ok(())
    }

    /// A device by its number or name; the first that loops.
    fn device(&self, device: Option<&script::Device>) -> Result<usize, String> {
        let loops = |device: &Device| !device.inputs.is_empty() && !device.outputs.is_empty();
        let mut all = self.devices.iter().enumerate().filter(|(_, device)| loops(device));
        let found = match device {
            None => all.next(),
            Some(script::Device::Number(number)) => all.nth((*number as usize).wrapping_sub(1)),
            Some(script::Device::Named(name)) => all.find(|(_, device)| device.uid == *name || device.name == *name),
        };
        found.map(|(index, _)| index).ok_or_else(|| "there is no such device".to_owned())
    }

    fn player(&mut self, name: &str) -> Result<&mut Player<'a>, String> {
        let found = self.players.iter_mut().find(|player| player.name == name);
        found.ok_or_else(|| format!("there is no client {name}; open it first"))
    }

    /// A time as nanoseconds, of a device where it is in frames or laps.
    fn ns(&self, time: Time, device: usize) -> Result<u64, String> {
        let device = self.devices.get(device).ok_or("there is no device")?;
        let rate = device.rate()?;
        let unit = match time.unit {
            Unit::Microseconds => 1e3,
            Unit::Milliseconds => 1e6,
            Unit::Seconds => 1e9,
            Unit::Frames => 1e9 / rate,
            Unit::Laps => 1e9 / rate * f64::from(device.period),
        };
        Ok((time.thousandths as f64 / 1000.0 * unit).ceil() as u64)
    }

    /// Lets time pass, in which all that run do their cycles.
    fn pass(&mut self, ns: u64) {
        let until = world::now() + ns;
        let due = |players: &[Player<'_>]| {
            let running = players.iter().enumerate().filter(|(_, player)| player.is_running);
            running
                .min_by_key(|(_, player)| player.client.wakes())
                .map(|(index, player)| (index, player.client.wakes()))
        };
        while let Some((index, _)) = due(&self.players).filter(|(_, wakes)| *wakes <= until) {
            let device = self.players[index].device;
            self.players[index].take_turn(&self.devices[device], &mut self.logs[device]);
        }
        world::pass_until(until);
        libraries::run_dispatched();
    }

    fn start(&mut self, name: &str) -> Result<(), String> {
        let device = self.player(name)?.device;
        // The first one starts the clock.
        if !self.players.iter().any(|player| player.device == device && player.is_running) {
            self.logs[device].begin();
        }
        self.player(name)?.start()
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Open(name, hal) => {
                let device = self.device(hal.device.as_ref())?;
                self.opened += 1;
                let channels = self.devices[device].outputs.first().map_or(0, |stream| stream.channels);
                let client =
                    Client::open(&self.devices[device], self.opened, channels, self.seed + u64::from(self.opened))?;
                let (lead, lag) = (hal.lead.map(i64::from), hal.lag.map(i64::from));
                self.players.push(Player {
                    name: name.clone(),
                    number: self.opened,
                    device,
                    client,
                    cycle: Cycles { frames: hal.io_frames, lead, lag },
                    signal: script::Signal::Silence,
                    is_running: false,
                    heard: None,
                    cycles: 0,
                    starts: 0,
                    gave_up: None,
                });
                Ok(())
            }
            Step::Clients(verb, names) => names.iter().try_for_each(|name| self.clients(*verb, name)),
            Step::Play(name, signal, time) => {
                self.player(name)?.signal = *signal;
                let Some(time) = time else { return Ok(()) };
                let device = self.player(name)?.device;
                self.pass(self.ns(*time, device)?);
                self.player(name)?.signal = script::Signal::Silence;
                Ok(())
            }
            Step::Resize(name, frames) => {
                let was_running = self.player(name)?.is_running;
                self.player(name)?.stop()?;
                self.player(name)?.cycle.frames = *frames;
                if was_running { self.start(name) } else { Ok(()) }
            }
            Step::Stall(Some(name), time) => {
                let device = self.player(name)?.device;
                let until = world::now() + self.ns(*time, device)?;
                self.player(name)?.client.hold_until(until);
                Ok(())
            }
            Step::Wait(time, device) => {
                let device = self.device(device.as_ref())?;
                self.pass(self.ns(*time, device)?);
                Ok(())
            }
            // The host ends all IO before the Mac sleeps, and begins it anew afterwards.
            Step::Sleep => self.players.iter_mut().try_for_each(|player| {
                let was_running = player.is_running;
                player.stop()?;
                player.gave_up = was_running.then(|| ASLEEP.to_owned());
                Ok(())
            }),
            Step::Wake => {
                let asleep = |player: &Player<'_>| player.gave_up.as_deref() == Some(ASLEEP);
                let names: Vec<String> =
                    self.players.iter().filter(|it| asleep(it)).map(|player| player.name.clone()).collect();
                names.iter().try_for_each(|name| {
                    self.player(name)?.gave_up = None;
                    self.start(name)
                })
            }
            Step::Set(setting, device) => self.set(setting, device.as_ref()),
            _ => Err("it is no step for a user-space driver".to_owned()),
        }
    }

    fn clients(&mut self, verb: Verb, name: &str) -> Result<(), String> {
        match verb {
            Verb::Start => self.start(name),
            Verb::Stop => self.player(name)?.stop(),
            Verb::Record => {
                self.player(name)?.heard = Some(Vec::new());
                Ok(())
            }
            // The host does the same for a process that crashes.
            Verb::Close | Verb::Kill => {
                self.player(name)?.stop()?;
                self.player(name)?.client.leave()?;
                self.players.retain(|player| player.name != name);
                Ok(())
            }
        }
    }

    /// Sets rate or format; where the driver asks for a change, all IO of the device is stopped for it, and begins again.
    fn set(&mut self, setting: &Setting, device: Option<&script::Device>) -> Result<(), String> {
        let index = self.device(device)?;
        let device = &self.devices[index];
        let refused = |status: u32| format!("refused: {}", Shown(status));
        match setting {
            Setting::Rate(rate) => {
                let rate = match rate {
                    Some(rate) => f64::from(*rate),
                    None => crate::scenarios::other_rate(device)?.ok_or("the device has one rate only")?,
                };
                let address = global(kAudioDevicePropertyNominalSampleRate);
                device.driver.set(device.id, &address, &rate.to_ne_bytes()).map_err(refused)?;
            }
            Setting::Format(None) => return Err("refused: no other format is looked for; name one".to_owned()),
            Setting::Format(Some((format, channels))) => {
                let stream = device.outputs.first().ok_or("the device has no output")?;
                let value = described(device.rate()?, *format, channels.unwrap_or(stream.channels));
                let address = global(kAudioStreamPropertyPhysicalFormat);
                device.driver.set(stream.id, &address, &value).map_err(refused)?;
            }
            Setting::Control(..) => return Err("it is no step for a user-space driver".to_owned()),
        }
        libraries::run_dispatched();
        if !Driver::has_requests() {
            return Ok(());
        }
        let of_device = |player: &Player<'_>| player.device == index && player.is_running;
        let running: Vec<String> =
            self.players.iter().filter(|it| of_device(it)).map(|player| player.name.clone()).collect();
        running.iter().try_for_each(|name| self.player(name)?.stop())?;
        device.driver.perform_changes().map_err(refused)?;
        running.iter().try_for_each(|name| self.start(name))
    }
}

/// Why a client rests while the Mac sleeps.
const ASLEEP: &str = "the Mac sleeps";

/// A format as streams have it: what an AudioStreamBasicDescription has, one after the other.
fn described(rate: f64, format: SampleFormat, channels: u32) -> Vec<u8> {
    use hal_sys::code::format::{
        kAudioFormatFlagIsFloat, kAudioFormatFlagIsPacked, kAudioFormatFlagIsSignedInteger, kAudioFormatLinearPCM,
    };
    /// Samples lie at the high end of their bytes.
    const HIGH: u32 = 1 << 4;
    let integer = kAudioFormatFlagIsSignedInteger;
    let (flags, bits, bytes) = match format {
        SampleFormat::Float32 => (kAudioFormatFlagIsFloat | kAudioFormatFlagIsPacked, 32, 4),
        SampleFormat::Int16 => (integer | kAudioFormatFlagIsPacked, 16, 2),
        SampleFormat::Int24 => (integer | kAudioFormatFlagIsPacked, 24, 3),
        SampleFormat::Int24In32 => (integer | HIGH, 24, 4),
        SampleFormat::Int32 => (integer | kAudioFormatFlagIsPacked, 32, 4),
    };
    let words = [kAudioFormatLinearPCM, flags, bytes * channels, 1, bytes * channels, channels, bits, 0];
    [rate.to_ne_bytes().to_vec(), words.into_iter().flat_map(u32::to_ne_bytes).collect()].concat()
}

//! What is expected, and what is found.

use hal_sys::code::selector::{kAudioDevicePropertyDeviceIsRunning, kAudioStreamPropertyPhysicalFormat};
use protocol::script::{ClientFact, Comparison, Count, EngineFact, Expectation, Sound, State, Time, Unit};

use super::{Life, PATIENCE, STEP, described};
use crate::hal::properties::global;
use crate::world;

/// Distance of a timestamp from the ideal schedule that is allowed, unless another is.
const ON_SCHEDULE: Time = Time { thousandths: 10_000, unit: Unit::Microseconds };

/// Whether it is so, and what was found.
type Found = (bool, String);

fn number(number: u64, comparison: Comparison) -> Found {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let held = comparison.holds(number);
    (held, if held { number.to_string() } else { format!("{number}, wanted: {comparison:?}") })
}

impl Life<'_> {
    /// Waits until it is so.
    pub(super) fn wait_for(&mut self, expectation: &Expectation) -> Result<Found, String> {
        let deadline = world::now() + PATIENCE;
        loop {
            let (held, text) = self.look(expectation, None)?;
            if held || world::now() >= deadline {
                let late = if held { String::new() } else { format!(" after {} s", PATIENCE / 1_000_000_000) };
                return Ok((held, text + &late));
            }
            self.pass(STEP);
        }
    }

    /// Looks whether it is so. `answer`: what the step before was refused with.
    pub(super) fn look(&mut self, expectation: &Expectation, answer: Option<&str>) -> Result<Found, String> {
        Ok(match expectation {
            Expectation::Refused(words) => match answer {
                None => (false, "it was not refused".to_owned()),
                Some(why) => (why.contains(words.as_str()), why.to_owned()),
            },
            Expectation::Devices(comparison) => {
                let loops = self.devices.iter().filter(|it| !it.inputs.is_empty() && !it.outputs.is_empty());
                number(loops.count() as u64, *comparison)
            }
            Expectation::Engine(device, fact) => {
                let device = &self.devices[self.device(device.as_ref())?];
                match fact {
                    EngineFact::State(state) => {
                        let address = global(kAudioDevicePropertyDeviceIsRunning);
                        let runs = device.driver.u32(device.id, &address)? != 0;
                        let words = if runs { "it runs" } else { "it is stopped" };
                        (runs == (*state == State::Running), words.to_owned())
                    }
                    EngineFact::Rate(comparison) => number(device.rate()? as u64, *comparison),
                    EngineFact::Format(format) => {
                        let stream = device.outputs.first().ok_or("the device has no output")?;
                        let found = device.driver.value(stream.id, &global(kAudioStreamPropertyPhysicalFormat))?;
                        let held = found == described(device.rate()?, *format, stream.channels);
                        (held, format!("it is {}{format:?}", if held { "" } else { "not " }))
                    }
                    EngineFact::Number(..) | EngineFact::Text(..) => (false, "it has no registry".to_owned()),
                }
            }
            Expectation::Client(name, fact) => self.client(name, fact)?,
            Expectation::NothingLeft => (false, "the driver is loaded".to_owned()),
            Expectation::Returned(_) | Expectation::Control(..) => (false, "that is for kexts".to_owned()),
        })
    }

    fn client(&mut self, name: &str, fact: &ClientFact) -> Result<Found, String> {
        let device = self.player(name)?.device;
        let within = match fact {
            ClientFact::OnSchedule(within) => self.ns(within.unwrap_or(ON_SCHEDULE), device)?,
            _ => 0,
        };
        let player = self.player(name)?;
        let why = player.gave_up.as_ref().map_or_else(String::new, |why| format!("; it gave up: {why}"));
        let state =
            format!("{} after {} cycles{why}", if player.is_running { "it runs" } else { "it is idle" }, player.cycles);
        Ok(match fact {
            ClientFact::Running => (player.is_running, state),
            ClientFact::Idle => (!player.is_running, state),
            ClientFact::GaveUp(words) => {
                let held = player.gave_up.as_ref().is_some_and(|why| why.contains(words.as_str()));
                (held, player.gave_up.clone().unwrap_or_else(|| "it did not give up".to_owned()))
            }
            ClientFact::Count(count, comparison) => {
                let frames = u64::from(player.cycle.frames);
                let counted = match count {
                    Count::Cycles => player.cycles,
                    Count::Starts => player.starts,
                    Count::Late => player.client.late(),
                    Count::Failed(_) => player.client.failed().iter().map(|(_, count)| count).sum(),
                    Count::Timestamps => player.client.timing().0,
                    Count::FramesRead | Count::FramesWritten => player.cycles * frames,
                };
                number(counted, *comparison)
            }
            ClientFact::OnSchedule(_) => {
                let (stamps, error) = player.client.timing();
                let text = format!("{stamps} timestamps, at most {error} ns from the ideal; allowed are {within} ns");
                (stamps > 0 && error <= within, text)
            }
            ClientFact::Hears(sound) => self.hears(name, *sound)?,
            ClientFact::Told(..) => (false, "that is for kexts".to_owned()),
        })
    }

    fn hears(&mut self, name: &str, sound: Sound) -> Result<Found, String> {
        let (device, least) = {
            let player = self.player(name)?;
            (player.device, u64::from(player.cycle.frames))
        };
        let channels = self.devices[device].inputs.first().map_or(0, |stream| stream.channels) as usize;
        let Some(player) = self.players.iter().find(|player| player.name == name) else { return Err(String::new()) };
        let (lag, or_silence, level) = match sound {
            Sound::Played { lag, or_silence, level } => (lag, or_silence, level),
            Sound::Silence | Sound::Something => (0, false, None),
        };
        let found = player.compare(&self.logs[device], channels, lag, or_silence, level);
        let (frames, first) = (found.samples / channels.max(1) as u64, found.first.unwrap_or_default());
        if frames < least {
            return Ok((false, format!("only {frames} frames were kept; \"record\" keeps them")));
        }
        Ok(match sound {
            Sound::Silence => (found.sounding == 0, format!("{} of {} samples sound", found.sounding, found.samples)),
            Sound::Something => (found.sounding > 0, format!("{} of {} samples sound", found.sounding, found.samples)),
            Sound::Played { .. } => {
                let text =
                    format!("{} of {} samples are wrong; {} sound {first}", found.wrong, found.samples, found.sounding);
                (found.wrong == 0 && found.sounding >= least, text)
            }
        })
    }
}

//! Orders on a HAL: that of a Mac.

use std::sync::atomic::{AtomicU64, Ordering};

use files::Error;
use files::wav::Audio;
use sound::{
    Cycle, Device, Direction, Flow, Hal, Level, Listed, Meters, Part, Player, Procedure, Recorder, Session, choose,
};

use super::route::{Feed, Line, Tap};
use super::{Done, LOOK, Order, Place, Route};

/// What Loopflower's devices have UIDs of.
const OURS: &str = "org.loopflower.";

/// A HAL as a place for orders.
pub struct Live(pub Box<dyn Hal>);

/// Plays, records and measures in the same cycles.
struct Both<'a> {
    player: Option<Player<'a>>,
    recorder: Option<Recorder<'a>>,
    meters: &'a Meters,
}

impl Procedure for Both<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        if let Some(input) = cycle.inputs.first() {
            self.meters.measure(input.samples);
        }
        let played = self.player.as_mut().map(|player| player.cycle(cycle));
        let recorded = self.recorder.as_mut().map(|recorder| recorder.cycle(cycle));
        recorded.or(played).unwrap_or(Flow::On)
    }
}

impl Live {
    /// The device with a name or UID, or the first of ours.
    pub(super) fn device(&self, wanted: Option<&str>) -> anyhow::Result<Device<'_, dyn Hal>> {
        let mut devices = Device::all(&*self.0).map_err(usage)?;
        let listed: Result<Vec<Listed>, _> =
            devices.iter().map(|device| Ok(Listed { uid: device.uid()?, name: device.name.clone() })).collect();
        let listed = listed.map_err(usage)?;
        let place = match wanted {
            Some(wanted) => choose(wanted, &listed).map_err(usage)?,
            None => listed.iter().position(|device| device.uid.starts_with(OURS)).ok_or_else(|| {
                let text = "no device of Loopflower's is there: load the driver (loopflower install --check), or name one with --device";
                Error::Missing(text.to_owned())
            })?,
        };
        Ok(devices.swap_remove(place))
    }
}

/// An error of devices with the exit code it gives itself.
#[allow(clippy::needless_pass_by_value, reason = "it stands where a result's error is mapped")]
fn usage(error: sound::Error) -> anyhow::Error {
    if error.code() == 2 { Error::Usage(error.to_string()).into() } else { Error::Failed(error.to_string()).into() }
}

impl Place for Live {
    fn carry_out(&mut self, order: &Order<'_>, look: &mut dyn FnMut(f64, &[Level])) -> anyhow::Result<Done> {
        let device = self.device(order.place.device.as_deref())?;
        if let Some(sound) = &order.sound {
            device.set_rate(sound.rate.into()).map_err(usage)?;
        }
        device.set_io_frames(order.place.io_frames).map_err(usage)?;
        let rate = device.rate().map_err(usage)? as u32;
        let latency = device.round_trip().map_err(usage)?;
        let channels = if order.record.is_some() { device.channels(Direction::Input).map_err(usage)? } else { 0 };
        let sound = order.sound.as_ref().map(spread);
        // The way of the sound into the recording: some cycles and the device's latency.
        let way = if sound.is_some() { 8 * u64::from(order.place.io_frames) + u64::from(latency) } else { 0 };
        let ends = order.record.filter(|seconds| seconds.is_finite());
        let frames = ends.map(|seconds| (seconds * f64::from(rate)).ceil() as u64);
        let mut tape = vec![0.0; frames.map_or(0, |frames| (frames + way) as usize * channels)];
        let (progress, meters) = (AtomicU64::new(0), Meters::new(channels));
        let out = if sound.is_some() { device.latency(Direction::Output).map_err(usage)? } else { 0 };
        let mut both = Both {
            player: sound.as_ref().map(|(samples, channels)| Player::new(samples, *channels, out)),
            recorder: frames.map(|_| Recorder::new(&mut tape, channels, &progress)),
            meters: &meters,
        };
        let (begin, mut looked) = (self.0.now(), 0.0);
        let mut watch = || {
            let at = self.0.now().saturating_sub(begin) as f64 / 1e9;
            if channels > 0 && at >= looked + LOOK {
                looked = at;
                look(at, &meters.take().collect::<Vec<_>>());
            }
            Flow::On
        };
        let session = Session::run(&device, &mut both, &mut watch).map_err(usage)?;
        let written = both.player.as_ref().and_then(Player::written_from);
        let read = both.recorder.as_ref().and_then(Recorder::read_from);
        let from = written.zip(read).map_or(0, |(written, read)| usize::try_from(written - read).unwrap_or(0));
        let recorded = frames.map(|frames| {
            let samples = tape.into_iter().skip(from * channels).take(frames as usize * channels).collect();
            Audio { rate, channels: channels as u16, samples }
        });
        Ok(Done { recorded, ..of_session(&device, rate, latency, &session) })
    }

    fn route(&mut self, arguments: &Route) -> anyhow::Result<Done> {
        let (from, to) = (self.device(Some(&arguments.from))?, self.device(Some(&arguments.to))?);
        if from.id == to.id {
            return Err(Error::Usage("FROM and TO are one device, which would hear itself; name two".to_owned()).into());
        }
        let rate = from.rate().map_err(usage)?;
        to.set_rate(rate).map_err(usage)?;
        let frames = arguments.place.io_frames;
        for device in [&from, &to] {
            device.set_io_frames(frames).map_err(usage)?;
        }
        let line = Line::new(from.channels(Direction::Input).map_err(usage)?, frames as usize);
        to.channels(Direction::Output).map_err(usage)?;
        let (mut tap, mut feed) = (Tap::new(&line), Feed::new(&line));
        let mut parts = [Part { device: from.id, procedure: &mut tap }, Part { device: to.id, procedure: &mut feed }];
        let (begin, ends) = (self.0.now(), arguments.seconds.unwrap_or(f64::INFINITY));
        let mut watch =
            || if (self.0.now().saturating_sub(begin)) as f64 / 1e9 >= ends { Flow::Done } else { Flow::On };
        let ran = self.0.run(&mut parts, &mut watch);
        let ran = ran.map_err(|status| Error::Failed(format!("IO cannot be started: the HAL returns {status:#x}")))?;
        let latency = from.round_trip().map_err(usage)? + to.round_trip().map_err(usage)?;
        Ok(Done {
            device: to.name.clone(),
            rate: rate as u32,
            cycles: line.cycles.load(Ordering::Relaxed),
            seconds: ran.ns as f64 / 1e9,
            missed: line.missed.load(Ordering::Relaxed),
            latency,
            ..Done::default()
        })
    }
}

/// A sound's samples with their channels; what is mono goes to the left and to the right.
fn spread(audio: &Audio) -> (Vec<f32>, usize) {
    match audio.channels {
        1 => (audio.samples.iter().flat_map(|&sample| [sample; 2]).collect(), 2),
        channels => (audio.samples.clone(), channels.into()),
    }
}

fn of_session<H: Hal + ?Sized>(device: &Device<'_, H>, rate: u32, latency: u32, session: &Session) -> Done {
    Done {
        device: device.name.clone(),
        rate,
        cycles: session.cycles,
        seconds: session.ns as f64 / 1e9,
        missed: session.missed,
        overloads: Some(session.overloads),
        latency,
        clock_error_ns: session.error_ns,
        problems: Vec::new(),
        recorded: None,
    }
}

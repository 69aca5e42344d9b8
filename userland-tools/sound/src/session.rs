//! IO of one device with somebody who looks on, and what plays and records by it.

use core::sync::atomic::{AtomicU64, Ordering};

use hal_sys::code::client::kAudioDeviceProcessorOverload;
use hal_sys::code::scope::kAudioObjectPropertyScopeGlobal;
use hal_sys::interface::AudioObjectPropertyAddress;

use crate::device::{Device, Direction};
use crate::error::Error;
use crate::hal::{Cycle, Flow, Hal, Part, Procedure, Ran};
use crate::tape::{Player, Recorder};

/// How long no cycle may come, ns.
const SILENCE: u64 = 5_000_000_000;

/// What a session came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Cycles.
    pub cycles: u64,
    /// From start to stop, ns.
    pub ns: u64,
    /// How often the HAL told that a cycle was not done in time.
    pub overloads: u64,
    /// Frames that were left out between cycles.
    pub missed: u64,
    /// Largest distance of a cycle's time from the ideal schedule of the nominal rate since the first, ns.
    pub error_ns: u64,
}

/// Watches a device's cycles for what is done in them.
struct Watched<'a, 'p> {
    inner: &'p mut dyn Procedure,
    cycles: &'a AtomicU64,
    rate: f64,
    first: Option<(i64, u64)>,
    next: Option<i64>,
    missed: u64,
    error_ns: u64,
}

impl Procedure for Watched<'_, '_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        self.cycles.fetch_add(1, Ordering::Relaxed);
        let stream = cycle.outputs.first().map(|output| (cycle.written, output.samples.len(), output.channels));
        let stream =
            stream.or_else(|| cycle.inputs.first().map(|input| (cycle.read, input.samples.len(), input.channels)));
        if let Some((moment, samples, channels)) = stream {
            let (frame, ns) = *self.first.get_or_insert((moment.frame, moment.ns));
            let ideal = (moment.frame - frame) as f64 * 1e9 / self.rate;
            let passed = moment.ns as f64 - ns as f64;
            self.error_ns = self.error_ns.max(libm::fabs(passed - ideal) as u64);
            if let Some(next) = self.next {
                self.missed += u64::try_from(moment.frame - next).unwrap_or(0);
            }
            self.next = Some(moment.frame + (samples / channels.max(1)) as i64);
        }
        self.inner.cycle(cycle)
    }
}

impl Session {
    /// Does IO on a device until `procedure` or `watch` is done; `watch` is asked on this thread several times a second.
    ///
    /// # Errors
    /// IO cannot be started, or no cycle comes for five seconds.
    pub fn run<H: Hal + ?Sized>(
        device: &Device<'_, H>,
        procedure: &mut dyn Procedure,
        watch: &mut dyn FnMut() -> Flow,
    ) -> Result<Session, Error> {
        let overload = AudioObjectPropertyAddress {
            mSelector: kAudioDeviceProcessorOverload,
            mScope: kAudioObjectPropertyScopeGlobal,
            mElement: 0,
        };
        // A HAL that does not tell of them has none to tell of.
        let _ = device.hal.listen(device.id, &overload);
        device.hal.take_notices();
        let cycles = AtomicU64::new(0);
        let mut watched = Watched {
            inner: procedure,
            cycles: &cycles,
            rate: device.rate()?,
            first: None,
            next: None,
            missed: 0,
            error_ns: 0,
        };
        let (mut seen, mut since, mut stalled) = (0, device.hal.now(), false);
        let mut look = || {
            let (now, count) = (device.hal.now(), cycles.load(Ordering::Relaxed));
            if count != seen {
                (seen, since) = (count, now);
            }
            stalled = now.saturating_sub(since) > SILENCE;
            if stalled { Flow::Done } else { watch() }
        };
        let mut parts = [Part { device: device.id, procedure: &mut watched }];
        let ran: Ran = device.hal.run(&mut parts, &mut look).map_err(|status| device.refused("IO", status))?;
        if stalled {
            return Err(Error::Stalled {
                device: device.name.clone(),
                what: alloc::format!("no IO cycle comes for 5 s, after {seen}"),
            });
        }
        let notices = device.hal.take_notices();
        let overloads = notices.iter().filter(|it| it.object == device.id && it.selector == overload.mSelector);
        let (missed, error_ns) = (watched.missed, watched.error_ns);
        let cycles = cycles.load(Ordering::Relaxed);
        Ok(Session { cycles, ns: ran.ns, overloads: overloads.count() as u64, missed, error_ns })
    }
}

/// Plays interleaved samples of so many channels into a device's first output stream.
///
/// # Errors
/// It has none of Float32, or IO fails.
pub fn play<H: Hal + ?Sized>(
    device: &Device<'_, H>,
    sound: &[f32],
    channels: usize,
    watch: &mut dyn FnMut() -> Flow,
) -> Result<Session, Error> {
    device.channels(Direction::Output)?;
    let mut player = Player::new(sound, channels, device.latency(Direction::Output)?);
    Session::run(device, &mut player, watch)
}

/// Records a device's first input stream until the tape, which is silent, is full or `watch` is done. The session, and how many
/// frames there are.
///
/// # Errors
/// It has none of Float32, or IO fails.
pub fn record<H: Hal + ?Sized>(
    device: &Device<'_, H>,
    tape: &mut [f32],
    watch: &mut dyn FnMut(u64) -> Flow,
) -> Result<(Session, u64), Error> {
    let channels = device.channels(Direction::Input)?;
    let progress = AtomicU64::new(0);
    let mut recorder = Recorder::new(tape, channels, &progress);
    let session = Session::run(device, &mut recorder, &mut || watch(progress.load(Ordering::Relaxed)))?;
    Ok((session, recorder.recorded()))
}

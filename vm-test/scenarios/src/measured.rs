//! A kext as the measurements see a driver.

mod ask;
mod listen;
mod surface;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use host::listener::Listener;
use host::{Bench, Engine, Format, Stop};
use kpi::fault::emit;
use kpi::iokit::power;
use kpi::mach::clock;
use kpi::{cost, sched, timer};
use measure::{
    Counted, Device, Done, Driver, Late, Memory, Offers, Remains, Seen, Setting, Sink, Source, Spec, Stamp, Surface,
};
use protocol::cost::Injected;
use protocol::event::Event;
use protocol::measure::Measurement;

use crate::choice::{loopbacks, rest};

/// Takes a measurement of the kext.
pub fn run(bench: &mut Bench, which: Measurement) -> Result<(), Stop> {
    if which == Measurement::Unplug {
        bench.load_on_device("")?;
    } else {
        bench.load()?;
    }
    let engines = loopbacks()?;
    for reading in measure::take(which, &mut Kext { engines, bench, listener: None }) {
        emit(&Event::Reading(reading));
    }
    Ok(())
}

/// A kext that is loaded.
struct Kext<'a> {
    engines: Vec<Engine>,
    bench: &'a mut Bench,
    /// Who listens to the device at this place.
    listener: Option<(usize, Listener)>,
}

impl Kext<'_> {
    fn engine(&self, device: &Device) -> Result<Engine, String> {
        self.engines.get(device.index).copied().ok_or_else(|| format!("there is no device {}", device.index))
    }
}

impl Driver for Kext<'_> {
    type Client = Client;

    fn devices(&self) -> Result<Vec<Device>, String> {
        self.engines.iter().enumerate().map(|(index, engine)| device(index, *engine)).collect()
    }

    fn offers(&self, device: &Device) -> Result<Offers, String> {
        let engine = self.engine(device)?;
        let streams = [engine.output()?, engine.input()?];
        let formats = streams.map(|stream| distinct(stream.formats().iter().map(|it| Format { mixable: true, ..*it })));
        let rates = distinct(streams[0].offers().iter().map(|offer| (offer.minimum, offer.maximum)));
        Ok(Offers { formats: formats.iter().sum(), rates })
    }

    fn open(&mut self, device: &Device, spec: &Spec) -> Result<Client, String> {
        let engine = self.engine(device)?;
        let wanted = host::Spec {
            plays: spec.plays,
            records: spec.records,
            lead: spec.lead,
            lag: spec.lag,
            ..host::Spec::duplex(spec.io_frames)
        };
        Ok(Client { client: host::Client::open(engine, &wanted)?, ring: engine.ring() })
    }

    fn pass(&mut self, ns: u64) -> Result<(), String> {
        rest(ns);
        Ok(())
    }

    fn wait_stopped(&mut self, device: &Device) -> Result<(), String> {
        self.engine(device)?.wait_stopped()
    }

    fn now(&self) -> u64 {
        sched::now()
    }

    fn set_lateness(&mut self, ns: u64) {
        timer::set_lateness(ns);
    }

    fn hold_timers(&mut self, ns: u64) {
        timer::stall(ns);
    }

    fn begin_count(&mut self) -> bool {
        cost::begin()
    }

    fn end_count(&mut self) -> Counted {
        let steps = cost::end();
        Counted { names: cost::names(&steps), steps }
    }

    fn rates(&self, device: &Device) -> Result<Vec<f64>, String> {
        ask::rates(self.engine(device)?)
    }

    fn ask_rate(&mut self, device: &Device, rate: f64) -> Result<(), String> {
        ask::rate(self.engine(device)?, rate)
    }

    fn formats(&self, device: &Device) -> Result<Vec<measure::Format>, String> {
        Ok(ask::formats(self.engine(device)?)?.into_iter().enumerate().map(ask::described).collect())
    }

    fn ask_format(&mut self, device: &Device, format: &measure::Format) -> Result<(), String> {
        let engine = self.engine(device)?;
        let known = ask::formats(engine)?;
        let wanted = known.get(format.index).ok_or_else(|| format!("{} is not offered any more", format.name))?;
        ask::format(engine, wanted)
    }

    fn ask_odd_format(&mut self, device: &Device) -> Result<(), String> {
        ask::odd_format(self.engine(device)?)
    }

    fn state(&self, device: &Device) -> Result<Vec<(String, String)>, String> {
        ask::state(self.engine(device)?)
    }

    fn sleep_and_wake(&mut self) -> Result<(), String> {
        let late = [power::sleep(), power::wake()].concat();
        if late.is_empty() { Ok(()) } else { Err(late.join("; ")) }
    }

    fn unplug(&mut self, _: &Device) -> Result<(), measure::Stop> {
        // All devices are on the one that goes.
        self.engines.clear();
        self.bench.pull_out().map_err(|stop| match stop {
            Stop::Failed(text) | Stop::NotApplicable(text) => measure::Stop::Failed(text),
        })
    }

    fn unload(&mut self) -> Result<Remains, String> {
        self.bench.unload();
        let left = self.bench.remains();
        let objects: u64 = left.objects.iter().map(|(_, count)| u64::from(*count)).sum();
        Ok(Remains {
            blocks: objects + left.blocks + u64::from(left.timers) + u64::from(left.threads),
            bytes: left.bytes,
            words: left.in_words().unwrap_or_default(),
        })
    }

    fn inject(&mut self, mistake: Injected) -> bool {
        cost::inject(mistake)
    }

    fn begun(&self) -> Option<u64> {
        // A kext is started with its system, which nothing starts anew by itself.
        None
    }

    fn surface(&mut self, device: &Device) -> Result<Surface, String> {
        surface::of(self.engine(device)?)
    }

    fn settings(&mut self, device: &Device) -> Result<Vec<Setting>, String> {
        Ok(listen::settings(self.engine(device)?))
    }

    fn set(&mut self, device: &Device, setting: &Setting, value: &[u8]) -> Result<(), String> {
        listen::set(self.engine(device)?, setting, value)
    }

    fn look(&mut self, device: &Device) -> Result<Vec<Seen>, String> {
        let engine = self.engine(device)?;
        let known = self.listener.take().filter(|(index, _)| *index == device.index);
        let (_, listener) = match known {
            Some(known) => self.listener.insert(known),
            None => self.listener.insert((device.index, Listener::open(engine)?)),
        };
        listen::look(engine, listener)
    }

    fn memory(&self) -> Memory {
        let (code, used) = self.bench.used();
        let stacks = u64::from(used.threads) * sched::KERNEL_STACK as u64;
        Memory { is_wired: true, code, blocks: used.bytes + stacks }
    }
}

/// How many of these differ.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> usize {
    let mut seen = Vec::new();
    all.for_each(|one| {
        if !seen.contains(&one) {
            seen.push(one);
        }
    });
    seen.len()
}

fn device(index: usize, engine: Engine) -> Result<Device, String> {
    let (output, input) = (engine.output()?, engine.input()?);
    let (format, other) = (output.format(), input.format());
    if format.channels != other.channels || format.channels == 0 {
        return Err(format!("the output has {} channels, the input {}", format.channels, other.channels));
    }
    let rate = engine.rate();
    Ok(Device {
        index,
        name: engine.name(),
        uid: engine.uid(),
        rate: ask::hertz(rate),
        period: engine.ring(),
        channels: format.channels as usize,
        latency: engine.latency(),
        safety: engine.safety(),
    })
}

/// A client of an engine.
struct Client {
    client: host::Client,
    ring: u64,
}

impl measure::Client for Client {
    fn play(&mut self, source: Source) {
        self.client.play(source);
    }

    fn record(&mut self, sink: Sink) {
        self.client.record(sink);
    }

    fn follow(&mut self, mut sink: Box<dyn FnMut(Stamp)>) {
        let ring = self.ring;
        self.client.follow(move |(laps, time)| {
            sink(Stamp { frame: laps * ring, ns: clock::to_ns(time), seen: sched::now() });
        });
    }

    fn hold(&mut self, ns: u64) {
        self.client.stall(ns);
    }

    fn delay(&mut self, frame: u64, ns: u64) {
        self.client.delay(frame, ns);
    }

    fn start(&mut self) -> Result<(), String> {
        self.client.start()
    }

    fn stop(&mut self) -> Result<(), String> {
        self.client.stop()
    }

    fn done(&self) -> Done {
        let done = self.client.done();
        Done {
            written_from: done.written_from.unwrap_or(0),
            written_to: done.written_to,
            read_to: done.read_to,
            failed: done.failed.values().sum(),
            late: done.late.map(|(from, result)| Late { from, failed: result != 0 }),
            gave_up: done.gave_up,
        }
    }

    fn notices(&mut self) -> Vec<String> {
        self.client.notices().into_iter().map(|notice| format!("{notice:?}")).collect()
    }

    fn close(self) -> Result<(), String> {
        self.client.close()
    }
}

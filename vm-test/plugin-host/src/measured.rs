//! A user-space driver as the measurements see a driver.
//!
//! Clients of a device with equal cycles share them, as those of one server do: what they play is added up before the driver gets
//! it. Time passes from one cycle to the next that is due.

mod ask;
mod surface;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use hal_sys::code::Shown;
use hal_sys::code::scope::{kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput};
use measure::{
    Counted, Done, Driver, Memory, Offers, Remains, Seen, Setting, Sink, Source, Spec, Stamp, Stop, Surface,
};
use protocol::cost::{Call, Injected};
use protocol::event::Event;
use protocol::measure::Measurement;

use crate::hal::{Client, Cycles, Device, notices, take_notices};
use crate::{cf, libraries, world};

/// Takes a measurement of the driver with these devices, the start of which took so many instructions if somebody counted.
pub(crate) fn run(which: Measurement, devices: &[Device], seed: u64, begun: Option<u64>) {
    let before = held();
    let mut driver = PlugIn { devices, seed, opened: 0, members: Vec::new(), counts: false, before, begun };
    for reading in measure::take(which, &mut driver) {
        world::emit(&Event::Reading(reading));
    }
}

/// A driver that is initialized.
struct PlugIn<'a> {
    devices: &'a [Device],
    seed: u64,
    /// Clients that were ever opened.
    opened: u32,
    members: Vec<Weak<Member<'a>>>,
    /// Whether what cycles execute is counted.
    counts: bool,
    /// What the driver held before anybody was at IO.
    before: (u64, u64),
    /// Instructions that its start took, if they were counted.
    begun: Option<u64>,
}

/// Blocks and objects that the driver has, and the bytes of the blocks.
fn held() -> (u64, u64) {
    let (blocks, bytes) = libraries::held_blocks();
    (blocks + cf::count(), bytes)
}

/// A client, as the server knows it.
struct Member<'a> {
    device: usize,
    plays: bool,
    records: bool,
    cycles: Cycles,
    client: RefCell<Client<'a>>,
    io: RefCell<Io>,
}

/// What the process does at IO, and what it did.
#[derive(Default)]
struct Io {
    is_running: bool,
    source: Option<Source>,
    sink: Option<Sink>,
    follower: Option<Box<dyn FnMut(Stamp)>>,
    done: Done,
    has_written: bool,
    followed: (u64, u64),
}

impl<'a> PlugIn<'a> {
    fn device(&self, device: &measure::Device) -> Result<&'a Device, String> {
        self.devices.get(device.index).ok_or_else(|| format!("there is no device {}", device.index))
    }
}

impl<'a> Driver for PlugIn<'a> {
    type Client = Process<'a>;

    fn devices(&self) -> Result<Vec<measure::Device>, String> {
        let loops = |(_, device): &(usize, &Device)| !device.inputs.is_empty() && !device.outputs.is_empty();
        self.devices.iter().enumerate().filter(loops).map(|(index, device)| described(index, device)).collect()
    }

    fn offers(&self, device: &measure::Device) -> Result<Offers, String> {
        let found = self.device(device)?;
        let mut formats = 0;
        for stream in [found.outputs[0], found.inputs[0]] {
            formats += found.formats(stream)?;
        }
        Ok(Offers { formats, rates: found.rates()? })
    }

    fn open(&mut self, device: &measure::Device, spec: &Spec) -> Result<Process<'a>, String> {
        let found = self.device(device)?;
        self.opened += 1;
        let client = Client::open(found, self.opened, device.channels as u32, self.seed + u64::from(self.opened))?;
        let cycles = Cycles { frames: spec.io_frames, lead: spec.lead, lag: spec.lag };
        let (client, io) = (RefCell::new(client), RefCell::new(Io::default()));
        let member =
            Rc::new(Member { device: device.index, plays: spec.plays, records: spec.records, cycles, client, io });
        self.members.retain(|member| member.strong_count() > 0);
        self.members.push(Rc::downgrade(&member));
        Ok(Process { member })
    }

    fn pass(&mut self, ns: u64) -> Result<(), String> {
        let until = world::now() + ns;
        loop {
            let running: Vec<Rc<Member<'a>>> = self.members.iter().filter_map(Weak::upgrade).collect();
            let running: Vec<&Member<'a>> =
                running.iter().map(Rc::as_ref).filter(|member| member.io.borrow().is_running).collect();
            let leads = |index: &usize| !running[..*index].iter().any(|other| other.shares_with(running[*index]));
            let next = (0..running.len()).filter(leads).min_by_key(|index| running[*index].client.borrow().wakes());
            let Some(leader) = next.map(|index| running[index]).filter(|it| it.client.borrow().wakes() <= until) else {
                break;
            };
            let group: Vec<&Member<'a>> = running.iter().copied().filter(|other| other.shares_with(leader)).collect();
            let cycle = || cycle(leader, &group);
            if self.counts { world::stepping(cycle) } else { cycle() }?;
            // What the driver asked for meanwhile.
            if let Some(device) = self.devices.get(leader.device) {
                ask::changes(device, &self.members)?;
            }
        }
        world::pass_until(until);
        libraries::run_dispatched();
        Ok(())
    }

    fn wait_stopped(&mut self, _: &measure::Device) -> Result<(), String> {
        // StopIO of the last client ends it at once.
        Ok(())
    }

    fn now(&self) -> u64 {
        world::now()
    }

    fn set_lateness(&mut self, _: u64) {
        // No library here serves timers; a driver that wants one is stopped with its name.
    }

    fn hold_timers(&mut self, _: u64) {
        // As above.
    }

    fn begin_count(&mut self) -> bool {
        world::count();
        self.counts = true;
        true
    }

    fn end_count(&mut self) -> Counted {
        self.counts = false;
        let steps = stepper::take();
        let name = |call: &Call| libraries::name_at(call.target as usize).unwrap_or("a function that has no name");
        Counted { names: steps.calls.iter().map(|call| name(call).to_owned()).collect(), steps }
    }

    fn rates(&self, device: &measure::Device) -> Result<Vec<f64>, String> {
        self.device(device)?.rate_ends()
    }

    fn ask_rate(&mut self, device: &measure::Device, rate: f64) -> Result<(), String> {
        let device = self.device(device)?;
        device.ask_rate(rate)?;
        ask::changes(device, &self.members)
    }

    fn formats(&self, device: &measure::Device) -> Result<Vec<measure::Format>, String> {
        let device = self.device(device)?;
        Ok(device.physical_formats(device.outputs[0])?.iter().enumerate().map(ask::described).collect())
    }

    fn ask_format(&mut self, device: &measure::Device, format: &measure::Format) -> Result<(), String> {
        let device = self.device(device)?;
        ask::format(device, format.index)?;
        ask::changes(device, &self.members)
    }

    fn ask_odd_format(&mut self, device: &measure::Device) -> Result<(), String> {
        let device = self.device(device)?;
        ask::odd_format(device)?;
        ask::changes(device, &self.members)
    }

    fn state(&self, device: &measure::Device) -> Result<Vec<(String, String)>, String> {
        let state = self.device(device)?.state()?.into_iter();
        Ok(state
            .map(|(object, selector, value)| (format!("{object} {}", Shown(selector)), format!("{value:?}")))
            .collect())
    }

    fn sleep_and_wake(&mut self) -> Result<(), String> {
        // A driver in user space is not told: the server ends IO and begins it again.
        ask::stopped(&self.members)?.iter().try_for_each(|member| member.start())
    }

    fn unplug(&mut self, device: &measure::Device) -> Result<(), Stop> {
        ask::unplug(self.device(device)?)
    }

    fn unload(&mut self) -> Result<Remains, String> {
        // The server never unloads a driver.
        libraries::run_dispatched();
        let ((blocks, bytes), before) = (held(), self.before);
        let blocks = blocks.saturating_sub(before.0);
        Ok(Remains {
            blocks,
            bytes: bytes.saturating_sub(before.1),
            words: format!("{blocks} more blocks and objects than before"),
        })
    }

    fn inject(&mut self, mistake: Injected) -> bool {
        stepper::inject(mistake);
        self.begin_count()
    }

    fn begun(&self) -> Option<u64> {
        self.begun
    }

    fn surface(&mut self, device: &measure::Device) -> Result<Surface, String> {
        surface::of(self.device(device)?)
    }

    fn settings(&mut self, device: &measure::Device) -> Result<Vec<Setting>, String> {
        ask::settings(self.device(device)?)
    }

    fn set(&mut self, device: &measure::Device, setting: &Setting, value: &[u8]) -> Result<(), String> {
        let device = self.device(device)?;
        ask::set(device, setting, value)?;
        ask::changes(device, &self.members)
    }

    fn look(&mut self, device: &measure::Device) -> Result<Vec<Seen>, String> {
        let device = self.device(device)?;
        Ok(notices::look(device.driver, device.id))
    }

    fn memory(&self) -> Memory {
        let code = world::loaded(|loaded| loaded.image.extent().1).unwrap_or_default();
        Memory { is_wired: false, code, blocks: libraries::held_blocks().1 }
    }
}

impl Member<'_> {
    /// Begins IO.
    fn start(&self) -> Result<(), String> {
        let mut client = self.client.borrow_mut();
        client.start(self.cycles)?;
        let mut io = self.io.borrow_mut();
        (io.is_running, io.has_written, io.followed) = (true, false, client.last_stamp());
        Ok(())
    }

    /// Whether both are at IO in the same cycles.
    fn shares_with(&self, other: &Self) -> bool {
        (self.device, self.cycles) == (other.device, other.cycles)
    }
}

/// Does the cycle that is due: all of a group by the first one's thread.
fn cycle(leader: &Member<'_>, group: &[&Member<'_>]) -> Result<(), String> {
    let frames = u64::from(leader.cycles.frames);
    let mut mix = |at: u64, block: &mut [f32]| {
        let mut own = vec![0.0; block.len()];
        let mut is_first = true;
        for member in group.iter().filter(|member| member.plays) {
            let mut io = member.io.borrow_mut();
            own.fill(0.0);
            if let Some(source) = &mut io.source {
                source(at, &mut own);
            }
            // One alone is not added to nought, which would take the sign of −0.
            if std::mem::take(&mut is_first) {
                block.copy_from_slice(&own);
            } else {
                block.iter_mut().zip(&own).for_each(|(sum, sample)| *sum += sample);
            }
            if !std::mem::replace(&mut io.has_written, true) {
                io.done.written_from = at;
            }
            io.done.written_to = at + frames;
        }
    };
    let mut deal = |at: u64, block: &[f32]| {
        for member in group.iter().filter(|member| member.records) {
            let mut io = member.io.borrow_mut();
            io.done.read_to = at + frames;
            if let Some(sink) = &mut io.sink {
                sink(at, block);
            }
        }
    };
    let plays = group.iter().any(|member| member.plays);
    let mut client = leader.client.borrow_mut();
    client.cycle(if plays { Some(&mut mix) } else { None }, &mut deal)?;
    let (stamp, failed, late) = (client.last_stamp(), client.failures(), client.handed_over_late());
    for member in group {
        let mut io = member.io.borrow_mut();
        (io.done.failed, io.done.late) = (failed, late);
        if std::mem::replace(&mut io.followed, stamp) != stamp
            && let Some(follower) = &mut io.follower
        {
            follower(Stamp { frame: stamp.0, ns: stamp.1, seen: world::now() });
        }
    }
    Ok(())
}

fn described(index: usize, device: &Device) -> Result<measure::Device, String> {
    let (input, output) = (device.inputs[0], device.outputs[0]);
    if input.channels != output.channels || input.channels == 0 {
        return Err(format!("the output has {} channels, the input {}", output.channels, input.channels));
    }
    let scopes = [kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput];
    let latency = |scope, stream| Ok::<u32, String>(device.latency(scope)? + device.stream_latency(stream)?);
    Ok(measure::Device {
        index,
        name: device.name.clone(),
        uid: device.uid.clone(),
        rate: device.rate()?,
        period: device.period.into(),
        channels: input.channels as usize,
        latency: [latency(scopes[0], input)?, latency(scopes[1], output)?],
        safety: [device.safety_offset(scopes[0])?, device.safety_offset(scopes[1])?],
    })
}

/// A client, as its process has it.
struct Process<'a> {
    member: Rc<Member<'a>>,
}

impl measure::Client for Process<'_> {
    fn play(&mut self, source: Source) {
        self.member.io.borrow_mut().source = Some(source);
    }

    fn record(&mut self, sink: Sink) {
        self.member.io.borrow_mut().sink = Some(sink);
    }

    fn follow(&mut self, sink: Box<dyn FnMut(Stamp)>) {
        self.member.io.borrow_mut().follower = Some(sink);
    }

    fn hold(&mut self, ns: u64) {
        self.member.client.borrow_mut().hold_until(world::now() + ns);
    }

    fn delay(&mut self, frame: u64, ns: u64) {
        self.member.client.borrow_mut().delay(frame, ns);
    }

    fn start(&mut self) -> Result<(), String> {
        self.member.start()
    }

    fn stop(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.member.io.borrow_mut().is_running) {
            self.member.client.borrow_mut().stop()?;
        }
        Ok(())
    }

    fn done(&self) -> Done {
        self.member.io.borrow().done.clone()
    }

    fn notices(&mut self) -> Vec<String> {
        take_notices().into_iter().map(|(_, selector)| Shown(selector).to_string()).collect()
    }

    fn close(mut self) -> Result<(), String> {
        measure::Client::stop(&mut self)?;
        self.member.client.borrow_mut().leave()
    }
}

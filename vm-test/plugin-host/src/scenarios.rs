//! Scenarios: what is checked on any user-space driver that loops. They have the names of those that check the same on kexts.

mod asked;

use protocol::event::Event;

use crate::hal::{Client, Cycles, Device};
use crate::{libraries, world};

/// A scenario's name, and what it does with the first device.
type Scenario = (&'static str, fn(&Device, u64) -> Result<(), String>);

const ALL: [Scenario; 4] =
    [("B1", missed_timestamps), ("B2", dead_writer), ("S5", nothing_replays), ("fuzz", anything)];
/// Frames of an IO cycle.
const FRAMES: u32 = 512;

/// Runs the scenario of that name; in words, why it could not be.
pub(crate) fn run(name: &str, devices: &[Device], seed: u64) -> Result<(), String> {
    let known = ALL.iter().find(|(known, _)| *known == name);
    let (_, run) = known.ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        format!("scenario {name} is for kexts; for user-space drivers there are load, loop, {}", names.join(", "))
    })?;
    let device = devices.first().ok_or("the driver has no device, so there is nothing to check")?;
    run(device, seed)
}

fn check(name: &str, held: bool, text: String) {
    world::emit(&Event::Check { name: name.to_owned(), held, text });
}

/// A client with as many channels as the device's first output stream has.
fn client(device: &Device, seed: u64) -> Result<Client<'_>, String> {
    let channels = device.outputs.first().map_or(0, |stream| stream.channels);
    Client::open(device, 1, channels, seed)
}

/// Nobody asks for some periods: the next answer is the last period's begin, not the one after the last answer.
fn missed_timestamps(device: &Device, seed: u64) -> Result<(), String> {
    const PERIODS: u64 = 10;
    let mut client = client(device, seed)?;
    client.start(Cycles::of(FRAMES))?;
    let first = client.stamp()?;
    let (period, rate) = (u64::from(device.period), device.rate()? as u64);
    let ns = |frames: u64| (u128::from(frames) * 1_000_000_000 / u128::from(rate)) as u64;
    world::pass_until(world::nanoseconds(first.host_time) + ns(PERIODS * period + period / 2));
    libraries::run_dispatched();
    let then = client.stamp()?;
    let periods = (then.sample_time - first.sample_time) / period as f64;
    let late = world::nanoseconds(then.host_time.saturating_sub(first.host_time)).abs_diff(ns(PERIODS * period));
    let held = periods.to_bits() == (PERIODS as f64).to_bits() && late <= 1000;
    check(
        "missed timestamps",
        held,
        format!(
            "after {PERIODS} periods without a call the timestamp is {periods} periods on, {late} ns from the ideal"
        ),
    );
    client.stop()?;
    client.leave()
}

/// Plays for some cycles, stops playing, and hears nothing for twice as long as any ring is.
fn dead_writer(device: &Device, seed: u64) -> Result<(), String> {
    const PLAYED: u64 = 40;
    let mut client = client(device, seed)?;
    client.start(Cycles::of(FRAMES))?;
    let (mut heard, mut end) = (0_u64, 0);
    for _ in 0..PLAYED {
        let mut play = |at: u64, block: &mut [f32]| {
            block.fill(0.25);
            end = at + u64::from(FRAMES);
        };
        client.cycle(Some(&mut play), &mut |_, block| heard += sounding(block))?;
    }
    check("sound", heard > 0, format!("{heard} samples of what was played came back while it was played"));
    let (mut after, mut frame) = (0, 0);
    while frame < end + 4 * u64::from(device.period).max(65_536) {
        client.cycle(None, &mut |at, block| {
            frame = at + u64::from(FRAMES);
            after += if at >= end { sounding(block) } else { 0 };
        })?;
    }
    let ms = (frame - end) * 1000 / device.rate()? as u64;
    check(
        "silence",
        after == 0,
        format!("{after} samples in the {ms} ms after the last that was written are not silence"),
    );
    finish(client)
}

/// Plays, stops in the middle of the sound, starts again, and hears nothing of it.
fn nothing_replays(device: &Device, seed: u64) -> Result<(), String> {
    let mut client = client(device, seed)?;
    client.start(Cycles::of(FRAMES))?;
    for _ in 0..40 {
        client.cycle(Some(&mut |_: u64, block: &mut [f32]| block.fill(0.25)), &mut |_, _| {})?;
    }
    client.stop()?;
    client.start(Cycles::of(FRAMES))?;
    let mut after = 0;
    let cycles = 4 * u64::from(device.period).max(65_536) / u64::from(FRAMES);
    for _ in 0..cycles {
        client.cycle(None, &mut |_, block| after += sounding(block))?;
    }
    check("restart", after == 0, format!("{after} samples in {cycles} cycles after a restart are not silence"));
    finish(client)
}

/// Whatever is asked for is answered or refused soundly.
#[expect(clippy::unnecessary_wraps, reason = "scenarios have one form")]
fn anything(device: &Device, _: u64) -> Result<(), String> {
    asked::everything(device.driver);
    Ok(())
}

/// Ends IO; what failed meanwhile is a check.
fn finish(mut client: Client<'_>) -> Result<(), String> {
    let failed: u64 = client.failed().iter().map(|(_, count)| count).sum();
    check("operations", failed == 0, format!("{failed} operations failed"));
    client.stop()?;
    client.leave()
}

/// How many samples are not silence.
fn sounding(block: &[f32]) -> u64 {
    block.iter().filter(|sample| sample.to_bits() != 0).count() as u64
}

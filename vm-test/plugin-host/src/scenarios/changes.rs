//! Changes of the configuration while IO runs: B6, abort.
//!
//! A driver asks for the change; the host stops all IO, has it made, looks at the device anew and starts IO again. Before that,
//! nothing of the device changes; and where the host gives the change up, nothing ever does.

use hal_sys::code::Shown;
use hal_sys::code::selector::{kAudioDevicePropertyAvailableNominalSampleRates, kAudioDevicePropertyNominalSampleRate};

use super::clients::loops;
use super::{FRAMES, Stage, check, check_all, client, finish, not_applicable};
use crate::hal::notices::Snapshot;
use crate::hal::properties::global;
use crate::hal::{Client, Cycles, Device};
use crate::libraries;

/// Cycles between two steps.
const SOME: usize = 100;

/// A rate of the device's that it has not at the moment, Hz.
pub(crate) fn other_rate(device: &Device) -> Result<Option<f64>, String> {
    let list = device.driver.value(device.id, &global(kAudioDevicePropertyAvailableNominalSampleRates))?;
    let now = device.rate()?;
    let rates = list.as_chunks::<16>().0.iter().map(|range| {
        let [low, ..] = *range.as_chunks::<8>().0 else { return 0.0 };
        f64::from_ne_bytes(low)
    });
    // One that is not far from usual, so that a cycle is not too short for the host.
    Ok(rates.filter(|rate| rate.to_bits() != now.to_bits()).find(|rate| (32_000.0..=192_000.0).contains(rate)))
}

/// Asks for a rate, and lets the driver get to it.
fn ask(device: &Device, rate: f64) -> Result<(), String> {
    let set = device.driver.set(device.id, &global(kAudioDevicePropertyNominalSampleRate), &rate.to_ne_bytes());
    set.map_err(|status| format!("{} refuses {rate} Hz: {}", device.name, Shown(status)))?;
    libraries::run_dispatched();
    Ok(())
}

/// Two clients of a device.
fn two<'a>(stage: &'a Stage<'_>) -> Result<[Client<'a>; 2], String> {
    let device = stage.device()?;
    let mut two = [client(device, 1, stage.seed)?, client(device, 2, stage.seed + 1)?];
    for client in &mut two {
        client.start(Cycles::of(FRAMES))?;
    }
    Ok(two)
}

/// One of the clients plays and must be heard to the bit.
fn check_sound(name: &str, client: &mut Client<'_>, device: &Device) -> Result<(), String> {
    let channels = device.outputs.first().map_or(0, |stream| stream.channels) as usize;
    let (wrong, compared) = loops(client, channels, SOME)?;
    check(name, wrong == 0 && compared > 0, format!("{wrong} of {compared} samples differ"));
    Ok(())
}

/// B6: another rate is asked for while two clients are at IO. Until the host has stopped IO all stays; then the rate is the one
/// that was asked for, nothing of before is heard, and both clients are back in time.
pub(super) fn rate(stage: &mut Stage<'_>) -> Result<(), String> {
    let device = stage.device()?;
    let Some(wanted) = other_rate(device)? else {
        not_applicable("the device has one rate only");
        return Ok(());
    };
    let [mut first, mut second] = two(stage)?;
    check_sound("sound before the change", &mut first, device)?;
    let (before, was) = (Snapshot::take(device.driver), device.rate()?);
    ask(device, wanted)?;
    let still = device.rate()?;
    check("the change waits", still.to_bits() == was.to_bits(), format!("{still} Hz while IO runs at {was} Hz"));
    first.stop()?;
    second.stop()?;
    let performed = device.driver.perform_changes();
    let performed = performed.map_err(|status| format!("{} does not change: {}", device.name, Shown(status)))?;
    let now = device.rate()?;
    let text = format!("{performed} changes were asked for, and the rate is {now} Hz, {wanted} Hz was wanted");
    check("the change is made", performed == 1 && now.to_bits() == wanted.to_bits(), text);
    check_all("notifications", &before.judge(device.driver, Some(device.id)), "nothing else has changed");
    first.start(Cycles::of(FRAMES))?;
    second.start(Cycles::of(FRAMES))?;
    let old = heard(&mut second)?;
    check("nothing old is heard", old == 0, format!("{old} samples of before the change"));
    // The second one has been at it for a ring; the first comes now.
    check_sound("sound after the change", &mut first, device)?;
    for (name, client) in [("the first client's clock", first), ("the second client's clock", second)] {
        let (stamps, error) = client.timing();
        check(name, error <= RESIDUAL, format!("{stamps} timestamps, at most {error} ns from those of {wanted} Hz"));
        finish(client)?;
    }
    Ok(())
}

/// Distance of a timestamp from the ideal schedule of the rate that a device says it has, ns; as for kexts.
const RESIDUAL: u64 = 10_000;

/// What a client hears in two rings while nobody plays.
fn heard(client: &mut Client<'_>) -> Result<u64, String> {
    let (mut sum, period) = (0, client.period());
    for _ in 0..2 * period.max(65_536) / u64::from(FRAMES) {
        client.cycle(None, &mut |_, block| sum += super::sounding(block))?;
    }
    Ok(sum)
}

/// `abort`: the host gives a change up, while IO runs; IO goes on as if nothing had been asked for.
pub(super) fn abort(stage: &mut Stage<'_>) -> Result<(), String> {
    let device = stage.device()?;
    let Some(wanted) = other_rate(device)? else {
        not_applicable("the device has one rate only");
        return Ok(());
    };
    let [mut first, second] = two(stage)?;
    check_sound("sound before", &mut first, device)?;
    let before = Snapshot::take(device.driver);
    ask(device, wanted)?;
    let given_up = device.driver.abort_changes();
    let given_up = given_up.map_err(|status| format!("{} does not give up: {}", device.name, Shown(status)))?;
    check("a change is asked for", given_up == 1, format!("{given_up} changes"));
    let after = Snapshot::take(device.driver);
    check_all("all is as it was", &before.differences(&after), "no property has changed");
    // The clock goes on without a jump, or the client says so.
    check_sound("sound after", &mut first, device)?;
    let (stamps, error) = first.timing();
    check("the clock goes on", error <= RESIDUAL, format!("{stamps} timestamps, at most {error} ns from the schedule"));
    finish(first)?;
    finish(second)?;
    // What was given up does not come back with the next change.
    ask(device, wanted)?;
    let performed = device.driver.perform_changes().map_err(|status| format!("{}: {}", device.name, Shown(status)))?;
    let now = device.rate()?;
    let text = format!("{performed} changes, {now} Hz");
    check("the next change is made", performed == 1 && now.to_bits() == wanted.to_bits(), text);
    Ok(())
}

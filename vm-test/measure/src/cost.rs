//! What an IO cycle takes: instructions, bytes, calls.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use protocol::measure::{Reading, Shape};

use crate::functions::{is_allocation, is_lock, moved};
use crate::signal::{Noise, Signal};
use crate::{Client, Counted, Device, Driver, IO_FRAMES, Spec, Stop};

/// Cycles that are counted, of the usual length and of each of the others.
const CYCLES: u64 = 16;
const FEWER: u64 = 4;
/// Instructions that the points of curves may take together: stepping through those of a slow driver takes minutes.
const AFFORDABLE: f64 = 1e6;
/// Frames of a cycle that curves go over.
const SIZES: [u32; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];
/// Devices that curves go over, at most.
const DEVICES: usize = 8;

/// What one cycle takes, on average.
struct Cycle {
    instructions: f64,
    atomics: f64,
    read: f64,
    written: f64,
    /// Functions that are called, and how often.
    calls: Vec<(String, f64)>,
}

/// Instructions, bytes, locks, allocations and calls of the first device's cycles.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let devices = driver.devices()?;
    let device = devices.first().ok_or("no device has both an input and an output stream")?;
    let usual = cycle(driver, device, IO_FRAMES, CYCLES)?;
    let for_each = usual.instructions / (f64::from(IO_FRAMES) * device.channels as f64);
    let mut left = AFFORDABLE;
    let mut is_affordable = |frames: u32, channels: usize| {
        let takes = for_each * f64::from(frames) * channels as f64 * FEWER as f64;
        let is_affordable = takes <= left;
        left -= if is_affordable { takes } else { 0.0 };
        is_affordable
    };
    let mut by_size = Vec::new();
    for frames in SIZES.into_iter().filter(|frames| u64::from(*frames) * 4 <= device.period) {
        if !is_affordable(frames, device.channels) {
            break;
        }
        by_size.push((f64::from(frames), cycle(driver, device, frames, FEWER)?));
    }
    let mut by_channels: Vec<(f64, Cycle)> = Vec::new();
    for device in devices.iter().take(DEVICES) {
        let channels = device.channels as f64;
        let is_new = by_channels.iter().all(|(other, _)| (other - channels).abs() > 0.5);
        if is_new && is_affordable(IO_FRAMES, device.channels) {
            by_channels.push((channels, cycle(driver, device, IO_FRAMES, FEWER)?));
        }
    }
    by_channels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let instructions = |cycle: &Cycle| cycle.instructions;
    let bytes = |cycle: &Cycle| cycle.read + cycle.written;
    let samples = f64::from(IO_FRAMES) * device.channels as f64 * 2.0;
    let curves = |reading: Reading, unit: &str, of: &dyn Fn(&Cycle) -> f64| {
        let points = |curve: &[(f64, Cycle)]| curve.iter().map(|(x, cycle)| (*x, of(cycle))).collect::<Vec<_>>();
        let frames = ("Frames of a buffer", "frames");
        let reading = reading.with_series("By buffer size", frames, ("A cycle", unit), Shape::Line, points(&by_size));
        if by_channels.len() < 2 {
            return reading;
        }
        let channels = ("Channels", "");
        reading.with_series("By channels", channels, ("A cycle", unit), Shape::Line, points(&by_channels))
    };
    let counted = |dimension: &str, is: fn(&str) -> bool| {
        let of = usual.calls.iter().filter(|(name, _)| is(name));
        // A sum of nothing is not −0 here.
        let sum = of.clone().fold(0.0, |sum, (_, count)| sum + count);
        of.fold(Reading::new(dimension, sum), |reading, (name, count)| reading.with_detail(name, *count, "per cycle"))
    };
    let reading = Reading::new("io-instructions", usual.instructions)
        .with_detail("for each sample written and read", usual.instructions / samples, "instructions")
        .with_detail("channels", device.channels as f64, "");
    let bytes_reading = Reading::new("io-bytes", bytes(&usual))
        .with_detail("read", usual.read, "bytes")
        .with_detail("written", usual.written, "bytes")
        .with_detail("for each sample written and read", bytes(&usual) / samples, "bytes");
    let locks = counted("io-locks", is_lock).with_detail("instructions with a lock", usual.atomics, "per cycle");
    Ok(Vec::from([
        curves(reading, "instructions", &instructions),
        curves(bytes_reading, "bytes", &bytes),
        locks,
        counted("io-allocations", is_allocation),
        counted("io-calls", |_| true),
    ]))
}

/// Has a client play and record with so many frames a cycle, and counts some cycles once all has settled.
fn cycle(driver: &mut impl Driver, device: &Device, frames: u32, cycles: u64) -> Result<Cycle, Stop> {
    let mut client = driver.open(device, &Spec::duplex(frames))?;
    let played = Rc::new(Cell::new(0_u64));
    let (count, mut noise) = (Rc::clone(&played), Noise(8).player(device.channels));
    client.play(Box::new(move |at, block| {
        count.set(count.get() + 1);
        noise(at, block);
    }));
    client.start()?;
    driver.pass(device.period_ns() + device.period_ns() / 3)?;
    if !driver.begin_count() {
        return Err(Stop::NotMeasured("This machine does not step through code; take --machine hosted.".into()));
    }
    played.set(0);
    driver.pass(device.ns(u64::from(frames) * cycles))?;
    let counted = driver.end_count();
    let failed = client.done().failed;
    client.close()?;
    driver.wait_stopped(device)?;
    if played.get() == 0 || failed > 0 {
        return Err(format!("{} cycles of {frames} frames were done, {failed} IO calls failed", played.get()).into());
    }
    Ok(Cycle::of(&counted, played.get() as f64))
}

impl Cycle {
    fn of(counted: &Counted, cycles: f64) -> Cycle {
        let Counted { steps, names } = counted;
        let (mut read, mut written) = (steps.bytes_read, steps.bytes_written);
        let mut calls: Vec<(String, f64)> = Vec::new();
        for (call, name) in steps.calls.iter().zip(names) {
            let (reads, writes) = moved(name, &call.arguments);
            (read, written) = (read + reads, written + writes);
            match calls.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += call.count as f64 / cycles,
                None => calls.push((name.clone(), call.count as f64 / cycles)),
            }
        }
        let each = |count: u64| count as f64 / cycles;
        Cycle {
            instructions: each(steps.instructions),
            atomics: each(steps.atomics),
            read: each(read),
            written: each(written),
            calls,
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::cost::{Call, Steps};

    use super::*;

    #[test]
    fn what_is_copied_by_functions_is_touched() {
        let call = |target, arguments| Call { target, count: 2, arguments };
        let calls = [call(1, [0, 0, 100, 0, 0, 0]), call(2, [0, 40, 0, 0, 0, 0]), call(3, [0; 6])];
        let steps = Steps { instructions: 50, bytes_read: 8, calls: calls.into(), ..Steps::default() };
        let names = ["_memcpy", "_bzero", "_getpid"].map(String::from).into();
        let cycle = Cycle::of(&Counted { steps, names }, 2.0);
        assert_eq!(
            [cycle.instructions, cycle.read, cycle.written].map(f64::to_bits),
            [25.0, 54.0, 70.0].map(f64::to_bits)
        );
        assert_eq!(cycle.calls.len(), 3);
    }
}

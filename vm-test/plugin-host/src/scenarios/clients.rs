//! What clients hear: S5, B1, B2, B4.

use measure::signal::{Noise, Signal};

use super::{FRAMES, Stage, check, client, finish, sounding};
use crate::hal::{Client, Cycles};
use crate::{libraries, world};

/// Nobody asks for some periods: the next answer is the last period's begin, not the one after the last answer.
pub(super) fn missed_timestamps(stage: &mut Stage<'_>) -> Result<(), String> {
    const PERIODS: u64 = 10;
    let device = stage.device()?;
    let mut client = client(device, 1, stage.seed)?;
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
pub(super) fn dead_writer(stage: &mut Stage<'_>) -> Result<(), String> {
    const PLAYED: u64 = 40;
    let device = stage.device()?;
    let mut client = client(device, 1, stage.seed)?;
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
pub(super) fn nothing_replays(stage: &mut Stage<'_>) -> Result<(), String> {
    let device = stage.device()?;
    let mut client = client(device, 1, stage.seed)?;
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

/// Two clients play different noise in cycles of their own, each handed to the driver by itself; what comes back is the sum of
/// both, to the bit. The host mixes clients that share a cycle before the driver sees them, which is no work of the driver's.
pub(super) fn mixing(stage: &mut Stage<'_>) -> Result<(), String> {
    const PLAYED: usize = 200;
    let device = stage.device()?;
    let channels = device.outputs.first().map_or(0, |stream| stream.channels) as usize;
    let mut two = [client(device, 1, stage.seed)?, client(device, 2, stage.seed + 1)?];
    two[0].start(Cycles::of(FRAMES))?;
    two[1].start(Cycles::of(FRAMES / 2))?;
    let mut heard: Vec<(u64, Vec<f32>)> = Vec::new();
    // The frames that each has written: the first, and the end.
    let mut written: [Option<(u64, u64)>; 2] = [None; 2];
    for _ in 0..PLAYED {
        let next = usize::from(two[1].wakes() < two[0].wakes());
        let frames = u64::from(FRAMES >> next);
        let mut noise = Noise(next as u64 + 1).player(channels);
        let mut play = |at: u64, block: &mut [f32]| {
            noise(at, block);
            let first = written[next].map_or(at, |(first, _)| first);
            written[next] = Some((first, at + frames));
        };
        let mut record = |at: u64, block: &[f32]| {
            if next == 0 {
                heard.push((at, block.to_vec()));
            }
        };
        two[next].cycle(Some(&mut play), &mut record)?;
    }
    let [Some(one), Some(other)] = written else { return Err("a client wrote nothing in all its cycles".to_owned()) };
    let both = one.0.max(other.0)..one.1.min(other.1);
    let sum = |frame, channel| Noise(1).at(frame, channel) + Noise(2).at(frame, channel);
    let (mut compared, mut wrong, mut first) = (0_u64, 0_u64, None);
    for (index, sample) in heard.iter().flat_map(|(at, block)| {
        block
            .iter()
            .enumerate()
            .map(move |(index, sample)| ((at + (index / channels) as u64, index % channels), sample))
    }) {
        let (frame, channel) = index;
        if both.contains(&frame) {
            compared += 1;
            if sample.to_bits() != sum(frame, channel).to_bits() {
                wrong += 1;
                first.get_or_insert((frame, channel, *sample));
            }
        }
    }
    let first = first.map_or_else(String::new, |(frame, channel, sample)| {
        format!("; the first in frame {frame}, channel {channel}: {sample}, not {}", sum(frame, channel))
    });
    let text = format!("{wrong} of {compared} samples that both clients wrote are not their sum{first}");
    check("mix", compared > 0 && wrong == 0, text);
    let [one, other] = two;
    finish(one)?;
    finish(other)
}

/// Plays until a sound came back for some cycles; how many of its samples are not what was played, of how many.
pub(super) fn loops(client: &mut Client<'_>, channels: usize, cycles: usize) -> Result<(u64, u64), String> {
    let (mut from, mut compared, mut wrong) = (None, 0, 0);
    for _ in 0..cycles {
        let mut noise = Noise(3).player(channels);
        let mut play = |at: u64, block: &mut [f32]| {
            from.get_or_insert(at);
            noise(at, block);
        };
        let mut blocks: Vec<(u64, Vec<f32>)> = Vec::new();
        client.cycle(Some(&mut play), &mut |at, block| blocks.push((at, block.to_vec())))?;
        for (at, block) in blocks {
            for (index, sample) in block.iter().enumerate() {
                let frame = at + (index / channels) as u64;
                if from.is_some_and(|from| frame >= from) {
                    compared += 1;
                    wrong += u64::from(sample.to_bits() != Noise(3).at(frame, index % channels).to_bits());
                }
            }
        }
    }
    Ok((wrong, compared))
}

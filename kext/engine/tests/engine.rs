//! The engine as the family drives it: start, laps, late timers, positions, stop, rate changes.

mod common;

use common::{cells, pieces, stereo, with};
use engine::clock::{Pitch, Timebase};
use engine::config::{ChangeError, Device, RING_FRAMES};
use engine::controls::Setting;
use engine::format::{SampleFormat, StreamFormat};
use engine::level::Side;
use engine::plan::{Action, Plan};
use engine::{Engine, EngineError, Lap, MAX_LATE_LAPS, Source};

const START: u64 = 7_000_000_123;

fn engine() -> Engine<'static> {
    Engine::new(Device::new(&with(&[])).unwrap(), Timebase { numer: 1, denom: 1 }, cells()).unwrap()
}

/// When lap `lap` begins at 44.1 kHz, rounded to a nanosecond.
fn lap_time(lap: u64) -> u64 {
    let exact = u128::from(lap) * u128::from(RING_FRAMES) * 1_000_000_000;
    START + ((exact + 22_050) / 44_100) as u64
}

fn frames(count: u64) -> u64 {
    START + count * 1_000_000_000 / 44_100 + 1
}

#[test]
fn laps_come_at_their_own_time_however_late_the_timer() {
    let engine = engine();
    let started = engine.start(START).unwrap();
    assert_eq!((started.anchor, started.wake), (START, lap_time(1)));
    assert_eq!(engine.next_lap(START), Lap::Wait(lap_time(1)));
    assert_eq!(engine.next_lap(lap_time(1) - 1), Lap::Wait(lap_time(1)));
    assert_eq!(engine.next_lap(lap_time(1)), Lap::Due(lap_time(1)));
    assert_eq!(engine.next_lap(lap_time(1)), Lap::Wait(lap_time(2)));

    let late = lap_time(MAX_LATE_LAPS + 2) - 1;
    for lap in 2..MAX_LATE_LAPS + 2 {
        assert_eq!(engine.next_lap(late), Lap::Due(lap_time(lap)));
    }
    assert_eq!(engine.next_lap(late), Lap::Wait(lap_time(MAX_LATE_LAPS + 2)));
    assert_eq!(engine.next_lap(lap_time(2 * MAX_LATE_LAPS + 2)), Lap::Reanchor);
    engine.stop();
    assert_eq!(engine.next_lap(lap_time(2 * MAX_LATE_LAPS + 2)), Lap::Stopped);
}

#[test]
fn the_current_frame_stays_in_the_announced_lap() {
    let engine = engine();
    assert_eq!(engine.current_frame(START), 0);
    engine.start(START).unwrap();
    assert_eq!(engine.current_frame(START - 1), 0);
    assert_eq!(engine.current_frame(frames(100)), 100);
    assert_eq!(engine.current_frame(frames(u64::from(RING_FRAMES) + 5)), RING_FRAMES - 1);
    assert!(matches!(engine.next_lap(lap_time(1)), Lap::Due(_)));
    assert_eq!(engine.current_frame(lap_time(1)), 0);
    assert_eq!(engine.current_frame(frames(u64::from(RING_FRAMES) + 5)), 5);
    engine.stop();
    assert_eq!(engine.current_frame(frames(u64::from(RING_FRAMES) + 5)), 0);
}

/// What becomes of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Silent,
    Copied,
    Made,
}
use Kind::{Copied, Made, Silent};

fn kinds(plan: &Plan<'_>) -> Vec<(Kind, u32)> {
    let kind = |action: Action<'_>| match action {
        Action::Silence => Silent,
        Action::Copy => Copied,
        Action::Move(_) => Made,
    };
    pieces(plan).iter().map(|piece| (kind(piece.action), piece.frames)).collect()
}

fn read(engine: &Engine<'_>, time: u64, first: u32, frames: u32) -> Vec<(Kind, u32)> {
    let read = engine.begin_read(time, first, frames).unwrap();
    let pieces = kinds(read.plan());
    assert_eq!(engine.end_read(read, || 0), 0);
    pieces
}

fn write(engine: &Engine<'_>, time: u64, first: u32, frames: u32) -> Vec<(Kind, u32)> {
    let write = engine.begin_write(time, first, frames).unwrap();
    let pieces = kinds(write.plan());
    engine.end_write(write, || 0);
    pieces
}

#[test]
fn nothing_of_an_earlier_run_is_heard() {
    let engine = engine();
    assert_eq!(write(&engine, START, 0, 512), []);
    assert_eq!(read(&engine, START, 0, 512), [(Silent, 512)]);
    engine.start(START).unwrap();
    assert_eq!(write(&engine, frames(0), 100, 400), [(Silent, 100), (Copied, 400)]);
    assert_eq!(read(&engine, frames(500), 0, 512), [(Silent, 12), (Copied, 500)]);
    engine.stop();
    assert_eq!(read(&engine, frames(500), 0, 512), [(Silent, 512)]);
    engine.start(frames(500)).unwrap();
    assert_eq!(read(&engine, frames(1000), 0, 500), [(Silent, 500)]);
    assert_eq!(read(&engine, frames(1000), 16384 - 512, 512), [(Silent, 512)]);
}

#[test]
fn mute_silences_its_side_at_once_where_nothing_was_heard_and_in_a_ramp_elsewhere() {
    let engine = engine();
    let mute = |side, channel, muted| engine.set(Setting::Mute(side, channel, muted)).unwrap();
    engine.start(START).unwrap();
    mute(Side::Write, 0, true);
    assert_eq!(write(&engine, frames(0), 0, 512), [(Silent, 512)]);
    mute(Side::Write, 0, false);
    // 10 ms are 441 frames.
    assert_eq!(write(&engine, frames(0), 512, 512), [(Made, 441), (Copied, 71)]);
    assert_eq!(read(&engine, frames(500), 0, 400), [(Copied, 400)]);
    mute(Side::Read, 1, true);
    mute(Side::Read, 2, true);
    assert_eq!(read(&engine, frames(500), 0, 400), [(Copied, 400)]);
    assert_eq!(read(&engine, frames(1000), 400, 600), [(Copied, 100), (Made, 441), (Silent, 59)]);
}

#[test]
fn levels_that_cannot_be_are_refused() {
    let engine = engine();
    let refusal = |setting| engine.set(setting).unwrap_err().to_string();
    assert_eq!(refusal(Setting::Level(Side::Write, 0, 129)), "volume: 129, 0 to 128 are possible");
    assert_eq!(refusal(Setting::Level(Side::Read, 2, 177)), "gain: 177, 0 to 176 are possible");
    let channel = "channel 3: 1 to 2 are possible, and 0 for all";
    assert_eq!(refusal(Setting::Level(Side::Read, 3, 176)), channel);
    assert_eq!(refusal(Setting::Mute(Side::Write, 3, true)), channel);
    engine.start(START).unwrap();
    assert_eq!(write(&engine, frames(0), 0, 512), [(Copied, 512)]);
}

#[test]
fn traffic_is_counted() {
    let engine = engine();
    let names = [c"FramesWritten", c"FramesRead", c"LateWrites", c"SilentReads", c"Reclips", c"WorstIONanoseconds"];
    let counted = || {
        let statistics = engine.statistics();
        names.map(|name| statistics.iter().find(|(known, _)| *known == name).unwrap().1)
    };
    write(&engine, START, 0, 512);
    engine.start(START).unwrap();
    assert_eq!(counted(), [0; 6]);
    write(&engine, frames(0), 0, 512);
    write(&engine, frames(600), 512, 256);
    write(&engine, frames(700), 700, 100);
    read(&engine, frames(800), 0, 800);
    read(&engine, frames(810), 0, 801);
    let write = engine.begin_write(frames(900), 800, 700).unwrap();
    engine.end_write(write, || 777);
    assert_eq!(counted(), [512 + 256 + 100 + 700, 1601, 2, 1, 1, 777]);
}

#[test]
fn rates_are_taken_at_the_next_start_and_nonsense_is_refused() {
    let engine = engine();
    let format = StreamFormat::of(2, SampleFormat::Float32);
    engine.start(START).unwrap();
    engine.change_format(&format, Some((192_000, 0))).unwrap();
    assert_eq!(engine.next_lap(lap_time(1)), Lap::Due(lap_time(1)));
    for rate in [(0, 0), (0, 1), (44_099, 0), (192_000, 1), (u32::MAX, 0), (768_001, 0)] {
        let refused = ChangeError::Rate { whole: rate.0, fraction: rate.1 };
        assert_eq!(engine.change_format(&format, Some(rate)), Err(refused));
    }
    let odd = StreamFormat { channels: 0, ..format };
    assert_eq!(engine.change_format(&odd, None), Err(ChangeError::Format(odd)));
    let wrong = StreamFormat { mixable: false, ..format };
    assert_eq!(engine.change_format(&wrong, Some((48_000, 0))), Err(ChangeError::Format(wrong)));
    let restarted = engine.start(START).unwrap();
    assert_eq!(restarted.wake, START + 85_333_333);
}

#[test]
fn a_timebase_that_cannot_carry_the_rates_is_refused() {
    let device = stereo(44_100);
    let made = |numer, denom, cells| Engine::new(device.clone(), Timebase { numer, denom }, cells).map(|_| ());
    assert!(matches!(made(0, 1, cells()), Err(EngineError::Clock(_))));
    assert!(matches!(made(1_000_000, 1, cells()), Err(EngineError::Clock(_))));
    assert!(made(1_000_000_000, 33_333_335, cells()).is_ok());
    assert!(matches!(made(1, 1, &cells()[1..]), Err(EngineError::Cells(_))));
}

#[test]
fn a_pitch_bends_an_adjustable_clock_at_the_next_lap() {
    let engine = engine();
    engine.start(START).unwrap();
    let faster = Pitch::new(Pitch::MOST).unwrap();
    engine.set(Setting::Pitch(faster)).unwrap();
    // The host's clock does not follow a pitch.
    assert_eq!(engine.next_lap(lap_time(1)), Lap::Due(lap_time(1)));
    assert_eq!(engine.next_lap(lap_time(1)), Lap::Wait(lap_time(2)));
    engine.set(Setting::ClockSource(Source::Adjustable)).unwrap();
    assert_eq!(engine.next_lap(lap_time(2)), Lap::Due(lap_time(2)));
    // From here on a lap takes 1/1.01 of its time.
    let lap = 16384 * 1_000_000_000u64 * 100 / 101 / 44_100;
    let Lap::Wait(third) = engine.next_lap(lap_time(2)) else { panic!("a third lap") };
    assert!(third.abs_diff(lap_time(2) + lap) <= 1, "{}", third - lap_time(2));
    assert_eq!(engine.current_frame(lap_time(2) + lap / 2), 8191);
    assert_eq!(engine.next_lap(third), Lap::Due(third));
    engine.set(Setting::ClockSource(Source::Host)).unwrap();
    let Lap::Wait(fourth) = engine.next_lap(third) else { panic!("a fourth lap") };
    assert_eq!(engine.next_lap(fourth), Lap::Due(fourth));
    let Lap::Wait(fifth) = engine.next_lap(fourth) else { panic!("a fifth lap") };
    assert!((fifth - fourth).abs_diff(lap_time(1) - START) <= 1);
}

#[test]
fn a_host_that_asks_gets_the_last_lap_however_long_it_did_not_ask() {
    let engine = engine();
    assert_eq!((engine.zero_time_stamp(START), engine.position(START)), (None, None));
    engine.start(START).unwrap();
    let stamp = |time| engine.zero_time_stamp(time).map(|stamp| (stamp.frame, stamp.time, stamp.start));
    let lap = |lap: u64| Some((lap * u64::from(RING_FRAMES), lap_time(lap), 1));
    assert_eq!(stamp(START), lap(0));
    assert_eq!(stamp(lap_time(1) - 2), lap(0));
    assert_eq!(stamp(frames(u64::from(RING_FRAMES))), lap(1));
    // More laps than a late timer would make good at once.
    assert_eq!(stamp(frames(5000 * u64::from(RING_FRAMES) + 7)), lap(5000));
    assert_eq!(engine.position(frames(77)), Some(77));
    engine.stop();
    assert_eq!(stamp(lap_time(5001)), None);
    engine.start(lap_time(6000)).unwrap();
    assert_eq!(stamp(lap_time(6000)), Some((0, lap_time(6000), 2)), "frames count from the start");
}

#[test]
fn a_pitch_bends_the_clock_of_a_host_that_asks_at_the_lap_that_it_is_told() {
    let engine = engine();
    engine.start(START).unwrap();
    engine.set(Setting::ClockSource(Source::Adjustable)).unwrap();
    engine.set(Setting::Pitch(Pitch::new(100_000).unwrap())).unwrap();
    let told = engine.zero_time_stamp(frames(3 * u64::from(RING_FRAMES) + 9)).unwrap();
    assert_eq!((told.frame, told.time), (3 * u64::from(RING_FRAMES), lap_time(3)));
    let lap = lap_time(4) - lap_time(3);
    let faster = engine.zero_time_stamp(lap_time(3) + lap * 100 / 101 + 2).unwrap();
    assert_eq!(faster.frame, 4 * u64::from(RING_FRAMES));
    assert!((lap_time(3) + lap * 100 / 101).abs_diff(faster.time) <= 1);
}

#[test]
fn a_buffer_of_just_the_frames_is_read_from_its_begin() {
    let engine = engine();
    engine.start(START).unwrap();
    let write = engine.begin_write(START, 700, 20).unwrap();
    let froms = |plan: Plan<'_>| {
        let mut froms = Vec::new();
        let _ = plan.try_for_each(|piece| {
            if !matches!(piece.action, Action::Silence) {
                froms.push((piece.from, piece.to, piece.frames));
            }
            Ok::<(), ()>(())
        });
        froms
    };
    assert_eq!(froms(*write.plan()), [(700, 700, 20)]);
    assert_eq!(froms(write.plan().from_frame(700)), [(0, 700, 20)]);
}

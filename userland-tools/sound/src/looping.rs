//! The loop: a sound is played into a device, and what comes back is recorded.

use alloc::format;
use core::sync::atomic::{AtomicU64, Ordering};

use protocol::event::{Event, Looped};
use protocol::job::Loop;

use crate::device::{Device, Direction};
use crate::error::Error;
use crate::hal::{Cycle, Flow, Hal, Procedure};
use crate::session::Session;
use crate::tape::{Player, Recorder};

/// Progress is told this often.
const REPORTS: u64 = 20;

/// Plays and records in the same cycles.
struct Both<'a> {
    player: Player<'a>,
    recorder: Recorder<'a>,
}

impl Procedure for Both<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        self.player.cycle(cycle);
        self.recorder.cycle(cycle)
    }
}

/// Sets a device as `parameters` say, plays `sound` into it and records until the tape, which is silent, is full; both are
/// interleaved samples of so many channels. `say` is told of progress and of what went wrong meanwhile, and at last of what the
/// loop came to.
///
/// # Errors
/// The device cannot be set so, its streams are not of so many channels of Float32, or IO fails.
pub fn loop_through<H: Hal + ?Sized>(
    device: &Device<'_, H>,
    parameters: &Loop,
    sound: &[f32],
    tape: &mut [f32],
    say: &mut dyn FnMut(&Event),
) -> Result<Looped, Error> {
    device.set_rate(parameters.rate.into())?;
    device.set_io_frames(parameters.io_frames)?;
    let channels = parameters.channels as usize;
    for direction in [Direction::Input, Direction::Output] {
        let there = device.channels(direction)?;
        if there != channels {
            let side = direction.name();
            return device.unsuitable(format!("its {side} stream has {there} channels, the sound has {channels}"));
        }
    }
    let all = (tape.len() / channels.max(1)) as u64;
    let progress = AtomicU64::new(0);
    let latency = device.latency(Direction::Output)?;
    let mut both =
        Both { player: Player::new(sound, channels, latency), recorder: Recorder::new(tape, channels, &progress) };
    let mut told = 0;
    let mut watch = || {
        let done = progress.load(Ordering::Relaxed);
        if all > 0 && done * REPORTS / all > told {
            told = done * REPORTS / all;
            say(&Event::Progress { done, of: all });
        }
        Flow::On
    };
    let session = Session::run(device, &mut both, &mut watch)?;
    if session.missed > 0 {
        let Session { missed, overloads, .. } = session;
        let text = format!(
            "the HAL left {missed} frames out between cycles and told of {overloads} overloads; end what else runs, or use longer IO cycles"
        );
        say(&Event::Finding { text });
    } else if session.overloads > 0 {
        say(&Event::Log {
            at: 0,
            text: format!("the HAL told of {} overloads; no frame was left out", session.overloads),
        });
    }
    let frame = |moment: Option<i64>| u64::try_from(moment.unwrap_or(0)).unwrap_or(0);
    let looped = Looped {
        written_from: frame(both.player.written_from()),
        read_from: frame(both.recorder.read_from()),
        recorded: both.recorder.recorded(),
        cycles: both.recorder.cycles(),
        failed: alloc::vec::Vec::new(),
        virtual_ns: session.ns,
        timestamps: session.cycles,
        timestamp_error_ns: session.error_ns,
        latency: device.round_trip()?,
    };
    say(&Event::Looped(looped.clone()));
    Ok(looped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_hal::TestHal;
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    fn parameters() -> Loop {
        Loop { rate: 48_000, channels: 2, frames: 1000, io_frames: 64, timed: false }
    }

    fn sound() -> Vec<f32> {
        (0..2000).map(|sample| sample as f32 / 2048.0).collect()
    }

    fn run(hal: &TestHal) -> (Result<Looped, Error>, Vec<f32>, Vec<Event>) {
        let device = Device::with_uid(hal, "test:uid").unwrap();
        let mut tape = vec![0.0; 2 * 2000];
        let mut events = Vec::new();
        let looped = loop_through(&device, &parameters(), &sound(), &mut tape, &mut |event| events.push(event.clone()));
        (looped, tape, events)
    }

    #[test]
    fn a_sound_comes_back_where_the_frames_say() {
        let hal = TestHal::new();
        let (looped, tape, events) = run(&hal);
        let looped = looped.unwrap();
        assert_eq!((hal.rate.get().to_bits(), hal.io_frames.get()), (48_000_f64.to_bits(), 64));
        let at = 2 * (looped.written_from - looped.read_from) as usize;
        assert!(tape[..at].iter().all(|sample| *sample == 0.0));
        assert_eq!(tape[at..at + 2000], sound());
        assert_eq!((looped.recorded, looped.timestamp_error_ns, looped.latency), (2000, 0, 48));
        assert_eq!(events.last(), Some(&Event::Looped(looped)));
        assert!(!events.iter().any(|event| matches!(event, Event::Finding { .. })));
    }

    #[test]
    fn a_cycle_that_is_left_out_is_a_gap_and_a_finding() {
        let hal = TestHal { skips: Some(5), ..TestHal::new() };
        let (looped, tape, events) = run(&hal);
        let looped = looped.unwrap();
        let at = 2 * (looped.written_from - looped.read_from) as usize;
        let back = &tape[at..at + 2000];
        assert!(back != sound() && back[1900..] == sound()[1900..]);
        let found = events.iter().find_map(|event| match event {
            Event::Finding { text } => Some(text.as_str()),
            _ => None,
        });
        assert!(found.unwrap().contains("64 frames"), "{found:?}");
    }

    #[test]
    fn what_the_device_cannot_be_is_told() {
        let hal = TestHal { channels: 6, ..TestHal::new() };
        let why = run(&hal).0.unwrap_err();
        assert_eq!(why.to_string(), "Test Device: its input stream has 6 channels, the sound has 2");
        assert_eq!(why.code(), 2);
        let hal = TestHal { is_dead: true, ..TestHal::new() };
        let why = run(&hal).0.unwrap_err();
        assert!(why.to_string().contains("no IO cycle comes for 5 s, after 0"), "{why}");
        let hal = TestHal::new();
        let device = Device::with_uid(&hal, "test:uid").unwrap();
        let why = device.set_rate(12_345.0).unwrap_err().to_string();
        assert_eq!(why, "Test Device: it cannot run at 12345 Hz; it can at 44100, 48000 Hz");
        let why = Device::with_uid(&hal, "other").err().unwrap().to_string();
        assert_eq!(why, "there is no device \"other\"; there are: test:uid");
    }
}

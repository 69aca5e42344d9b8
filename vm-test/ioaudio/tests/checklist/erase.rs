//! The erase head.

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::object::Method;
use kpi::{mem, sched};

use crate::common::steps;
use crate::driver::{Client, FRAME, FRAMES, NOTES_ERASE, POSITION, RATE, RING, sample};
use crate::with_driver;

static SET_SAMPLES: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream15setSampleBufferEPvj");
static GET_SAMPLES: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream15getSampleBufferEv");
static INTERVAL: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16getTimerIntervalEv");

/// `IOAudioEngine::status`.
const STATUS: usize = 176;
/// Ticks come four times a lap of 20.8 ms.
const TICK: u64 = 5_300_000;

/// 15: the head goes to the driver's position and erases what it passes, in two parts around the ring's end; a stream whose
/// buffers are too small for them is skipped.
pub fn ranges(release: &str) {
    with_driver(release, true, |driver| {
        let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
        a.start().unwrap();
        b.start().unwrap();
        assert_eq!((a.write(0, 300, 1.0), b.write(0, 300, 1.0)), (IOReturn::SUCCESS, IOReturn::SUCCESS));
        assert_eq!(sample(350), 2);
        NOTES_ERASE.store(true, Ordering::Relaxed);
        let tick_at = |frame: u32| {
            POSITION.store(frame, Ordering::Relaxed);
            steps();
            sched::sleep_until(sched::now() + TICK);
            let mut erased = steps();
            erased.retain(|step| step.starts_with("erase"));
            erased.dedup();
            erased
        };
        assert_eq!(tick_at(450)[0], "erase 0+450");
        driver.lap();
        assert_eq!((a.write(1, 300, 1.0), b.write(1, 300, 1.0)), (IOReturn::SUCCESS, IOReturn::SUCCESS));
        assert_eq!(sample(350), 2, "nothing of the last lap is left");
        let erased = tick_at(200);
        assert_eq!(erased[erased.len() - 2..], ["erase 0+200", "erase 450+550"]);
        assert_eq!(mem::read::<u32>(driver.engine.get::<usize>(STATUS) + 16), 200, "the head, on the status page");
        // The sample buffer is too small for what comes after frame 500.
        let stream = driver.stream(0);
        let samples = GET_SAMPLES.call(stream, &[]);
        SET_SAMPLES.call(stream, &[samples, 500 * FRAME as u64]);
        assert_eq!(tick_at(400).last().unwrap(), "erase 200+200");
        assert_eq!(tick_at(100), [""; 0], "skipped, also what would fit; the head has moved");
        assert_eq!(tick_at(300).last().unwrap(), "erase 100+200");
        SET_SAMPLES.call(stream, &[samples, u64::from(RING) * FRAME as u64]);
        a.close();
        b.close();
    });
}

/// 25: one erase covers at most 64 KiB of the sample buffer; the number of erases a lap only rises.
pub fn number(release: &str) {
    const ERASES: usize = 148;
    FRAMES.store(100_000, Ordering::Relaxed);
    with_driver(release, true, |driver| {
        let erases = || driver.engine.get::<u32>(ERASES);
        let lap = 1_000_000_000 * 100_000 / u64::from(RATE);
        assert_eq!(erases(), 4);
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        assert_eq!(erases(), 12, "800,000 bytes");
        assert_eq!(INTERVAL.call(driver.engine, &[]), lap / 12);
        client.stop();
        driver.let_stop();
        let stream = driver.stream(0);
        let samples = GET_SAMPLES.call(stream, &[]);
        SET_SAMPLES.call(stream, &[samples, 65_536]);
        client.start().unwrap();
        assert_eq!(erases(), 12, "a smaller buffer does not lower it");
        SET_SAMPLES.call(stream, &[samples, 100_000 * FRAME as u64]);
        client.close();
        driver.let_stop();
    });
}

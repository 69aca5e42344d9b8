//! The device's timer and the engine's timestamps.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use kpi::functions;
use kpi::iokit::power;
use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::sched;

use crate::common::{SECOND, step, steps};
use crate::driver::Client;
use crate::with_driver;

static ADD_TIMER: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice13addTimerEventEP8OSObjectPFvS1_PS_Ey");
static REMOVE_TIMER: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice16removeTimerEventEP8OSObject");
static TAKE_TIME_STAMP: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine13takeTimeStampEbPy");

extern "C" fn tick(target: Obj, device: Obj) {
    assert!(device.is("IOAudioDevice"));
    step(format!("tick of {}", target.class_name()));
}

/// As `tick`, with the target's entry removed from inside.
extern "C" fn tick_once(target: Obj, device: Obj) {
    tick(target, device);
    REMOVE_TIMER.call(device, &[target.word()]);
}

functions! { pub FUNCTIONS: "test: tick" => tick, "test: tick_once" => tick_once, }

fn wait(ns: u64) {
    sched::sleep_until(sched::now() + ns);
}

/// 7: a tick that comes while the device sleeps does not arm the timer again; the wake ticks at once and starts it.
pub fn timer_in_sleep(release: &str) {
    with_driver(release, true, |driver| {
        ADD_TIMER.call(driver.device, &[driver.device.word(), tick as *const () as u64, SECOND]);
        wait(SECOND * 5 / 2);
        assert_eq!(steps(), ["tick of TestDevice", "tick of TestDevice"]);
        power::sleep();
        steps();
        wait(10 * SECOND);
        assert_eq!(steps(), [""; 0], "dead");
        power::wake();
        assert_eq!(steps(), ["power 0 to 1", "tick of TestDevice"]);
        wait(SECOND * 3 / 2);
        assert_eq!(steps(), ["tick of TestDevice"], "the series begins at the wake");
        REMOVE_TIMER.call(driver.device, &[driver.device.word()]);
        wait(3 * SECOND);
        assert_eq!(steps(), [""; 0]);
    });
}

/// 14: the same target replaces its entry; a target that removes itself makes those behind it miss the tick.
pub fn timer_targets(release: &str) {
    with_driver(release, true, |driver| {
        let (device, engine, stream) = (driver.device, driver.engine, driver.stream(0));
        let add = |target: Obj, function: extern "C" fn(Obj, Obj), interval: u64| {
            ADD_TIMER.call_u32(device, &[target.word(), function as *const () as u64, interval])
        };
        assert_eq!(ADD_TIMER.call_u32(device, &[engine.word(), 0, SECOND]), 0xe000_02c2, "no function");
        assert_eq!(add(device, tick, 3 * SECOND), 0);
        assert_eq!(add(device, tick, 2 * SECOND), 0);
        wait(SECOND * 5);
        assert_eq!(steps(), ["tick of TestDevice", "tick of TestDevice"], "every two seconds, once");
        // The next tick is due in a second; the engine's brings it forward, and is called at every tick from then on.
        assert_eq!(add(engine, tick, SECOND / 2), 0);
        wait(SECOND * 3 / 4);
        assert_eq!(steps(), ["tick of TestDevice", "tick of TestEngine"], "all, whatever their own interval");
        REMOVE_TIMER.call(device, &[engine.word()]);
        assert_eq!(add(engine, tick_once, SECOND), 0);
        assert_eq!(add(stream, tick, SECOND), 0);
        steps();
        wait(SECOND * 5 / 4);
        assert_eq!(steps(), ["tick of TestDevice", "tick of TestEngine"], "the stream's turn was lost");
        wait(SECOND);
        assert_eq!(steps(), ["tick of TestDevice", "tick of IOAudioStream"]);
        for target in [device, stream] {
            REMOVE_TIMER.call(device, &[target.word()]);
        }
        wait(5 * SECOND);
        assert_eq!(steps(), [""; 0], "nobody is left");
    });
}

/// 22: loop count and time of a timestamp change at once, for a reader on another processor.
pub fn whole_timestamps(release: &str) {
    /// What the reader looks at, and how often it has seen another timestamp.
    static PAGE: AtomicUsize = AtomicUsize::new(0);
    static SEEN: AtomicU32 = AtomicU32::new(0);
    const STATUS: usize = 176;
    const ENOUGH: u32 = 500;
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        PAGE.store(driver.engine.get(STATUS), Ordering::Relaxed);
        let reader = std::thread::spawn(|| {
            let (mut last, mut torn) = (0, 0);
            while SEEN.load(Ordering::Relaxed) < ENOUGH {
                let word = mem::compare_exchange_16(PAGE.load(Ordering::Relaxed), 0, 0);
                let (lap, time) = ((word >> 32) as u32, (word >> 64) as u64);
                SEEN.fetch_add(u32::from(lap != last), Ordering::Relaxed);
                torn += u32::from(lap > 0 && time != u64::from(lap) * 1000);
                last = lap;
            }
            torn
        });
        let mut time = 0u64;
        while SEEN.load(Ordering::Relaxed) < ENOUGH {
            time += 1000;
            TAKE_TIME_STAMP.call(driver.engine, &[1, (&raw const time) as u64]);
        }
        assert_eq!(reader.join().expect("the reader ends"), 0, "torn timestamps, of {ENOUGH}");
        client.close();
    });
}

//! Code that runs on an IO thread's time is watched: what a driver does in clip and convert that may wait is told, once.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::registry::Part;
use kpi::{fault, symbols};
use protocol::event::{Broken, Event};

use common::{counts, events, load_caller};
use driver::{Client, Driver, IN_CLIP, NOTES_IO};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

/// Rule, text and place of what was told.
fn findings() -> Vec<String> {
    let words = |broken: Broken| format!("{}: {}; {}", broken.rule, broken.text, broken.backtrace[0]);
    let broken = |event| if let Event::Broken(broken) = event { Some(words(broken)) } else { None };
    events().into_iter().filter_map(broken).collect()
}

#[test]
fn what_may_wait_in_clip_is_told_once() {
    driver::boot("10.6", PART);
    let before = counts();
    NOTES_IO.store(false, Ordering::Relaxed);
    let driver = Driver::start(true);
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    let clock = load_caller("clock", "_mach_absolute_time", 0);
    let sleeper = load_caller("sleeper", "_IOSleep", 1);
    let mut at = 200;
    let mut write_with = |function: usize| {
        IN_CLIP.store(function, Ordering::Relaxed);
        assert_eq!(client.write(0, at, 1.0), IOReturn::SUCCESS);
        at += 100;
    };
    write_with(clock);
    assert_eq!(findings(), [""; 0], "reading the clock is harmless");
    symbols::invoke(sleeper, &[]);
    assert_eq!(findings(), [""; 0], "elsewhere it may sleep");
    for _ in 0..3 {
        write_with(sleeper);
    }
    let text = "io-path: clipOutputSamples calls _IOSleep, which may allocate, lock or wait; sleeper`_sleeper + 0x15";
    assert_eq!(findings(), [text]);
    assert_eq!(fault::findings(), 1);
    client.close();
    driver.remove();
    common::settle();
    assert_eq!(counts(), before, "nothing is left");
}

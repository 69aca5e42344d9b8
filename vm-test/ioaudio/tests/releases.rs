//! What older releases do otherwise: nobody waits for a limited time.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::power;
use kpi::object::Method;
use kpi::registry::Part;
use kpi::sched::{self, Priority};

use common::{SECOND, counts, settle, steps};
use driver::{Client, Driver, POWER_TIME};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

static COMPLETE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice24completePowerStateChangeEv");
static PAUSE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16pauseAudioEngineEv");
static RESUME: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17resumeAudioEngineEv");

fn later(ns: u64, what: impl FnOnce() + 'static) {
    let run = move || {
        sched::sleep_until(sched::now() + ns);
        what();
    };
    sched::spawn("later", Priority::Normal, Box::new(run));
}

#[test]
fn before_10_10() {
    driver::boot("10.9", PART);
    let before = counts();
    let driver = Driver::start(true);
    let (engine, device) = (driver.engine, driver.device);
    let client = Client::new(engine, 100);
    client.start().unwrap();
    PAUSE.call(engine, &[]);
    assert_eq!(client.start(), Err(IOReturn::OFFLINE), "the engine is paused");
    RESUME.call(engine, &[]);
    assert_eq!(client.start(), Ok(()));
    client.stop();
    driver.let_stop();
    power::sleep();
    later(60 * SECOND, || {
        power::wake();
    });
    let asleep = sched::now();
    assert_eq!(client.start(), Ok(()), "it waits for power as long as that takes");
    assert!(sched::now() - asleep >= 60 * SECOND);
    client.close();
    driver.let_stop();
    // A driver that takes a minute to go to sleep holds the wake back for so long.
    POWER_TIME.store(1, Ordering::Relaxed);
    power::sleep();
    POWER_TIME.store(0, Ordering::Relaxed);
    later(60 * SECOND, move || {
        COMPLETE.call(device, &[]);
    });
    let asleep = sched::now();
    power::wake();
    assert!(sched::now() - asleep >= 60 * SECOND);
    driver.remove();
    settle();
    steps();
    assert_eq!(counts(), before, "nothing is left");
}

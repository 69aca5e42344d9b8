//! Sleep and wake: starts in between, time that a driver takes, a delay before idling; and a device that goes.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::power;
use kpi::object::Method;
use kpi::registry::Part;
use kpi::sched::{self, Priority};

use common::{SECOND, counts, log, settle, step, steps};
use driver::{Client, Driver, POWER_TIME};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

static COMPLETE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice24completePowerStateChangeEv");
static POWER_STATE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice13getPowerStateEv");
static ENGINE_STATE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8getStateEv");
static SET_IDLE_DELAY: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice21setIdleAudioSleepTimeEy");

const SLEEP: u32 = 0;
const IDLE: u32 = 1;
const ACTIVE: u32 = 2;

/// Device power and engine state.
fn state(driver: &Driver) -> (u32, u32) {
    (POWER_STATE.call_u32(driver.device, &[]), ENGINE_STATE.call_u32(driver.engine, &[]))
}

fn idle_sleep(driver: &Driver) {
    assert_eq!(state(driver), (IDLE, 0));
    assert!(power::sleep().is_empty());
    assert!(power::wake().is_empty());
    assert_eq!(steps(), ["power 1 to 0", "power 0 to 1"]);
}

/// A client that starts while the device sleeps waits for power.
fn start_in_sleep(driver: &Driver) {
    power::sleep();
    let client = Client::new(driver.engine, 100);
    let wake = || {
        sched::sleep_until(sched::now() + 3 * SECOND);
        step("wake");
        power::wake();
    };
    sched::spawn("wake", Priority::Normal, Box::new(wake));
    assert_eq!(client.start(), Ok(()));
    assert_eq!(steps(), ["power 1 to 0", "wake", "power 0 to 1", "power 1 to 2", "start"]);
    client.close();
    driver.let_stop();
    steps();

    power::sleep();
    let client = Client::new(driver.engine, 100);
    let before = sched::now();
    assert_eq!(client.start(), Err(IOReturn::TIMEOUT));
    assert!(sched::now() - before >= 10 * SECOND, "ten seconds");
    client.close();
    power::wake();
    settle();
    steps();
}

/// The driver asks for time and completes the change later.
fn slow_driver(driver: &Driver) {
    let device = driver.device;
    POWER_TIME.store(500_000, Ordering::Relaxed);
    assert!(power::sleep().is_empty(), "the family does not hand the wish on");
    assert_eq!((state(driver).0, steps()), (IDLE, vec!["power 1 to 0".into()]));
    let complete = move || {
        sched::sleep_until(sched::now() + SECOND / 2);
        POWER_TIME.store(0, Ordering::Relaxed);
        step("complete");
        COMPLETE.call(device, &[]);
    };
    sched::spawn("hardware", Priority::Normal, Box::new(complete));
    // The wake comes while the sleep is under way, and waits for it.
    power::wake();
    assert_eq!((state(driver).0, steps()), (IDLE, vec!["complete".into(), "power 0 to 1".into()]));

    // A driver that never completes holds the next change back for one second only; that one is then the sleep again, and
    // the device sleeps in a system that is awake.
    POWER_TIME.store(500_000, Ordering::Relaxed);
    power::sleep();
    let before = sched::now();
    POWER_TIME.store(0, Ordering::Relaxed);
    power::wake();
    assert!((SECOND..2 * SECOND).contains(&(sched::now() - before)));
    assert_eq!((state(driver).0, steps()), (SLEEP, vec!["power 1 to 0".into(), "power 1 to 0".into()]));
    power::sleep();
    power::wake();
    assert_eq!((state(driver).0, steps()), (IDLE, vec!["power 0 to 1".into()]));
}

fn idle_delay(driver: &Driver) {
    SET_IDLE_DELAY.call(driver.device, &[5 * SECOND]);
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    client.close();
    driver.let_stop();
    assert_eq!((state(driver), steps()), ((ACTIVE, 0), vec!["power 1 to 2".into(), "start".into(), "stop".into()]));
    sched::sleep_until(sched::now() + 5 * SECOND);
    assert_eq!((state(driver), steps()), ((IDLE, 0), vec!["power 2 to 1".into()]));
    SET_IDLE_DELAY.call(driver.device, &[0]);
}

/// The device is removed while a client plays: the driver stops its engine.
fn device_goes(options: u64) {
    static TERMINATE: Method = Method::new("IOService", "__ZN9IOService9terminateEj");
    let driver = Driver::start(true);
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    assert_eq!(client.write(0, 200, 1.0), IOReturn::SUCCESS);
    steps();
    TERMINATE.call(driver.device, &[options]);
    settle();
    assert_eq!(steps().iter().filter(|step| *step == "stop").count(), 1, "performAudioEngineStop is called");
    assert_eq!(client.write(0, 300, 1.0), IOReturn(0x1000_0003), "the connection is dead");
    client.forget();
    settle();
}

#[test]
fn sleep_and_wake() {
    driver::boot("10.15", PART);
    let before = counts();
    driver::NOTES_IO.store(false, Ordering::Relaxed);
    let driver = Driver::start(true);
    idle_sleep(&driver);
    start_in_sleep(&driver);
    slow_driver(&driver);
    idle_delay(&driver);
    driver.remove();
    steps();
    device_goes(0);
    device_goes(2);
    assert!(log().is_empty(), "{:?}", log());
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

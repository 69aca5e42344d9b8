//! What newer releases do: a start waits three seconds for a pause to end, and intervals may have 32 bits of fraction.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use kpi::iokit::connection;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::properties;
use kpi::object::Method;
use kpi::registry::Part;
use kpi::sched::{self, Priority};

use common::{SECOND, counts, settle, steps};
use driver::{Client, Driver, RATE};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

static PAUSE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16pauseAudioEngineEv");
static RESUME: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17resumeAudioEngineEv");

fn paused(driver: &Driver) {
    let engine = driver.engine;
    let client = Client::new(engine, 100);
    client.start().unwrap();
    PAUSE.call(engine, &[]);
    let paused = sched::now();
    assert_eq!(client.start(), Err(IOReturn::TIMEOUT));
    assert_eq!((sched::now() - paused) / SECOND, 3);
    let resume = move || {
        sched::sleep_until(sched::now() + 2 * SECOND);
        RESUME.call(engine, &[]);
    };
    sched::spawn("driver", Priority::Normal, Box::new(resume));
    assert_eq!(client.start(), Ok(()));
    assert_eq!((sched::now() - paused) / SECOND, 5);
    client.close();
    driver.let_stop();
}

/// The interval of a client is taken for 32.32 once the engine wants that: the watchdog then fires where it should.
fn hi_res(driver: &Driver) {
    let want =
        kpi::symbols::address("__ZN13IOAudioEngine22useHiResSampleIntervalEv").expect("a function of the release");
    kpi::symbols::invoke(want, &[driver.engine.word()]);
    assert_eq!(properties::get_number(driver.engine, "IOAudioEngineUseHiResSampleInterval"), None, "a boolean");
    assert!(!properties::get(driver.engine, "IOAudioEngineUseHiResSampleInterval").is_null());
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    let interval = (1_000_000_000u64 << 32) / u64::from(RATE);
    let words = [300, 0, 0, 1, interval >> 32, interval & 0xffff_ffff];
    let start = sched::now();
    assert_eq!(connection::trap(client.connection, 0, words), IOReturn::SUCCESS);
    sched::sleep_until(start + 7_900_000);
    assert_eq!(steps(), ["clip 300+100"]);
    sched::sleep_until(start + 8_200_000);
    assert_eq!(steps(), ["clip 400+100"], "frame 400 was due at 8 ms");
    client.close();
    driver.let_stop();
}

#[test]
fn waits_and_intervals_of_11() {
    driver::boot("11", PART);
    let before = counts();
    let driver = Driver::start(true);
    paused(&driver);
    hi_res(&driver);
    driver.remove();
    settle();
    steps();
    assert_eq!(counts(), before, "nothing is left");
}

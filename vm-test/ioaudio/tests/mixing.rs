//! Mixing and clipping with one client and several, at the ring's end, late, absent, and with wrong descriptors.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::registry::Part;
use kpi::sched;

use common::{counts, settle, steps};
use driver::{ANSWER, Client, Driver, POSITION, RING, sample};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

const OK: IOReturn = IOReturn::SUCCESS;
/// Lets no timer run: less than the time that any watchdog waits for.
const MOMENT: u64 = 100_000;

fn stop(driver: &Driver) {
    for _ in 0..3 {
        driver.lap();
    }
    POSITION.store(RING - 1, Ordering::Relaxed);
    settle();
    steps();
}

/// One client: its buffers are the ranges, and data is copied, not added.
fn one_client(driver: &Driver) {
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    assert_eq!(client.write(0, 700, 1.0), OK);
    assert_eq!(client.write(0, 800, 1.0), OK);
    assert_eq!(client.write(0, 900, 2.0), OK);
    assert_eq!(
        steps(),
        ["clip 700+100", "clip 800+100", "clip 900+100", "clip 0+0"],
        "the exact end has an empty second part"
    );
    assert_eq!(client.write(1, 0, 3.0), OK);
    assert_eq!(client.write(1, 100, 3.0), OK);
    assert_eq!(client.write(1, 200, 3.0), OK);
    assert_eq!(steps(), ["clip 0+100", "clip 100+100", "clip 200+100"]);
    assert_eq!((sample(799), sample(999), sample(0)), (1, 2, 3));
    assert_eq!(client.read(0, 950).unwrap()[49..51], [2.0, 3.0]);
    assert_eq!(steps(), ["convert 950+50", "convert 0+50"]);
    // A gap: the family hands on what lies between as well.
    assert_eq!(client.write(1, 450, 4.0), OK);
    assert_eq!(steps(), ["clip 300+250"]);
    // Again what was clipped already, but ending later.
    assert_eq!(client.write(1, 470, 5.0), OK);
    assert_eq!(steps(), ["reset clip to 470", "clip 470+100"]);
    assert_eq!(client.write(1, 400, 5.0), IOReturn::ISO_TOO_OLD, "ends before the last one");
    driver.lap();
    driver.lap();
    assert_eq!(client.write(1, 600, 1.0), IOReturn::ISO_TOO_OLD, "loop 1 has passed");
    assert_eq!(client.write(8, 0, 1.0), IOReturn::ISO_TOO_OLD, "more than five loops ahead");
    assert_eq!(client.write(2, RING, 1.0), IOReturn::BAD_ARGUMENT);
    client.stop();
    client.close();
    stop(driver);
}

/// 1, 2 and 1 clients: copies, sums, copies.
fn several_clients(driver: &Driver) {
    let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 50));
    a.start().unwrap();
    steps();
    assert_eq!(a.write(0, 200, 1.0), OK);
    assert_eq!(steps(), ["clip 200+100"]);
    b.start().unwrap();
    assert_eq!(a.write(0, 300, 1.0), OK);
    assert_eq!(steps(), ["clip 300+100"], "a client that has not played holds nobody back");
    // The second one begins behind what was clipped: that is clipped again, with both.
    assert_eq!(b.write(0, 320, 10.0), OK);
    assert_eq!(steps(), ["reset clip to 320", "clip 320+50"]);
    assert_eq!((sample(319), sample(320), sample(369)), (1, 11, 11));
    assert_eq!(a.write(0, 400, 1.0), OK);
    assert_eq!(steps(), [""; 0], "as far as the slowest only");
    assert_eq!(b.write(0, 370, 10.0), OK);
    assert_eq!(b.write(0, 420, 10.0), OK);
    assert_eq!(steps(), ["clip 370+50", "clip 420+50"]);
    assert_eq!((sample(390), sample(400), sample(469)), (11, 11, 11));
    // The slowest goes: the rest is handed on.
    b.stop();
    assert_eq!(steps(), ["clip 470+30"]);
    assert_eq!(a.write(0, 500, 1.0), OK);
    assert_eq!((steps(), sample(550)), (vec!["clip 500+100".to_string()], 1));
    // Copied over, not added.
    assert_eq!(a.write(0, 560, 7.0), OK);
    assert_eq!((steps().len(), sample(570)), (2, 7));
    for client in [a, b] {
        client.stop();
        client.close();
    }
    stop(driver);
}

/// An absent client is advanced in silence by its watchdog, and holds the other back no longer than that.
fn watchdog(driver: &Driver) {
    let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
    a.start().unwrap();
    b.start().unwrap();
    sched::sleep_until(sched::now() + MOMENT);
    steps();
    assert_eq!((a.write(0, 300, 1.0), b.write(0, 300, 1.0)), (OK, OK));
    assert_eq!((a.write(0, 400, 1.0), a.write(0, 500, 1.0)), (OK, OK));
    assert_eq!(steps(), ["clip 300+100", "reset clip to 300", "clip 300+100"]);
    // Frame 400 is due after 8.3 ms, less what mixing takes; then b's silence follows.
    sched::sleep_until(sched::now() + 8_200_000);
    assert_eq!(steps(), ["clip 400+100"]);
    assert_eq!(sample(450), 1);
    // b is late for frame 400, and may still play what has not been heard.
    assert_eq!(b.write(0, 500, 2.0), OK);
    assert_eq!((steps(), sample(550)), (vec!["clip 500+100".to_string()], 3));
    for client in [a, b] {
        client.stop();
        client.close();
    }
    stop(driver);
}

/// New output just before the watchdog fires makes it void.
fn watchdog_race(driver: &Driver) {
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    for (at, until) in [(300, 5_000_000), (400, 7_900_000), (500, 9_900_000)] {
        assert_eq!(client.write(0, at, 1.0), OK);
        let start = kpi::mem::read::<u64>(driver.engine.get::<usize>(176) + 8);
        sched::sleep_until(start + until);
    }
    assert_eq!(steps(), ["clip 300+100", "clip 400+100", "clip 500+100"], "no silence in between");
    client.stop();
    client.close();
    stop(driver);
}

/// A late trap says so although its samples were taken, and the driver's error is the trap's.
fn results(driver: &Driver) {
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    sched::sleep_until(sched::now() + 10_000_000);
    assert_eq!(client.write(0, 100, 9.0), IOReturn::ISO_TOO_OLD);
    assert_eq!((steps(), sample(150)), (vec!["clip 100+100".to_string()], 9));
    driver.lap();
    ANSWER.store(IOReturn::OVERRUN.0, Ordering::Relaxed);
    assert_eq!(client.write(1, 500, 9.0), IOReturn::OVERRUN);
    ANSWER.store(0, Ordering::Relaxed);
    for (word, value) in [(0, 801), (1, 101), (3, 900)] {
        let good = client.descriptor(0)[word];
        client.describe(0, word, value);
        assert_eq!(client.write(1, 600, 1.0), IOReturn::BAD_ARGUMENT, "word {word}");
        client.describe(0, word, good);
    }
    assert_eq!(client.write(1, 600, 1.0), OK);
    assert_eq!(client.unregister(0), Ok(()));
    client.describe(0, 2, 1000);
    assert_eq!(client.unregister(0), Err(IOReturn::NOT_FOUND));
    client.stop();
    client.close();
    stop(driver);
}

/// Erasing follows the position and leaves the rest of the mix ring alone.
fn erase(driver: &Driver) {
    let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
    a.start().unwrap();
    b.start().unwrap();
    assert_eq!((a.write(0, 300, 1.0), b.write(0, 300, 1.0)), (OK, OK));
    assert_eq!(sample(350), 2);
    // Ticks come four times a lap, the ring's 20.8 ms; the erase head then stands at 450.
    POSITION.store(450, Ordering::Relaxed);
    sched::sleep_until(sched::now() + 12_000_000);
    driver.lap();
    assert_eq!((a.write(1, 300, 1.0), b.write(1, 300, 1.0)), (OK, OK));
    assert_eq!(sample(350), 2, "nothing of the last lap");
    assert_eq!((a.write(2, 290, 1.0), b.write(2, 290, 1.0)), (OK, OK));
    assert_eq!(sample(350), 4, "not erased in between: stale samples are summed");
    for client in [a, b] {
        client.stop();
        client.close();
    }
    stop(driver);
}

fn not_mixable() {
    let driver = Driver::start(false);
    let (a, b) = (Client::open(driver.engine, 100), Client::open(driver.engine, 100));
    a.register(0).unwrap();
    a.start().unwrap();
    assert_eq!(b.register(0), Ok(()));
    assert_eq!(b.start(), Err(IOReturn::EXCLUSIVE_ACCESS));
    steps();
    assert_eq!(a.write(0, 950, 6.0), OK);
    assert_eq!(steps(), ["clip 950+50", "clip 0+50"]);
    for client in [a, b] {
        client.close();
    }
    stop(&driver);
    driver.remove();
}

/// A client that restarts within the lap after the last stop finds the engine running.
fn deferred_stop(driver: &Driver) {
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    POSITION.store(600, Ordering::Relaxed);
    client.stop();
    settle();
    assert_eq!(steps(), [""; 0], "position 600 of the next lap has not passed");
    client.start().unwrap();
    client.stop();
    driver.lap();
    settle();
    assert_eq!(steps(), [""; 0], "no start, and not past position 600 yet");
    POSITION.store(601, Ordering::Relaxed);
    settle();
    assert_eq!(steps(), ["stop", "power 2 to 1"]);
    client.close();
    settle();
}

#[test]
fn mixing_and_clipping() {
    driver::boot("10.9", PART);
    let before = counts();
    let driver = Driver::start(true);
    one_client(&driver);
    several_clients(&driver);
    watchdog(&driver);
    watchdog_race(&driver);
    results(&driver);
    erase(&driver);
    deferred_stop(&driver);
    driver.remove();
    not_mixable();
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

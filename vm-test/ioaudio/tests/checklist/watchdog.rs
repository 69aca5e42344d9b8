//! The watchdog that stands in for a client that does not come.

use std::sync::atomic::{AtomicU64, Ordering};

use kpi::iokit::ioreturn::IOReturn;
use kpi::{mem, sched};

use crate::common::steps;
use crate::driver::{Client, Driver, IN_CLIP, sample};
use crate::with_driver;

const OK: IOReturn = IOReturn::SUCCESS;

/// Until when the driver stays in clipOutputSamples.
static UNTIL: AtomicU64 = AtomicU64::new(0);

extern "C" fn linger() {
    sched::sleep_until(UNTIL.load(Ordering::Relaxed));
}

/// The time of the last timestamp.
fn anchor(driver: &Driver) -> u64 {
    const STATUS: usize = 176;
    mem::read(driver.engine.get::<usize>(STATUS) + 8)
}

/// 6: the watchdog fires while output is under way that comes just in time: when it gets to the buffers, its generation is over.
pub fn generation_race(release: &str) {
    with_driver(release, true, |driver| {
        in_time(driver);
        absent(driver);
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        steps();
        let start = anchor(driver);
        assert_eq!(client.write(0, 300, 1.0), OK);
        // Frame 400 is due 390 frames after the timestamp, less 125 us: at 8 ms.
        sched::sleep_until(start + 7_900_000);
        UNTIL.store(start + 8_300_000, Ordering::Relaxed);
        IN_CLIP.store(linger as *const () as usize, Ordering::Relaxed);
        assert_eq!(client.write(0, 400, 1.0), OK);
        IN_CLIP.store(0, Ordering::Relaxed);
        sched::sleep_until(start + 9_900_000);
        assert_eq!(
            steps(),
            ["clip 300+100", "clip 400+100"],
            "the watchdog waited for the buffers, and then did nothing"
        );
        sched::sleep_until(start + 10_400_000);
        assert_eq!(steps(), ["clip 500+100"], "the next one is due at 10.1 ms");
        client.close();
        driver.let_stop();
        steps();
    });
}

/// Output in time makes the watchdog void before it fires.
fn in_time(driver: &Driver) {
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    for (at, until) in [(300, 5_000_000), (400, 7_900_000), (500, 9_900_000)] {
        assert_eq!(client.write(0, at, 1.0), OK);
        sched::sleep_until(anchor(driver) + until);
    }
    assert_eq!(steps(), ["clip 300+100", "clip 400+100", "clip 500+100"], "no silence in between");
    client.stop();
    client.close();
    driver.let_stop();
    steps();
}

/// An absent client is advanced in silence, and holds the other back no longer than that.
fn absent(driver: &Driver) {
    let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
    a.start().unwrap();
    b.start().unwrap();
    sched::sleep_until(sched::now() + 100_000);
    steps();
    assert_eq!((a.write(0, 300, 1.0), b.write(0, 300, 1.0)), (OK, OK));
    assert_eq!((a.write(0, 400, 1.0), a.write(0, 500, 1.0)), (OK, OK));
    assert_eq!(steps(), ["clip 300+100", "reset clip to 300", "clip 300+100"]);
    sched::sleep_until(sched::now() + 8_200_000);
    assert_eq!(steps(), ["clip 400+100"]);
    assert_eq!(sample(450), 1);
    assert_eq!(b.write(0, 500, 2.0), OK, "late for frame 400, it may play what has not been heard");
    assert_eq!((steps(), sample(550)), (vec!["clip 500+100".to_string()], 3));
    for client in [a, b] {
        client.stop();
        client.close();
    }
    driver.let_stop();
    steps();
}

//! What the trap returns.

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::sched;

use crate::common::steps;
use crate::driver::{ANSWER, Client, MIX_ANSWER, sample};
use crate::with_driver;

const OK: IOReturn = IOReturn::SUCCESS;

/// 5: output after its time is answered with kIOReturnIsoTooOld, though it was mixed and clipped.
pub fn late(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        steps();
        sched::sleep_until(sched::now() + 10_000_000);
        assert_eq!(client.write(0, 100, 9.0), IOReturn::ISO_TOO_OLD);
        assert_eq!((steps(), sample(150)), (vec!["clip 100+100".to_string()], 9));
        driver.lap();
        ANSWER.store(IOReturn::OVERRUN.0, Ordering::Relaxed);
        assert_eq!(client.write(1, 500, 9.0), IOReturn::OVERRUN, "the driver's error is the trap's");
        assert_eq!(client.write(1, 950, 9.0), IOReturn::OVERRUN);
        ANSWER.store(0, Ordering::Relaxed);
        client.close();
    });
}

/// 28: what the driver answers to the last range replaces an error of mixing.
pub fn mix_error(release: &str) {
    with_driver(release, true, |driver| {
        let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
        a.start().unwrap();
        b.start().unwrap();
        assert_eq!((a.write(0, 300, 1.0), b.write(0, 300, 1.0)), (OK, OK));
        steps();
        MIX_ANSWER.store(IOReturn::NO_MEMORY.0, Ordering::Relaxed);
        assert_eq!(a.write(0, 400, 1.0), OK, "not mixed, and nothing is clipped: b is behind");
        assert_eq!(steps(), [""; 0]);
        assert_eq!(b.write(0, 400, 1.0), OK, "not mixed, but clipped with success");
        assert_eq!((steps(), sample(450)), (vec!["clip 400+100".to_string()], 0));
        ANSWER.store(IOReturn::OVERRUN.0, Ordering::Relaxed);
        a.write(0, 500, 1.0);
        assert_eq!(b.write(0, 500, 1.0), IOReturn::OVERRUN, "the clip status, not the mix error");
        ANSWER.store(0, Ordering::Relaxed);
        MIX_ANSWER.store(0, Ordering::Relaxed);
        a.close();
        b.close();
    });
}

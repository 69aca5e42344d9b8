//! Positions: which are taken, and which counts as none.

use kpi::iokit::ioreturn::IOReturn;

use crate::common::steps;
use crate::driver::{Client, RING};
use crate::with_driver;

const OK: IOReturn = IOReturn::SUCCESS;

/// 4: output must be for the engine's lap or a later one, and from 10.9 on for one of the next five.
pub fn laps(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        driver.lap();
        driver.lap();
        assert_eq!(client.write(1, 600, 1.0), IOReturn::ISO_TOO_OLD, "lap 1 has passed");
        assert_eq!(client.write(2, RING, 1.0), IOReturn::BAD_ARGUMENT, "not in the ring");
        assert_eq!(client.write(2, 600, 1.0), OK);
        assert_eq!(client.write(2, 400, 1.0), IOReturn::ISO_TOO_OLD, "it ends before the last one");
        assert_eq!(client.write(7, 0, 1.0), OK, "five laps ahead");
        let six_ahead = if release == "10.6" { OK } else { IOReturn::ISO_TOO_OLD };
        assert_eq!(client.write(8, 0, 1.0), six_ahead);
        let unknown = if release == "11" { IOReturn::ERROR } else { OK };
        assert_eq!(client.trap_on(9, 2, 600, false), unknown, "a set without buffers");
        client.close();
    });
}

/// 19: a client at lap 0, frame 0 is taken for one that has not played, so that nothing is clipped while it is the slowest; and
/// what was mixed from there on before anything was clipped never reaches the driver.
pub fn zero(release: &str) {
    with_driver(release, true, |driver| {
        let clients = [Client::new(driver.engine, 100), Client::new(driver.engine, 100)];
        let [a, b] = &clients;
        a.start().unwrap();
        b.start().unwrap();
        steps();
        // No frames: b's position stays where it began.
        b.describe(0, 1, 0);
        assert_eq!(b.write(0, 0, 9.0), IOReturn::BAD_ARGUMENT, "there is no deadline for nothing");
        assert_eq!(a.write(0, 0, 1.0), OK);
        assert_eq!(steps(), [""; 0], "b is the slowest and seems not to have begun");
        assert_eq!(b.write(0, 150, 9.0), IOReturn::BAD_ARGUMENT);
        assert_eq!(a.write(0, 100, 1.0), OK);
        assert_eq!(steps(), ["clip 100+50"], "at frame 150 it has; that a began at frame 0 is forgotten");
        for client in clients {
            client.close();
        }
    });
}

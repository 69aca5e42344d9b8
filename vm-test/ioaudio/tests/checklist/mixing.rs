//! Mixing and clipping with one client and several.

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;

use crate::common::{settle, steps};
use crate::driver::{Client, FRAMES, sample};
use crate::with_driver;

const OK: IOReturn = IOReturn::SUCCESS;

/// 1: the second part of a buffer that ends where the ring does has no frames.
pub fn exact_ring_end(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        steps();
        assert_eq!(client.write(0, 800, 1.0), OK);
        assert_eq!(client.write(0, 900, 2.0), OK);
        assert_eq!(steps(), ["clip 800+100", "clip 900+100", "clip 0+0"]);
        assert_eq!(client.write(1, 0, 3.0), OK);
        assert_eq!(steps(), ["clip 0+100"]);
        assert_eq!((sample(899), sample(999), sample(0)), (1, 2, 3));
        assert_eq!(client.read(0, 950).unwrap()[49..51], [2.0, 3.0]);
        assert_eq!(steps(), ["convert 950+50", "convert 0+50"], "an input's second part has frames, if there is one");
        client.close();
    });
}

/// 2: a client that begins behind what was clipped moves the clip position back; one that fell a ring behind the fastest is
/// moved up to it.
pub fn one_ring_behind(release: &str) {
    with_driver(release, true, |driver| {
        let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 100));
        a.start().unwrap();
        b.start().unwrap();
        for (lap, frame) in [(0, 900), (1, 0), (1, 100), (1, 200)] {
            assert_eq!(a.write(lap, frame, 1.0), OK);
        }
        steps();
        assert_eq!(b.write(0, 250, 10.0), OK);
        assert_eq!(steps(), ["reset clip to 250", "clip 250+100"]);
        assert_eq!(b.write(0, 350, 10.0), OK);
        assert_eq!(steps(), ["clip 350+100"]);
        assert_eq!(a.write(1, 300, 1.0), OK);
        assert_eq!(steps(), [""; 0], "b holds a back");
        // a goes on to lap 2: b, in lap 0, is more than a ring behind it, and is taken for a lap further on.
        assert_eq!(a.write(2, 500, 1.0), OK);
        assert_eq!(b.write(0, 460, 10.0), OK);
        assert_eq!(steps(), ["clip 450+110"], "frames 450 to 560 of lap 2, after a lap that is lost");
        a.close();
        b.close();
    });
}

/// 3: one client's samples are copied into the mix ring, several clients' are added.
pub fn copy_and_add(release: &str) {
    with_driver(release, true, |driver| {
        let (a, b) = (Client::new(driver.engine, 100), Client::new(driver.engine, 50));
        a.start().unwrap();
        steps();
        assert_eq!(a.write(0, 200, 1.0), OK);
        assert_eq!(steps(), ["clip 200+100"]);
        b.start().unwrap();
        assert_eq!(a.write(0, 300, 1.0), OK);
        assert_eq!(steps(), ["clip 300+100"], "a client that has not played holds nobody back");
        assert_eq!(b.write(0, 320, 10.0), OK);
        assert_eq!(steps(), ["reset clip to 320", "clip 320+50"]);
        assert_eq!((sample(319), sample(320), sample(369)), (1, 11, 11));
        assert_eq!(a.write(0, 400, 1.0), OK);
        assert_eq!(steps(), [""; 0], "as far as the slowest only");
        assert_eq!(b.write(0, 370, 10.0), OK);
        assert_eq!(b.write(0, 420, 10.0), OK);
        assert_eq!(steps(), ["clip 370+50", "clip 420+50"]);
        assert_eq!((sample(390), sample(400), sample(469)), (11, 11, 11));
        b.stop();
        assert_eq!(steps(), ["clip 470+30"], "the slowest goes: the rest is handed on");
        assert_eq!(a.write(0, 500, 1.0), OK);
        assert_eq!((steps(), sample(550)), (vec!["clip 500+100".to_string()], 1));
        assert_eq!(a.write(0, 560, 7.0), OK);
        assert_eq!((steps().len(), sample(570)), (2, 7), "copied over, not added");
        for client in [a, b] {
            client.stop();
            client.close();
        }
        driver.let_stop();
    });
}

/// 18: buffers that do not divide the ring come in two parts; a stream that does not mix takes at most 2043 frames at a time.
pub fn odd_sizes(release: &str) {
    FRAMES.store(5000, Ordering::Relaxed);
    with_driver(release, false, |driver| {
        let write_from = |frames: u32, first: u32| {
            let client = Client::open(driver.engine, frames);
            client.register(0).unwrap();
            client.start().unwrap();
            steps();
            let result = client.write(0, first, 6.0);
            let seen = (result, steps());
            client.stop();
            client.close();
            driver.let_stop();
            steps();
            settle();
            seen
        };
        let clips = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(write_from(300, 4900), (OK, clips(&["clip 4900+100", "clip 0+200"])));
        assert_eq!((sample(4999), sample(0)), (6, 6), "the second part reads on in the client's buffer");
        assert_eq!(write_from(2043, 100), (OK, clips(&["clip 100+2043"])));
        assert_eq!(write_from(2044, 100), (IOReturn::OVERRUN, clips(&[])));
        assert_eq!(write_from(2044, 4900), (IOReturn::OVERRUN, clips(&["clip 4900+100"])), "counted from the start");
        assert_eq!(write_from(3000, 2900), (IOReturn::OVERRUN, clips(&[])));
    });
}

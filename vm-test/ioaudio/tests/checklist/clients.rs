//! Starting and stopping clients, and what that does to the engine.

use std::sync::atomic::Ordering;

use kpi::object::Method;

use crate::common::{settle, steps};
use crate::driver::{Client, POSITION};
use crate::formats::request;
use crate::with_driver;

static PAUSE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16pauseAudioEngineEv");

/// 9: the engine stops in a tick at least a lap after its last client; a client that returns before finds it running.
pub fn deferred_stop(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        steps();
        POSITION.store(600, Ordering::Relaxed);
        client.stop();
        settle();
        assert_eq!(steps(), [""; 0], "position 600 of the next lap has not passed");
        client.start().unwrap();
        assert_eq!(steps(), [""; 0], "no start: the engine ran on");
        client.stop();
        driver.lap();
        settle();
        assert_eq!(steps(), [""; 0], "at position 600 it is not past it");
        POSITION.store(601, Ordering::Relaxed);
        settle();
        assert_eq!(steps(), ["stop", "power 2 to 1"]);
        assert_eq!(driver.state(), 0);
        client.close();
        settle();
    });
}

/// 23: pauses of a stopped engine are counted; the start forgets them, so that a later pause is resumed as if there had been none.
pub fn forgotten_pauses(release: &str) {
    with_driver(release, true, |driver| {
        PAUSE.call(driver.engine, &[]);
        PAUSE.call(driver.engine, &[]);
        assert_eq!(driver.state(), 0, "a stopped engine is not paused");
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        assert_eq!(driver.state(), 1);
        assert_eq!(request(driver.stream(0), |_| ()), Ok(()));
        assert_eq!(driver.state(), 3, "one pause, one resume");
        client.close();
    });
}

//! Sleep and wake with a playing client, and a provider that goes.

use std::sync::atomic::Ordering;

use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{power, resources, service};
use kpi::object::{Direct, Method, Obj};

use crate::common::{counts, settle, steps};
use crate::driver::{self, Client, Driver, POSITION};
use crate::{PART, with_driver};

const STARTED: u32 = 3;
const PAUSED: u32 = 5;
const RESUMED: u32 = 6;

/// 8: the pause for a sleep takes clients offline; the wake resumes the engine, which runs again once a client starts.
pub fn pause(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        assert_eq!(client.start(), Ok(()));
        assert_eq!((client.notifications(), steps()), (vec![STARTED], vec!["power 1 to 2".into(), "start".into()]));
        assert!(power::sleep().is_empty());
        assert_eq!((client.notifications(), steps()), (vec![PAUSED], vec!["stop".into(), "power 2 to 0".into()]));
        assert_eq!(client.write(0, 100, 1.0), IOReturn::OFFLINE);
        POSITION.store(500, Ordering::Relaxed);
        settle();
        assert!(steps().is_empty(), "nothing ticks in its sleep");
        assert!(power::wake().is_empty());
        assert_eq!(driver.state(), 3, "resumed, not running");
        assert_eq!((client.notifications(), steps()), (vec![RESUMED], vec!["power 0 to 2".into()]));
        assert_eq!(client.write(0, 100, 1.0), IOReturn::OFFLINE, "Start is needed");
        assert_eq!(client.start(), Ok(()));
        assert_eq!((client.notifications(), steps()), (vec![STARTED], vec!["start".into()]));
        assert_eq!(client.write(0, 100, 1.0), IOReturn::SUCCESS);
        client.close();
    });
}

/// 21: an engine that nobody started after a wake is resumed, and the next sleep leaves it at that.
pub fn resumed(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        power::sleep();
        power::wake();
        assert_eq!(driver.state(), 3);
        steps();
        client.notifications();
        power::sleep();
        assert_eq!((driver.state(), steps()), (3, vec!["power 2 to 0".into()]), "no stop, no pause");
        assert_eq!(client.notifications(), [0; 0]);
        power::wake();
        assert_eq!((driver.state(), steps()), (3, vec!["power 0 to 2".into()]), "active, though nothing runs");
        client.close();
    });
}

/// 11: when the provider is terminated the engine is Stopped, and the driver is not asked to stop.
pub fn provider_goes(release: &str) {
    static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
    static TERMINATE: Method = Method::new("IOService", "__ZN9IOService9terminateEj");
    static ATTACH: Direct = Direct::new("__ZN9IOService6attachEPS_");
    driver::boot(release, PART);
    let before = counts();
    for through_provider in [true, false] {
        let nub: Obj = kpi::class::allocate("IOService");
        assert!(INIT.call_bool(nub, &[0]));
        assert_eq!(ATTACH.call(&[nub.word(), resources::root().word()]) as u8, 1);
        nub.release();
        let driver = Driver::start_on(nub, true);
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        assert_eq!(client.write(0, 200, 1.0), IOReturn::SUCCESS);
        steps();
        TERMINATE.call(if through_provider { nub } else { driver.device }, &[2]);
        settle();
        let stops = steps().iter().filter(|step| *step == "stop").count();
        assert_eq!(stops, usize::from(!through_provider), "performAudioEngineStop");
        assert_eq!(client.write(0, 300, 1.0), IOReturn(0x1000_0003), "the connection is dead");
        client.forget();
        if !through_provider {
            TERMINATE.call(nub, &[2]);
            settle();
        }
    }
    settle();
    assert!(service::clients(resources::root()).len() == 1);
    assert_eq!(counts(), before, "nothing is left");
}

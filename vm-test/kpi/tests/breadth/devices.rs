//! What drivers of hardware need: interrupts, idleness.

use std::sync::atomic::{AtomicU64, Ordering};

use kpi::functions;
use kpi::iokit::interrupt::{self, Kind};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::workloop;
use kpi::object::{Direct, Method, Obj};
use kpi::sched;

use crate::common::{SECOND, settle, step, steps};
use crate::{attached, gone};

pub fn interrupts() {
    static NEW: Direct =
        Direct::new("__ZN22IOInterruptEventSource20interruptEventSourceEP8OSObjectPFvS1_PS_iEP9IOServicei");
    static NEW_FILTERED: Direct = Direct::new(
        "__ZN28IOFilterInterruptEventSource26filterInterruptEventSourceEP8OSObjectPFvS1_P22IOInterruptEventSourceiEPFbS1_PS_EP9IOServicei",
    );
    static OCCURRED: Method =
        Method::new("IOInterruptEventSource", "__ZN22IOInterruptEventSource17interruptOccurredEPvP9IOServicei");
    static ENABLE_SOURCE: Method = Method::new("IOEventSource", "__ZN13IOEventSource6enableEv");
    let (nub, work_loop) = (attached("IOService", "Nub"), workloop::new());
    interrupt::provide(nub, &[Kind::Level, Kind::Edge]);
    let action = served as *const () as u64;
    let level = NEW.call_obj(&[work_loop.word(), action, nub.word(), 0]);
    let filtered = NEW_FILTERED.call_obj(&[work_loop.word(), action, filter as *const () as u64, nub.word(), 1]);
    let software = NEW.call_obj(&[work_loop.word(), action, 0, 0]);
    assert!(NEW.call_obj(&[work_loop.word(), action, nub.word(), 2]).is_null(), "the nub has two");
    for source in [level, filtered, software] {
        workloop::add(work_loop, source).unwrap();
    }
    interrupt::raise(nub, 0).unwrap();
    settle();
    assert!(steps().is_empty(), "not enabled yet");
    ENABLE_SOURCE.call(level, &[]);
    ENABLE_SOURCE.call(filtered, &[]);
    settle();
    assert_eq!(steps(), ["1 interrupts of IOInterruptEventSource"], "it had waited");
    interrupt::raise(nub, 0).unwrap();
    settle();
    assert_eq!(steps(), ["1 interrupts of IOInterruptEventSource"], "enabled again after the action");
    interrupt::raise(nub, 1).unwrap();
    settle();
    assert_eq!(steps(), ["filter"], "somebody else's");
    OURS.store(1, Ordering::Relaxed);
    interrupt::raise(nub, 1).unwrap();
    settle();
    assert_eq!(steps(), ["filter", "1 interrupts of IOFilterInterruptEventSource"]);
    workloop::run(work_loop, || {
        OCCURRED.call(software, &[0, 0, 0]);
        OCCURRED.call(software, &[0, 0, 0]);
    });
    settle();
    assert_eq!(steps(), ["2 interrupts of IOInterruptEventSource"]);
    assert_eq!(interrupt::raise(nub, 2), Err(IOReturn::NO_INTERRUPT));
    for source in [level, filtered, software] {
        workloop::remove(work_loop, source).unwrap();
        source.release();
    }
    work_loop.release();
    gone(nub);
}

pub fn idleness() {
    static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
    static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
    static REGISTER: Method = Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
    static TICKLE: Method = Method::new("IOService", "__ZN9IOService14activityTickleEmm");
    static SET_PERIOD: Method = Method::new("IOService", "__ZN9IOService18setIdleTimerPeriodEm");
    static CAPABILITY: Method = Method::new("IOService", "__ZN9IOService27maxCapabilityForDomainStateEm");
    static STATES: [[u64; 12]; 3] = [
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0x4000, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0x8000, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    let device = attached("Powered", "Device");
    PM_INIT.call(device, &[]);
    REGISTER.call(device, &[device.word(), STATES.as_ptr() as u64, 3]);
    assert_eq!([0, 1, 3].map(|domain| CAPABILITY.call(device, &[domain])), [0, 1, 2]);
    SET_PERIOD.call(device, &[10]);
    assert!(!TICKLE.call_bool(device, &[1, 2]), "not there yet");
    settle();
    assert_eq!(steps(), ["power 2"]);
    assert!(TICKLE.call_bool(device, &[1, 2]));
    sched::sleep_until(sched::now() + 9 * SECOND);
    TICKLE.call(device, &[1, 2]);
    sched::sleep_until(sched::now() + 8 * SECOND);
    assert!(steps().is_empty(), "it was active meanwhile");
    sched::sleep_until(sched::now() + 40 * SECOND);
    assert_eq!(steps(), ["power 1", "power 0"]);
    PM_STOP.call(device, &[]);
    gone(device);
}

extern "C" fn served(owner: Obj, source: Obj, count: u32) {
    assert!(workloop::in_gate(owner) && !interrupt::in_handler());
    step(format!("{count} interrupts of {}", source.class_name()));
}

extern "C" fn filter(_owner: Obj, _source: Obj) -> bool {
    assert!(interrupt::in_handler());
    step("filter");
    OURS.load(Ordering::Relaxed) == 1
}

static OURS: AtomicU64 = AtomicU64::new(0);

pub extern "C" fn set_power(_this: Obj, state: u64, _whom: Obj) -> u64 {
    step(format!("power {state}"));
    0
}

functions! { pub FUNCTIONS:
    "test: served" => served,
    "test: filter" => filter,
    "test: set_power" => set_power,
}

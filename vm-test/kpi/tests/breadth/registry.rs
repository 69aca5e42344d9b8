//! The registry: paths, iterators, notifications, interest.

use std::ffi::CStr;

use kpi::class;
use kpi::functions;
use kpi::iokit::{busy, config, names, path, plane, resources, service, terminate};
use kpi::libkern::{dictionary, string};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::symbols;

use crate::common::{SECOND, settle, step, steps};
use crate::{INIT, attached, call, gone, word};

static REMOVE: Method = Method::new("IONotifier", "__ZN10IONotifier6removeEv");
static DISABLE: Method = Method::new("IONotifier", "__ZN10IONotifier7disableEv");
static ENABLE: Method = Method::new("IONotifier", "__ZN10IONotifier6enableEb");

pub fn paths() {
    static GET: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry7getPathEPcPiPK15IORegistryPlane");
    static SET_LOCATION: Method =
        Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setLocationEPKcPK15IORegistryPlane");
    static FROM_PATH: Direct = Direct::new("__ZN15IORegistryEntry8fromPathEPKcPK15IORegistryPlanePcPiPS_");
    let device = attached("IOService", "Device");
    SET_LOCATION.call(device, &[word(c"1f"), 0]);
    let expected = "IOService:/IOPlatformExpertDevice/Device@1f";
    assert_eq!(path::of(device, plane::service()).as_deref(), Some(expected));
    let mut room = [0u8; 64];
    let mut length = room.len() as u32;
    let (to, length_at) = ((&raw mut room) as u64, (&raw mut length) as u64);
    assert!(GET.call_bool(device, &[to, length_at, plane::service().word()]));
    assert_eq!((length as usize, mem::c_string(to as usize).as_str()), (expected.len(), expected));
    mem::write(length_at as usize, 8u32);
    assert!(!GET.call_bool(device, &[to, length_at, plane::service().word()]), "no room");
    let find = |text: &CStr| FROM_PATH.call_obj(&[word(text), 0, 0, 0, 0]);
    let found = find(c"IOService:/IOPlatformExpertDevice/Device@1F");
    assert_eq!(found, device);
    found.release();
    assert!(find(c"IOService:/IOPlatformExpertDevice/Device@20").is_null());
    assert!(find(c"/IOPlatformExpertDevice").is_null(), "no plane");
    assert!(find(c"IOService:/IOPlatformExpertDevice/Device:rest").is_null(), "no room for the rest");
    walks(device);
    gone(device);
}

/// What a registry iterator hands out, one level or all below, until the registry changes.
fn walks(device: Obj) {
    static NEXT: Method = Method::new("OSIterator", "__ZN10OSIterator13getNextObjectEv");
    let below = class::allocate("IOService");
    assert!(INIT.call_bool(below, &[0]) && service::attach(below, device));
    names::set(below, "Below");
    let walk = |root: Obj, options: u64| {
        let over = "__ZN18IORegistryIterator11iterateOverEP15IORegistryEntryPK15IORegistryPlanej";
        Obj(call(over, &[root.word(), plane::service().word(), options]) as usize)
    };
    let rest = |walk: Obj| {
        let next = || NEXT.call_obj(walk, &[]).some();
        std::iter::from_fn(next).map(names::text).collect::<Vec<_>>()
    };
    let all = ["IOResources", "Device", "Below"];
    for (options, expected) in [(0, &all[..2]), (1, &all[..])] {
        let walk = walk(resources::root(), options);
        assert_eq!(rest(walk), expected);
        walk.release();
    }
    let above = walk(below, 2 | 1);
    assert_eq!(rest(above), ["Device", "IOPlatformExpertDevice", "Root"]);
    above.release();
    let stale = walk(resources::root(), 1);
    service::detach(below, device);
    below.release();
    assert_eq!(rest(stale), [""; 0], "the registry has changed");
    call("__ZN18IORegistryIterator5resetEv", &[stale.word()]);
    assert_eq!(rest(stale), all[..2]);
    stale.release();
}

fn matching(key: &str, value: &str) -> Obj {
    let table = dictionary::new();
    dictionary::put(table, key, string::symbol(value));
    table
}

pub fn notifications() {
    static ADD: Direct = Direct::new(
        "__ZN9IOService23addMatchingNotificationEPK8OSSymbolP12OSDictionaryPFbPvS5_PS_P10IONotifierES5_S5_i",
    );
    static WAIT: Direct = Direct::new("__ZN9IOService22waitForMatchingServiceEP12OSDictionaryy");
    let table = matching("IONameMatch", "Wanted");
    let kind = |variable| mem::read::<Obj>(symbols::variable(variable));
    let install = |variable, reference, priority: i32| {
        let words = [kind(variable).word(), table.word(), notified as *const () as u64, 1, reference];
        ADD.call_obj(&[words[0], words[1], words[2], words[3], words[4], priority as u64])
    };
    let matched = install("_gIOMatchedNotification", 1, 0);
    let urgent = install("_gIOMatchedNotification", 2, 10);
    let terminated = install("_gIOTerminatedNotification", 3, 0);
    assert!(install("_gIOGeneralInterest", 4, 0).is_null(), "no such notification");
    let (other, wanted) = (attached("IOService", "Other"), attached("IOService", "Wanted"));
    assert!(WAIT.call_obj(&[table.word(), SECOND]).is_null());
    config::register(other);
    config::register(wanted);
    assert_eq!(steps(), [""; 0], "not on this thread");
    let found = WAIT.call_obj(&[table.word(), SECOND]);
    assert_eq!(found, wanted);
    found.release();
    settle();
    assert_eq!(steps(), ["1 2 Wanted", "1 1 Wanted"]);
    let late = install("_gIOFirstPublishNotification", 5, 0);
    assert_eq!(steps(), ["1 5 Wanted"], "of what there is");
    assert!(DISABLE.call_bool(urgent, &[]));
    config::register(wanted);
    settle();
    assert_eq!(steps(), ["1 1 Wanted"]);
    ENABLE.call(urgent, &[1]);
    assert!(terminate::terminate(wanted, terminate::SYNCHRONOUS));
    assert_eq!(steps(), ["1 3 Wanted"]);
    for notifier in [matched, urgent, terminated, late] {
        REMOVE.call(notifier, &[]);
    }
    assert!(terminate::terminate(other, terminate::SYNCHRONOUS));
    wanted.release();
    other.release();
    table.release();
}

pub fn interest() {
    static REGISTER: Method =
        Method::new("IOService", "__ZN9IOService16registerInterestEPK8OSSymbolPFiPvS3_jPS_S3_mES3_S3_");
    static MESSAGE: Method = Method::new("IOService", "__ZN9IOService14messageClientsEjPvm");
    let device = attached("IOService", "Device");
    let register = |variable: &str, reference: u64| {
        let kind = mem::read::<Obj>(symbols::variable(variable));
        REGISTER.call_obj(device, &[kind.word(), interested as *const () as u64, 0, reference])
    };
    let (general, busyness) = (register("_gIOGeneralInterest", 1), register("_gIOBusyInterest", 2));
    assert!(register("_gIOMatchedNotification", 3).is_null());
    MESSAGE.call(device, &[0x77, 5, 0]);
    busy::adjust(device, 1);
    busy::adjust(device, -1);
    let expected = ["1 Device 0x77 5", "2 Device 0xe0000120 1", "2 Device 0xe0000120 0"];
    assert_eq!(steps(), expected);
    REMOVE.call(general, &[]);
    MESSAGE.call(device, &[0x77, 5, 0]);
    assert!(steps().is_empty());
    gone(device);
    REMOVE.call(busyness, &[]);
}

extern "C" fn notified(target: u64, reference: u64, service: Obj, _notifier: Obj) -> bool {
    step(format!("{target} {reference} {}", names::text(service)));
    true
}

extern "C" fn interested(_target: u64, reference: u64, kind: u32, service: Obj, argument: u64, _size: u64) -> u32 {
    step(format!("{reference} {} {kind:#x} {argument}", names::text(service)));
    0
}

functions! { pub FUNCTIONS:
    "test: notified" => notified,
    "test: interested" => interested,
}

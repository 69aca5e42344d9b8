//! A device of the bench's own: a provider that can be pulled out, which IOResources cannot.

use kpi::iokit::{busy, config, properties, resources, service, state, terminate};
use kpi::libkern::boolean;
use kpi::object::{Method, Obj};
use kpi::{class, sched};
use protocol::value::Value;

/// The property that personalities match it by.
const MARK: &str = "LoopflowerBenchDevice";
/// Virtual time that its termination gets, ns.
const PATIENCE: u64 = 30_000_000_000;

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");

/// Publishes it below the root.
pub fn publish() -> Obj {
    let nub = class::instantiate("IOService");
    INIT.call(nub, &[0]);
    properties::put(nub, MARK, boolean::object(true));
    service::attach(nub, resources::root());
    config::register(nub);
    busy::wait_quiet(nub, Some(PATIENCE));
    nub
}

/// Has a personality match it instead of IOResources.
pub fn match_it(personality: &mut Value) {
    let Value::Dictionary(entries) = personality else { return };
    entries.retain(|(key, _)| !matches!(key.as_str(), "IOProviderClass" | "IOPropertyMatch" | "IOResourceMatch"));
    let mark = Value::dictionary([(MARK, Value::Boolean(true))]);
    entries.extend([("IOProviderClass".into(), Value::string("IOService")), ("IOPropertyMatch".into(), mark)]);
}

/// Pulls it out, and lets go of it; whether it went.
pub fn terminate(nub: Obj) -> bool {
    let asked = terminate::terminate(nub, terminate::REQUIRED);
    let deadline = sched::now() + PATIENCE;
    while busy::count(resources::root()) > 0 && sched::now() < deadline {
        sched::sleep_until(sched::now() + 1_000_000);
    }
    let gone = asked && state::is_inactive(nub) && busy::count(resources::root()) == 0;
    nub.release();
    gone
}

//! What other people's kexts need beside our own: texts of objects, paths, notifications, interest, interrupts, idleness.

#[path = "../common/mod.rs"]
mod common;

mod clients;
mod devices;
mod libkern;
mod mach;
mod registry;

use std::ffi::CStr;

use kpi::class;
use kpi::coverage::{self, Status};
use kpi::iokit::{names, resources, service};
use kpi::object::{Method, Obj};
use kpi::registry::Part;
use kpi::symbols;

use common::{counts, define, settle};

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");

static PART: Part = Part {
    functions: &[libkern::FUNCTIONS, registry::FUNCTIONS, clients::FUNCTIONS, devices::FUNCTIONS, common::FUNCTIONS],
    variables: &[],
    boot: || (),
};

fn word(text: &CStr) -> u64 {
    text.as_ptr() as u64
}

fn attached(class: &str, name: &str) -> Obj {
    let service = class::allocate(class);
    assert!(INIT.call_bool(service, &[0]));
    names::set(service, name);
    assert!(service::attach(service, resources::root()));
    service
}

fn gone(service: Obj) {
    service::detach(service, resources::root());
    service.release();
}

/// What runs leaves nothing.
fn leaving_nothing(f: impl FnOnce()) {
    let before = counts();
    f();
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

/// A function of the kernel's by its name.
fn call(name: &'static str, arguments: &[u64]) -> u64 {
    symbols::invoke(symbols::address(name).unwrap_or_else(|| panic!("no {name}")), arguments)
}

#[test]
fn breadth() {
    common::boot("10.9", PART);
    define("Old", "IOUserClient", &[("__ZN12IOUserClient25getExternalMethodForIndexEj", clients::method as *const ())]);
    define("Powered", "IOService", &[("__ZN9IOService13setPowerStateEmPS_", devices::set_power as *const ())]);
    settle();
    coverage_tells_the_truth();
    // An entry without a name keeps its class's once it was asked for.
    names::text(resources::root());
    leaving_nothing(libkern::texts);
    leaving_nothing(registry::paths);
    leaving_nothing(registry::notifications);
    leaving_nothing(registry::interest);
    leaving_nothing(devices::interrupts);
    leaving_nothing(devices::idleness);
    leaving_nothing(mach::locks);
    leaving_nothing(mach::waits);
    leaving_nothing(clients::queues);
    leaving_nothing(libkern::comparisons);
    leaving_nothing(clients::clients);
    leaving_nothing(clients::results);
    leaving_nothing(mach::numbers);
    leaving_nothing(clients::addresses);
    leaving_nothing(libkern::bytes);
}

/// What is said of a release without a kernel holds in one that runs.
fn coverage_tells_the_truth() {
    let parts = [kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART, PART];
    let statuses = coverage::of(symbols::pack(), &parts);
    let functions = symbols::pack().symbols.iter().enumerate();
    for (index, symbol) in functions.filter(|(_, symbol)| symbol.kind == abi::pack::SymbolKind::Function) {
        // The facts take for a function what they know nothing of.
        let is_variable = parts.iter().flat_map(|part| part.variables).any(|variable| variable.name == symbol.name);
        let is_implemented = is_variable || symbols::is_implemented(index as u32);
        assert_eq!(statuses[index] == Status::Implemented, is_implemented, "{}", symbol.name);
    }
}

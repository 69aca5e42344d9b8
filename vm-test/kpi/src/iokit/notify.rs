//! Notifications of services that are published, matched and terminated (`addMatchingNotification`), and waiting for one.
//!
//! A notifier is held by the list of those installed and by whoever installed it; `remove` lets go of both references.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::iokit::{keys, matching, registry, state};
use crate::libkern::{osobject, set};
use crate::mem;
use crate::object::{Direct, Obj, Side};
use crate::sched::{self, ThreadId, Wake};
use crate::symbols;

/// What is to be called.
#[derive(Clone, Copy)]
struct Call {
    handler: usize,
    target: u64,
    reference: u64,
    /// Installed by addNotification: the handler does not get the notifier.
    is_older: bool,
}

struct Notifier {
    /// The OSSymbol of what it is told of.
    kind: Obj,
    /// The table of criteria, retained.
    table: Obj,
    call: Call,
    priority: i32,
    enabled: bool,
    /// Threads that are in the handler.
    inside: Vec<ThreadId>,
}

static NOTIFIERS: Side<Notifier> = Side::new();
/// Those that are installed, each retained: higher priority first, then by age.
static INSTALLED: Global<Vec<Obj>> = Global::new(Vec::new());

static WITH_COLLECTION: Direct = Direct::new("__ZN20OSCollectionIterator14withCollectionEPK12OSCollection");

/// Some service was matched; no address has this bit.
const MATCHED_EVENT: u64 = 1 << 55;
fn left_event(notifier: Obj) -> u64 {
    1 << 55 | notifier.word()
}

/// The state that a service must have for somebody who asks for notifications of a kind; `None` for no such kind.
fn wanted_state(kind: Obj) -> Option<u32> {
    let states = [
        ("_gIOPublishNotification", state::REGISTERED),
        ("_gIOFirstPublishNotification", state::FIRST_PUBLISH),
        ("_gIOMatchedNotification", state::MATCHED),
        ("_gIOFirstMatchNotification", state::FIRST_MATCH),
        ("_gIOTerminatedNotification", 0),
        ("_gIOWillTerminateNotification", 0),
    ];
    states.into_iter().find(|(name, _)| keys::symbol(name) == kind).map(|(_, state)| state)
}

/// Services that have a state and meet a table's criteria, each retained.
fn existing(table: Obj, wanted: u32) -> Vec<Obj> {
    let has_state = |service: Obj| state::public(service) & wanted == wanted && !state::is_inactive(service);
    let found = matching::services(|service| has_state(service) && matching::passive(service, table, false));
    for service in &found {
        service.retain();
    }
    found
}

/// Tells who asked for it that something happened to a service.
pub fn deliver(variable: &str, service: Obj) {
    let kind = keys::symbol(variable);
    if variable == "_gIOMatchedNotification" {
        sched::wake(MATCHED_EVENT, true, 0);
    }
    let asked = |notifier: &Obj| NOTIFIERS.with(*notifier, |own| own.enabled && own.kind == kind) == Some(true);
    let notifiers: Vec<Obj> = INSTALLED.borrow().iter().copied().filter(asked).collect();
    registry::for_each(notifiers, |notifier| {
        let table = NOTIFIERS.with(notifier, |own| own.table.retain());
        let Some(table) = table else { return };
        if matching::passive(service, table, false) {
            call(notifier, service);
        }
        table.release();
    });
}

/// Runs a notifier's handler for a service, unless it was disabled meanwhile.
fn call(notifier: Obj, service: Obj) {
    let thread = sched::current();
    let handler = NOTIFIERS.with(notifier, |own| {
        own.enabled.then(|| {
            own.inside.push(thread);
            own.call
        })
    });
    let Some(Call { handler, target, reference, is_older }) = handler.flatten() else { return };
    let words = [target, reference, service.word(), notifier.word()];
    symbols::invoke(handler, if is_older { &words[..3] } else { &words });
    NOTIFIERS.with(notifier, |own| {
        if let Some(at) = own.inside.iter().rposition(|&inside| inside == thread) {
            own.inside.remove(at);
        }
    });
    sched::wake(left_event(notifier), true, 0);
}

/// Waits until no other thread is in the handler.
extern "C" fn wait(this: Obj) {
    let others = |own: &mut Notifier| own.inside.iter().any(|&inside| inside != sched::current());
    while NOTIFIERS.with(this, others) == Some(true) {
        sched::wait(left_event(this), "a notification's handler to return", None);
    }
}

extern "C" fn remove(this: Obj) {
    let place = INSTALLED.borrow().iter().position(|&installed| installed == this);
    let Some(place) = place else { return };
    INSTALLED.borrow().remove(place);
    disable(this);
    let table = NOTIFIERS.with(this, |own| core::mem::replace(&mut own.table, Obj::NULL));
    table.unwrap_or(Obj::NULL).release();
    // The list's reference and the caller's.
    this.release();
    this.release();
}

/// disable: whether it was enabled; no other thread is in the handler any more.
extern "C" fn disable(this: Obj) -> bool {
    let was = NOTIFIERS.with(this, |own| core::mem::replace(&mut own.enabled, false)) == Some(true);
    if was {
        wait(this);
    }
    was
}

extern "C" fn enable(this: Obj, was_enabled: bool) {
    NOTIFIERS.with(this, |own| own.enabled |= was_enabled);
}

extern "C" fn free(this: Obj) {
    NOTIFIERS.remove(this);
    osobject::free(this);
}

/// Installs a notifier, which takes the reference to the table, and tells it of the services that there are.
fn install(kind: Obj, table: Obj, to_call: Call, priority: i32) -> Obj {
    let Some(wanted) = wanted_state(kind) else {
        table.release();
        return Obj::NULL;
    };
    let this = class::instantiate("_IOServiceNotifier");
    NOTIFIERS.insert(this, Notifier { kind, table, call: to_call, priority, enabled: true, inside: Vec::new() });
    table.retain();
    {
        let before = |other: &&Obj| NOTIFIERS.with(**other, |own| own.priority >= priority) == Some(true);
        let mut installed = INSTALLED.borrow();
        let place = installed.iter().take_while(before).count();
        installed.insert(place, this.retain());
    }
    let found = if wanted == 0 { Vec::new() } else { existing(table, wanted) };
    this.retain();
    for service in found {
        call(this, service);
        service.release();
    }
    table.release();
    this.release();
    this
}

/// addMatchingNotification: the table is retained.
extern "C" fn add(kind: Obj, table: Obj, handler: usize, target: u64, reference: u64, priority: i32) -> Obj {
    if table.is_null() || handler == 0 {
        return Obj::NULL;
    }
    install(kind, table.retain(), Call { handler, target, reference, is_older: false }, priority)
}

/// addNotification, the older form: takes the caller's reference to the table.
extern "C" fn add_older(kind: Obj, table: Obj, handler: usize, target: u64, reference: u64, priority: i32) -> Obj {
    if table.is_null() || handler == 0 {
        return Obj::NULL;
    }
    install(kind, table, Call { handler, target, reference, is_older: true }, priority)
}

/// getMatchingServices: an iterator over the registered services that match, NULL when there are none.
extern "C" fn matching_services(table: Obj) -> Obj {
    let found = existing(table, state::REGISTERED);
    if found.is_empty() {
        return Obj::NULL;
    }
    let list = set::new();
    for service in found {
        set::add(list, service);
        service.release();
    }
    let iterator = WITH_COLLECTION.call_obj(&[list.word()]);
    list.release();
    iterator
}

/// copyMatchingService: the first registered service that matches, retained.
extern "C" fn copy_matching_service(table: Obj) -> Obj {
    first(existing(table, state::REGISTERED))
}

fn first(found: Vec<Obj>) -> Obj {
    let mut found = found.into_iter();
    let first = found.next().unwrap_or(Obj::NULL);
    found.for_each(Obj::release);
    first
}

/// Waits for a matched service that meets the criteria; retained, NULL when the deadline passes first.
fn wait_for(table: Obj, deadline: Option<u64>) -> Obj {
    loop {
        let found = first(existing(table, state::MATCHED));
        if !found.is_null() {
            return found;
        }
        if sched::wait(MATCHED_EVENT, "a service to be matched", deadline) == Wake::Timeout {
            return first(existing(table, state::MATCHED));
        }
    }
}

/// waitForMatchingService: nanoseconds, all ones for ever.
extern "C" fn wait_for_matching(table: Obj, timeout: u64) -> Obj {
    let deadline = (timeout != u64::MAX).then(|| sched::now().saturating_add(timeout));
    wait_for(table, deadline)
}

/// waitForService, the older form: takes the caller's reference to the table, and the service is not retained. The time is a
/// `mach_timespec` (u32 seconds, i32 nanoseconds) or NULL.
extern "C" fn wait_for_older(table: Obj, timeout: usize) -> Obj {
    let deadline = (timeout != 0).then(|| {
        let [seconds, nanoseconds] = mem::read::<[u32; 2]>(timeout);
        sched::now() + u64::from(seconds) * 1_000_000_000 + u64::from(nanoseconds)
    });
    let found = wait_for(table, deadline);
    table.release();
    found.release();
    found
}

functions! { pub FUNCTIONS:
    "__ZN18_IOServiceNotifier4freeEv" => free,
    "__ZN18_IOServiceNotifier4waitEv" => wait,
    "__ZN18_IOServiceNotifier6removeEv" => remove,
    "__ZN18_IOServiceNotifier7disableEv" => disable,
    "__ZN18_IOServiceNotifier6enableEb" => enable,
    "__ZN9IOService23addMatchingNotificationEPK8OSSymbolP12OSDictionaryPFbPvS5_PS_P10IONotifierES5_S5_i" => add,
    "__ZN9IOService15addNotificationEPK8OSSymbolP12OSDictionaryPFbPvS5_PS_ES5_S5_i" => add_older,
    "__ZN9IOService19getMatchingServicesEP12OSDictionary" => matching_services,
    "__ZN9IOService19copyMatchingServiceEP12OSDictionary" => copy_matching_service,
    "__ZN9IOService22waitForMatchingServiceEP12OSDictionaryy" => wait_for_matching,
    "__ZN9IOService14waitForServiceEP12OSDictionaryP13mach_timespec" => wait_for_older,
}

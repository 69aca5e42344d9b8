//! Interest in what happens to one service (`registerInterest`): notifiers that are sent its messages, as clients are.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{keys, state};
use crate::libkern::osobject;
use crate::object::{Obj, Side};
use crate::sched::{self, ThreadId};
use crate::symbols;

struct Interest {
    /// The service, not retained; NULL once it is gone.
    service: Obj,
    /// The OSSymbol of the kind of interest.
    kind: Obj,
    handler: usize,
    target: u64,
    reference: u64,
    enabled: bool,
    /// Threads that are in the handler.
    inside: Vec<ThreadId>,
}

static INTERESTS: Side<Interest> = Side::new();
/// Those that are registered, oldest first, each retained.
static REGISTERED: Global<Vec<Obj>> = Global::new(Vec::new());

/// The kinds of interest.
const KINDS: [&str; 4] =
    ["_gIOGeneralInterest", "_gIOBusyInterest", "_gIOAppPowerStateInterest", "_gIOPriorityPowerStateInterest"];

fn left_event(notifier: Obj) -> u64 {
    1 << 54 | notifier.word()
}

/// The notifiers that are interested in a service in a way, oldest first, not retained.
pub fn notifiers(service: Obj, kind: Obj) -> Vec<Obj> {
    let is_it = |own: &mut Interest| own.service == service && own.kind == kind;
    let registered = REGISTERED.borrow().clone();
    registered.into_iter().filter(|&notifier| INTERESTS.with(notifier, is_it) == Some(true)).collect()
}

/// Whether an object is such a notifier.
pub fn is_notifier(object: Obj) -> bool {
    INTERESTS.with(object, |_| ()).is_some()
}

/// Sends a message to a notifier; success when it is disabled.
pub fn send(notifier: Obj, kind: u32, service: Obj, argument: u64, size: u64) -> IOReturn {
    let thread = sched::current();
    let handler = INTERESTS.with(notifier, |own| {
        own.enabled.then(|| {
            own.inside.push(thread);
            (own.handler, own.target, own.reference)
        })
    });
    let Some((handler, target, reference)) = handler.flatten() else { return IOReturn::SUCCESS };
    notifier.retain();
    let words = [target, reference, u64::from(kind), service.word(), argument, size];
    let result = IOReturn(symbols::invoke(handler, &words) as u32);
    INTERESTS.with(notifier, |own| {
        if let Some(at) = own.inside.iter().rposition(|&inside| inside == thread) {
            own.inside.remove(at);
        }
    });
    sched::wake(left_event(notifier), true, 0);
    notifier.release();
    result
}

/// A service is freed: nobody is interested in it any more.
pub fn forget(service: Obj) {
    let of_service = |own: &mut Interest| own.service == service;
    let registered = REGISTERED.borrow().clone();
    for notifier in registered {
        if INTERESTS.with(notifier, of_service) == Some(true) {
            INTERESTS.with(notifier, |own| own.service = Obj::NULL);
            REGISTERED.borrow().retain(|&other| other != notifier);
            notifier.release();
        }
    }
}

/// registerInterest: the notifier; NULL for an unknown kind, and of a service that is going.
pub(super) extern "C" fn register(this: Obj, kind: Obj, handler: usize, target: u64, reference: u64) -> Obj {
    let known = KINDS.into_iter().any(|name| keys::symbol(name) == kind);
    if !known || handler == 0 || state::is_inactive(this) {
        return Obj::NULL;
    }
    let notifier = class::instantiate("_IOServiceInterestNotifier");
    let own = Interest { service: this, kind, handler, target, reference, enabled: true, inside: Vec::new() };
    INTERESTS.insert(notifier, own);
    REGISTERED.borrow().push(notifier.retain());
    notifier
}

extern "C" fn unregister_all(this: Obj) {
    forget(this);
}

/// Waits until no other thread is in the handler.
extern "C" fn wait(this: Obj) {
    let others = |own: &mut Interest| own.inside.iter().any(|&inside| inside != sched::current());
    while INTERESTS.with(this, others) == Some(true) {
        sched::wait(left_event(this), "an interest notifier's handler to return", None);
    }
}

/// remove: takes the caller's reference.
extern "C" fn remove(this: Obj) {
    let place = REGISTERED.borrow().iter().position(|&registered| registered == this);
    if let Some(place) = place {
        REGISTERED.borrow().remove(place);
        INTERESTS.with(this, |own| own.service = Obj::NULL);
    }
    disable(this);
    if place.is_some() {
        this.release();
    }
    this.release();
}

/// disable: whether it was enabled; no other thread is in the handler any more.
extern "C" fn disable(this: Obj) -> bool {
    let was = INTERESTS.with(this, |own| core::mem::replace(&mut own.enabled, false)) == Some(true);
    if was {
        wait(this);
    }
    was
}

extern "C" fn enable(this: Obj, was_enabled: bool) {
    INTERESTS.with(this, |own| own.enabled |= was_enabled);
}

extern "C" fn free(this: Obj) {
    INTERESTS.remove(this);
    osobject::free(this);
}

functions! { pub FUNCTIONS:
    "__ZN9IOService16registerInterestEPK8OSSymbolPFiPvS3_jPS_S3_mES3_S3_" => register,
    "__ZN9IOService21unregisterAllInterestEv" => unregister_all,
    "__ZN26_IOServiceInterestNotifier4freeEv" => free,
    "__ZN26_IOServiceInterestNotifier4waitEv" => wait,
    "__ZN26_IOServiceInterestNotifier6removeEv" => remove,
    "__ZN26_IOServiceInterestNotifier7disableEv" => disable,
    "__ZN26_IOServiceInterestNotifier6enableEb" => enable,
}

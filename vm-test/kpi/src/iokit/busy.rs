//! Busy counts: a service is busy while it or a client of it is being matched or terminated.

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{arbitration, interest, keys, message, names, registry, service, state, terminate};
use crate::libkern::log;
use crate::mem;
use crate::object::Obj;
use crate::sched::{self, Wake};

/// A service's event: its busy count has changed.
fn event(service: Obj) -> u64 {
    1 << 61 | service.word()
}

/// The count.
pub fn count(service: Obj) -> u32 {
    state::private(service) & state::BUSY_MASK
}

/// Changes the count of a service.
pub fn adjust(service: Obj, delta: i32) {
    arbitration::with(service, || adjust_locked(service, delta));
}

/// Changes the count of a service that the caller has locked. When it becomes busy or quiet, so does its provider by one.
pub extern "C" fn adjust_locked(service: Obj, delta: i32) {
    let before = count(service);
    let Some(after) = before.checked_add_signed(delta).filter(|&after| after <= state::BUSY_MASK) else {
        log::line(&alloc::format!("{}: bad busy count ({before},{delta})", names::text(service)));
        return;
    };
    state::change(service, after, state::BUSY_MASK);
    if before != after {
        wake(service);
    }
    let step = match (before, after) {
        (0, 1..) => 1,
        (1.., 0) => -1,
        _ => return,
    };
    registry::for_each(interest::notifiers(service, keys::symbol("_gIOBusyInterest")), |notifier| {
        message::to_client(service, message::BUSY_STATE_CHANGE, notifier, u64::from(before == 0));
    });
    if let Some(provider) = service::providers(service).first().copied() {
        adjust(provider, step);
    }
}

/// Wakes those who wait for a service's busy count.
pub fn wake(service: Obj) {
    sched::wake(event(service), true, 0);
    terminate::note_busy_change();
}

/// Waits until a service is quiet; false when the time (ns) is over first.
pub fn wait_quiet(service: Obj, timeout: Option<u64>) -> bool {
    let deadline = timeout.map(|timeout| sched::now().saturating_add(timeout));
    wait_while(service, deadline, || count(service) > 0)
}

/// Waits for changes of the count while `condition` holds; false when the deadline passes first.
pub fn wait_while(service: Obj, deadline: Option<u64>, condition: impl Fn() -> bool) -> bool {
    while condition() {
        if sched::wait(event(service), "a service to become quiet", deadline) == Wake::Timeout {
            return !condition();
        }
    }
    true
}

extern "C" fn wait_quiet_ns(this: Obj, timeout: u64) -> IOReturn {
    let timeout = (timeout != u64::MAX).then_some(timeout);
    if wait_quiet(this, timeout) { IOReturn::SUCCESS } else { IOReturn::TIMEOUT }
}

/// waitQuiet with a `mach_timespec` (u32 seconds, i32 nanoseconds) or NULL.
extern "C" fn wait_quiet_timespec(this: Obj, timeout: usize) -> IOReturn {
    if timeout == 0 {
        return wait_quiet_ns(this, u64::MAX);
    }
    let [seconds, nanoseconds] = mem::read::<[u32; 2]>(timeout);
    wait_quiet_ns(this, u64::from(seconds) * 1_000_000_000 + u64::from(nanoseconds))
}

functions! { pub FUNCTIONS:
    "__ZN9IOService12getBusyStateEv" => count_c,
    "__ZN9IOService10adjustBusyEi" => adjust_c,
    "__ZN9IOService11_adjustBusyEi" => adjust_locked,
    "__ZN9IOService9waitQuietEy" => wait_quiet_ns,
    "__ZN9IOService9waitQuietEP13mach_timespec" => wait_quiet_timespec,
}

extern "C" fn count_c(this: Obj) -> u32 {
    count(this)
}

extern "C" fn adjust_c(this: Obj, delta: i32) {
    adjust(this, delta);
}

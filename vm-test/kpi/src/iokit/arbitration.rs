//! lockForArbitration: one recursive lock a service. A wait that would close a circle fails for whoever can live with that.
//! IOKit takes it here directly: it is the one virtual pair that no driver can usefully override.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::fault;
use crate::functions;
use crate::global::Global;
use crate::object::Obj;
use crate::sched::{self, ThreadId};

struct Held {
    by: ThreadId,
    depth: u32,
}

struct Waiting {
    thread: ThreadId,
    of: Obj,
    required: bool,
}

struct Locks {
    held: BTreeMap<Obj, Held>,
    /// Who came first is first.
    waiting: Vec<Waiting>,
    /// Threads whose wait was given up to break a circle.
    aborted: BTreeSet<ThreadId>,
}

static LOCKS: Global<Locks> =
    Global::new(Locks { held: BTreeMap::new(), waiting: Vec::new(), aborted: BTreeSet::new() });

/// A thread's wait event; no address has this bit.
fn event(thread: ThreadId) -> u64 {
    (1 << 62) | (u64::from(thread.0) + 1)
}

enum Circle {
    None,
    /// Closed by this request; the thread that can be failed, if any.
    Closed(Option<ThreadId>),
}

impl Locks {
    /// Takes the lock if that needs no wait.
    fn take(&mut self, service: Obj, thread: ThreadId) -> bool {
        match self.held.get_mut(&service) {
            None => {
                self.held.insert(service, Held { by: thread, depth: 1 });
                true
            }
            Some(held) if held.by == thread => {
                held.depth += 1;
                true
            }
            Some(_) => false,
        }
    }

    /// Follows who waits for whom from the holder of `service`.
    fn circle(&self, service: Obj, thread: ThreadId) -> Circle {
        let mut victim = None;
        let mut of = service;
        while let Some(held) = self.held.get(&of) {
            if held.by == thread {
                return Circle::Closed(victim);
            }
            let Some(waiting) = self.waiting.iter().find(|waiting| waiting.thread == held.by) else { break };
            if !waiting.required {
                victim = Some(held.by);
            }
            of = waiting.of;
        }
        Circle::None
    }
}

/// Locks a service. False only if `required` is not set and waiting would never end.
pub extern "C" fn lock(service: Obj, required: bool) -> bool {
    let thread = sched::current();
    let mut abort = None;
    {
        let mut locks = LOCKS.borrow();
        if locks.take(service, thread) {
            return true;
        }
        match locks.circle(service, thread) {
            Circle::Closed(_) if !required => return false,
            Circle::Closed(None) => {
                drop(locks);
                fault::kernel_panic("I/O Kit: Unrecoverable deadlock.");
            }
            Circle::Closed(Some(victim)) => {
                locks.waiting.retain(|waiting| waiting.thread != victim);
                locks.aborted.insert(victim);
                abort = Some(victim);
            }
            Circle::None => {}
        }
        locks.waiting.push(Waiting { thread, of: service, required });
    }
    if let Some(victim) = abort {
        sched::wake(event(victim), true, 0);
    }
    sched::wait(event(thread), "a service's arbitration lock", None);
    // The lock was handed over by whoever released it, unless the wait was given up.
    !LOCKS.borrow().aborted.remove(&thread)
}

/// Unlocks a service; who waited longest gets the lock.
pub extern "C" fn unlock(service: Obj) {
    let next = {
        let mut locks = LOCKS.borrow();
        let Some(held) = locks.held.get_mut(&service).filter(|held| held.by == sched::current()) else {
            drop(locks);
            fault::kernel_panic("unlockForArbitration was called by a thread that does not hold the lock");
        };
        held.depth -= 1;
        if held.depth > 0 {
            return;
        }
        locks.held.remove(&service);
        let next =
            locks.waiting.iter().position(|waiting| waiting.of == service).map(|at| locks.waiting.remove(at).thread);
        if let Some(thread) = next {
            locks.held.insert(service, Held { by: thread, depth: 1 });
        }
        next
    };
    if let Some(thread) = next {
        sched::wake(event(thread), true, 0);
    }
}

/// Runs `f` with the service locked. `f` may wait.
pub fn with<R>(service: Obj, f: impl FnOnce() -> R) -> R {
    lock(service, true);
    let result = f();
    unlock(service);
    result
}

functions! { pub FUNCTIONS:
    "__ZN9IOService18lockForArbitrationEb" => lock,
    "__ZN9IOService20unlockForArbitrationEv" => unlock,
}

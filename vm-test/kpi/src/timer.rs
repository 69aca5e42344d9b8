//! Deferred calls at a time: what timer event sources and thread calls are made of.
//!
//! Calls run on threads of their own pool, as thread calls do: a call that blocks does not hold back the others. A call
//! comes late by what the seed says, up to [`LATENESS`] or what a scenario sets.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::global::Global;
use crate::sched::{self, Priority};

/// Longest lateness of a call, ns, unless a scenario wants another: what thread calls of an idle Mac show.
pub const LATENESS: u64 = 50_000;

const ARMED: u64 = 0x7469_6d65_7200;

/// A call that is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId(u64, u64);

type Call = Box<dyn FnOnce()>;

struct Timers {
    armed: Armed,
    serial: u64,
    workers: u32,
    idle: u32,
    lateness: u64,
    /// No call runs before this time.
    stalled: u64,
    /// When the thread of the pool that last went to rest looks for calls again.
    looks: u64,
}

static TIMERS: Global<Timers> = Global::new(Timers {
    armed: Armed(Vec::new()),
    serial: 0,
    workers: 0,
    idle: 0,
    lateness: LATENESS,
    stalled: 0,
    looks: 0,
});

/// The calls that are armed, the first one last. They are few, and IO arms them anew with each cycle.
struct Armed(Vec<(TimerId, Call)>);

impl Armed {
    /// Where a call is, or is to be.
    fn place(&self, id: TimerId) -> usize {
        self.0.partition_point(|(other, _)| *other > id)
    }

    fn insert(&mut self, id: TimerId, call: Call) {
        self.0.insert(self.place(id), (id, call));
    }

    fn remove(&mut self, id: TimerId) -> Option<Call> {
        let place = self.place(id);
        (self.0.get(place)?.0 == id).then(|| self.0.remove(place).1)
    }

    fn first(&self) -> Option<TimerId> {
        self.0.last().map(|(id, _)| *id)
    }
}

/// Timers that are armed from here on come late by up to `ns`.
pub fn set_lateness(ns: u64) {
    TIMERS.borrow().lateness = ns;
}

/// No call runs for `ns` from now on; those that are due then run one after the other.
pub fn stall(ns: u64) {
    TIMERS.borrow().stalled = sched::now().saturating_add(ns);
}

/// Arms a call for a virtual time in ns.
pub fn arm(at: u64, call: Call) -> TimerId {
    let lateness = TIMERS.borrow().lateness;
    arm_within(lateness, at, call)
}

/// As [`arm`] for what is no timer of a driver's: it comes as late as ever, whatever a scenario sets.
pub fn arm_as_ever(at: u64, call: Call) -> TimerId {
    arm_within(LATENESS, at, call)
}

fn arm_within(lateness: u64, at: u64, call: Call) -> TimerId {
    let due = at.max(sched::now()).saturating_add(sched::random(lateness));
    let (id, needs_worker, is_noticed) = {
        let mut timers = TIMERS.borrow();
        timers.serial += 1;
        let id = TimerId(due, timers.serial);
        timers.armed.insert(id, call);
        (id, timers.idle == 0, timers.looks <= due)
    };
    if needs_worker {
        add_worker();
    } else if !is_noticed {
        sched::wake(ARMED, false, 0);
    }
    id
}

/// Disarms a call; false when it has run or is running.
pub fn cancel(id: TimerId) -> bool {
    TIMERS.borrow().armed.remove(id).is_some()
}

/// Calls that are armed.
pub fn count() -> u32 {
    TIMERS.borrow().armed.0.len() as u32
}

/// Threads of the pool: they stay, as the kernel's do.
pub fn workers() -> u32 {
    TIMERS.borrow().workers
}

fn add_worker() {
    {
        let mut timers = TIMERS.borrow();
        timers.workers += 1;
        timers.idle += 1;
    }
    sched::spawn("thread_call", Priority::Kernel, Box::new(work));
}

fn work() {
    loop {
        let now = sched::now();
        let due = {
            let mut timers = TIMERS.borrow();
            let first = timers.armed.first();
            first.filter(|id| id.0.max(timers.stalled) <= now).and_then(|id| timers.armed.remove(id))
        };
        if let Some(call) = due {
            let (others, more) = {
                let mut timers = TIMERS.borrow();
                timers.idle -= 1;
                (timers.idle > 0, !timers.armed.0.is_empty())
            };
            // Somebody must see to the next call while this one runs.
            match (others, more) {
                (true, true) => _ = sched::wake(ARMED, false, 0),
                (false, true) => add_worker(),
                (_, false) => {}
            }
            call();
            crate::checks::locks::left("a thread call returns");
            TIMERS.borrow().idle += 1;
        } else {
            let next = {
                let mut timers = TIMERS.borrow();
                let next = timers.armed.first().map(|id| id.0.max(timers.stalled));
                timers.looks = next.unwrap_or(u64::MAX);
                next
            };
            sched::wait(ARMED, "a thread call", next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_in_the_order_of_their_times_and_then_of_arming() {
        let mut armed = Armed(Vec::new());
        let ids = [(30, 1), (10, 2), (20, 3), (10, 4)].map(|(at, serial)| TimerId(at, serial));
        for id in ids {
            armed.insert(id, Box::new(|| {}));
        }
        assert!(armed.remove(ids[2]).is_some());
        assert!(armed.remove(ids[2]).is_none(), "twice");
        assert!(armed.remove(TimerId(10, 3)).is_none(), "never armed");
        let order: Vec<TimerId> =
            core::iter::from_fn(|| armed.first().filter(|first| armed.remove(*first).is_some())).collect();
        assert_eq!(order, [ids[1], ids[3], ids[0]]);
    }
}

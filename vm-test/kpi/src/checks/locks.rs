//! The order in which threads take locks. Two orders of the same locks are a deadlock that only waits for its moment, unless a
//! third lock is held each time.
//!
//! Every function of the KPI that takes or releases a lock says so here: [`made`], [`wants`] before it may wait, [`taken`],
//! [`released`], [`gone`].

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use super::{Rule, broken, context, mine};
use crate::global::Global;
use crate::heap::Site;
use crate::{fault, sched};

/// Why a thread waits for a spin lock, for the scheduler.
pub const SPINNING: &str = "a spin lock";

/// Kinds of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IOLock, `lck_mtx_t`.
    Mutex,
    /// IORecursiveLock.
    Recursive,
    /// IORWLock, `lck_rw_t`.
    ReadWrite,
    /// IOSimpleLock, `lck_spin_t`.
    Spin,
    /// The gate of a work loop.
    Gate,
}

impl Kind {
    /// In words, with an article.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Mutex => "a mutex",
            Kind::Recursive => "a recursive lock",
            Kind::ReadWrite => "a read-write lock",
            Kind::Spin => "a spin lock",
            Kind::Gate => "the gate of a work loop",
        }
    }
}

/// A lock that a thread holds.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    lock: usize,
    kind: Kind,
    depth: u32,
    by: Site,
}

struct Made {
    kind: Kind,
    by: Site,
}

/// One lock was taken while another was held.
struct Edge {
    outer: Site,
    inner: Site,
    thread: String,
    /// Other locks that were held each time.
    guards: BTreeSet<usize>,
}

#[derive(Default)]
struct Graph {
    made: BTreeMap<usize, Made>,
    /// By the lock that was held and the one that was taken.
    edges: BTreeMap<(usize, usize), Edge>,
    /// Those that no lock guards: whatever else is held when they come again, they are known.
    settled: HashSet<(usize, usize), FxBuildHasher>,
}

static GRAPH: Global<Option<Graph>> = Global::new(None);

fn with<R>(f: impl FnOnce(&mut Graph) -> R) -> R {
    f(GRAPH.borrow().get_or_insert_with(Graph::default))
}

/// A lock was made.
pub fn made(lock: usize, kind: Kind) {
    let by = Site::here();
    with(|graph| graph.made.insert(lock, Made { kind, by }));
}

/// A lock is no more; nothing is known of its address.
pub fn gone(lock: usize) {
    with(|graph| {
        graph.made.remove(&lock);
        graph.edges.retain(|&(outer, inner), _| outer != lock && inner != lock);
        graph.settled.retain(|&(outer, inner)| outer != lock && inner != lock);
    });
}

/// A lock in words: its kind and who made it.
pub fn name(lock: usize) -> String {
    let made =
        with(|graph| graph.made.get(&lock).map(|made| format!("{} that was made {}", made.kind.words(), made.by)));
    made.unwrap_or_else(|| format!("a lock in {}", fault::place(lock)))
}

/// The running thread is about to take a lock, and waits if another holds it.
pub fn wants(lock: usize) {
    let news = mine(|thread| {
        let held = &thread.held;
        let is_first = !held.is_empty() && held.iter().all(|hold| hold.lock != lock);
        let is_news = is_first && with(|graph| held.iter().any(|hold| graph.is_news(hold.lock, lock, held)));
        is_news.then(|| held.clone())
    });
    let Some(held) = news.flatten() else { return };
    let (by, thread) = (Site::here(), sched::current_name());
    for hold in &held {
        let cycle = with(|graph| graph.add(hold, lock, by, &thread, &held));
        if let Some(others) = cycle {
            let first = format!("{} was taken {} and then {} {by}", name(hold.lock), hold.by, name(lock));
            broken(Rule::LockOrder, &format!("two orders of locks: {first}; in the other order {others}"));
        }
    }
}

impl Graph {
    /// Whether it is not known that a lock is taken while another is held, with as few others held.
    fn is_news(&self, outer: usize, inner: usize, held: &[Hold]) -> bool {
        if self.settled.contains(&(outer, inner)) {
            return false;
        }
        let is_held = |guard: &usize| held.iter().any(|hold| hold.lock == *guard);
        self.edges.get(&(outer, inner)).is_none_or(|edge| !edge.guards.iter().all(is_held))
    }

    /// Notes that `lock` is taken while `outer` is held; the way back in words, if there is one that no lock guards.
    fn add(&mut self, outer: &Hold, lock: usize, by: Site, thread: &str, held: &[Hold]) -> Option<String> {
        if !self.is_news(outer.lock, lock, held) {
            return None;
        }
        let mut guards: BTreeSet<usize> = held.iter().map(|hold| hold.lock).collect();
        guards.remove(&outer.lock);
        if let Some(known) = self.edges.get(&(outer.lock, lock)) {
            guards.retain(|guard| known.guards.contains(guard));
        }
        let way = self.way(lock, outer.lock);
        let edge = Edge { outer: outer.by, inner: by, thread: thread.to_string(), guards };
        let guarded = |guard: &usize| way.iter().flatten().all(|key| self.edges[key].guards.contains(guard));
        let is_guarded = edge.guards.iter().any(guarded);
        let told = way.as_ref().filter(|_| !is_guarded).map(|way| self.tell(way));
        if edge.guards.is_empty() {
            self.settled.insert((outer.lock, lock));
        }
        self.edges.insert((outer.lock, lock), edge);
        told
    }

    /// The shortest way from one lock to another.
    fn way(&self, from: usize, to: usize) -> Option<Vec<(usize, usize)>> {
        let mut came: BTreeMap<usize, usize> = BTreeMap::new();
        let mut next = VecDeque::from([from]);
        while let Some(at) = next.pop_front() {
            if at == to {
                let mut way = Vec::new();
                let mut at = to;
                while at != from {
                    way.insert(0, (came[&at], at));
                    at = came[&at];
                }
                return Some(way);
            }
            for &(_, inner) in self.edges.range((at, 0)..=(at, usize::MAX)).map(|(key, _)| key) {
                if inner != from && !came.contains_key(&inner) {
                    came.insert(inner, at);
                    next.push_back(inner);
                }
            }
        }
        None
    }

    /// A way in words.
    fn tell(&self, way: &[(usize, usize)]) -> String {
        let step = |key: &(usize, usize)| {
            let edge = &self.edges[key];
            format!("on thread {} the one was taken {} and then the other {}", edge.thread, edge.outer, edge.inner)
        };
        way.iter().map(step).collect::<Vec<_>>().join("; ")
    }
}

/// The running thread has taken a lock.
pub fn taken(lock: usize, kind: Kind) {
    let by = Site::here();
    mine(|thread| match thread.held.iter_mut().find(|hold| hold.lock == lock) {
        Some(hold) => hold.depth += 1,
        None => thread.held.push(Hold { lock, kind, depth: 1, by }),
    });
    if kind == Kind::Spin {
        context::spin_taken();
    }
}

/// The running thread has released a lock, once.
pub fn released(lock: usize) {
    let freed = mine(|thread| {
        let at = thread.held.iter().rposition(|hold| hold.lock == lock)?;
        let hold = &mut thread.held[at];
        hold.depth -= 1;
        if hold.depth > 0 {
            return None;
        }
        let kind = hold.kind;
        // Mostly the last one that was taken, and then there is nothing to move up.
        if at + 1 == thread.held.len() {
            thread.held.pop();
        } else {
            thread.held.remove(at);
        }
        Some(kind)
    });
    if freed.flatten() == Some(Kind::Spin) {
        context::spin_released();
    }
}

/// The running thread gives a lock up to sleep, as often as it has taken it; what [`taken_back`] needs.
pub fn given_up(lock: usize) -> Option<Hold> {
    mine(|thread| {
        let at = thread.held.iter().rposition(|hold| hold.lock == lock)?;
        Some(thread.held.remove(at))
    })
    .flatten()
}

/// It has the lock again.
pub fn taken_back(hold: Option<Hold>) {
    mine(|thread| thread.held.extend(hold));
}

/// Whether the running thread holds the gate of some work loop.
pub fn in_a_gate() -> bool {
    mine(|thread| thread.held.iter().any(|hold| hold.kind == Kind::Gate)).unwrap_or(false)
}

/// The running thread's work is done, as `when` says: it holds nothing.
pub(crate) fn left(when: &str) {
    for hold in mine(|thread| core::mem::take(&mut thread.held)).unwrap_or_default() {
        if hold.kind == Kind::Spin {
            context::spin_released();
        }
        let text = format!("{} is still held when {when}; it was taken {}", name(hold.lock), hold.by);
        let frames = hold.by.frames();
        super::told(Rule::LockLeft, &text, sched::current_name(), frames);
    }
}

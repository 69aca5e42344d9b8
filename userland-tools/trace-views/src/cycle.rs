//! One IO cycle of a client.

use std::collections::{BTreeMap, BTreeSet};

use crate::trace::{Call, Trace, Way};

/// The class of threads that take part in IO beside those of clients.
const TIMER: &str = "timer";

/// What happened from the begin of a client's IO cycle to the begin of its next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Which of the thread's cycles it is, from 0.
    pub number: usize,
    /// The client's IO thread, an index into [`Trace::threads`].
    pub thread: usize,
    /// Its calls of all threads, as indices into [`Trace::calls`], in the order in which they began.
    pub calls: Vec<usize>,
}

/// The IO cycle that shows most: of those in which nothing but IO happens, or else of all, the one with the most different
/// functions in it, the first of those that are even. `None` if no IO thread called the driver twice.
pub fn cycle(trace: &Trace) -> Option<Cycle> {
    let threads = (0..trace.threads.len()).filter(|&thread| trace.threads[thread].class.ends_with("IO"));
    let mut best: Option<((bool, usize), Cycle)> = None;
    for cycle in threads.flat_map(|thread| cycles(trace, thread)) {
        let kinds: BTreeSet<_> = cycle.calls.iter().map(|&call| kind(trace, &trace.calls[call])).collect();
        let is_only_io = kinds.iter().all(|(class, _)| class.ends_with("IO") || *class == TIMER);
        let richness = (is_only_io, kinds.len());
        if best.as_ref().is_none_or(|(most, _)| richness > *most) {
            best = Some((richness, cycle));
        }
    }
    best.map(|(_, cycle)| cycle)
}

fn kind<'a>(trace: &'a Trace, call: &'a Call) -> (&'a str, &'a str) {
    (&trace.threads[call.thread].class, &call.name)
}

/// The cycles of an IO thread, but for the last, whose end is not known. A cycle begins where the thread enters the driver at
/// another time than before.
fn cycles(trace: &Trace, thread: usize) -> Vec<Cycle> {
    let own = trace
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.thread == thread && call.way == Way::In && call.depth == 0);
    let mut begins: BTreeMap<usize, u64> = BTreeMap::new();
    for (index, call) in own {
        if begins.last_key_value().is_none_or(|(_, &at)| at != call.at) {
            begins.insert(index, call.at);
        }
    }
    let begins: Vec<usize> = begins.into_keys().collect();
    let cycle = |(number, pair): (usize, &[usize])| Cycle { number, thread, calls: (pair[0]..pair[1]).collect() };
    begins.windows(2).enumerate().map(cycle).collect()
}

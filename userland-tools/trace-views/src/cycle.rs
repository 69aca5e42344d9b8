//! One IO cycle of a client.

use std::collections::BTreeSet;

use crate::trace::{Call, Trace, Way};

/// The class of threads that take part in IO beside those of clients.
const TIMER: &str = "timer";
/// What the host of a user-space driver calls in IO, on whichever thread.
const OPERATIONS: [&str; 4] = ["GetZeroTimeStamp", "BeginIOOperation", "DoIOOperation", "EndIOOperation"];
/// In one cycle a thread's calls are less than this many ns apart: code takes no virtual time, but looking at the clock does.
const APART: u64 = 1000;
/// The most calls that can be shown.
pub const MOST: usize = 60;

/// What happened from the begin of a client's IO cycle to the begin of its next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Which of the thread's cycles it is, from 0.
    pub number: usize,
    /// The thread that does its IO, an index into [`Trace::threads`].
    pub thread: usize,
    /// Its calls of all threads, as indices into [`Trace::calls`], in the order in which they began.
    pub calls: Vec<usize>,
}

/// The IO cycle that shows most: of those in which nothing but IO happens, or else of all, of those that can be shown whole the
/// one with the most different functions in it, the first of those that are even. `None` if no thread came back for a second cycle.
pub fn cycle(trace: &Trace) -> Option<Cycle> {
    let mut best: Option<((bool, bool, usize), Cycle)> = None;
    for cycle in (0..trace.threads.len()).flat_map(|thread| cycles(trace, thread)) {
        let calls = || cycle.calls.iter().map(|&call| &trace.calls[call]);
        let kinds: BTreeSet<_> = calls().map(|call| (&trace.threads[call.thread].class, &call.name)).collect();
        let is_only_io = calls().all(|call| is_io(trace, call) || trace.threads[call.thread].class == TIMER);
        let richness = (is_only_io, cycle.calls.len() <= MOST, kinds.len());
        if best.as_ref().is_none_or(|(most, _)| richness > *most) {
            best = Some((richness, cycle));
        }
    }
    best.map(|(_, cycle)| cycle)
}

/// Whether a call is part of IO: on a thread of that kind, or inside of an operation of it.
fn is_io(trace: &Trace, call: &Call) -> bool {
    let outermost = std::iter::successors(Some(call), |call| call.inside.map(|outer| &trace.calls[outer])).last();
    trace.threads[call.thread].class.ends_with("IO")
        || outermost.is_some_and(|call| call.way == Way::In && OPERATIONS.contains(&call.name.as_str()))
}

/// The cycles of a thread, but for the last, whose end is not known. A cycle begins where the thread enters the driver for IO
/// some time after it did so before.
fn cycles(trace: &Trace, thread: usize) -> Vec<Cycle> {
    let own = trace
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.thread == thread && call.way == Way::In && call.depth == 0 && is_io(trace, call));
    let mut begins = Vec::new();
    let mut last = None;
    for (index, call) in own {
        if last.is_none_or(|last| call.at >= last + APART) {
            begins.push(index);
        }
        last = Some(call.at);
    }
    let cycle = |(number, pair): (usize, &[usize])| Cycle { number, thread, calls: (pair[0]..pair[1]).collect() };
    begins.windows(2).enumerate().map(cycle).collect()
}

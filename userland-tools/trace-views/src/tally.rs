//! Counts: how often each function is called, and who calls whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::trace::{Call, Trace, Way};

/// A function that was called over the boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Which way it was called.
    pub way: Way,
    /// How often.
    pub calls: usize,
    /// The kinds of threads that called it, in alphabetical order.
    pub threads: BTreeSet<String>,
}

/// The functions that were called; the most called first, those that are even by name.
pub fn functions(trace: &Trace) -> Vec<Function> {
    let mut found: BTreeMap<(&str, Way), Function> = BTreeMap::new();
    for call in &trace.calls {
        let function = found.entry((&call.name, call.way)).or_insert_with(|| Function {
            name: call.name.clone(),
            way: call.way,
            calls: 0,
            threads: BTreeSet::new(),
        });
        function.calls += 1;
        function.threads.insert(trace.threads[call.thread].class.clone());
    }
    let mut functions: Vec<Function> = found.into_values().collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.calls));
    functions
}

/// A caller and what it called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The function that the call came from: for a call out the driver's that the kernel had called, for a call in the kernel's
    /// that the driver had called, or else `thread` and the kind of the thread.
    pub caller: String,
    /// The function that was called.
    pub callee: String,
    /// Which way.
    pub way: Way,
    /// How often.
    pub calls: usize,
}

/// Who called whom; by caller in the order in which they first called, then by how often.
pub fn edges(trace: &Trace) -> Vec<Edge> {
    let mut order: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: BTreeMap<(String, &str, Way), usize> = BTreeMap::new();
    for call in &trace.calls {
        let caller = caller(trace, call);
        let next = order.len();
        order.entry(caller.clone()).or_insert(next);
        *found.entry((caller, &call.name, call.way)).or_default() += 1;
    }
    let edge = |((caller, callee, way), calls): ((String, &str, Way), usize)| Edge {
        caller,
        callee: callee.to_owned(),
        way,
        calls,
    };
    let mut edges: Vec<Edge> = found.into_iter().map(edge).collect();
    edges.sort_by_key(|edge| (order[&edge.caller], std::cmp::Reverse(edge.calls)));
    edges
}

fn caller(trace: &Trace, call: &Call) -> String {
    match call.inside {
        Some(outer) => trace.calls[outer].name.clone(),
        None => format!("thread {}", trace.threads[call.thread].class),
    }
}

//! What a trace holds.

use std::fmt;

/// A whole trace. Events are counted from 0: the begin and the end of a call, and a step, are one each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The threads, in the order in which they first called.
    pub threads: Vec<Thread>,
    /// The calls, in the order in which they began.
    pub calls: Vec<Call>,
    /// The steps of scenarios from files.
    pub steps: Vec<Step>,
    /// How many events there are.
    pub events: usize,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its number in the machine.
    pub id: u64,
    /// What kind of thread it is: `client IO`, `timer` …
    pub class: String,
}

impl fmt::Display for Thread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.class, self.id)
    }
}

/// A call over the boundary of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number in the trace.
    pub id: u64,
    /// The call that the thread was inside, an index into [`Trace::calls`]; `None` also for one that was filtered out.
    pub inside: Option<usize>,
    /// How many calls the thread was inside.
    pub depth: u64,
    /// An index into [`Trace::threads`].
    pub thread: usize,
    /// Virtual time in ns.
    pub at: u64,
    /// Which way it goes.
    pub way: Way,
    /// The function's name, without its parameters.
    pub name: String,
    /// The object that it is called for.
    pub this: Option<String>,
    /// The other arguments.
    pub arguments: Vec<String>,
    /// The event that it begins with.
    pub begin: usize,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The event.
    pub event: usize,
    /// Virtual time in ns.
    pub at: u64,
    /// What it returned; `None` for nothing.
    pub result: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(this) = &self.this {
            write!(formatter, "{this}->")?;
        }
        write!(formatter, "{}({})", self.name, self.arguments.join(", "))?;
        match self.end.as_ref().and_then(|end| end.result.as_ref()) {
            Some(result) => write!(formatter, " = {result}"),
            None => Ok(()),
        }
    }
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Into the driver.
    In,
    /// Out of the driver.
    Out,
}

/// A step of a scenario from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The event.
    pub event: usize,
    /// Virtual time in ns.
    pub at: u64,
    /// File, line and what it says.
    pub text: String,
}

impl Trace {
    /// The virtual time in ns from the first event to the last.
    pub fn duration(&self) -> u64 {
        let begins = self.calls.iter().map(|call| call.at).chain(self.steps.iter().map(|step| step.at));
        let ends = self.calls.iter().filter_map(|call| call.end.as_ref()).map(|end| end.at);
        let first = begins.clone().min().unwrap_or_default();
        begins.chain(ends).max().unwrap_or_default() - first
    }
}

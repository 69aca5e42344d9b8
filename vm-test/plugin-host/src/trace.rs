//! The trace: every call of the host into the driver, every call of the driver out to the host and its libraries, and what they
//! returned, in the records of [`protocol::trace`].

mod shown;
mod stubs;

use std::cell::RefCell;
use std::collections::BTreeMap;

use protocol::share::Kind;
use protocol::trace::{CAPACITY, Call, HEADER, Record, Value, Way, Writer, extent};

pub(crate) use shown::{Shown, object};
pub(crate) use stubs::stub;

use crate::share::Share;
use crate::{libraries, world};

/// What is recorded.
struct Trace {
    share: &'static Share,
    /// Where the records are until the run ends.
    region: *mut [u8],
    writer: Writer<'static>,
    names: BTreeMap<String, u32>,
    /// The calls that each thread is inside of, by its number.
    open: BTreeMap<usize, Vec<u32>>,
    calls: u32,
}

thread_local! {
    static TRACE: RefCell<Option<Trace>> = const { RefCell::new(None) };
}

/// Begins to record, if the runner has room for a trace.
pub(crate) fn begin(share: &'static Share) {
    if !share.has(Kind::Trace) {
        return;
    }
    // Nothing of it takes memory but what is written.
    let region = Box::into_raw(vec![0; CAPACITY as usize].into_boxed_slice());
    // SAFETY: it is there for good, and the writer's alone until the run ends.
    let writer = Writer::new(unsafe { &mut *region });
    let (names, open) = (BTreeMap::new(), BTreeMap::new());
    TRACE.set(Some(Trace { share, region, writer, names, open, calls: 0 }));
}

/// Whether anything is recorded.
pub(crate) fn is_on() -> bool {
    TRACE.with(|trace| trace.try_borrow().is_ok_and(|trace| trace.is_some()))
}

/// Hands what was recorded to the runner; nothing more is recorded.
pub(crate) fn end() {
    let Some(trace) = TRACE.with(|trace| trace.try_borrow_mut().ok()?.take()) else { return };
    let Trace { share, region, .. } = trace;
    // SAFETY: the writer went with the trace, so nobody writes any more.
    let region = unsafe { &*region };
    let used = extent(region).0 as usize + HEADER;
    if let Err(why) = share.write(Kind::Trace, 0, &region[..used.min(region.len())]) {
        eprintln!("the trace cannot be handed over: {why}");
    }
}

/// Notes a call into the driver.
pub(crate) fn into(function: &str, arguments: impl FnOnce() -> Vec<Value>) -> u32 {
    if is_on() { note(Way::IntoKext, function, arguments()) } else { 0 }
}

/// Notes a call of the driver's.
pub(crate) fn out(function: &str, arguments: impl FnOnce() -> Vec<Value>) -> u32 {
    if is_on() { note(Way::OutOfKext, function, arguments()) } else { 0 }
}

/// Notes that a step of a scenario begins.
pub(crate) fn step(text: impl FnOnce() -> String) {
    if is_on() {
        let text = text();
        with(|trace| {
            trace.writer.write(&Record::Step { at: world::now(), text });
        });
    }
}

/// Notes that a call has ended; 0 is none.
pub(crate) fn ended(call: u32, result: impl FnOnce() -> Value) {
    if call == 0 || !is_on() {
        return;
    }
    let result = result();
    with(|trace| {
        if let Some(open) = trace.open.get_mut(&libraries::current_thread()) {
            // Calls that were left without an end have none.
            open.truncate(open.iter().position(|other| *other == call).unwrap_or(open.len()));
        }
        trace.writer.write(&Record::Return { call, at: world::now(), result });
    });
}

fn with(change: impl FnOnce(&mut Trace)) {
    TRACE.with_borrow_mut(|trace| trace.as_mut().map(change));
}

fn note(way: Way, function: &str, arguments: Vec<Value>) -> u32 {
    let mut id = 0;
    let driver = world::loaded(|loaded| loaded.name.clone()).unwrap_or_default();
    with(|trace| {
        let image = trace.name(if way == Way::IntoKext { &driver } else { "" });
        let function = trace.name(function);
        let thread = libraries::current_thread();
        let (number, name) = libraries::thread_name(thread);
        if !trace.open.contains_key(&thread) {
            let name = trace.name(name);
            trace.writer.write(&Record::Thread { id: number, name });
        }
        trace.calls += 1;
        id = trace.calls;
        let open = trace.open.entry(thread).or_default();
        let (inside, depth) = (open.last().copied().unwrap_or(0), open.len() as u32);
        open.push(id);
        let at = world::now();
        let call = Call { id, inside, depth, thread: number, at, way, image, function, arguments, this: false };
        trace.writer.write(&Record::Call(call));
    });
    id
}

impl Trace {
    /// The number of a name.
    fn name(&mut self, name: &str) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let number = self.names.len() as u32;
        self.writer.write(&Record::Name(name.to_owned()));
        self.names.insert(name.to_owned(), number);
        number
    }
}

//! The recorder of the trace: every call of a kext over the boundary, every call of the kernel into a kext, and how they end.
//!
//! [`begin`] sets a bit of [`HOOKED`](crate::boundary::HOOKED); without it the boundary takes the path that knows nothing of
//! this. Calls of KPI functions among themselves, and calls inside the kext, do not cross the boundary and are not recorded;
//! those between kexts are ([`between`]).
//! What a word means is looked up by the function's name in the signatures that the runner sent along.

pub(crate) mod between;
mod format;
mod look;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use protocol::share::{Kind, find};
use protocol::trace::{Call, Record, Signature, Signatures, Type, Value, Way, Writer};

use crate::boundary::{self, Arguments, HOOKED, Registers, TRACE};
use crate::global::Global;
use crate::{images, mem, sched, symbols};

static TRACER: Global<Option<Tracer>> = Global::new(None);

/// Where the trace goes, and what it has named so far.
struct Tracer {
    writer: Writer<'static>,
    signatures: Signatures,
    /// Names by their numbers in the trace.
    names: BTreeMap<String, u32>,
    /// Numbers of blocks by the heap's.
    blocks: BTreeMap<u64, u32>,
    /// Calls that each thread is inside, the outermost first.
    open: BTreeMap<u32, Vec<Open>>,
    calls: u32,
    /// The kernel's own classes by the address of their vtables.
    vtables: BTreeMap<usize, String>,
}

/// A call that has not returned.
struct Open {
    id: u32,
    way: Way,
    /// Address of the function, if it is a kext's.
    code: usize,
    result: Type,
}

/// A function as the trace names it.
struct Function {
    /// Its address, if it is a kext's.
    code: usize,
    image: String,
    name: String,
    signature: Signature,
}

/// Records into `region`, the one of the trace, from now on; nothing if that is empty. `shared` is the shared memory, for
/// the signatures in it.
///
/// # Errors
/// There are no signatures of this build.
pub fn begin(shared: &[u8], region: &'static mut [u8]) -> Result<(), &'static str> {
    if region.is_empty() {
        return Ok(());
    }
    let bytes = find(shared, Kind::Signatures)
        .and_then(|found| shared.get(found.offset as usize..)?.get(..found.length as usize));
    let signatures = bytes.and_then(|bytes| Signatures::from_bytes(bytes).ok());
    let signatures = signatures.ok_or("the shared memory holds no signatures of this build")?;
    *TRACER.borrow() = Some(Tracer {
        writer: Writer::new(region),
        signatures,
        names: BTreeMap::new(),
        blocks: BTreeMap::new(),
        open: BTreeMap::new(),
        calls: 0,
        vtables: BTreeMap::new(),
    });
    HOOKED.fetch_or(TRACE, Ordering::Relaxed);
    Ok(())
}

/// Whether calls are recorded.
pub(crate) fn is_on() -> bool {
    HOOKED.load(Ordering::Relaxed) & TRACE != 0
}

/// A step of a scenario begins: `text` is its place and what it says.
pub fn step(text: impl FnOnce() -> String) {
    with(|tracer| tracer.write(&Record::Step { at: sched::now(), text: text() }));
}

/// A kext enters the function of a symbol.
pub(crate) fn leaves_kext(registers: &Registers, symbol: u64) {
    let name = symbols::name(symbol).unwrap_or_default();
    let stack = registers.kext_sp as usize + 8;
    let word = |index: usize| match registers.integer.get(index) {
        Some(&word) => word,
        None => mem::read(stack + 8 * (index - registers.integer.len())),
    };
    with(|tracer| {
        let signature = tracer.signatures.get(name).cloned().unwrap_or_else(|| unknown(0));
        let function = Function { code: 0, image: String::new(), name: name.to_owned(), signature };
        tracer.call(Way::OutOfKext, &function, &word);
    });
}

/// The function that a kext called returns.
pub(crate) fn returns(result: u64) {
    with(|tracer| tracer.end(result));
}

/// Calls a function of a kext with as many arguments as `count` says, where anybody knows.
pub(crate) fn enter_kext(address: usize, words: &Arguments, count: Option<usize>) -> u64 {
    let address = between::function(address);
    with(|tracer| {
        let function = tracer.function_of_kext(address, count);
        tracer.call(Way::IntoKext, &function, &|index| words.get(index).copied().unwrap_or(0));
    });
    let result = boundary::call_kext(address, words);
    with(|tracer| tracer.end(result));
    result
}

/// A function of a kext is called that goes on at `from`; whether the call comes from another kext, and is recorded.
fn crosses(from: usize, function: usize, word: &dyn Fn(usize) -> u64) -> bool {
    let mut crosses = false;
    with(|tracer| {
        // A function that ends with a jump leaves where its caller goes on: then it is the one that the thread is in.
        let inside = || tracer.open.get(&sched::current().0).and_then(|open| open.last()).map(|open| open.code);
        let caller = images::range_of(from).or_else(|| images::range_of(inside()?));
        crosses = caller.is_some_and(|caller| !caller.contains(&function));
        if crosses {
            let function = tracer.function_of_kext(function, None);
            tracer.call(Way::IntoKext, &function, word);
        }
    });
    crosses
}

fn with(f: impl FnOnce(&mut Tracer)) {
    if let Some(tracer) = TRACER.borrow().as_mut() {
        f(tracer);
    }
}

/// What is known of a function that nobody knows.
fn unknown(count: usize) -> Signature {
    Signature { this: false, parameters: alloc::vec![Type::Unknown; count], formatted: false, result: Type::Unknown }
}

impl Tracer {
    fn function_of_kext(&self, address: usize, count: Option<usize>) -> Function {
        let count = count.unwrap_or(0).min(boundary::ARGUMENTS);
        match images::symbol_at(address) {
            Some((image, name, 0)) => {
                let signature = self.signatures.get(&name).cloned().unwrap_or_else(|| unknown(count));
                Function { code: address, image, name, signature }
            }
            Some((image, name, offset)) => {
                Function { code: address, image, name: format!("{name} + {offset:#x}"), signature: unknown(count) }
            }
            None => Function { code: address, image: String::new(), name: "?".to_owned(), signature: unknown(count) },
        }
    }

    fn call(&mut self, way: Way, function: &Function, word: &dyn Fn(usize) -> u64) {
        let thread = sched::current().0;
        if !self.open.contains_key(&thread) {
            let name = self.name(&sched::current_name());
            self.write(&Record::Thread { id: thread, name });
        }
        let Signature { this, parameters, formatted, result } = &function.signature;
        let mut kinds: Vec<Type> =
            this.then_some(Type::Pointer).into_iter().chain(parameters.iter().copied()).collect();
        kinds.truncate(boundary::ARGUMENTS);
        if let Some(format) = kinds.len().checked_sub(1).filter(|_| *formatted) {
            kinds.extend(format::conversions(&look::c_text(word(format)).unwrap_or_default()));
            kinds.truncate(boundary::ARGUMENTS);
        }
        let words: Vec<(u64, Type)> = kinds.into_iter().enumerate().map(|(index, kind)| (word(index), kind)).collect();
        let arguments = words.into_iter().map(|(word, kind)| self.look(word, kind)).collect();
        let (image, name) = (self.name(&function.image), self.name(&function.name));
        self.calls += 1;
        let id = self.calls;
        let open = self.open.entry(thread).or_default();
        let (inside, depth) = (open.last().map_or(0, |open| open.id), open.len() as u32);
        open.push(Open { id, way, code: function.code, result: *result });
        let (at, this) = (sched::now(), *this);
        self.write(&Record::Call(Call { id, inside, depth, thread, at, way, image, function: name, arguments, this }));
    }

    fn end(&mut self, result: u64) {
        let Some(open) = self.open.get_mut(&sched::current().0).and_then(Vec::pop) else { return };
        let result = match self.look(result, open.result) {
            // What a function of a kext leaves in the register need not be a result.
            Value::Object { number, class, value } => Value::Object { number, class, value },
            _ if open.way == Way::IntoKext && open.result == Type::Unknown => Value::Unknown,
            result => result,
        };
        self.write(&Record::Return { call: open.id, at: sched::now(), result });
    }

    /// The number of a name.
    fn name(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.names.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.insert(name.to_owned(), number);
        self.write(&Record::Name(name.to_owned()));
        number
    }

    /// Writes a record; without room for it the trace ends here.
    fn write(&mut self, record: &Record) {
        if !self.writer.write(record) {
            HOOKED.fetch_and(!TRACE, Ordering::Relaxed);
        }
    }
}

//! Reading the records of a trace: numbers become names again.

use std::collections::HashMap;
use std::rc::Rc;

use protocol::trace::{Record, Value, Way, records};

use super::words::{Function, Word};

/// A thread of the machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its number.
    pub id: u32,
    /// Its name in the kernel.
    pub name: String,
    /// What kind of thread it is.
    pub class: &'static str,
}

/// A call over the boundary.
#[derive(Debug)]
pub struct Call {
    /// Its number.
    pub id: u32,
    /// The call that the thread was inside.
    pub inside: Option<u32>,
    /// How many calls the thread was inside.
    pub depth: u32,
    /// The thread.
    pub thread: Rc<Thread>,
    /// Virtual time in ns.
    pub at: u64,
    /// Which way it goes.
    pub way: Way,
    /// What is called.
    pub function: Rc<Function>,
    /// The object that it is called for.
    pub this: Option<Word>,
    /// The other arguments.
    pub arguments: Vec<Word>,
}

/// The end of a call.
#[derive(Debug)]
pub struct Return {
    /// The call.
    pub call: Rc<Call>,
    /// Virtual time in ns.
    pub at: u64,
    /// What it returned.
    pub result: Word,
}

/// One entry of the trace.
#[derive(Debug)]
pub enum Entry {
    /// A step of a scenario from a file begins.
    Step {
        /// Virtual time in ns.
        at: u64,
        /// Its place and text.
        text: String,
    },
    /// A call.
    Call(Rc<Call>),
    /// The end of one.
    Return(Return),
}

impl Entry {
    /// The call that this is or ends.
    pub fn call(&self) -> Option<&Rc<Call>> {
        match self {
            Entry::Step { .. } => None,
            Entry::Call(call) => Some(call),
            Entry::Return(end) => Some(&end.call),
        }
    }
}

/// The entries of a region, in order. What refers to something that is not there ends them.
pub struct Reader<'a> {
    records: Box<dyn Iterator<Item = Record> + 'a>,
    names: Vec<Rc<str>>,
    threads: HashMap<u32, Rc<Thread>>,
    functions: HashMap<(u32, u32), Rc<Function>>,
    open: HashMap<u32, Rc<Call>>,
}

impl<'a> Reader<'a> {
    /// Reads a region from its beginning.
    pub fn new(region: &'a [u8]) -> Reader<'a> {
        Reader {
            records: Box::new(records(region)),
            names: Vec::new(),
            threads: HashMap::new(),
            functions: HashMap::new(),
            open: HashMap::new(),
        }
    }

    fn name(&self, number: u32) -> Option<Rc<str>> {
        self.names.get(number as usize).cloned()
    }

    fn function(&mut self, image: u32, name: u32) -> Option<Rc<Function>> {
        if let Some(known) = self.functions.get(&(image, name)) {
            return Some(known.clone());
        }
        let function = Rc::new(Function::new(self.name(image)?, &self.name(name)?));
        self.functions.insert((image, name), function.clone());
        Some(function)
    }

    fn word(&mut self, value: Value) -> Option<Word> {
        Some(match value {
            Value::Nothing => Word::Nothing,
            Value::Unknown => Word::Place("unknown"),
            Value::Bool(flag) => Word::Bool(flag),
            Value::Signed(number) => Word::Signed(number),
            Value::Unsigned(number) => Word::Unsigned(number),
            Value::Return(code) => Word::Return(code),
            Value::Code(code) => Word::Code(code),
            Value::Text(text, is_cut) => Word::Text(text, is_cut),
            Value::Null => Word::Null,
            Value::Object { number, class, value } => Word::Object { number, class: self.name(class)?, value },
            Value::Metaclass(class) => Word::Metaclass(self.name(class)?),
            Value::Block { number, offset } => Word::Block { number, offset },
            Value::Symbol { image, name, offset } => Word::Symbol { function: self.function(image, name)?, offset },
            Value::Stack => Word::Place("stack"),
            Value::Elsewhere => Word::Place("elsewhere"),
        })
    }

    fn call(&mut self, call: protocol::trace::Call) -> Option<Rc<Call>> {
        let function = self.function(call.image, call.function)?;
        let mut words = Vec::new();
        for argument in call.arguments {
            words.push(self.word(argument)?);
        }
        let this = if call.this && !words.is_empty() { Some(words.remove(0)) } else { None };
        let read = Rc::new(Call {
            id: call.id,
            inside: (call.inside != 0).then_some(call.inside),
            depth: call.depth,
            thread: self.threads.get(&call.thread)?.clone(),
            at: call.at,
            way: call.way,
            function,
            this,
            arguments: words,
        });
        self.open.insert(call.id, read.clone());
        Some(read)
    }
}

impl Iterator for Reader<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            match self.records.next()? {
                Record::Name(name) => self.names.push(name.into()),
                Record::Thread { id, name } => {
                    let name = self.name(name)?.to_string();
                    let class = class(&name);
                    self.threads.insert(id, Rc::new(Thread { id, name, class }));
                }
                Record::Step { at, text } => return Some(Entry::Step { at, text }),
                Record::Call(call) => return self.call(call).map(Entry::Call),
                Record::Return { call, at, result } => {
                    let call = self.open.remove(&call)?;
                    return Some(Entry::Return(Return { call, at, result: self.word(result)? }));
                }
            }
        }
    }
}

/// What kind of thread has this name in a machine.
fn class(name: &str) -> &'static str {
    match name {
        "kernel_task" | "coreaudiod" => "host",
        "IOConfigThread" => "matching",
        "IOWorkLoop" => "work loop",
        "thread_call" => "timer",
        "IOServiceTerminateThread" => "termination",
        "com.apple.audio.IOThread" => "client IO",
        "pthread" => "driver",
        _ => "kext",
    }
}

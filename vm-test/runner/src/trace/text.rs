//! A trace for people.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::rc::Rc;

use protocol::trace::Way;

use super::read::{Call, Entry};
use super::words::{Word, four_characters, return_name};

/// Writes entries as lines. A call waits for what comes next: if that is its own end, both are one line.
#[derive(Default)]
pub struct Writer {
    waiting: Option<Rc<Call>>,
}

impl Writer {
    /// Writes an entry.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&mut self, entry: Entry, out: &mut dyn Write) -> io::Result<()> {
        match entry {
            Entry::Step { at, text } => {
                self.end(out)?;
                writeln!(out, "{} -- {text}", seconds(at))
            }
            Entry::Call(call) => {
                self.end(out)?;
                self.waiting = Some(call);
                Ok(())
            }
            Entry::Return(end) if self.waiting.as_ref().is_some_and(|waiting| waiting.id == end.call.id) => {
                self.waiting = None;
                writeln!(out, "{}{}{}", head(&end.call, end.call.at), Called(&end.call), Result(&end.result))
            }
            Entry::Return(end) => {
                self.end(out)?;
                let mark = if end.call.way == Way::IntoKext { "< " } else { "= " };
                let (head, name) = (head(&end.call, end.at), &end.call.function.short);
                writeln!(out, "{head}{mark}{name}{}", Result(&end.result))
            }
        }
    }

    /// Writes what still waits.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.waiting.take().map_or(Ok(()), |call| writeln!(out, "{}{}", head(&call, call.at), Called(&call)))
    }
}

/// Time, thread, and two columns for each call that the thread is inside.
fn head(call: &Call, at: u64) -> String {
    let thread = format!("{} {}", call.thread.class, call.thread.id);
    let indent = 2 * call.depth as usize;
    format!("{} {thread:<14} {:indent$}", seconds(at), "")
}

/// A time in seconds.
fn seconds(ns: u64) -> String {
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}

/// A call with its arguments.
struct Called<'a>(&'a Call);

impl Display for Called<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Called(call) = self;
        if call.way == Way::IntoKext {
            out.write_str("> ")?;
        }
        if let Some(this) = &call.this {
            write!(out, "{}->", Shown(this))?;
        }
        write!(out, "{}(", call.function.short)?;
        for (index, argument) in call.arguments.iter().enumerate() {
            write!(out, "{}{}", if index > 0 { ", " } else { "" }, Shown(argument))?;
        }
        out.write_str(")")
    }
}

/// A result, with the sign before it.
struct Result<'a>(&'a Word);

impl Display for Result<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Word::Nothing | Word::Place("unknown") => Ok(()),
            word => write!(out, " = {}", Shown(word)),
        }
    }
}

/// A word.
struct Shown<'a>(&'a Word);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Word::Nothing => Ok(()),
            Word::Bool(flag) => write!(out, "{flag}"),
            Word::Signed(number) => match return_name(*number as u32).filter(|_| *number != 0) {
                Some(name) => out.write_str(name),
                None => write!(out, "{number}"),
            },
            Word::Unsigned(number) => match u32::try_from(*number).ok().and_then(four_characters) {
                Some(code) => write!(out, "'{code}'"),
                None if *number > 0xffff_ffff => write!(out, "{number:#x}"),
                None => write!(out, "{number}"),
            },
            Word::Return(code) => match return_name(*code) {
                Some(name) => out.write_str(name),
                None => write!(out, "{code:#010x}"),
            },
            Word::Code(code) => match four_characters(*code) {
                Some(code) => write!(out, "'{code}'"),
                None => write!(out, "{code:#010x}"),
            },
            Word::Text(text, is_cut) => write!(out, "{text:?}{}", if *is_cut { "…" } else { "" }),
            Word::Null => out.write_str("NULL"),
            Word::Object { number, class, value: None } => write!(out, "{class}#{number}"),
            Word::Object { class, value: Some(value), .. } if matches!(&**class, "OSString" | "OSSymbol") => {
                write!(out, "{class}({value:?})")
            }
            Word::Object { class, value: Some(value), .. } => write!(out, "{class}({value})"),
            Word::Metaclass(class) => write!(out, "{class}::metaClass"),
            Word::Block { number, offset: 0 } => write!(out, "block#{number}"),
            Word::Block { number, offset } => write!(out, "block#{number}+{offset:#x}"),
            Word::Symbol { function, offset: 0 } => out.write_str(&function.short),
            Word::Symbol { function, offset } => write!(out, "{}+{offset:#x}", function.short),
            Word::Place(place) => out.write_str(place),
        }
    }
}

//! A line's words, and how they are taken one after the other.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::ops::RangeInclusive;
use core::str::FromStr;

use protocol::script::{Device, Time, Unit};

use crate::error::{Error, right};

/// The longest time in thousandths of its unit: far beyond what anybody waits for, and no sum of a few of them overflows.
const LONGEST: u64 = 1 << 40;

/// Names of units, the first of each the one that is printed.
pub const UNITS: [(&str, Unit); 7] = [
    ("us", Unit::Microseconds),
    ("ms", Unit::Milliseconds),
    ("s", Unit::Seconds),
    ("frames", Unit::Frames),
    ("laps", Unit::Laps),
    ("frame", Unit::Frames),
    ("lap", Unit::Laps),
];

/// A word, or a text in quotation marks.
#[derive(Clone)]
struct Word {
    text: String,
    is_quoted: bool,
}

/// The words of a line.
#[derive(Clone)]
pub struct Words<'a> {
    line: u32,
    source: &'a str,
    list: Vec<Word>,
    next: usize,
}

impl<'a> Words<'a> {
    /// Splits a line.
    pub fn of(line: u32, source: &'a str) -> Result<Words<'a>, Error> {
        let mut words = Vec::new();
        let mut rest = source;
        loop {
            rest = rest.trim_start();
            match rest.chars().next() {
                None | Some('#') => break,
                Some('"') => {
                    let (text, length) = quoted(&rest[1..]).ok_or_else(|| {
                        Error::new(line, "a text does not end", "it ends with a quotation mark on the same line")
                    })?;
                    rest = &rest[1 + length..];
                    words.push(Word { text, is_quoted: true });
                }
                Some(_) => {
                    let end = |c: char| c.is_whitespace() || c == '#' || c == '"';
                    let length = rest.find(end).unwrap_or(rest.len());
                    words.push(Word { text: rest[..length].to_string(), is_quoted: false });
                    rest = &rest[length..];
                }
            }
        }
        let source = source[..source.len() - rest.len()].trim();
        Ok(Words { line, source, list: words, next: 0 })
    }

    /// The line without its comment.
    pub fn source(&self) -> String {
        self.source.to_string()
    }

    /// An error in this line.
    pub fn error(&self, wrong: impl Into<String>, right: impl Into<String>) -> Error {
        Error::new(self.line, wrong, right)
    }

    pub fn is_at_end(&self) -> bool {
        self.next == self.list.len()
    }

    /// The next word, if it is one and no text.
    pub fn peek(&self) -> Option<&str> {
        self.list.get(self.next).filter(|word| !word.is_quoted).map(|word| word.text.as_str())
    }

    /// Takes the next word if it is this one.
    pub fn take_if(&mut self, word: &str) -> bool {
        let is_it = self.peek() == Some(word);
        self.next += usize::from(is_it);
        is_it
    }

    /// What stands next, for messages.
    fn shown(&self) -> String {
        match self.list.get(self.next) {
            Some(word) => format!("\"{}\"", word.text.chars().take(60).collect::<String>()),
            None => "the end of the line".to_string(),
        }
    }

    /// Takes a word that must be this one.
    pub fn must(&mut self, word: &str) -> Result<(), Error> {
        if self.take_if(word) { Ok(()) } else { Err(self.unexpected(&format!("\"{word}\""))) }
    }

    /// The error of something that is not what it must be.
    pub fn unexpected(&self, wanted: &str) -> Error {
        self.error(format!("{} stands where {wanted} belongs", self.shown()), "the README of the format has all steps")
    }

    /// Nothing may stand behind.
    pub fn end(&self) -> Result<(), Error> {
        if self.is_at_end() {
            return Ok(());
        }
        Err(self
            .error(format!("{} is not part of this step", self.shown()), "leave it out or put it on a line of its own"))
    }

    /// Takes one of several words.
    pub fn choose<T: Clone>(&mut self, what: &str, choices: &[(&str, T)]) -> Result<T, Error> {
        let found = self.peek().and_then(|word| choices.iter().find(|(name, _)| *name == word));
        if let Some((_, choice)) = found {
            let choice = choice.clone();
            self.next += 1;
            return Ok(choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let word = self.peek().unwrap_or_default();
        Err(self.error(format!("{} is no {what}", self.shown()), right(word, &names)))
    }

    /// Takes a word that stands for something.
    pub fn word(&mut self, what: &str) -> Result<String, Error> {
        let word = self.peek().map(ToString::to_string).ok_or_else(|| self.unexpected(what))?;
        self.next += 1;
        Ok(word)
    }

    /// Takes a text in quotation marks.
    pub fn text(&mut self, what: &str) -> Result<String, Error> {
        let text = self.take_text();
        text.ok_or_else(|| self.unexpected(&format!("{what}, in quotation marks,")))
    }

    /// Takes a text in quotation marks if there is one.
    pub fn take_text(&mut self) -> Option<String> {
        let text = self.list.get(self.next).filter(|word| word.is_quoted).map(|word| word.text.clone());
        self.next += usize::from(text.is_some());
        text
    }

    /// Takes a whole number within limits.
    pub fn number<T>(&mut self, what: &str, limits: RangeInclusive<T>) -> Result<T, Error>
    where
        T: FromStr + PartialOrd + Display,
    {
        let number = self.peek().and_then(|word| word.parse().ok()).filter(|number| limits.contains(number));
        if number.is_some() {
            self.next += 1;
        }
        let (from, to) = limits.into_inner();
        number.ok_or_else(|| {
            self.error(format!("{} is no {what}", self.shown()), format!("it is a whole number from {from} to {to}"))
        })
    }

    /// Takes a time: a number and its unit.
    pub fn time(&mut self) -> Result<Time, Error> {
        let thousandths = self.peek().and_then(thousandths).filter(|&number| number <= LONGEST);
        let Some(thousandths) = thousandths else {
            let right = "a time is a number and its unit, as in 200 ms or 1.5 laps";
            return Err(self.error(format!("{} is no time", self.shown()), right));
        };
        self.next += 1;
        let unit = self.choose("unit", &UNITS)?;
        Ok(Time { thousandths, unit })
    }

    /// Takes a device: its number, or its UID or name.
    pub fn device(&mut self) -> Result<Device, Error> {
        if let Some(name) = self.take_text() {
            return Ok(Device::Named(name));
        }
        let word = self.word("a device's number, UID or name")?;
        match word.parse() {
            Ok(0) => Err(self.error("there is no device 0", "the first one is 1")),
            Ok(number) => Ok(Device::Number(number)),
            Err(_) => Ok(Device::Named(word)),
        }
    }

    /// Takes `on DEVICE` if it stands there.
    pub fn on_device(&mut self) -> Result<Option<Device>, Error> {
        if self.take_if("on") { self.device().map(Some) } else { Ok(None) }
    }
}

/// A text behind its opening quotation mark, and its length with the closing one.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(letters.next()?.1),
            other => text.push(other),
        }
    }
    None
}

/// A decimal number of at most three places, in thousandths.
fn thousandths(word: &str) -> Option<u64> {
    let (whole, places) = word.split_once('.').unwrap_or((word, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(places) || places.len() > 3 {
        return None;
    }
    let part = places.parse::<u64>().ok()? * 10_u64.pow(3 - places.len() as u32);
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part)
}

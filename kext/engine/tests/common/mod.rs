//! Property lists for definitions.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::atomic::AtomicU32;

use engine::config::Device;
use engine::path::cells_for;
use engine::plan::{Piece, Plan};
use engine::property::{Node, Value};

/// A property list.
#[derive(Clone, Debug)]
pub enum Plist {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<Plist>),
    Dictionary(BTreeMap<String, Plist>),
    Data,
}

impl<'a> Node<'a> for &'a Plist {
    fn value(self) -> Value<'a> {
        match self {
            Plist::Text(text) => Value::Text(text),
            Plist::Number(number) => Value::Number(*number),
            Plist::Flag(flag) => Value::Flag(*flag),
            Plist::List(_) => Value::List,
            Plist::Dictionary(_) => Value::Dictionary,
            Plist::Data => Value::Other,
        }
    }

    fn count(self) -> u32 {
        match self {
            Plist::List(list) => list.len() as u32,
            Plist::Dictionary(dictionary) => dictionary.len() as u32,
            _ => 0,
        }
    }

    fn element(self, index: u32) -> Option<Self> {
        if let Plist::List(list) = self { list.get(index as usize) } else { None }
    }

    fn member(self, key: &CStr) -> Option<Self> {
        if let Plist::Dictionary(dictionary) = self { dictionary.get(key.to_str().ok()?) } else { None }
    }
}

pub fn text(text: &str) -> Plist {
    Plist::Text(text.to_owned())
}

pub fn numbers(numbers: &[u32]) -> Plist {
    Plist::List(numbers.iter().map(|number| Plist::Number(u64::from(*number))).collect())
}

/// The least definition, with changes.
pub fn with(changes: &[(&str, Plist)]) -> Plist {
    let least = [("Name", text("Loopflower 2ch")), ("UID", text("loopflower:2ch")), ("Channels", Plist::Number(2))];
    let all = least.iter().chain(changes).map(|(key, value)| ((*key).to_owned(), value.clone()));
    Plist::Dictionary(all.collect())
}

/// A device of two channels that begins at a rate, in Float32.
pub fn stereo(rate: u32) -> Device {
    Device::new(&with(&[("Rates", numbers(&[rate]))])).unwrap()
}

/// Memory for the levels of an engine with two channels.
pub fn cells() -> &'static [AtomicU32] {
    (0..cells_for(2)).map(|_| AtomicU32::new(u32::MAX)).collect::<Vec<_>>().leak()
}

/// What a plan does.
pub fn pieces<'a>(plan: &Plan<'a>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let all: Result<(), ()> = plan.try_for_each(|piece| {
        pieces.push(*piece);
        Ok(())
    });
    all.unwrap();
    pieces
}

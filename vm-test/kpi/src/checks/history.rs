//! Who retained and released objects, as far back as a ring of fixed size reaches.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::global::Global;
use crate::heap::Site;

/// Entries of the ring.
const ENTRIES: usize = 8192;
/// Places that are told at most, of each kind.
const PLACES: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Retained,
    Released,
    Freed,
}

struct Entry {
    object: usize,
    change: Change,
    by: Site,
}

static RING: Global<VecDeque<Entry>> = Global::new(VecDeque::new());

fn note(object: usize, change: Change) {
    let by = Site::here();
    let mut ring = RING.borrow();
    if ring.len() == ENTRIES {
        ring.pop_front();
    }
    ring.push_back(Entry { object, change, by });
}

/// The running thread retains an object.
pub fn retained(object: usize) {
    note(object, Change::Retained);
}

/// The running thread releases an object.
pub fn released(object: usize) {
    note(object, Change::Released);
}

/// An object's life ends: what comes is another's.
pub fn freed(object: usize) {
    note(object, Change::Freed);
}

/// What is known of an object's references, in words that go on a sentence; "" for nothing.
pub fn of(object: usize) -> String {
    let Some(ring) = RING.try_borrow() else { return String::new() };
    let mut life: Vec<&Entry> = Vec::new();
    for entry in ring.iter().rev().filter(|entry| entry.object == object) {
        if entry.change != Change::Freed {
            life.push(entry);
        } else if !life.is_empty() {
            break;
        }
    }
    life.reverse();
    let parts = [(Change::Retained, "retained"), (Change::Released, "released")];
    let told = parts.map(|(change, verb)| places(&life, change, verb));
    told.concat()
}

fn places(life: &[&Entry], change: Change, verb: &str) -> String {
    let mut places: Vec<(Site, u32)> = Vec::new();
    for entry in life.iter().filter(|entry| entry.change == change) {
        match places.iter_mut().find(|(site, _)| *site == entry.by) {
            Some((_, times)) => *times += 1,
            None => places.push((entry.by, 1)),
        }
    }
    let mut text = String::new();
    for (index, (site, times)) in places.iter().take(PLACES).enumerate() {
        let start = if index == 0 { format!("; {verb} ") } else { " and ".into() };
        let times = if *times == 1 { String::new() } else { format!("{times} times ") };
        write!(text, "{start}{times}{site}").unwrap_or_default();
    }
    if places.len() > PLACES {
        write!(text, " and at {} more places", places.len() - PLACES).unwrap_or_default();
    }
    text
}

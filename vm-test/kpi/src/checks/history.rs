//! Which places in kexts retained and released objects, as far back as a ring of fixed size reaches.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::boundary;
use crate::global::Global;
use crate::heap::{self, Site};

/// Entries of the ring.
const ENTRIES: usize = 8192;
/// Places that are told at most, of each kind.
const PLACES: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Retained,
    Released,
}

struct Entry {
    object: usize,
    /// Allocations that there had been: what was before the object's own is another object's.
    at: heap::Mark,
    change: Change,
    by: Site,
}

static RING: Global<VecDeque<Entry>> = Global::new(VecDeque::new());

fn note(object: usize, change: Change) {
    // What the kernel does within a call is balanced, and there is much of it.
    if !boundary::is_called_by_kext() {
        return;
    }
    let entry = Entry { object, at: heap::mark(), change, by: Site::here() };
    let mut ring = RING.borrow();
    if ring.len() == ENTRIES {
        ring.pop_front();
    }
    ring.push_back(entry);
}

/// The running thread retains an object; it is noted if a kext asked for that itself.
pub fn retained(object: usize) {
    note(object, Change::Retained);
}

/// The running thread releases an object; likewise.
pub fn released(object: usize) {
    note(object, Change::Released);
}

/// What is known of the references of an object, live or freed, in words that go on a sentence; "" for nothing.
pub fn of(object: usize) -> String {
    let born = heap::allocated_at(object);
    let Some(ring) = RING.try_borrow() else { return String::new() };
    let is_its = |entry: &&Entry| entry.object == object && born.is_some_and(|born| born <= entry.at);
    let life: Vec<&Entry> = ring.iter().filter(is_its).collect();
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

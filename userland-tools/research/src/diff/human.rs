//! A difference as text: `+` came, `-` went, `~` moved or became something else.

use std::fmt::{self, Write as _};

use super::{ClassDiff, Diff, Export, FieldChange, SlotChange};
use crate::names::demangle;

impl fmt::Display for Diff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        let what = self.class.as_deref().unwrap_or("all classes and exports");
        let _ = writeln!(out, "{what}, from {} to {}", self.from, self.to);
        let before = out.len();
        self.of_classes(&mut out);
        self.of_exports(&mut out);
        title(&mut out, "deprecated", self.deprecated.len());
        for one in &self.deprecated {
            let since = if one.since == "y" { String::new() } else { format!("  since {}", one.since) };
            let _ = writeln!(out, "  ~ {}{since}", one.signature);
        }
        if out.len() == before {
            out.push_str("nothing came, went or moved\n");
        }
        formatter.write_str(&out)
    }
}

fn title(out: &mut String, title: &str, count: usize) {
    if count > 0 {
        let _ = writeln!(out, "\n{title}: {count}");
    }
}

impl Diff {
    fn of_classes(&self, out: &mut String) {
        title(out, "classes that came or went", self.classes_came.len() + self.classes_went.len());
        self.classes_came.iter().for_each(|name| {
            let _ = writeln!(out, "  + {name}");
        });
        self.classes_went.iter().for_each(|name| {
            let _ = writeln!(out, "  - {name}");
        });
        title(out, "classes that changed", self.classes.len());
        self.classes.iter().for_each(|class| of_class(out, class));
    }

    fn of_exports(&self, out: &mut String) {
        let line = |out: &mut String, sign: char, export: &Export| {
            let name = demangle(export.symbol);
            let _ = writeln!(out, "  {sign} {name}  {}", export.components.join(", "));
        };
        title(out, "exports that came", self.exports_came.len());
        self.exports_came.iter().for_each(|export| line(out, '+', export));
        title(out, "exports that went", self.exports_went.len());
        self.exports_went.iter().for_each(|export| line(out, '-', export));
        title(out, "exports that another component has", self.exports_moved.len());
        for moved in &self.exports_moved {
            let (from, to) = (moved.from.join(", "), moved.to.join(", "));
            let _ = writeln!(out, "  ~ {}  {from} -> {to}", demangle(moved.symbol));
        }
    }
}

fn of_class(out: &mut String, class: &ClassDiff) {
    let _ = writeln!(out, "  {}", class.name);
    if let Some((from, to)) = class.superclass {
        let name = |class: Option<&'static str>| class.unwrap_or("none");
        let _ = writeln!(out, "    ~ superclass {} -> {}", name(from), name(to));
    }
    let numbers = [("bytes", class.size), ("bytes in the kernel", class.kernel_size), ("slots", class.slot_count)];
    for (what, moved) in numbers.into_iter().filter_map(|(what, moved)| Some((what, moved?))) {
        let _ = writeln!(out, "    ~ {} -> {} {what}", moved.from, moved.to);
    }
    class.fields.iter().for_each(|field| of_field(out, field));
    let mut rest = class.slots.as_slice();
    while let [first, ..] = rest {
        let group = rest.iter().zip(0..).take_while(|(slot, index)| follows(first, slot, *index)).count().max(1);
        of_slots(out, &rest[..group]);
        rest = &rest[group..];
    }
}

/// Whether a slot moved as far as the first of a row of slots, of which it is the `index`-th.
fn follows(first: &SlotChange, slot: &SlotChange, index: u32) -> bool {
    let moved = |slot: &SlotChange| slot.from.zip(slot.to);
    moved(first).zip(moved(slot)).is_some_and(|(first, it)| it == (first.0 + index, first.1 + index))
}

/// Slots that moved together, or one.
fn of_slots(out: &mut String, group: &[SlotChange]) {
    let first = &group[0];
    let name = demangle(first.symbol);
    let other = first.other.map(demangle).unwrap_or_default();
    let _ = match (first.from, first.to, group.len()) {
        (Some(from), Some(to), 1) => writeln!(out, "    ~ slot {from} -> {to}  {name}"),
        (Some(from), Some(to), count) => {
            let count = count as u32 - 1;
            writeln!(out, "    ~ slots {from} to {} -> {to} to {}  from {name} on", from + count, to + count)
        }
        (None, Some(to), _) if other.is_empty() => writeln!(out, "    + slot {to}  {name}"),
        (None, Some(to), _) => writeln!(out, "    + slot {to}  {name}, where {other} was"),
        (Some(from), None, _) if other.is_empty() => writeln!(out, "    - slot {from}  {name}"),
        (Some(from), None, _) => writeln!(out, "    - slot {from}  {name}, where {other} is"),
        (None, None, _) => Ok(()),
    };
}

fn of_field(out: &mut String, field: &FieldChange) {
    let facts = |(type_name, offset, size): (&str, u32, u32)| format!("{type_name} at {offset}, {size} bytes");
    let _ = match (field.from.map(facts), field.to.map(facts)) {
        (Some(from), Some(to)) => writeln!(out, "    ~ field {}: {from} -> {to}", field.name),
        (None, Some(to)) => writeln!(out, "    + field {}: {to}", field.name),
        (Some(from), None) => writeln!(out, "    - field {}: {from}", field.name),
        (None, None) => Ok(()),
    };
}

//! A class on two targets.

use std::collections::{BTreeMap, BTreeSet};

use abi::tables::{Class, Classes, Field};
use serde::Serialize;

/// A number that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// What it was.
    pub from: u32,
    /// What it is.
    pub to: u32,
}

impl Moved {
    /// Both, where they are not the same.
    fn if_so(from: u32, to: u32) -> Option<Moved> {
        (from != to).then_some(Moved { from, to })
    }
}

/// What is otherwise with a class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassDiff {
    /// Its name.
    pub name: &'static str,
    /// Superclasses before and now, where it has another.
    pub superclass: Option<(Option<&'static str>, Option<&'static str>)>,
    /// sizeof in bytes.
    pub size: Option<Moved>,
    /// sizeof in bytes inside the kernel.
    pub kernel_size: Option<Moved>,
    /// Number of slots.
    pub slot_count: Option<Moved>,
    /// Its own slots, those that it introduces or overrides, that are otherwise; padding is left out.
    pub slots: Vec<SlotChange>,
    /// Its own fields that are otherwise.
    pub fields: Vec<FieldChange>,
}

/// A function that came into a vtable, left it, or moved in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotChange {
    /// Mach-O name.
    pub symbol: &'static str,
    /// The slot where it was.
    pub from: Option<u32>,
    /// The slot where it is.
    pub to: Option<u32>,
    /// Of one that came, what was in its slot; of one that went, what is there now.
    pub other: Option<&'static str>,
}

/// A field that came, went or moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub name: &'static str,
    /// Type, offset and size in bytes as they were.
    pub from: Option<(&'static str, u32, u32)>,
    /// As they are.
    pub to: Option<(&'static str, u32, u32)>,
}

impl ClassDiff {
    /// Compares a class of the old tables with that of the new ones.
    pub fn of(old: &Class, new: &Class, tables: (&Classes, &Classes), fields: (&[Field], &[Field])) -> ClassDiff {
        ClassDiff {
            name: new.name,
            superclass: (old.superclass != new.superclass).then_some((old.superclass, new.superclass)),
            size: Moved::if_so(old.size, new.size),
            kernel_size: Moved::if_so(old.kernel_size, new.kernel_size),
            slot_count: Moved::if_so(old.slots, new.slots),
            slots: slots(old, new, tables),
            fields: fields_of(new.name, fields),
        }
    }

    /// Whether nothing is otherwise.
    pub fn is_empty(&self) -> bool {
        self.superclass.is_none()
            && self.size.is_none()
            && self.kernel_size.is_none()
            && self.slot_count.is_none()
            && self.slots.is_empty()
            && self.fields.is_empty()
    }
}

fn slots(old: &Class, new: &Class, tables: (&Classes, &Classes)) -> Vec<SlotChange> {
    let (before, after) = (tables.0.vtable(old), tables.1.vtable(new));
    let own = |table: &[abi::tables::Slot]| -> BTreeMap<&'static str, u32> {
        let own = table.iter().enumerate().filter(|(_, slot)| slot.defined_in == new.name && !slot.is_reserved());
        own.map(|(index, slot)| (slot.symbol, index as u32)).collect()
    };
    let (was, is) = (own(&before), own(&after));
    let symbols: BTreeSet<&'static str> = was.keys().chain(is.keys()).copied().collect();
    let change = |symbol: &'static str| {
        let (from, to) = (was.get(symbol).copied(), is.get(symbol).copied());
        let in_table = |table: &[abi::tables::Slot], slot: Option<u32>| {
            slot.and_then(|slot| table.get(slot as usize)).map(|slot| slot.symbol)
        };
        let other = if from.is_none() { in_table(&before, to) } else { in_table(&after, from) };
        let other = other.filter(|_| from.is_none() || to.is_none());
        (from != to).then_some(SlotChange { symbol, from, to, other })
    };
    let mut changes: Vec<SlotChange> = symbols.into_iter().filter_map(change).collect();
    changes.sort_by_key(|change| (change.to.or(change.from), change.symbol));
    changes
}

fn fields_of(class: &str, fields: (&[Field], &[Field])) -> Vec<FieldChange> {
    type Facts = (&'static str, u32, u32);
    let of_class = |fields: &[Field]| -> BTreeMap<&'static str, Facts> {
        let own = fields.iter().filter(|field| field.owner == class);
        own.map(|field| (field.name, (field.type_name, field.offset, field.size))).collect()
    };
    let (was, is) = (of_class(fields.0), of_class(fields.1));
    let names: BTreeSet<&'static str> = was.keys().chain(is.keys()).copied().collect();
    let change = |name: &'static str| FieldChange { name, from: was.get(name).copied(), to: is.get(name).copied() };
    let mut changes: Vec<FieldChange> = names.into_iter().map(change).filter(|one| one.from != one.to).collect();
    changes.sort_by_key(|change| (change.to.or(change.from).map(|facts| facts.1), change.name));
    changes
}

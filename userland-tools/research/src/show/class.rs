//! What is known of a class.

use std::collections::BTreeSet;

use abi::tables::{self, Class};
use abi::{Arch, Release, Span, Target};
use serde::Serialize;

use super::symbol::FAMILY;
use crate::Place;
use crate::map::{self, Counterpart};
use crate::names::of_signature;
use crate::notes::{self, Note};

/// What is known of a class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassFacts {
    /// Its name.
    pub name: &'static str,
    /// Identifier of the bundle that has it; absent for the kernel's own.
    pub component: Option<&'static str>,
    /// The header that a kext includes, or the file that declares it where none does.
    pub header: &'static str,
    /// "family" or "kernel": whose internal file that is.
    pub internal: Option<&'static str>,
    /// Size and slots, a row for each that differs.
    pub states: Vec<StateOfClass>,
    /// The macOS version since which headers mark functions of it as deprecated.
    pub deprecated_since: Option<&'static str>,
    /// How many of its functions they mark so.
    pub deprecated_functions: usize,
    /// Number of functions that its headers declare, at any time.
    pub functions: usize,
    /// What takes its place; absent where none is recorded.
    pub counterpart: Option<Counterpart>,
    /// How it behaves.
    pub notes: Vec<Note>,
    /// The layout on the target; without one, on the newest release that has the class. Absent where the target lacks it.
    pub layout: Option<Layout>,
}

/// A class on some targets.
#[derive(Clone, Debug, Serialize)]
pub struct StateOfClass {
    /// Superclass.
    pub superclass: Option<&'static str>,
    /// sizeof in bytes, by the public headers.
    pub size: u32,
    /// sizeof in bytes inside the kernel.
    pub kernel_size: u32,
    /// Number of slots after the vtable's two header words.
    pub slots: u32,
    /// Where it is so.
    pub on: Place,
}

/// A class on one target.
#[derive(Clone, Debug, Serialize)]
pub struct Layout {
    /// Release and processor ("10.14 x86_64").
    pub target: String,
    /// Superclasses, the nearest first.
    pub superclasses: Vec<&'static str>,
    /// sizeof in bytes.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
    /// Bytes used by fields: where a subclass's first field may start.
    pub data_size: u32,
    /// Whether some slot is pure virtual.
    pub is_abstract: bool,
    /// Number of slots.
    pub slots: u32,
    /// Its own fields in memory order.
    pub fields: Vec<FieldFact>,
    /// The slots that it introduces or overrides, in order.
    pub own_slots: Vec<SlotOfClass>,
    /// Names of its functions that are in no vtable.
    pub other_functions: Vec<&'static str>,
}

/// A field.
#[derive(Clone, Debug, Serialize)]
pub struct FieldFact {
    /// Its name.
    pub name: &'static str,
    /// Type as the header spells it.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// Bytes from the object's start (from the outer field's for a member of one).
    pub offset: u32,
    /// sizeof in bytes.
    pub size: u32,
    /// First bit and width, of a bit field.
    pub bits: Option<(u32, u32)>,
    /// "public", "protected" or "private".
    pub access: Option<&'static str>,
}

/// A slot of a class's vtable.
#[derive(Clone, Debug, Serialize)]
pub struct SlotOfClass {
    /// Number after the vtable's two header words.
    pub slot: u32,
    /// Mach-O name.
    pub symbol: &'static str,
    /// Types and name, where a header declares it.
    pub signature: Option<&'static str>,
    /// "new", "override", or "reserved" for padding.
    pub kind: &'static str,
    /// Whether it is pure virtual.
    pub pure: bool,
    /// The class that introduced the slot.
    pub introduced_by: &'static str,
    /// The macOS version since which the method is deprecated.
    pub deprecated: Option<&'static str>,
}

/// What is known of the class `name`, which the tables have.
pub fn facts(name: &'static str, target: Option<Target>) -> ClassFacts {
    let rows: Vec<(Class, Span)> = tables::every_class().filter(|(class, _)| class.name == name).collect();
    let all = rows.iter().map(|(_, on)| *on).reduce(Span::union);
    let target = target.or_else(|| all.and_then(newest));
    let newest = rows.last().map(|(class, _)| class.clone());
    let functions: Vec<_> = tables::every_function().filter(|function| function.class == Some(name)).collect();
    let symbols: BTreeSet<&str> = functions.iter().map(|function| function.symbol).collect();
    let marked: BTreeSet<&str> =
        functions.iter().filter(|function| function.deprecated.is_some()).map(|function| function.symbol).collect();
    let since = functions.iter().filter_map(|function| function.deprecated).find(|version| *version != "y");
    ClassFacts {
        name,
        component: newest.as_ref().filter(|class| class.is_in_family()).map(|_| FAMILY),
        header: newest.as_ref().map_or("", |class| class.header),
        internal: newest.as_ref().and_then(|class| class.internal),
        states: rows.iter().map(|(class, on)| state(class, *on)).collect(),
        deprecated_since: since,
        deprecated_functions: marked.len(),
        functions: symbols.len(),
        counterpart: map::counterpart("class", name),
        notes: notes::about(name),
        layout: target.and_then(|target| layout(name, target)),
    }
}

/// The newest release that a span holds for, on x86_64 if on that at all.
fn newest(on: Span) -> Option<Target> {
    let on_arch = |arch| on.releases(arch).last().map(|release: Release| Target { release, arch });
    on_arch(Arch::X86_64).or_else(|| on_arch(Arch::Arm64e))
}

fn state(class: &Class, on: Span) -> StateOfClass {
    StateOfClass {
        superclass: class.superclass,
        size: class.size,
        kernel_size: class.kernel_size,
        slots: class.slots,
        on: Place(on),
    }
}

fn layout(name: &str, target: Target) -> Option<Layout> {
    let classes = tables::classes(target);
    let class = classes.get(name)?;
    let above = |name: &&'static str| classes.get(name).and_then(|class| class.superclass);
    let functions: Vec<_> = tables::functions(target).filter(|function| function.class == Some(class.name)).collect();
    let function = |symbol: &str| functions.iter().find(|function| function.symbol == symbol);
    let table = classes.vtable(class);
    let slots = table.iter().enumerate().filter(|(_, slot)| slot.defined_in == class.name);
    let own_slots: Vec<SlotOfClass> = slots
        .map(|(index, slot)| SlotOfClass {
            slot: index as u32,
            symbol: slot.symbol,
            signature: function(slot.symbol).map(|function| function.signature),
            kind: match slot.introduced_by == class.name {
                true if slot.is_reserved() => "reserved",
                true => "new",
                false => "override",
            },
            pure: slot.is_pure,
            introduced_by: slot.introduced_by,
            deprecated: function(slot.symbol).and_then(|function| function.deprecated),
        })
        .collect();
    let in_table: BTreeSet<&str> = own_slots.iter().map(|slot| slot.symbol).collect();
    let others = functions.iter().filter(|function| !in_table.contains(function.symbol));
    let others: BTreeSet<&str> = others.map(|function| of_signature(function.signature, function.class)).collect();
    Some(Layout {
        target: target.to_string(),
        superclasses: std::iter::successors(class.superclass, above).collect(),
        size: class.size,
        align: class.align,
        data_size: class.data_size,
        is_abstract: class.is_abstract,
        slots: class.slots,
        fields: tables::fields(target).filter(|field| field.owner == name).map(|field| fact(&field)).collect(),
        own_slots,
        other_functions: others.into_iter().collect(),
    })
}

fn fact(field: &tables::Field) -> FieldFact {
    FieldFact {
        name: field.name,
        type_name: field.type_name,
        offset: field.offset,
        size: field.size,
        bits: field.bits,
        access: field.access,
    }
}

//! A kext's classes, from how a release links it.

use std::collections::BTreeMap;

use abi::pack::Pack;
use kext_link::link::{Linked, Slot};
use serde::Serialize;

use super::link::{Done, symbol_at};
use crate::names::demangle;

/// A class of a kext.
#[derive(Clone, Debug, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// The superclass, where the kext's symbols tell it.
    pub superclass: Option<String>,
    /// The nearest superclass that is not the kext's own.
    pub ancestor: Option<String>,
    /// The slots that it overrides, in order.
    pub overrides: Vec<Override>,
    /// How many slots it adds.
    pub added: usize,
    /// Slots of its superclasses that are reserved on some release and used as of a later one.
    pub moved: Vec<Moved>,
}

/// An overridden slot.
#[derive(Clone, Debug, Serialize)]
pub struct Override {
    /// Number after the vtable's two header words.
    pub slot: usize,
    /// The method, as its first class names it.
    pub method: String,
    /// The kext's function; empty where it has no name.
    pub function: String,
}

/// A slot that was reserved and is used by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Number after the vtable's two header words.
    pub slot: usize,
    /// What it was.
    pub reserved: String,
    /// What it is.
    pub used: String,
    /// The first release on which it is that.
    pub since: String,
    /// Whether the kext has a function of its own there: which then is called for another purpose than it has.
    pub overridden: bool,
}

/// What a symbol of a class begins with, by the class's mangled name.
const VTABLE: &str = "__ZTV";
const OF_METACLASS: &str = "9MetaClassE";

/// The classes of the kext that comes last in `done`, by name; `packs` are all releases, oldest first.
pub fn classes(pack: &Pack<'_>, done: &Done, packs: &[Pack<'_>]) -> Vec<Class> {
    let Some((_, linked)) = done.kexts.last() else { return Vec::new() };
    let names: BTreeMap<u64, &str> =
        done.kexts.iter().flat_map(|(_, linked)| &linked.symbols).map(|it| (it.address, it.name.as_str())).collect();
    let name_at = |address| names.get(&address).copied().or_else(|| symbol_at(pack, address));
    let tables: BTreeMap<&str, &[Slot]> = (done.kexts.iter())
        .flat_map(|(_, linked)| &linked.vtables)
        .filter_map(|(name, slots)| Some((name.strip_prefix(VTABLE)?, slots.as_slice())))
        .filter(|(class, _)| !class.ends_with(OF_METACLASS))
        .collect();
    let superclass = |class: &str| superclass(class, done, &name_at);
    let one = |class: &str, slots: &[Slot]| {
        let parent = superclass(class);
        let chain: Vec<String> = std::iter::successors(parent.clone(), |class| superclass(class)).take(64).collect();
        let ancestor = chain.iter().map(|class| plain(class)).find(|class| pack.class(class).is_some());
        let known = ancestor.as_deref().and_then(|class| pack.class(class)).map(|(_, class)| class);
        let inherited: &[Slot] = parent.as_deref().and_then(|parent| tables.get(parent).copied()).unwrap_or_default();
        let is_own = |slot: &Slot| (linked.base..linked.base + linked.image.len() as u64).contains(&slot.address);
        let above = inherited.len().max(known.map_or(0, |class| class.vtable.len()));
        let own = slots.iter().enumerate().take(above).filter(|(index, slot)| {
            is_own(slot) && inherited.get(*index).is_none_or(|inherited| inherited.address != slot.address)
        });
        let overrides: Vec<Override> = own
            .map(|(index, slot)| {
                let function = names.get(&slot.address).map(|name| demangle(name)).unwrap_or_default();
                let method =
                    known.and_then(|class| class.methods.get(index)).map(|&symbol| pack.symbols[symbol as usize].name);
                Override { slot: index, method: method.map_or_else(|| function.clone(), demangle), function }
            })
            .collect();
        Class {
            name: plain(class),
            superclass: parent.as_deref().map(plain),
            added: slots.len().saturating_sub(above),
            moved: ancestor.as_deref().map_or_else(Vec::new, |class| moved(class, packs, &overrides)),
            ancestor,
            overrides,
        }
    };
    let own = linked.vtables.iter().filter_map(|(name, slots)| Some((name.strip_prefix(VTABLE)?, slots)));
    let mut classes: Vec<Class> =
        own.filter(|(class, _)| !class.ends_with(OF_METACLASS)).map(|(class, slots)| one(class, slots)).collect();
    classes.sort_by(|left, right| left.name.cmp(&right.name));
    classes
}

/// The mangled name of a class's superclass, from the variable in which the class keeps it.
fn superclass<'n>(class: &str, done: &Done, name_at: &impl Fn(u64) -> Option<&'n str>) -> Option<String> {
    let variable = format!("__ZN{}10superClassE", inner(class));
    let holder = |linked: &Linked| {
        let at = linked.symbols.iter().find(|symbol| symbol.name == variable)?.address;
        let start = usize::try_from(at.checked_sub(linked.base)?).ok()?;
        Some(u64::from_le_bytes(linked.image.get(start..start.checked_add(8)?)?.try_into().ok()?))
    };
    let address = done.kexts.iter().rev().find_map(|(_, linked)| holder(linked))?;
    let object = name_at(address)?.strip_prefix("__ZN")?.strip_suffix("10gMetaClassE")?;
    // Inside of a namespace there is more than one name.
    let digits = object.bytes().take_while(u8::is_ascii_digit).count();
    let is_plain = object[..digits].parse() == Ok(object.len() - digits);
    Some(if is_plain { object.to_owned() } else { format!("N{object}E") })
}

/// A mangled class's name without what surrounds it inside of a namespace.
fn inner(class: &str) -> &str {
    class.strip_prefix('N').and_then(|class| class.strip_suffix('E')).unwrap_or(class)
}

/// A class's name as people write it.
fn plain(class: &str) -> String {
    let name = demangle(&format!("__ZTV{class}"));
    name.strip_prefix("{vtable(").and_then(|name| name.strip_suffix(")}")).unwrap_or(&name).to_owned()
}

/// The slots of `class` that are reserved on a release and used as of a later one.
fn moved(class: &str, packs: &[Pack<'_>], overrides: &[Override]) -> Vec<Moved> {
    let tables = packs.iter().filter_map(|pack| Some((pack, pack.class(class)?.1)));
    let mut reserved: BTreeMap<usize, &str> = BTreeMap::new();
    let mut moved: BTreeMap<usize, Moved> = BTreeMap::new();
    for (pack, table) in tables {
        for (slot, &symbol) in table.methods.iter().enumerate() {
            let name = pack.symbols[symbol as usize].name;
            if name.contains("_RESERVED") {
                reserved.entry(slot).or_insert(name);
            } else if let Some(pad) = reserved.get(&slot) {
                moved.entry(slot).or_insert_with(|| Moved {
                    slot,
                    reserved: demangle(pad),
                    used: demangle(name),
                    since: pack.release.to_owned(),
                    overridden: overrides.iter().any(|own| own.slot == slot),
                });
            }
        }
    }
    moved.into_values().collect()
}

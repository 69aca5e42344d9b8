//! Stand-ins for the families of hardware: components made of what a kext asks of them. A call stops the run with the
//! function's name; a class is there for casts and has no instances. So a driver for hardware links, loads, matches nothing and
//! unloads.

use std::collections::BTreeSet;

use abi::pack::{Component, Pack};

use crate::bundle::Bundle;
use crate::imports::imports;

/// A family, and what the names of its symbols have in them.
type Family = (&'static str, &'static [&'static str]);

/// The more particular first: a name goes to the first family that a kext names and that has it.
const FAMILIES: [Family; 3] = [
    ("com.apple.iokit.IOPCIFamily", &["PCI", "IOAGP"]),
    ("com.apple.iokit.IOUSBHostFamily", &["USBHost"]),
    ("com.apple.iokit.IOUSBFamily", &["USB"]),
];

/// A family that is to stand in, with the version that is asked for and the symbols.
#[derive(Debug, PartialEq, Eq)]
struct StandIn {
    identifier: &'static str,
    version: String,
    symbols: BTreeSet<String>,
}

/// The bytes of a pack with the stand-ins that kexts need; `None` when they need none.
pub fn with_stand_ins(pack: &Pack<'_>, kexts: &[&Bundle]) -> Option<Vec<u8>> {
    let needed: Vec<StandIn> = FAMILIES.iter().filter_map(|family| stand_in(family, pack, kexts)).collect();
    let mut extended = None;
    for StandIn { identifier, version, symbols } in &needed {
        let component = Component { identifier, version, compatible: version };
        let names: Vec<&str> = symbols.iter().map(String::as_str).collect();
        extended = Some(extended.as_ref().unwrap_or(pack).with_component(component, &names));
    }
    extended.map(|pack| pack.to_bytes())
}

fn stand_in((identifier, _): &Family, pack: &Pack<'_>, kexts: &[&Bundle]) -> Option<StandIn> {
    if kexts.iter().any(|kext| kext.kext.identifier == *identifier) {
        return None;
    }
    let asks = |kext: &&&Bundle| kext.kext.libraries.iter().any(|(library, _)| library == identifier);
    let version = kexts.iter().find(asks)?.kext.libraries.iter().find(|(library, _)| library == identifier)?.1.clone();
    let names = kexts.iter().filter(asks).flat_map(|kext| imports(&kext.executable).unwrap_or_default());
    let is_exported = |name: &str| {
        let known = pack.symbol(name).map(|index| &pack.symbols[index as usize]);
        known.is_some_and(|symbol| !symbol.exported_by.is_empty())
    };
    let symbols = names.filter(|name| !is_exported(name) && owner(name, kexts) == Some(*identifier)).collect();
    Some(StandIn { identifier, version, symbols })
}

/// The family that a symbol belongs to, of those that kexts name.
fn owner(symbol: &str, kexts: &[&Bundle]) -> Option<&'static str> {
    let named = |identifier: &str| {
        kexts.iter().any(|kext| kext.kext.libraries.iter().any(|(library, _)| library == identifier))
    };
    let family =
        FAMILIES.iter().find(|(identifier, marks)| named(identifier) && marks.iter().any(|mark| symbol.contains(mark)));
    family.map(|(identifier, _)| *identifier)
}

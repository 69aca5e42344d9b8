//! Imports: what the kext takes from the libraries that it names.

use alloc::string::String;
use core::fmt::Write;

use crate::Refusal;
use crate::libraries::Libraries;
use crate::object::{Binding, Object, Place, Symbol};

/// A symbol of this name in a kext says that it asks whether its weak imports were found.
const WEAK_TEST: &str = "_gOSKextUnresolved";
/// What a weak import that was not found becomes the address of.
pub const WEAK_FILLER: &str = "_kext_weak_symbol_referenced";

/// Refuses what the kext defines and a library exports too.
pub(crate) fn duplicates(object: &Object<'_>, libraries: &Libraries<'_>) -> Result<(), Refusal> {
    let mut list = String::new();
    let mut first = "";
    for symbol in object.symbols.iter().filter(|symbol| symbol.is_exported()) {
        if let Some(other) = libraries.export(&symbol.name).filter(|other| *other != symbol.link) {
            let _ = write!(list, "\n\t{}: {:#x} - {other:#x}", symbol.name, symbol.link);
            first = if first.is_empty() { &symbol.name } else { first };
        }
    }
    if list.is_empty() {
        return Ok(());
    }
    Err(Refusal::said(
        format_args!("The following symbols were defined more than once:{list}"),
        format_args!("A library of OSBundleLibraries exports {first} too: hide it (private extern) or rename it."),
    ))
}

/// Refuses common symbols.
pub(crate) fn commons(object: &Object<'_>) -> Result<(), Refusal> {
    let list = listed(object.symbols.iter().filter(|symbol| symbol.place == Place::Common));
    if list.is_empty() {
        return Ok(());
    }
    Err(Refusal::said(
        format_args!(
            "Common symbols are not supported in kernel extensions. Use -fno-common to build your kext. The following are \
             common symbols:{list}"
        ),
        "These are undefined symbols with a value (their size).",
    ))
}

/// Gives imports their addresses and says how many got one. What is not found stays for [`unresolved`]: patching may yet
/// replace it.
pub(crate) fn imports(object: &mut Object<'_>, libraries: &Libraries<'_>) -> Result<u32, Refusal> {
    let tests_for_weak = object.symbols.iter().any(|symbol| symbol.name == WEAK_TEST);
    let mut count = 0;
    for symbol in &mut object.symbols {
        let name = match symbol.place {
            Place::Undefined => &*symbol.name,
            Place::Indirect(alias) => alias,
            _ => continue,
        };
        let address = match libraries.export(name) {
            Some(address) => address,
            None if symbol.weak => weak(symbol, tests_for_weak, libraries)?,
            None => continue,
        };
        symbol.link = address;
        symbol.place = Place::Absolute;
        symbol.external = true;
        symbol.binding = Binding::Library;
        count += 1;
    }
    Ok(count)
}

fn weak(symbol: &Symbol<'_>, tests_for_weak: bool, libraries: &Libraries<'_>) -> Result<u64, Refusal> {
    if !tests_for_weak {
        return Err(Refusal::said(
            "This kext has weak references but does not test for them. Test for weak references with \
             OSKextSymbolIsResolved(). (found in <libkern/OSKextLib.h>)",
            format_args!("No library exports {}, and no symbol {WEAK_TEST} is in the table.", symbol.name),
        ));
    }
    libraries.export(WEAK_FILLER).ok_or_else(|| {
        Refusal::silent(
            format_args!("no library offers {WEAK_FILLER}, which the weak import {} needs", symbol.name),
            "The machine must offer it, with the address that _gOSKextUnresolved holds.",
        )
    })
}

/// Refuses imports that neither a library nor patching has satisfied.
pub(crate) fn unresolved(object: &Object<'_>) -> Result<(), Refusal> {
    let list = listed(object.symbols.iter().filter(|symbol| symbol.is_unresolved()));
    if list.is_empty() {
        return Ok(());
    }
    Err(Refusal::said(
        format_args!("The following symbols are unresolved for this kext:{list}"),
        "No library of OSBundleLibraries exports them on this release, and they stand elsewhere than in vtable slots that \
         are patched.",
    ))
}

fn listed<'o>(symbols: impl Iterator<Item = &'o Symbol<'o>>) -> String {
    symbols.flat_map(|symbol| ["\n\t", &*symbol.name]).collect()
}

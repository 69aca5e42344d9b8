//! What the builder would refuse whatever the libraries, and what it would get wrong.

use alloc::format;
use alloc::vec::Vec;

use super::validate::Layout;
use super::{fixups, load, no_kmod_info, validate};
use crate::check::at_run_time;
use crate::macho::constants::{N_WEAK_DEF, X86_64_RELOC_UNSIGNED};
use crate::names::{Class, Role};
use crate::object::{Object, Target};
use crate::{Refusal, Rules, kmod};

/// Stands for the identifier, which is not known.
const KEXT: &str = "the kext";

/// Looks at a file.
pub(crate) fn check(file: &[u8], rules: Rules) -> Vec<Refusal> {
    let read = || {
        let layout = validate::file(file, KEXT)?;
        let mut object = load::load(&layout, rules, 0)?;
        fixups::addresses(&mut object, &layout, rules, KEXT)?;
        Ok((layout, object))
    };
    let (layout, object) = match read() {
        Ok(read) => read,
        Err(refusal) => return Vec::from([refusal]),
    };
    let mut faults = Vec::new();
    faults.extend(kmod::place(&object, no_kmod_info).err());
    classes(&object, &mut faults);
    binds(&object, &mut faults);
    unseen(&layout, &object, &mut faults);
    at_run_time(&object, &mut faults);
    faults
}

fn classes(object: &Object<'_>, faults: &mut Vec<Refusal>) {
    let pointers = object.symbols.iter().filter(|symbol| symbol.role == Role::SuperPointer && symbol.is_defined());
    for class in pointers.filter_map(|symbol| Class::of_whole_super_pointer(&symbol.name)) {
        let [plain, namespaced] = class.whole_vtables();
        if object.defined(&plain).or_else(|| object.defined(&namespaced)).is_none() {
            faults.push(Refusal::said(
                format_args!("Class vtables '{plain}' or '{namespaced}' is not an exported symbol"),
                "Keep the vtable's symbol, in the range of symbols that its scope belongs to.",
            ));
        }
    }
}

fn binds(object: &Object<'_>, faults: &mut Vec<Refusal>) {
    let lowest = object.segments.iter().map(|segment| segment.base).min().unwrap_or(0);
    for reloc in &object.external {
        let Target::Symbol(index) = reloc.target else { continue };
        let symbol = &object.symbols[index as usize];
        if symbol.is_defined() && symbol.n_desc & N_WEAK_DEF == 0 {
            faults.push(Refusal::trap(
                format_args!("the relocation at {:#x} has {} looked up in libraries", reloc.address, symbol.name),
                "The kext defines it itself: it needs a local relocation.",
            ));
        }
        let addend = object.word(reloc.address.wrapping_sub(lowest)).unwrap_or(0);
        if reloc.kind == X86_64_RELOC_UNSIGNED && addend != 0 {
            faults.push(Refusal::trap(
                format_args!("the addend {addend:#x} of the pointer at {:#x} is dropped", reloc.address),
                "Older releases add it; find another way that needs none.",
            ));
        }
    }
}

fn unseen(layout: &Layout<'_>, object: &Object<'_>, faults: &mut Vec<Refusal>) {
    let entries = layout.symtab.iter().zip(&object.symbols);
    let mut unseen = entries.filter(|(entry, symbol)| entry.is_section() && !symbol.is_defined());
    if let Some((_, first)) = unseen.next() {
        let more = unseen.count();
        faults.push(Refusal::trap(
            format!("{} and {more} more symbols are in no range of LC_DYSYMTAB that fits their scope", first.name),
            "Order the symbols: local ones first, without N_EXT, then defined externals, then imports.",
        ));
    }
}

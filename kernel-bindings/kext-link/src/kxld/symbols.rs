//! Reading of the symbol table by kxld's rules.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::words::MALFORMED;
use crate::macho::constants::{
    N_ABS, N_ARM_THUMB_DEF, N_EXT, N_INDR, N_PEXT, N_SECT, N_STAB, N_TYPE, N_UNDF, N_WEAK_REF,
};
use crate::macho::{Nlist, Symtab};
use crate::names::Role;
use crate::object::{Binding, Place, Symbol};
use crate::{Refusal, Rules};

/// Definitions that stay the kext's own, whatever their scope in the file.
const ALWAYS_PRIVATE: [&str; 5] = ["_kmod_info", "__Znwm", "__Znam", "__ZdlPv", "__ZdaPv"];

/// What a debugger's symbol has for an address.
enum Stab {
    Absolute,
    Section,
}

/// The kinds of debuggers' symbols that kxld knows, by N_… value.
fn stab(n_type: u8) -> Option<Stab> {
    match n_type {
        // GSYM FNAME RSYM SSYM LSYM BINCL PARAMS VERSION OLEVEL PSYM EINCL EXCL BCOMM LENG OPT OSO
        0x20 | 0x22 | 0x40 | 0x60 | 0x80 | 0x82 | 0x86 | 0x88 | 0x8a | 0xa0 | 0xa2 | 0xc2 | 0xe2 | 0xfe | 0x3c
        | 0x66 => Some(Stab::Absolute),
        // FUN STSYM LCSYM BNSYM SLINE ENSYM SO SOL ENTRY ECOMM ECOML RBRAC LBRAC
        0x24 | 0x26 | 0x28 | 0x2e | 0x44 | 0x4e | 0x64 | 0x84 | 0xa4 | 0xe4 | 0xe8 | 0xe0 | 0xc0 => Some(Stab::Section),
        _ => None,
    }
}

/// Reads all symbols.
pub(crate) fn read<'a>(symtab: &Symtab<'a>, rules: Rules) -> Result<Vec<Symbol<'a>>, Refusal> {
    symtab.iter().enumerate().map(|(index, entry)| symbol(symtab, rules, index, &entry)).collect()
}

fn symbol<'a>(symtab: &Symtab<'a>, rules: Rules, index: usize, entry: &Nlist) -> Result<Symbol<'a>, Refusal> {
    let text = |offset: u64, what: &str| {
        let string = symtab.string(offset).and_then(|bytes| core::str::from_utf8(bytes).ok());
        string.ok_or_else(|| {
            Refusal::crash(
                format_args!(
                    "the {what} of symbol {index} (n_strx {offset:#x}) is not a string within the string table"
                ),
                "Names end with a NUL within the strings of LC_SYMTAB.",
            )
        })
    };
    let name = rules.renamed(text(u64::from(entry.n_strx), "name")?);
    let is_stab = entry.n_type & N_STAB != 0;
    let place = if is_stab {
        match stab(entry.n_type) {
            Some(Stab::Absolute) => Place::Absolute,
            Some(Stab::Section) => section(entry.n_sect),
            None => {
                return Err(Refusal::said(
                    format_args!("{MALFORMED}Invalid N_STAB symbol type: {}.", entry.n_type),
                    format_args!(
                        "Symbol {index} ({name}) is of a debugger's kind that kxld does not know; strip them."
                    ),
                ));
            }
        }
    } else {
        match entry.n_type & N_TYPE {
            N_UNDF if entry.n_value == 0 => Place::Undefined,
            N_UNDF => Place::Common,
            N_ABS => Place::Absolute,
            N_SECT => section(entry.n_sect),
            N_INDR => Place::Indirect(text(entry.n_value, "alias")?),
            other => {
                return Err(Refusal::said(
                    format_args!("{MALFORMED}Invalid symbol type: {other}."),
                    format_args!("Symbol {index} ({name}) is neither undefined, absolute, in a section nor an alias."),
                ));
            }
        }
    };
    // The bit is meant for ARM, but kxld looks at it on every processor.
    let thumb = u64::from(!is_stab && entry.n_desc & N_ARM_THUMB_DEF != 0);
    let external = !is_stab && entry.n_type & (N_EXT | N_PEXT) == N_EXT;
    let defined = matches!(place, Place::Section(_) | Place::Absolute);
    let private = external && defined && ALWAYS_PRIVATE.contains(&name);
    Ok(Symbol {
        name: Cow::Borrowed(name),
        place,
        role: if is_stab { Role::Stab } else { Role::of(name) },
        base: entry.n_value | thumb,
        link: entry.n_value | thumb,
        n_type: entry.n_type | if private { N_PEXT } else { 0 },
        n_desc: entry.n_desc,
        external: external && !private,
        weak: !is_stab && entry.n_desc & N_WEAK_REF != 0,
        binding: Binding::Own,
    })
}

fn section<'a>(n_sect: u8) -> Place<'a> {
    n_sect.checked_sub(1).map_or(Place::Absolute, |index| Place::Section(usize::from(index)))
}

/// Size of what kxld puts into `__LINKEDIT`: an entry and a name for each symbol that the kext defines.
pub(crate) fn linkedit_size(symbols: &[Symbol<'_>]) -> u64 {
    let defined = symbols.iter().filter(|symbol| symbol.is_defined_here());
    let size: u64 = defined.map(|symbol| symbol.name.len() as u64 + 1 + crate::macho::NLIST_SIZE).sum();
    (size + 1).next_multiple_of(8)
}

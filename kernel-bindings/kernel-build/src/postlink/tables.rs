//! The kext's symbol table and relocations.

use std::collections::BTreeMap;

use object::LittleEndian as LE;
use object::macho::{self, Nlist64, Relocation, RelocationInfo, SymbolDesc, SymbolFlags};
use object::{U16, U32, U64};

use super::PostlinkError;
use super::calls::Call;
use super::input::{Input, Symbol};

/// Symbols that the dynamic linker's glue brings in; no kernel has them and no kext needs them.
const DYNAMIC_LINKER_SYMBOLS: [&str; 3] = ["dyld_stub_binder", "__dyld_private", "__mh_bundle_header"];

/// Symbols in the order that macOS 11 asks for: local, defined external, imports.
pub(super) struct Symbols {
    /// The entries.
    pub entries: Vec<Nlist64<LE>>,
    /// The names, ending in NULs up to a multiple of 8 bytes.
    pub strings: Vec<u8>,
    /// How many entries are local.
    pub locals: u32,
    /// How many are defined and external.
    pub externals: u32,
    /// Index of each import.
    pub imports: BTreeMap<String, u32>,
}

impl Symbols {
    /// The symbols of `input` that a kext keeps. `section_numbers[n - 1]` is the new number of section n, 0 where it is
    /// dropped.
    pub fn collect(input: &Input<'_>, section_numbers: &[u8], calls: &[Call<'_>]) -> Result<Symbols, PostlinkError> {
        let mut locals: Vec<(&Symbol<'_>, u8)> = Vec::new();
        let mut externals = Vec::new();
        for symbol in &input.symbols {
            let Some(section) = symbol.section else { continue };
            let number = section.checked_sub(1).and_then(|index| section_numbers.get(index)).copied();
            let number = number.ok_or_else(|| {
                PostlinkError::Unexpected(format!("{} is in a section that is not there", symbol.name))
            })?;
            if number == 0 || DYNAMIC_LINKER_SYMBOLS.contains(&symbol.name) {
                continue;
            }
            let list = if symbol.external { &mut externals } else { &mut locals };
            list.push((symbol, number));
        }
        locals.sort_by_key(|(symbol, _)| (symbol.value, symbol.name));
        externals.sort_by_key(|(symbol, _)| symbol.name);

        let bound = input.binds.iter().map(|bind| bind.symbol).filter(|name| !DYNAMIC_LINKER_SYMBOLS.contains(name));
        let mut imports: BTreeMap<String, u32> =
            bound.chain(calls.iter().map(|call| call.symbol)).map(|name| (name.to_owned(), 0)).collect();

        let mut symbols = Symbols {
            entries: Vec::new(),
            strings: vec![0],
            locals: locals.len() as u32,
            externals: externals.len() as u32,
            imports: BTreeMap::new(),
        };
        for (symbol, section) in locals {
            let private = if symbol.private_extern { macho::N_PEXT.0 } else { 0 };
            symbols.push(symbol.name, macho::N_SECT.0 | private, section, 0, symbol.value);
        }
        for (symbol, section) in externals {
            symbols.push(symbol.name, macho::N_SECT.0 | macho::N_EXT.0, section, 0, symbol.value);
        }
        for (name, index) in &mut imports {
            let weak = input.symbols.iter().any(|symbol| symbol.weak_import && symbol.name == name);
            *index = symbols.entries.len() as u32;
            let description = if weak { macho::N_WEAK_REF.0 } else { 0 };
            symbols.push(name, macho::N_UNDF.0 | macho::N_EXT.0, 0, description, 0);
        }
        symbols.imports = imports;
        symbols.strings.resize(symbols.strings.len().next_multiple_of(8), 0);
        Ok(symbols)
    }

    fn push(&mut self, name: &str, n_type: u8, n_sect: u8, n_desc: u16, n_value: u64) {
        self.entries.push(Nlist64 {
            n_strx: U32::new(LE, self.strings.len() as u32),
            n_type: SymbolFlags(n_type),
            n_sect,
            n_desc: U16::new(LE, SymbolDesc(n_desc)),
            n_value: U64::new(LE, n_value),
        });
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
    }
}

/// The relocations of a kext.
pub(super) struct Relocations {
    /// Against imports.
    pub external: Vec<Relocation<LE>>,
    /// Against the kext's own sections.
    pub local: Vec<Relocation<LE>>,
}

impl Relocations {
    /// Makes the relocations, and sets the words they apply to in `image`: the addend for pointers, 0 for calls.
    pub fn collect(
        input: &Input<'_>,
        section_numbers: &[u8],
        calls: &[Call<'_>],
        symbols: &Symbols,
        image: &mut [u8],
    ) -> Result<Relocations, PostlinkError> {
        let kept = |address| input.section_at(address).is_some_and(|(_, section)| !section.is_dropped());
        let mut external = Vec::new();
        for bind in input.binds.iter().filter(|bind| kept(bind.address)) {
            // The binder's pointer stays an empty word.
            if let Some(&index) = symbols.imports.get(bind.symbol) {
                external.push((bind.address, relocation(bind.address, index, true, false)));
                image[bind.address as usize..][..8].copy_from_slice(&bind.addend.to_le_bytes());
            }
        }
        for call in calls {
            let index = symbols.imports[call.symbol];
            external.push((call.address, relocation(call.address, index, true, true)));
            image[call.address as usize..][..4].fill(0);
        }
        external.sort_by_key(|&(address, _)| address);

        let mut local = Vec::new();
        for &address in input.rebases.iter().filter(|&&address| kept(address)) {
            let word = image[address as usize..].first_chunk().copied().unwrap_or_default();
            let section = target_section(input, section_numbers, u64::from_le_bytes(word)).ok_or_else(|| {
                PostlinkError::Unsupported(format!(
                    "{} holds a pointer at {address:#x} to {:#x}, which is in no section of the kext",
                    input.name_at(address),
                    u64::from_le_bytes(word)
                ))
            })?;
            local.push(relocation(address, u32::from(section), false, false));
        }
        Ok(Relocations { external: external.into_iter().map(|(_, relocation)| relocation).collect(), local })
    }
}

/// The new number of the section that `target` lies in, or ends.
fn target_section(input: &Input<'_>, section_numbers: &[u8], target: u64) -> Option<u8> {
    let ends = |address: u64| {
        input.sections.iter().position(|section| section.address + section.size == address).map(|index| index + 1)
    };
    let number = input.section_at(target).map(|(number, _)| number).or_else(|| ends(target))?;
    Some(section_numbers[number - 1]).filter(|&number| number != 0)
}

fn relocation(address: u64, symbol_or_section: u32, external: bool, branch: bool) -> Relocation<LE> {
    RelocationInfo {
        r_address: address as u32,
        r_symbolnum: symbol_or_section,
        r_pcrel: branch,
        r_length: if branch { 2 } else { 3 },
        r_extern: external,
        r_type: if branch { macho::X86_64_RELOC_BRANCH } else { macho::X86_64_RELOC_UNSIGNED },
    }
    .relocation(LE)
}

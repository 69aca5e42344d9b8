//! A writer of small kexts: a good one with two classes, of which tests change one thing at a time, and the libraries that it
//! needs.
//!
//! Up to the end of `__DATA` addresses are offsets in the file. `Base` is a subclass of the library's OSObject, `Derived` of
//! `Base`.

mod classes;
mod hostile;
mod library;
mod write;

pub use classes::{CLASSES, OSMETACLASS, OSOBJECT, function};
pub use hostile::{edited, probe};
pub use library::{BASE, KPI, Kpi};

/// Type of a defined external symbol.
pub const EXTERNAL: u8 = 0x0f;
/// Type of a defined local symbol.
pub const LOCAL: u8 = 0x0e;
/// Type of an import.
pub const IMPORT: u8 = 0x01;

/// Load commands by their names in the field.
pub const LC_SYMTAB: u32 = 0x2;
pub const LC_DYSYMTAB: u32 = 0xb;
pub const LC_SEGMENT_64: u32 = 0x19;
pub const LC_UUID: u32 = 0x1b;

/// Where things are in the good kext.
pub const TEXT: u64 = 0x800;
pub const CONST: u64 = 0x1000;
pub const KMOD: u64 = 0x1200;
pub const INIT: u64 = 0x1300;
pub const TERM: u64 = 0x1308;
pub const COMMON: u64 = 0x2000;
pub const END: u64 = 0x3000;
/// A call to `_IOLog`.
pub const CALL: u64 = TEXT + 1;
/// A pointer into OSObject's vtable, as a call of the superclass's method has it.
pub const SUPER_CALL: u64 = KMOD + 0xd0;

/// A kext to be written.
#[derive(Clone)]
pub struct Kext {
    pub magic: u32,
    pub cputype: u32,
    pub cpusubtype: u32,
    pub filetype: u32,
    pub flags: u32,
    /// The load commands in order; segments are named.
    pub commands: Vec<Command>,
    /// The file up to the end of `__DATA`.
    pub contents: Vec<u8>,
    pub symbols: Vec<Symbol>,
    pub external: Vec<Reloc>,
    pub local: Vec<Reloc>,
    pub indirect: Vec<u32>,
    /// Whether the dynamic symbol table says which symbols are local, defined and imported.
    pub ranges: bool,
}

#[derive(Clone)]
pub enum Command {
    Segment(Segment),
    Symtab,
    Dysymtab,
    Other(u32, Vec<u8>),
}

#[derive(Clone)]
pub struct Segment {
    pub name: &'static str,
    pub vmaddr: u64,
    pub vmsize: u64,
    pub fileoff: u64,
    pub filesize: u64,
    /// Protection: 4 execute, 2 write, 1 read.
    pub prot: u32,
    pub sections: Vec<Section>,
}

#[derive(Clone)]
pub struct Section {
    pub name: &'static str,
    pub segment: &'static str,
    pub addr: u64,
    pub size: u64,
    pub offset: u32,
    pub align: u32,
    /// How many relocations of its own the section claims, at the beginning of the file.
    pub nreloc: u32,
    pub flags: u32,
    pub reserved1: u32,
}

#[derive(Clone)]
pub struct Symbol {
    pub name: String,
    pub n_type: u8,
    pub n_sect: u8,
    pub n_desc: u16,
    pub n_value: u64,
}

#[derive(Clone, Copy)]
pub struct Reloc {
    pub address: u64,
    pub number: u32,
    pub pcrel: bool,
    pub length: u32,
    pub external: bool,
    pub kind: u32,
}

impl Kext {
    /// Sets the word at an address.
    pub fn put(&mut self, address: u64, word: u64) {
        self.contents[address as usize..][..8].copy_from_slice(&word.to_le_bytes());
    }

    pub fn segment(&mut self, name: &str) -> &mut Segment {
        let mut segments = self.commands.iter_mut().filter_map(|command| match command {
            Command::Segment(segment) => Some(segment),
            _ => None,
        });
        segments.find(|segment| segment.name == name).unwrap()
    }

    pub fn section(&mut self, name: &str) -> &mut Section {
        let mut sections = self.commands.iter_mut().flat_map(|command| match command {
            Command::Segment(segment) => segment.sections.iter_mut(),
            _ => [].iter_mut(),
        });
        sections.find(|section| section.name == name).unwrap()
    }

    pub fn symbol(&mut self, name: &str) -> &mut Symbol {
        self.symbols.iter_mut().find(|symbol| symbol.name == name).unwrap_or_else(|| panic!("no {name}"))
    }

    pub fn address(&self, name: &str) -> u64 {
        self.symbols.iter().find(|symbol| symbol.name == name).unwrap_or_else(|| panic!("no {name}")).n_value
    }

    pub fn number(&self, name: &str) -> u32 {
        self.symbols.iter().position(|symbol| symbol.name == name).unwrap_or_else(|| panic!("no {name}")) as u32
    }

    pub fn external_at(&mut self, address: u64) -> &mut Reloc {
        self.external.iter_mut().find(|reloc| reloc.address == address).unwrap()
    }

    pub fn local_at(&mut self, address: u64) -> &mut Reloc {
        self.local.iter_mut().find(|reloc| reloc.address == address).unwrap()
    }

    /// Address of a slot of a vtable.
    pub fn slot(&self, vtable: &str, slot: u64) -> u64 {
        self.address(vtable) + 16 + slot * 8
    }

    /// Adds an import at the end of the table, where imports belong, and says its number.
    pub fn import(&mut self, name: &str) -> u32 {
        self.symbols.push(Symbol { name: name.into(), n_type: IMPORT, n_sect: 0, n_desc: 0, n_value: 0 });
        self.symbols.len() as u32 - 1
    }

    /// Puts a symbol into the table and renumbers the rest.
    pub fn insert(&mut self, at: usize, symbol: Symbol) {
        self.symbols.insert(at, symbol);
        for reloc in self.external.iter_mut().filter(|reloc| reloc.number as usize >= at) {
            reloc.number += 1;
        }
    }

    /// Takes a symbol out and renumbers the rest. Relocations to it go too.
    pub fn strip(&mut self, name: &str) {
        let gone = self.number(name);
        self.symbols.remove(gone as usize);
        self.external.retain(|reloc| reloc.number != gone);
        for reloc in self.external.iter_mut().filter(|reloc| reloc.number > gone) {
            reloc.number -= 1;
        }
    }

    /// Takes the commands of a kind out.
    pub fn drop_command(&mut self, cmd: u32) {
        self.commands.retain(|command| command.cmd() != cmd);
    }

    /// Offset of a symbol's name in the strings.
    pub fn strx(&self, name: &str) -> u64 {
        let before = &self.symbols[..self.number(name) as usize];
        before.iter().map(|symbol| symbol.name.len() as u64 + 1).sum::<u64>() + 1
    }

    /// Makes a slot of a vtable an import.
    pub fn inherit(&mut self, vtable: &str, slot: u64, name: &str) {
        let at = self.slot(vtable, slot);
        self.external.retain(|reloc| reloc.address != at);
        self.local.retain(|reloc| reloc.address != at);
        if self.symbols.iter().all(|symbol| symbol.name != name) {
            self.import(name);
        }
        self.put(at, 0);
        self.bind(at, name);
    }

    pub fn add_command(&mut self, cmd: u32, size: usize) {
        self.commands.push(Command::Other(cmd, vec![0; size - 8]));
    }
}

impl Command {
    pub fn cmd(&self) -> u32 {
        match self {
            Self::Segment(_) => LC_SEGMENT_64,
            Self::Symtab => LC_SYMTAB,
            Self::Dysymtab => LC_DYSYMTAB,
            Self::Other(cmd, _) => *cmd,
        }
    }
}

//! The good kext.

use super::{
    CALL, COMMON, CONST, Command, END, EXTERNAL, IMPORT, INIT, KMOD, Kext, LC_UUID, LOCAL, Reloc, SUPER_CALL, Section,
    Segment, Symbol, TERM, TEXT,
};

/// The slots of the library's root class.
pub const OSOBJECT: [&str; 6] = [
    "__ZN8OSObjectD1Ev",
    "__ZN8OSObjectD0Ev",
    "__ZNK8OSObject7releaseEi",
    "__ZN8OSObject4freeEv",
    "__ZN8OSObject18_RESERVEDOSObject0Ev",
    "___cxa_pure_virtual",
];
/// The slots of the library's metaclass.
pub const OSMETACLASS: [&str; 4] = [
    "__ZN11OSMetaClassD1Ev",
    "__ZNK11OSMetaClass5allocEv",
    "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev",
    "__ZN11OSMetaClass21_RESERVEDOSMetaClass0Ev",
];

/// The kext's tables: what stands in the slots. Names that the kext defines are its own, the others are imports.
pub const CLASSES: [(&str, &[&str]); 4] = [
    (
        "__ZTV4Base",
        &[
            "__ZN4BaseD1Ev",
            "__ZN4BaseD0Ev",
            "__ZNK8OSObject7releaseEi",
            "__ZN4Base4freeEv",
            "__ZN8OSObject18_RESERVEDOSObject0Ev",
            "___cxa_pure_virtual",
            "__ZN4Base3addEv",
            "__ZN4Base14_RESERVEDBase0Ev",
        ],
    ),
    (
        "__ZTVN4Base9MetaClassE",
        &[
            "__ZN4Base9MetaClassD1Ev",
            "__ZNK4Base9MetaClass5allocEv",
            "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev",
            "__ZN11OSMetaClass21_RESERVEDOSMetaClass0Ev",
        ],
    ),
    (
        "__ZTV7Derived",
        &[
            "__ZN7DerivedD1Ev",
            "__ZN7DerivedD0Ev",
            "__ZNK8OSObject7releaseEi",
            "__ZN4Base4freeEv",
            "__ZN8OSObject18_RESERVEDOSObject0Ev",
            "__ZN7Derived4pureEv",
            "__ZN4Base3addEv",
            "__ZN4Base14_RESERVEDBase0Ev",
        ],
    ),
    (
        "__ZTVN7Derived9MetaClassE",
        &[
            "__ZN7Derived9MetaClassD1Ev",
            "__ZNK7Derived9MetaClass5allocEv",
            "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev",
            "__ZN11OSMetaClass21_RESERVEDOSMetaClass0Ev",
        ],
    ),
];

/// Functions that no table names.
const PRIVATE: [&str; 4] = ["__realmain", "__antimain", "__construct", "__destruct"];
const DATA_IMPORTS: [&str; 3] = ["_IOLog", "__ZN8OSObject10gMetaClassE", "__ZTV8OSObject"];
const METACLASSES: [&str; 2] = ["__ZN4Base10gMetaClassE", "__ZN7Derived10gMetaClassE"];
const SUPER_POINTERS: [&str; 2] = ["__ZN4Base10superClassE", "__ZN7Derived10superClassE"];

const SECTION_TEXT: u8 = 1;
const SECTION_CONST: u8 = 2;
const SECTION_DATA: u8 = 3;
const SECTION_COMMON: u8 = 6;

/// Address of a function of the kext.
pub fn function(name: &str) -> Option<u64> {
    let mut own: Vec<&str> = PRIVATE.to_vec();
    for slot in CLASSES.iter().flat_map(|(_, slots)| *slots) {
        if (slot.starts_with("__ZN4Base") || slot.starts_with("__ZN7Derived") || slot.contains("9MetaClass"))
            && !own.contains(slot)
        {
            own.push(slot);
        }
    }
    let index = own.iter().position(|known| *known == name)?;
    Some(TEXT + 0x10 + 0x10 * index as u64)
}

fn defined(name: &str, n_type: u8, n_sect: u8, n_value: u64) -> Symbol {
    Symbol { name: name.into(), n_type, n_sect, n_desc: 0, n_value }
}

fn section(name: &'static str, segment: &'static str, addr: u64, size: u64, flags: u32) -> Section {
    Section {
        name,
        segment,
        addr,
        size,
        offset: if flags == 1 { 0 } else { addr as u32 },
        align: 3,
        nreloc: 0,
        flags,
        reserved1: 0,
    }
}

impl Kext {
    /// The good kext.
    pub fn good() -> Self {
        let mut kext = Self::empty();
        let mut at = CONST;
        for (name, slots) in CLASSES {
            kext.symbols.push(defined(name, EXTERNAL, SECTION_CONST, at));
            at += 16 + slots.len() as u64 * 8 + 8;
        }
        for (index, name) in SUPER_POINTERS.into_iter().enumerate() {
            kext.symbols.push(defined(name, EXTERNAL, SECTION_CONST, at + index as u64 * 8));
        }
        for (index, name) in METACLASSES.into_iter().enumerate() {
            kext.symbols.push(defined(name, EXTERNAL, SECTION_COMMON, COMMON + index as u64 * 0x40));
        }
        kext.symbols.push(defined("_kmod_info", EXTERNAL, SECTION_DATA, KMOD));
        for name in CLASSES.iter().flat_map(|(_, slots)| *slots) {
            if let Some(address) = function(name)
                && kext.symbols.iter().all(|symbol| symbol.name != *name)
            {
                kext.symbols.push(defined(name, EXTERNAL, SECTION_TEXT, address));
            }
        }
        let locals = PRIVATE.map(|name| defined(name, LOCAL, SECTION_TEXT, function(name).unwrap()));
        kext.symbols.splice(0..0, locals);
        for name in CLASSES.iter().flat_map(|(_, slots)| *slots).chain(&DATA_IMPORTS) {
            if kext.symbols.iter().all(|symbol| symbol.name != *name) {
                kext.symbols.push(Symbol { name: (*name).into(), n_type: IMPORT, n_sect: 0, n_desc: 0, n_value: 0 });
            }
        }
        kext.fill();
        kext
    }

    fn fill(&mut self) {
        for (name, slots) in CLASSES {
            for (index, slot) in slots.iter().enumerate() {
                let at = self.slot(name, index as u64);
                match function(slot) {
                    Some(address) => self.point(at, address, SECTION_TEXT),
                    None => self.bind(at, slot),
                }
            }
        }
        self.bind(self.address("__ZN4Base10superClassE"), "__ZN8OSObject10gMetaClassE");
        let base = self.address("__ZN4Base10gMetaClassE");
        self.point(self.address("__ZN7Derived10superClassE"), base, SECTION_COMMON);
        for (at, name) in
            [(KMOD + 180, "__realmain"), (KMOD + 188, "__antimain"), (INIT, "__construct"), (TERM, "__destruct")]
        {
            self.point(at, function(name).unwrap(), SECTION_TEXT);
        }
        self.bind(SUPER_CALL, "__ZTV8OSObject");
        let number = self.number("_IOLog");
        self.external.push(Reloc { address: CALL, number, pcrel: true, length: 2, external: true, kind: 2 });
        self.contents[CALL as usize..][..4].fill(0);
    }

    /// A pointer to an address of the kext.
    pub fn point(&mut self, at: u64, address: u64, section: u8) {
        self.put(at, address);
        let number = u32::from(section);
        self.local.push(Reloc { address: at, number, pcrel: false, length: 3, external: false, kind: 0 });
    }

    /// A pointer to a symbol.
    pub fn bind(&mut self, at: u64, name: &str) {
        let number = self.number(name);
        self.external.push(Reloc { address: at, number, pcrel: false, length: 3, external: true, kind: 0 });
    }

    fn empty() -> Self {
        let mut contents = vec![0; COMMON as usize];
        contents[TEXT as usize..CONST as usize].fill(0xc3);
        let segment = |name, vmaddr, vmsize, filesize, prot, sections| {
            Command::Segment(Segment { name, vmaddr, vmsize, fileoff: vmaddr, filesize, prot, sections })
        };
        let text = vec![section("__text", "__TEXT", TEXT, 0x200, 0x8000_0400)];
        let data = vec![
            section("__const", "__DATA", CONST, 0x200, 0),
            section("__data", "__DATA", KMOD, 0xf8, 0),
            section("__mod_init_func", "__DATA", INIT, 8, 9),
            section("__mod_term_func", "__DATA", TERM, 8, 10),
            section("__common", "__DATA", COMMON, 0x100, 1),
        ];
        Self {
            magic: 0xfeed_facf,
            cputype: 0x0100_0007,
            cpusubtype: 3,
            filetype: 0xb,
            flags: 0,
            commands: vec![
                segment("__TEXT", 0, CONST, CONST, 5, text),
                segment("__DATA", CONST, END - CONST, COMMON - CONST, 3, data),
                segment("__LINKEDIT", END, 0x2000, 0, 1, vec![]),
                Command::Symtab,
                Command::Dysymtab,
                Command::Other(LC_UUID, (1..=16).collect()),
            ],
            contents,
            symbols: vec![],
            external: vec![],
            local: vec![],
            indirect: vec![],
            ranges: true,
        }
    }
}

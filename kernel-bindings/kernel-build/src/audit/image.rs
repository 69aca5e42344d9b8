//! What the audit looks at in an executable.

use kext_link::macho::{Error, File, Relocation, Section};
use object::macho::{S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS};

/// Attributes of sections that hold instructions.
const INSTRUCTIONS: u32 = S_ATTR_PURE_INSTRUCTIONS.0 | S_ATTR_SOME_INSTRUCTIONS.0;

/// A symbol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<'a> {
    /// Mach-O name.
    pub name: &'a str,
    /// Address; 0 for imports.
    pub address: u64,
    /// Whether it is defined in a section here.
    pub defined: bool,
    /// Whether others see it.
    pub external: bool,
}

/// An executable, read.
pub(crate) struct Image<'a> {
    /// Sections in order.
    pub sections: Vec<Section<'a>>,
    /// Symbols in order, so that relocations find theirs by index. Those of debuggers have no name here.
    pub symbols: Vec<Symbol<'a>>,
    /// Relocations against symbols.
    pub external: Vec<Relocation>,
}

impl<'a> Image<'a> {
    /// Reads an executable.
    pub fn read(file: &'a [u8]) -> Result<Image<'a>, Error> {
        let file = File::parse(file)?;
        let mut sections = Vec::new();
        for segment in file.segments() {
            sections.extend(segment?.sections());
        }
        let mut symbols = Vec::new();
        if let Some(symtab) = file.symtab()? {
            symbols.extend(symtab.iter().map(|nlist| Symbol {
                name: if nlist.is_stab() { "" } else { symtab.name(&nlist).unwrap_or("") },
                address: nlist.n_value,
                defined: nlist.is_section(),
                external: nlist.is_external(),
            }));
        }
        let external = file.dysymtab()?.map(|dysymtab| dysymtab.external.iter().collect()).unwrap_or_default();
        Ok(Image { sections, symbols, external })
    }

    /// Names of the imports.
    pub fn imports(&self) -> Vec<&'a str> {
        let imports = self.symbols.iter().filter(|symbol| symbol.external && !symbol.defined);
        imports.map(|symbol| symbol.name).collect()
    }

    /// The sections that hold instructions, with their contents.
    pub fn code_sections(&self) -> impl Iterator<Item = (&Section<'a>, &'a [u8])> {
        let code = self.sections.iter().filter(|section| section.flags & INSTRUCTIONS != 0);
        code.filter_map(|section| Some((section, section.data()?)))
    }
}

//! What is read from the linker's output.

use object::LittleEndian as LE;
use object::macho::{
    self, BIND_TYPE_POINTER, LC_DATA_IN_CODE, LC_FUNCTION_STARTS, MachHeader64, REBASE_TYPE_POINTER, SectionFlags,
    SectionType, SegmentCommand64,
};
use object::read::macho::{LoadCommandVariant, MachHeader, Nlist, Section as _, Segment as _};

use super::PostlinkError;

/// A section of the linker's output. Its data stands in the file at its address.
pub(super) struct Section {
    /// Segment name.
    pub segment: String,
    /// Section name.
    pub name: String,
    /// Address, which is also the file offset.
    pub address: u64,
    /// Size in bytes.
    pub size: u64,
    /// Alignment as a power of two.
    pub align: u32,
    /// Type and attributes.
    pub flags: SectionFlags,
    /// First index into the indirect symbol table, for stubs and pointers.
    pub indirect_index: u32,
    /// Size of a stub.
    pub stub_size: u32,
}

impl Section {
    /// Whether `address` lies in it.
    pub fn contains(&self, address: u64) -> bool {
        address.checked_sub(self.address).is_some_and(|offset| offset < self.size)
    }

    /// Whether it holds zeros that are not in the file.
    pub fn is_zero_fill(&self) -> bool {
        matches!(self.flags.typ(), macho::S_ZEROFILL | macho::S_GB_ZEROFILL)
    }

    /// Whether a kext has no use for it: the dynamic linker's stubs and the unwinder's tables.
    pub fn is_dropped(&self) -> bool {
        matches!(self.flags.typ(), macho::S_SYMBOL_STUBS | macho::S_LAZY_SYMBOL_POINTERS)
            || matches!(self.name.as_str(), "__stub_helper" | "__unwind_info" | "__eh_frame")
    }

    /// Whether it holds instructions.
    pub fn is_code(&self) -> bool {
        !self.is_zero_fill()
            && self.flags.0 & (macho::S_ATTR_PURE_INSTRUCTIONS.0 | macho::S_ATTR_SOME_INSTRUCTIONS.0) != 0
    }
}

/// A symbol of the linker's output.
pub(super) struct Symbol<'a> {
    /// Name.
    pub name: &'a str,
    /// Section number, from 1, if it is defined in one.
    pub section: Option<usize>,
    /// Address.
    pub value: u64,
    /// Whether others may bind to it.
    pub external: bool,
    /// Whether it was hidden by the export list.
    pub private_extern: bool,
    /// Whether an import may be absent.
    pub weak_import: bool,
}

/// A pointer to an import.
pub(super) struct Bind<'a> {
    /// Where the pointer is.
    pub address: u64,
    /// The import's name.
    pub symbol: &'a str,
    /// What is added to its address.
    pub addend: i64,
}

/// The linker's output. Segments other than `__LINKEDIT` stand in the file at their addresses.
pub(super) struct Input<'a> {
    /// The file.
    pub file: &'a [u8],
    /// `__TEXT`.
    pub text: &'a SegmentCommand64<LE>,
    /// `__DATA`.
    pub data: &'a SegmentCommand64<LE>,
    /// All sections; number n stands at index n - 1.
    pub sections: Vec<Section>,
    /// The symbol table without stabs.
    pub symbols: Vec<Symbol<'a>>,
    /// For each entry of the indirect symbol table the symbol's name, none for local ones.
    pub indirect: Vec<Option<&'a str>>,
    /// Where functions start, ascending.
    pub function_starts: Vec<u64>,
    /// Ranges in code sections that hold data.
    pub data_in_code: Vec<(u64, u64)>,
    /// Addresses of pointers into the image itself.
    pub rebases: Vec<u64>,
    /// Pointers to imports.
    pub binds: Vec<Bind<'a>>,
}

impl<'a> Input<'a> {
    /// Reads the linker's output.
    pub fn parse(file: &'a [u8]) -> Result<Input<'a>, PostlinkError> {
        let header = MachHeader64::<LE>::parse(file, 0)?;
        if header.cputype(LE) != macho::CPU_TYPE_X86_64 || header.filetype(LE) != macho::MH_BUNDLE {
            return Err(unexpected("wrong processor or file type"));
        }
        let mut reader = Reader::default();
        let mut commands = header.load_commands(LE, file, 0)?;
        while let Some(command) = commands.next()? {
            reader.command(file, command)?;
        }
        reader.finish(file)
    }

    /// The section that holds `address`, and its number.
    pub fn section_at(&self, address: u64) -> Option<(usize, &Section)> {
        self.sections.iter().enumerate().find(|(_, section)| section.contains(address)).map(|(i, s)| (i + 1, s))
    }

    /// Name of the function or object at or before `address`, for messages.
    pub fn name_at(&self, address: u64) -> &'a str {
        let defined = self.symbols.iter().filter(|symbol| symbol.section.is_some() && symbol.value <= address);
        defined.max_by_key(|symbol| symbol.value).map_or("an unnamed place", |symbol| symbol.name)
    }
}

/// The commands as they come by; the tables can be read when all segments are known.
#[derive(Default)]
struct Reader<'a> {
    segments: Vec<&'a SegmentCommand64<LE>>,
    sections: Vec<Section>,
    symtab: Option<&'a macho::SymtabCommand<LE>>,
    dysymtab: Option<&'a macho::DysymtabCommand<LE>>,
    dyld_info: Option<&'a macho::DyldInfoCommand<LE>>,
    function_starts: Vec<u64>,
    data_in_code: Vec<(u64, u64)>,
}

impl<'a> Reader<'a> {
    fn command(
        &mut self,
        file: &'a [u8],
        command: object::read::macho::LoadCommandData<'a, LE>,
    ) -> Result<(), PostlinkError> {
        match command.variant()? {
            LoadCommandVariant::Segment64(segment, data) => {
                self.segments.push(segment);
                for section in segment.sections(LE, data)? {
                    if section.segment_name() != segment.name() {
                        return Err(unexpected("a section stands in another segment than its own"));
                    }
                    self.sections.push(Section {
                        segment: text(section.segment_name())?.to_owned(),
                        name: text(section.name())?.to_owned(),
                        address: section.addr.get(LE),
                        size: section.size.get(LE),
                        align: section.align.get(LE),
                        flags: section.flags.get(LE),
                        indirect_index: section.reserved1.get(LE),
                        stub_size: section.reserved2.get(LE),
                    });
                }
            }
            LoadCommandVariant::Symtab(symtab) => self.symtab = Some(symtab),
            LoadCommandVariant::Dysymtab(dysymtab) => self.dysymtab = Some(dysymtab),
            LoadCommandVariant::DyldInfo(info) => self.dyld_info = Some(info),
            LoadCommandVariant::LinkeditData(data) if command.cmd() == LC_FUNCTION_STARTS => {
                let mut starts = data.function_starts(LE, file, 0)?;
                while let Some(start) = starts.next()? {
                    self.function_starts.push(start);
                }
            }
            LoadCommandVariant::LinkeditData(data) if command.cmd() == LC_DATA_IN_CODE => {
                let entries: &[macho::DataInCodeEntry<LE>] = object::pod::slice_from_all_bytes(data.data(LE, file)?)
                    .map_err(|()| unexpected("LC_DATA_IN_CODE is not a whole number of entries"))?;
                self.data_in_code.extend(entries.iter().map(|entry| {
                    let start = u64::from(entry.offset.get(LE));
                    (start, start + u64::from(entry.length.get(LE)))
                }));
            }
            LoadCommandVariant::IdDylib(_) | LoadCommandVariant::Dylib(_) => {
                return Err(PostlinkError::Unsupported(
                    "the kext was linked against a library; a kext has none".into(),
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self, file: &'a [u8]) -> Result<Input<'a>, PostlinkError> {
        let [text_segment, data_segment, linkedit] = self.segments[..] else {
            let names: Vec<_> = self.segments.iter().map(|s| String::from_utf8_lossy(s.name()).into_owned()).collect();
            return Err(unexpected(&format!("segments {}, not __TEXT, __DATA, __LINKEDIT", names.join(", "))));
        };
        for (segment, name) in [(text_segment, "__TEXT"), (data_segment, "__DATA"), (linkedit, "__LINKEDIT")] {
            if segment.name() != name.as_bytes() {
                return Err(unexpected(&format!("{name} is not where it belongs")));
            }
        }
        if text_segment.vmaddr(LE) != 0 || text_segment.fileoff(LE) != 0 {
            return Err(unexpected("__TEXT does not start at 0"));
        }
        if data_segment.vmaddr(LE) != data_segment.fileoff(LE) {
            return Err(unexpected("__DATA's file offset is not its address"));
        }
        let largest = u64::from(u32::MAX) / 4;
        if file.len() as u64 > largest || text_segment.vmsize(LE) > largest || data_segment.vmsize(LE) > largest {
            return Err(PostlinkError::Unsupported("the kext is larger than 1 GiB".into()));
        }
        if self.sections.len() > usize::from(u8::MAX) {
            return Err(PostlinkError::Unsupported("there are more than 255 sections".into()));
        }
        let file_end = data_segment.fileoff(LE).checked_add(data_segment.filesize(LE));
        if file_end.is_none_or(|end| end > file.len() as u64 || end < text_segment.filesize(LE)) {
            return Err(unexpected("__DATA does not follow __TEXT in the file"));
        }
        for section in &self.sections {
            check_section(section, file_end.unwrap_or(0))?;
        }
        let Some(((symtab, dysymtab), info)) = self.symtab.zip(self.dysymtab).zip(self.dyld_info) else {
            return Err(unexpected("LC_SYMTAB, LC_DYSYMTAB or LC_DYLD_INFO is missing"));
        };
        let segments = &self.segments;
        let (symbols, indirect) = read_symbols(file, symtab, dysymtab)?;
        let rebases = read_rebases(file, info, segments)?;
        Ok(Input {
            binds: read_binds(file, info, segments, &rebases)?,
            rebases,
            file,
            text: text_segment,
            data: data_segment,
            sections: self.sections,
            symbols,
            indirect,
            function_starts: self.function_starts,
            data_in_code: self.data_in_code,
        })
    }
}

fn check_section(section: &Section, file_end: u64) -> Result<(), PostlinkError> {
    let name = format!("{},{}", section.segment, section.name);
    let end = section.address.checked_add(section.size).filter(|&end| u32::try_from(end).is_ok());
    if end.is_none_or(|end| end > file_end && !section.is_zero_fill()) {
        return Err(unexpected(&format!("{name} is not in the file")));
    }
    // The kernel linker moves a section whose load address does not fit its alignment, silently; pages are all that it
    // promises.
    if section.align > 12 || !section.address.is_multiple_of(1 << section.align) {
        return Err(PostlinkError::Unsupported(format!(
            "{name} is aligned to 2^{}: a kext is loaded at a page boundary, 2^12 at most",
            section.align
        )));
    }
    let known: &[SectionType] = &[
        macho::S_REGULAR,
        macho::S_ZEROFILL,
        macho::S_CSTRING_LITERALS,
        macho::S_4BYTE_LITERALS,
        macho::S_8BYTE_LITERALS,
        macho::S_16BYTE_LITERALS,
        macho::S_LITERAL_POINTERS,
        macho::S_NON_LAZY_SYMBOL_POINTERS,
        macho::S_LAZY_SYMBOL_POINTERS,
        macho::S_SYMBOL_STUBS,
        macho::S_MOD_INIT_FUNC_POINTERS,
        macho::S_MOD_TERM_FUNC_POINTERS,
        macho::S_COALESCED,
    ];
    if !known.contains(&section.flags.typ()) {
        return Err(PostlinkError::Unsupported(format!(
            "{name} has section type {:#x}, which no kernel linker accepts (thread-local variables, for one)",
            section.flags.typ().0
        )));
    }
    Ok(())
}

type Symbols<'a> = (Vec<Symbol<'a>>, Vec<Option<&'a str>>);

fn read_symbols<'a>(
    file: &'a [u8],
    symtab: &'a macho::SymtabCommand<LE>,
    dysymtab: &'a macho::DysymtabCommand<LE>,
) -> Result<Symbols<'a>, PostlinkError> {
    let table = symtab.symbols::<MachHeader64<LE>, _>(LE, file)?;
    let mut symbols = Vec::new();
    let mut names = Vec::new();
    for nlist in table.iter() {
        let name = text(nlist.name(LE, table.strings())?)?;
        names.push(name);
        let flags = nlist.n_type();
        if flags.is_stab() {
            continue;
        }
        symbols.push(Symbol {
            name,
            section: (flags.typ() == macho::N_SECT).then_some(nlist.n_sect() as usize),
            value: nlist.n_value(LE),
            external: flags.is_ext(),
            private_extern: flags.0 & macho::N_PEXT.0 != 0,
            weak_import: flags.typ() == macho::N_UNDF && nlist.n_desc(LE).0 & macho::N_WEAK_REF.0 != 0,
        });
    }
    let indirect = dysymtab.indirect_symbols(LE, file)?.iter();
    let indirect = indirect.map(|entry| names.get(entry.get(LE).0 as usize).copied()).collect();
    Ok((symbols, indirect))
}

fn read_rebases(
    file: &[u8],
    info: &macho::DyldInfoCommand<LE>,
    segments: &[&SegmentCommand64<LE>],
) -> Result<Vec<u64>, PostlinkError> {
    let mut addresses = Vec::new();
    let mut rebases = info.rebases(LE, file, 8)?;
    while let Some(rebase) = rebases.next()? {
        check_count(addresses.len(), file)?;
        if rebase.kind != REBASE_TYPE_POINTER {
            return Err(PostlinkError::Unsupported("a 32-bit absolute address is in the code".into()));
        }
        addresses.push(address_of(segments, rebase.segment_index, rebase.segment_offset)?);
    }
    addresses.sort_unstable();
    Ok(addresses)
}

fn read_binds<'a>(
    file: &'a [u8],
    info: &macho::DyldInfoCommand<LE>,
    segments: &[&SegmentCommand64<LE>],
    rebases: &[u64],
) -> Result<Vec<Bind<'a>>, PostlinkError> {
    let mut all = Vec::new();
    let strong = info.binds(LE, file, 8)?;
    let weak = info.weak_binds(LE, file, 8)?;
    for mut binds in [strong, weak] {
        while let Some(bind) = binds.next()? {
            check_count(all.len(), file)?;
            if bind.kind != BIND_TYPE_POINTER {
                return Err(PostlinkError::Unsupported("an import is bound to something other than a pointer".into()));
            }
            let address = address_of(segments, bind.segment_index, bind.segment_offset)?;
            // A weak definition is bound weakly and rebased; a kernel does not coalesce, the definition at hand stays.
            if rebases.binary_search(&address).is_err() {
                all.push(Bind { address, symbol: text(bind.symbol)?, addend: bind.addend });
            }
        }
    }
    all.sort_by_key(|bind| bind.address);
    all.dedup_by_key(|bind| bind.address);
    Ok(all)
}

/// There cannot be more pointers than bytes; opcodes that repeat could go on for ever.
fn check_count(count: usize, file: &[u8]) -> Result<(), PostlinkError> {
    if count < file.len() { Ok(()) } else { Err(unexpected("more fix-ups than the file has bytes")) }
}

/// The address of a pointer named by segment and offset, checked to lie in what becomes the kext.
fn address_of(segments: &[&SegmentCommand64<LE>], index: u8, offset: u64) -> Result<u64, PostlinkError> {
    let segment =
        segments.get(index as usize).ok_or_else(|| unexpected("a fix-up names a segment that is not there"))?;
    let inside = offset.checked_add(8).is_some_and(|end| end <= segment.filesize(LE));
    let address = segment.fileoff(LE).checked_add(offset).filter(|_| inside && segment.name() != b"__LINKEDIT");
    address.ok_or_else(|| unexpected("a fix-up lies outside of its segment"))
}

fn text(bytes: &[u8]) -> Result<&str, PostlinkError> {
    str::from_utf8(bytes).map_err(|_| unexpected("a name is not UTF-8"))
}

fn unexpected(what: &str) -> PostlinkError {
    PostlinkError::Unexpected(what.to_owned())
}

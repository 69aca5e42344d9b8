//! The kext's file: header, load commands, the segments as they were, and `__LINKEDIT`.

use object::LittleEndian as LE;
use object::macho::{
    self, DysymtabCommand, MachHeader64, Section64, SectionFlags, SegmentCommand64, SymtabCommand, UuidCommand,
};
use object::pod::{Pod, bytes_of, bytes_of_slice};
use object::read::macho::Segment as _;
use object::{BigEndian, U32, U64};
use sha2::{Digest, Sha256};

use super::PostlinkError;
use super::calls::Call;
use super::input::{Input, Section};
use super::tables::{Relocations, Symbols};

const PAGE: u64 = 4096;

/// Writes the kext's binary.
pub(super) fn write(input: &Input<'_>, calls: &[Call<'_>]) -> Result<Vec<u8>, PostlinkError> {
    let mut number = 0;
    let mut section_numbers = Vec::new();
    for section in &input.sections {
        number += u8::from(!section.is_dropped());
        section_numbers.push(if section.is_dropped() { 0 } else { number });
    }
    let symbols = Symbols::collect(input, &section_numbers, calls)?;

    let file_end = input.data.fileoff(LE) + input.data.filesize(LE);
    let mut file = input.file[..file_end as usize].to_vec();
    for section in input.sections.iter().filter(|section| section.is_dropped() && !section.is_zero_fill()) {
        file[section.address as usize..][..section.size as usize].fill(0);
    }
    let relocations = Relocations::collect(input, &section_numbers, calls, &symbols, &mut file)?;

    file.resize(file_end.next_multiple_of(PAGE) as usize, 0);
    let linkedit = Linkedit::append(&mut file, &symbols, &relocations);
    let mut commands = Commands::default();
    commands.segment(input.text, input.sections.iter().filter(|section| section.segment == "__TEXT"));
    commands.segment(input.data, input.sections.iter().filter(|section| section.segment == "__DATA"));
    commands.linkedit(input, &linkedit, file.len() as u64);
    commands.symbols(&symbols, &relocations, &linkedit);
    let uuid_at = commands.uuid();

    let in_file = input.sections.iter().filter(|section| !section.is_zero_fill());
    let first_section = in_file.map(|section| section.address).min().unwrap_or(0) as usize;
    let head = commands.with_header();
    if head.len() > first_section {
        return Err(PostlinkError::Unexpected("no room for the load commands".into()));
    }
    file[..first_section].fill(0);
    file[..head.len()].copy_from_slice(&head);
    let digest = Sha256::digest(&file);
    file[uuid_at..][..16].copy_from_slice(&content_uuid(&digest));
    Ok(file)
}

/// A version 8 UUID (RFC 9562) of the content.
fn content_uuid(digest: &[u8]) -> [u8; 16] {
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

/// Where the pieces of `__LINKEDIT` are in the file. Each piece is aligned to 8 bytes.
struct Linkedit {
    start: u32,
    local: u32,
    external: u32,
    symbols: u32,
    strings: u32,
}

impl Linkedit {
    fn append(file: &mut Vec<u8>, symbols: &Symbols, relocations: &Relocations) -> Linkedit {
        let start = file.len() as u32;
        file.extend(bytes_of_slice(&relocations.local));
        let external = file.len() as u32;
        file.extend(bytes_of_slice(&relocations.external));
        let symbols_at = file.len() as u32;
        file.extend(bytes_of_slice(&symbols.entries));
        let strings = file.len() as u32;
        file.extend(&symbols.strings);
        Linkedit { start, local: start, external, symbols: symbols_at, strings }
    }
}

/// The load commands.
#[derive(Default)]
struct Commands {
    bytes: Vec<u8>,
    count: u32,
}

impl Commands {
    fn push<T: Pod>(&mut self, command: &T) {
        self.bytes.extend(bytes_of(command));
        self.count += 1;
    }

    fn segment<'s>(&mut self, segment: &SegmentCommand64<LE>, sections: impl Iterator<Item = &'s Section>) {
        let sections: Vec<Section64<LE>> = sections.filter(|section| !section.is_dropped()).map(section64).collect();
        let size = size_of::<SegmentCommand64<LE>>() + size_of_val(sections.as_slice());
        let mut segment = *segment;
        segment.cmdsize = U32::new(LE, size as u32);
        segment.nsects = U32::new(LE, sections.len() as u32);
        segment.vmsize = U64::new(LE, segment.vmsize.get(LE).next_multiple_of(PAGE));
        self.push(&segment);
        self.bytes.extend(bytes_of_slice(&sections));
    }

    fn linkedit(&mut self, input: &Input<'_>, linkedit: &Linkedit, file_size: u64) {
        let size = file_size - u64::from(linkedit.start);
        let address = input.data.vmaddr(LE) + input.data.vmsize(LE).next_multiple_of(PAGE);
        let mut segname = [0; 16];
        segname[..10].copy_from_slice(b"__LINKEDIT");
        self.push(&SegmentCommand64 {
            cmd: U32::new(LE, macho::LC_SEGMENT_64),
            cmdsize: U32::new(LE, size_of::<SegmentCommand64<LE>>() as u32),
            segname,
            vmaddr: U64::new(LE, address),
            vmsize: U64::new(LE, size.next_multiple_of(PAGE)),
            fileoff: U64::new(LE, u64::from(linkedit.start)),
            filesize: U64::new(LE, size),
            maxprot: U32::new(LE, macho::VM_PROT_READ),
            initprot: U32::new(LE, macho::VM_PROT_READ),
            nsects: U32::default(),
            flags: U32::default(),
        });
    }

    fn symbols(&mut self, symbols: &Symbols, relocations: &Relocations, linkedit: &Linkedit) {
        self.push(&SymtabCommand {
            cmd: U32::new(LE, macho::LC_SYMTAB),
            cmdsize: U32::new(LE, size_of::<SymtabCommand<LE>>() as u32),
            symoff: U32::new(LE, linkedit.symbols),
            nsyms: U32::new(LE, symbols.entries.len() as u32),
            stroff: U32::new(LE, linkedit.strings),
            strsize: U32::new(LE, symbols.strings.len() as u32),
        });
        let at = |count: usize, offset: u32| if count == 0 { U32::default() } else { U32::new(LE, offset) };
        self.push(&DysymtabCommand {
            cmd: U32::new(LE, macho::LC_DYSYMTAB),
            cmdsize: U32::new(LE, size_of::<DysymtabCommand<LE>>() as u32),
            ilocalsym: U32::default(),
            nlocalsym: U32::new(LE, symbols.locals),
            iextdefsym: U32::new(LE, symbols.locals),
            nextdefsym: U32::new(LE, symbols.externals),
            iundefsym: U32::new(LE, symbols.locals + symbols.externals),
            nundefsym: U32::new(LE, symbols.imports.len() as u32),
            tocoff: U32::default(),
            ntoc: U32::default(),
            modtaboff: U32::default(),
            nmodtab: U32::default(),
            extrefsymoff: U32::default(),
            nextrefsyms: U32::default(),
            indirectsymoff: U32::default(),
            nindirectsyms: U32::default(),
            extreloff: at(relocations.external.len(), linkedit.external),
            nextrel: U32::new(LE, relocations.external.len() as u32),
            locreloff: at(relocations.local.len(), linkedit.local),
            nlocrel: U32::new(LE, relocations.local.len() as u32),
        });
    }

    /// Adds an LC_UUID of zeros and returns the file offset of the UUID.
    fn uuid(&mut self) -> usize {
        let cmdsize = U32::new(LE, size_of::<UuidCommand<LE>>() as u32);
        self.push(&UuidCommand { cmd: U32::new(LE, macho::LC_UUID), cmdsize, uuid: [0; 16] });
        size_of::<MachHeader64<LE>>() + self.bytes.len() - 16
    }

    fn with_header(self) -> Vec<u8> {
        let header = MachHeader64 {
            magic: U32::new(BigEndian, macho::MH_CIGAM_64),
            cputype: U32::new(LE, macho::CPU_TYPE_X86_64),
            cpusubtype: U32::new(LE, macho::CpuSubtype(macho::CPU_SUBTYPE_X86_64_ALL.0)),
            filetype: U32::new(LE, macho::MH_KEXT_BUNDLE),
            ncmds: U32::new(LE, self.count),
            sizeofcmds: U32::new(LE, self.bytes.len() as u32),
            flags: U32::default(),
            reserved: U32::default(),
        };
        [bytes_of(&header), &self.bytes].concat()
    }
}

fn section64(section: &Section) -> Section64<LE> {
    let name = |text: &str| {
        let mut bytes = [0; 16];
        bytes[..text.len().min(16)].copy_from_slice(&text.as_bytes()[..text.len().min(16)]);
        bytes
    };
    // Pointers to imports are filled by their own relocations; the indirect symbol table is gone.
    let flags = match section.flags.typ() {
        macho::S_NON_LAZY_SYMBOL_POINTERS => section.flags.with_type(macho::S_REGULAR),
        _ => section.flags,
    };
    Section64 {
        sectname: name(&section.name),
        segname: name(&section.segment),
        addr: U64::new(LE, section.address),
        size: U64::new(LE, section.size),
        offset: U32::new(LE, if section.is_zero_fill() { 0 } else { section.address as u32 }),
        align: U32::new(LE, section.align),
        reloff: U32::default(),
        nreloc: U32::default(),
        flags: U32::<LE, SectionFlags>::new(LE, flags),
        reserved1: U32::default(),
        reserved2: U32::default(),
        reserved3: U32::default(),
    }
}

//! Writing of a kext's bytes.

use super::{Command, EXTERNAL, IMPORT, Kext, LOCAL, Reloc, Section, Segment};

impl Kext {
    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let mut file = self.contents.clone();
        let linkedit = Linkedit::of(self, file.len() as u32);
        let commands: Vec<Vec<u8>> = self.commands.iter().map(|command| self.command(command, &linkedit)).collect();
        let size: usize = commands.iter().map(Vec::len).sum();
        let header = [
            self.magic,
            self.cputype,
            self.cpusubtype,
            self.filetype,
            commands.len() as u32,
            size as u32,
            self.flags,
            0,
        ];
        let head: Vec<u8> = words(&header).into_iter().chain(commands.concat()).collect();
        file[..head.len()].copy_from_slice(&head);
        file.extend(&linkedit.bytes);
        file
    }

    fn command(&self, command: &Command, linkedit: &Linkedit) -> Vec<u8> {
        match command {
            Command::Segment(segment) => segment_command(segment, linkedit),
            Command::Symtab => {
                words(&[2, 24, linkedit.symoff, self.symbols.len() as u32, linkedit.stroff, linkedit.strsize])
            }
            Command::Dysymtab => self.dysymtab(linkedit),
            Command::Other(cmd, data) => {
                let mut bytes = words(&[*cmd, data.len() as u32 + 8]);
                bytes.extend(data);
                bytes
            }
        }
    }

    fn dysymtab(&self, linkedit: &Linkedit) -> Vec<u8> {
        let count = |n_type| self.symbols.iter().filter(|symbol| symbol.n_type == n_type).count() as u32;
        let (locals, defined, imports) =
            if self.ranges { (count(LOCAL), count(EXTERNAL), count(IMPORT)) } else { (0, 0, 0) };
        let ranges = [0, locals, locals, defined, locals + defined, imports];
        let indirect = [linkedit.indirect, self.indirect.len() as u32];
        let external = [linkedit.external, self.external.len() as u32];
        let local = [linkedit.local, self.local.len() as u32];
        words(&[&[0xb, 80], &ranges[..], &[0; 6], &indirect, &external, &local].concat())
    }
}

/// What stands behind `__DATA` in the file, and where.
struct Linkedit {
    bytes: Vec<u8>,
    start: u32,
    local: u32,
    symoff: u32,
    external: u32,
    indirect: u32,
    stroff: u32,
    strsize: u32,
}

impl Linkedit {
    fn of(kext: &Kext, start: u32) -> Self {
        let mut bytes = vec![];
        let mut strings = vec![0];
        let mut symbols = vec![];
        for symbol in &kext.symbols {
            symbols.extend((strings.len() as u32).to_le_bytes());
            symbols.extend([symbol.n_type, symbol.n_sect]);
            symbols.extend(symbol.n_desc.to_le_bytes());
            symbols.extend(symbol.n_value.to_le_bytes());
            strings.extend(symbol.name.bytes());
            strings.push(0);
        }
        let mut put = |part: Vec<u8>| {
            let at = start + bytes.len() as u32;
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            at
        };
        let local = put(relocations(&kext.local));
        let symoff = put(symbols);
        let external = put(relocations(&kext.external));
        let indirect = put(words(&kext.indirect));
        let strsize = strings.len() as u32;
        let stroff = put(strings);
        Self { bytes, start, local, symoff, external, indirect, stroff, strsize }
    }
}

fn relocations(table: &[Reloc]) -> Vec<u8> {
    let entry = |reloc: &Reloc| {
        let bits =
            u32::from(reloc.pcrel) << 24 | reloc.length << 25 | u32::from(reloc.external) << 27 | reloc.kind << 28;
        words(&[reloc.address as u32, reloc.number | bits])
    };
    table.iter().flat_map(entry).collect()
}

fn segment_command(segment: &Segment, linkedit: &Linkedit) -> Vec<u8> {
    let (mut fileoff, mut filesize) = (segment.fileoff, segment.filesize);
    if segment.name == "__LINKEDIT" && filesize == 0 {
        (fileoff, filesize) = (u64::from(linkedit.start), linkedit.bytes.len() as u64);
    }
    let count = segment.sections.len() as u32;
    let mut bytes = words(&[0x19, 72 + count * 80]);
    bytes.extend(name(segment.name));
    for word in [segment.vmaddr, segment.vmsize, fileoff, filesize] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(words(&[segment.prot, segment.prot, count, 0]));
    bytes.extend(segment.sections.iter().flat_map(section_header));
    bytes
}

fn section_header(section: &Section) -> Vec<u8> {
    let mut bytes = [name(section.name), name(section.segment)].concat();
    bytes.extend(section.addr.to_le_bytes());
    bytes.extend(section.size.to_le_bytes());
    bytes.extend(words(&[section.offset, section.align, 0, section.nreloc, section.flags, section.reserved1, 0, 0]));
    bytes
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn name(name: &str) -> [u8; 16] {
    std::array::from_fn(|index| name.as_bytes().get(index).copied().unwrap_or(0))
}

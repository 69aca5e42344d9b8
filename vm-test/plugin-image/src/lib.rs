//! Reading a user-space Mach-O as dyld does: what lies where, what is slid, what is bound to which symbol of which library.

mod chains;
mod exports;
mod opcodes;
mod stream;

use std::collections::BTreeMap;

use kext_link::fat;
use kext_link::macho::constants::{
    LC_DYLD_CHAINED_FIXUPS, LC_DYLD_INFO, LC_DYLD_INFO_ONLY, MH_BUNDLE, MH_DYLIB, S_MOD_INIT_FUNC_POINTERS,
};
use kext_link::macho::{File, LoadCommand, Segment};

/// LC_LOAD_DYLIB and its kin: they count in the order of libraries.
const LOAD_LIBRARY: [u32; 5] = [0xc, 0x8000_0018, 0x8000_001f, 0x20, 0x8000_0023];
/// LC_VERSION_MIN_MACOSX and LC_BUILD_VERSION: where the oldest release stands in them.
const OLDEST: [(u32, usize); 2] = [(0x24, 8), (0x32, 12)];
/// The type of programs.
const MH_EXECUTE: u32 = 2;
/// LC_UNIXTHREAD; behind its head the kind of the first state, x86_THREAD_STATE64, its words, and where in it rip is.
const LC_UNIXTHREAD: u32 = 0x5;
const STATE: [u32; 2] = [4, 42];
const RIP: usize = 16 + 16 * 8;
/// The type of sections with offsets of initializers.
const S_INIT_FUNC_OFFSETS: u32 = 0x16;
/// The type of sections with descriptors of thread-local variables.
const S_THREAD_LOCAL_VARIABLES: u32 = 0x13;
/// The types of sections with their first values.
const S_THREAD_LOCAL_REGULAR: u32 = 0x11;
const S_THREAD_LOCAL_ZEROFILL: u32 = 0x12;

/// Why a file is none that can be loaded; in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unloadable(pub String);

pub(crate) fn unloadable<T>(what: impl Into<String>) -> Result<T, Unloadable> {
    Err(Unloadable(what.into()))
}

/// A segment: addresses as linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub address: u64,
    /// Bytes in memory, whole pages of it.
    pub size: u64,
    /// What the file has of it, the rest is zero.
    pub bytes: Vec<u8>,
    /// Whether it can be written.
    pub writable: bool,
    /// Whether it can be run.
    pub executable: bool,
}

/// A pointer that is given the address of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// Where it is, as linked.
    pub at: u64,
    /// Index among [`Image::imports`].
    pub import: usize,
    /// What is added to the symbol's address.
    pub addend: i64,
}

/// A symbol of a library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Its name in Mach-O.
    pub symbol: String,
    /// The library's name: the last part of its path; "" where it is not said.
    pub library: String,
    /// It may be missing.
    pub weak: bool,
}

/// A file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its segments, the first at the lowest address.
    pub parts: Vec<Part>,
    /// Pointers into the image itself: place and target, both as linked.
    pub rebases: Vec<(u64, u64)>,
    /// Pointers to symbols of libraries.
    pub binds: Vec<Bind>,
    /// What these are.
    pub imports: Vec<Import>,
    /// What others may see: name and address as linked.
    pub exports: BTreeMap<String, u64>,
    /// All functions and data with names, by address.
    pub symbols: BTreeMap<u64, String>,
    /// Initializers in their order: addresses as linked.
    pub initializers: Vec<u64>,
    /// Descriptors of thread-local variables: addresses as linked.
    pub thread_locals: Vec<u64>,
    /// Where their first values are, as linked.
    pub thread_template: Option<u64>,
    /// The oldest release that it is for, as 10.12 or 11.0; nothing if it does not say.
    pub oldest: Option<String>,
    /// Where a program begins by its LC_UNIXTHREAD, as linked.
    pub begin: Option<u64>,
}

impl Image {
    /// Reads the x86_64 part of a driver's file, thin or universal.
    ///
    /// # Errors
    /// It is no such file, or breaks a rule; in words.
    pub fn read(file: &[u8]) -> Result<Image, Unloadable> {
        Self::read_as(file, &[MH_BUNDLE, MH_DYLIB], "a driver's executable is a bundle (8) or a library (6)")
    }

    /// Reads that of a program's.
    ///
    /// # Errors
    /// As [`Image::read`].
    pub fn read_program(file: &[u8]) -> Result<Image, Unloadable> {
        Self::read_as(file, &[MH_EXECUTE], "a program is an executable (2)")
    }

    fn read_as(file: &[u8], kinds: &[u32], right: &str) -> Result<Image, Unloadable> {
        let slice = fat::x86_64(file).map_err(|words| Unloadable(words.to_string()))?;
        let macho = File::parse(slice).map_err(|why| Unloadable(why.to_string()))?;
        if !kinds.contains(&macho.header().filetype) {
            return unloadable(format!("it is a Mach-O of type {}; {right}", macho.header().filetype));
        }
        let segments: Vec<Segment<'_>> =
            macho.segments().collect::<Result<_, _>>().map_err(|why| Unloadable(why.to_string()))?;
        let parts = parts(&segments)?;
        let mut fixups = Fixups { parts: &parts, rebases: Vec::new(), binds: Vec::new(), imports: Vec::new() };
        let libraries = libraries(&macho);
        let command = |kinds: &[u32]| macho.commands().find(|command| kinds.contains(&command.cmd));
        if let Some(command) = command(&[LC_DYLD_CHAINED_FIXUPS]) {
            chains::read(&command, slice, &libraries, &mut fixups)?;
        } else if let Some(command) = command(&[LC_DYLD_INFO, LC_DYLD_INFO_ONLY]) {
            opcodes::read(&command, slice, &libraries, &mut fixups)?;
        } else {
            return unloadable("it has neither LC_DYLD_INFO nor LC_DYLD_CHAINED_FIXUPS; rebuild it for 10.6 or later");
        }
        let Fixups { rebases, binds, imports, .. } = fixups;
        let (mut exports, mut symbols) = symbols(&macho)?;
        // A stripped file has its exports here only.
        let first = parts.first().map_or(0, |part| part.address);
        for (name, offset) in exports::read(&macho, slice)? {
            let address = first.wrapping_add(offset);
            symbols.entry(address).or_insert_with(|| name.clone());
            exports.entry(name).or_insert(address);
        }
        let mut image = Image {
            parts,
            rebases,
            binds,
            imports,
            exports,
            symbols,
            initializers: Vec::new(),
            thread_locals: Vec::new(),
            thread_template: None,
            oldest: oldest(&macho),
            begin: begin(&macho),
        };
        image.special(&segments)?;
        Ok(image)
    }

    /// Where the image begins as linked, and how many bytes it takes.
    pub fn extent(&self) -> (u64, u64) {
        let first = self.parts.iter().map(|part| part.address).min().unwrap_or(0);
        let end = self.parts.iter().map(|part| part.address + part.size).max().unwrap_or(0);
        (first, end - first)
    }

    /// The named thing at or before an address as linked: "_name + 0x12".
    pub fn name_of(&self, address: u64) -> Option<String> {
        let (start, name) = self.symbols.range(..=address).next_back()?;
        let inside = self.parts.iter().any(|part| (part.address..part.address + part.size).contains(&address));
        inside.then(|| format!("{name} + {:#x}", address - start))
    }

    /// Initializers and thread-local variables, from the sections that have them.
    fn special(&mut self, segments: &[Segment<'_>]) -> Result<(), Unloadable> {
        let (first, _) = self.extent();
        for section in segments.iter().flat_map(Segment::sections) {
            match section.kind() {
                S_MOD_INIT_FUNC_POINTERS => {
                    let places = (section.addr..section.addr + section.size).step_by(8);
                    let target = |at: u64| self.rebases.iter().find(|(place, _)| *place == at).map(|(_, to)| *to);
                    self.initializers.extend(places.filter_map(target));
                }
                S_INIT_FUNC_OFFSETS => {
                    let Some(data) = section.data() else { return unloadable("its initializers lie beyond its end") };
                    let offsets = data.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
                    self.initializers.extend(offsets.map(|offset| first + u64::from(offset)));
                }
                S_THREAD_LOCAL_VARIABLES => {
                    self.thread_locals.extend((section.addr..section.addr + section.size).step_by(24));
                }
                S_THREAD_LOCAL_REGULAR | S_THREAD_LOCAL_ZEROFILL => {
                    let start = self.thread_template.map_or(section.addr, |start| start.min(section.addr));
                    self.thread_template = Some(start);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is slid and bound, as it is found.
pub(crate) struct Fixups<'a> {
    parts: &'a [Part],
    rebases: Vec<(u64, u64)>,
    binds: Vec<Bind>,
    imports: Vec<Import>,
}

impl Fixups<'_> {
    /// The address of eight bytes of a segment.
    fn place(&self, segment: usize, offset: u64) -> Result<u64, Unloadable> {
        let part = self.parts.get(segment).filter(|part| part.writable || part.name == "__DATA_CONST");
        let Some(part) = part else {
            return unloadable(format!("a pointer to be fixed is in segment {segment}, which is not one of data"));
        };
        if offset.checked_add(8).is_none_or(|end| end > part.size) {
            return unloadable(format!("a pointer to be fixed is at {offset:#x} of {}, beyond its end", part.name));
        }
        Ok(part.address + offset)
    }

    /// What the file has at a place.
    fn word(&self, segment: usize, offset: u64) -> u64 {
        let bytes = self.parts.get(segment).and_then(|part| part.bytes.get(usize::try_from(offset).ok()?..));
        bytes.and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
    }

    fn rebase(&mut self, segment: usize, offset: u64, target: u64) -> Result<(), Unloadable> {
        let at = self.place(segment, offset)?;
        self.rebases.push((at, target));
        Ok(())
    }

    fn bind(&mut self, segment: usize, offset: u64, import: usize, addend: i64) -> Result<(), Unloadable> {
        let at = self.place(segment, offset)?;
        self.binds.push(Bind { at, import, addend });
        Ok(())
    }

    /// The index of an import, a new one if there is none like it.
    fn import(&mut self, import: Import) -> usize {
        self.imports.iter().position(|known| *known == import).unwrap_or_else(|| {
            self.imports.push(import);
            self.imports.len() - 1
        })
    }
}

/// The largest image that is loaded, in bytes.
const LARGEST: u64 = 256 << 20;
/// Where an image begins at most: programs have nothing in the first 4 GiB.
const HIGHEST: u64 = 4 << 30;

fn parts(segments: &[Segment<'_>]) -> Result<Vec<Part>, Unloadable> {
    let mut parts: Vec<Part> = Vec::new();
    // A program has nothing at its lowest addresses, so that a null pointer is seen; what it has is behind that.
    let is_nothing = |segment: &Segment<'_>| segment.maxprot == 0 && segment.filesize == 0;
    let base = segments.iter().find(|segment| !is_nothing(segment)).map_or(0, |segment| segment.vmaddr);
    for segment in segments {
        if is_nothing(segment) && parts.is_empty() {
            let (writable, executable) = (false, false);
            let name = segment.name.to_string();
            parts.push(Part { name, address: base, size: 0, bytes: Vec::new(), writable, executable });
            continue;
        }
        let Some(data) = segment.data() else {
            return unloadable(format!("segment {} lies beyond the end of the file", segment.name));
        };
        let bytes = data.get(..data.len().min(usize::try_from(segment.vmsize).unwrap_or(usize::MAX)));
        let size = segment.vmsize.checked_next_multiple_of(4096).filter(|size| *size <= LARGEST);
        let (Some(bytes), Some(size)) = (bytes, size) else {
            return unloadable(format!("segment {} is larger than {} MiB", segment.name, LARGEST >> 20));
        };
        let is_near = base <= HIGHEST && segment.vmaddr.saturating_sub(base) <= LARGEST;
        if !segment.vmaddr.is_multiple_of(4096) || !is_near {
            let (name, at) = (&segment.name, segment.vmaddr);
            return unloadable(format!("segment {name} is at {at:#x}, which is no page near the begin of an image"));
        }
        if parts.last().is_some_and(|last| segment.vmaddr < last.address + last.size) {
            return unloadable(format!("segment {} is not behind the one before it", segment.name));
        }
        parts.push(Part {
            name: segment.name.to_string(),
            address: segment.vmaddr,
            size,
            bytes: bytes.to_vec(),
            writable: segment.initprot & 2 != 0,
            executable: segment.initprot & 4 != 0,
        });
    }
    if parts.is_empty() { unloadable("it has no segments") } else { Ok(parts) }
}

/// The libraries in the order in which ordinals count them: the last part of their paths.
fn libraries(macho: &File<'_>) -> Vec<String> {
    let name = |command: LoadCommand<'_>| {
        let at = u32::from_le_bytes(*command.data.get(8..)?.first_chunk()?) as usize;
        let path = command.data.get(at..)?.split(|byte| *byte == 0).next()?;
        let path = String::from_utf8_lossy(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        Some(name.split('.').next().unwrap_or(name).to_owned())
    };
    let commands = macho.commands().filter(|command| LOAD_LIBRARY.contains(&command.cmd));
    commands.map(|command| name(command).unwrap_or_default()).collect()
}

/// The library of an ordinal; "" for those that are none.
pub(crate) fn library(libraries: &[String], ordinal: i64) -> String {
    let index = usize::try_from(ordinal).ok().and_then(|ordinal| ordinal.checked_sub(1));
    index.and_then(|index| libraries.get(index)).cloned().unwrap_or_default()
}

type Symbols = (BTreeMap<String, u64>, BTreeMap<u64, String>);

fn symbols(macho: &File<'_>) -> Result<Symbols, Unloadable> {
    let (mut exports, mut names) = (BTreeMap::new(), BTreeMap::new());
    let Some(table) = macho.symtab().map_err(|why| Unloadable(why.to_string()))? else { return Ok((exports, names)) };
    for symbol in table.iter().filter(kext_link::macho::Nlist::is_section) {
        let Some(name) = table.name(&symbol) else { continue };
        if symbol.is_external() {
            exports.insert(name.to_owned(), symbol.n_value);
        }
        names.entry(symbol.n_value).or_insert_with(|| name.to_owned());
    }
    Ok((exports, names))
}

fn begin(macho: &File<'_>) -> Option<u64> {
    let thread = macho.commands().find(|command| command.cmd == LC_UNIXTHREAD)?;
    let word = |at: usize| Some(u32::from_le_bytes(*thread.data.get(at..)?.first_chunk()?));
    let rip = thread.data.get(RIP..)?.first_chunk()?;
    ([word(8)?, word(12)?] == STATE).then(|| u64::from_le_bytes(*rip))
}

fn oldest(macho: &File<'_>) -> Option<String> {
    let word = |(cmd, at): (u32, usize)| {
        let command = macho.commands().find(|command| command.cmd == cmd)?;
        Some(u32::from_le_bytes(*command.data.get(at..)?.first_chunk()?))
    };
    let version = OLDEST.into_iter().find_map(word)?;
    Some(format!("{}.{}", version >> 16, version >> 8 & 0xff))
}

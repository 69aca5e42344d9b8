//! An executable's parts by processor: load commands, sections, symbols, what it imports.

use object::Endianness;
use object::macho::{self, MachHeader32, MachHeader64};
use object::read::macho::{MachHeader, Nlist as _, Section as _, Segment as _};
use serde::Serialize;

/// Names of processors by their numbers.
const ARCHS: [(u32, &str); 5] =
    [(7, "i386"), (0x0100_0007, "x86_64"), (18, "ppc"), (0x0100_0012, "ppc64"), (0x0100_000c, "arm64e")];
/// Subtype of plain arm64.
const ARM64_ALL: u32 = 0;
/// Commands that name a library, in the order of the numbers that imports give.
const LIBRARIES: [macho::LoadCommandType; 5] = [
    macho::LC_LOAD_DYLIB,
    macho::LC_LOAD_WEAK_DYLIB,
    macho::LC_REEXPORT_DYLIB,
    macho::LC_LAZY_LOAD_DYLIB,
    macho::LC_LOAD_UPWARD_DYLIB,
];
/// Commands with the oldest macOS, and where it stands in them.
const OLDEST: [(macho::LoadCommandType, usize); 2] = [(macho::LC_VERSION_MIN_MACOSX, 8), (macho::LC_BUILD_VERSION, 12)];
/// In a symbol's type: others see it, or only this file does.
const N_EXT: u8 = 1;
const N_PEXT: u8 = 0x10;
/// In an import's description: it may be missing.
const N_WEAK_REF: u16 = 0x40;

/// The part of an executable for one processor.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Slice {
    /// "x86_64", "i386", "arm64e", "arm64", "ppc", or the number.
    pub arch: String,
    /// Bytes.
    pub size: usize,
    /// The file's type: 11 is a kext, 6 a library, 8 a bundle.
    pub file_type: u32,
    /// Names of the load commands, or their numbers, in order.
    pub commands: Vec<String>,
    /// The sections in order.
    pub sections: Vec<Section>,
    /// How many symbols of each kind.
    pub symbols: Symbols,
    /// Whether it has LC_CODE_SIGNATURE.
    pub signed: bool,
    /// What the code signature's flags say: "adhoc", "hard", "kill", "runtime" (hardened), "library-validation".
    pub signature_flags: Vec<&'static str>,
    /// The oldest macOS that the load command names.
    pub oldest: Option<String>,
    /// What it imports.
    #[serde(skip)]
    pub imports: Vec<Imported>,
    /// Symbols that others see.
    #[serde(skip)]
    pub exports: Vec<String>,
    /// All symbols that it defines.
    #[serde(skip)]
    pub defined: Vec<String>,
    /// What could not be read of it.
    pub unreadable: Vec<String>,
}

/// A section.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Segment and section: `__TEXT,__text`.
    pub name: String,
    /// Address as linked.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

/// How many symbols there are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Symbols {
    /// Defined here, and seen by others.
    pub exported: usize,
    /// Defined here, and not seen by others.
    pub hidden: usize,
    /// To be found in libraries.
    pub imported: usize,
    /// Of debuggers.
    pub debug: usize,
}

/// A symbol that is to be found in a library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imported {
    /// Mach-O name.
    pub symbol: String,
    /// It may be missing.
    pub weak: bool,
    /// The library's name in its load command, of a program in user space; empty where it is not said.
    pub library: String,
}

/// The parts of a file, thin or universal.
pub fn slices(file: &[u8]) -> Vec<Slice> {
    let Some(parts) = kext_link::fat::slices(file) else { return vec![slice(file)] };
    let one = |part: kext_link::fat::Slice<'_>| match part.bytes {
        Some(bytes) => slice(bytes),
        None => Slice {
            arch: arch(part.cputype, part.cpusubtype),
            unreadable: vec!["it does not lie within the file".to_owned()],
            ..Slice::default()
        },
    };
    parts.map(one).collect()
}

fn arch(processor: u32, subtype: u32) -> String {
    match ARCHS.iter().find(|(number, _)| *number == processor) {
        Some((_, "arm64e")) if subtype & 0x00ff_ffff == ARM64_ALL => "arm64".to_owned(),
        Some((_, name)) => (*name).to_owned(),
        None => format!("processor {processor:#x}"),
    }
}

fn slice(file: &[u8]) -> Slice {
    let magic = file.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    let mut slice = Slice { arch: "unknown".to_owned(), size: file.len(), ..Slice::default() };
    let read = match magic {
        Some(0xfeed_face | 0xcefa_edfe) => fill::<MachHeader32<Endianness>>(file, &mut slice),
        Some(0xfeed_facf | 0xcffa_edfe) => fill::<MachHeader64<Endianness>>(file, &mut slice),
        _ => {
            slice.unreadable.push("it is not a Mach-O file".to_owned());
            Ok(())
        }
    };
    if let Err(why) = read {
        slice.unreadable.push(why.to_string());
    }
    slice
}

/// Reads what there is; what has been read stays when the rest cannot be.
fn fill<M: MachHeader<Endian = Endianness>>(file: &[u8], slice: &mut Slice) -> object::read::Result<()> {
    let header = M::parse(file, 0)?;
    let endian = header.endian()?;
    slice.arch = arch(header.cputype(endian).0, header.cpusubtype(endian).0);
    slice.file_type = header.filetype(endian).0;
    let mut libraries = Vec::new();
    let mut table = None;
    let mut commands = header.load_commands(endian, file, 0)?;
    while let Some(command) = commands.next()? {
        let kind = command.cmd();
        slice.commands.push(kind.name().map_or_else(|| format!("{:#x}", kind.0), str::to_owned));
        let raw = command.raw_data();
        let word = |at: usize| raw.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if let Some((_, at)) = OLDEST.iter().find(|(number, _)| *number == kind) {
            slice.oldest = word(*at).map(|version| format!("{}.{}", version >> 16, version >> 8 & 0xff));
        }
        if kind == macho::LC_CODE_SIGNATURE {
            slice.signed = true;
            slice.signature_flags = word(8).zip(word(12)).map_or_else(Vec::new, |(at, size)| signature(file, at, size));
        }
        if LIBRARIES.contains(&kind) {
            libraries.push(word(8).map_or_else(String::new, |at| library(raw, at as usize)));
        }
        if let Some((segment, data)) = M::Segment::from_command(command)? {
            for section in segment.sections(endian, data)? {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
                slice.sections.push(Section {
                    name: format!("{},{}", text(section.segment_name()), text(section.name())),
                    address: section.addr(endian).into(),
                    size: section.size(endian).into(),
                });
            }
        } else if let Some(symtab) = command.symtab()? {
            table = Some(symtab);
        }
    }
    let Some(table) = table else { return Ok(()) };
    let symbols = table.symbols::<M, _>(endian, file)?;
    for symbol in symbols.iter() {
        if symbol.is_stab() {
            slice.symbols.debug += 1;
            continue;
        }
        let Ok(name) = symbol.name(endian, symbols.strings()) else {
            if slice.unreadable.last().is_none_or(|last| last != "a symbol's name") {
                slice.unreadable.push("a symbol's name".to_owned());
            }
            continue;
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let (kind, description) = (symbol.n_type().0, symbol.n_desc(endian).0);
        if symbol.is_undefined() {
            let ordinal = usize::from(description >> 8);
            let library = ordinal.checked_sub(1).and_then(|index| libraries.get(index)).cloned().unwrap_or_default();
            slice.symbols.imported += 1;
            slice.imports.push(Imported { symbol: name, weak: description & N_WEAK_REF != 0, library });
        } else {
            if kind & (N_EXT | N_PEXT) == N_EXT {
                slice.symbols.exported += 1;
                slice.exports.push(name.clone());
            } else {
                slice.symbols.hidden += 1;
            }
            slice.defined.push(name);
        }
    }
    slice.imports.sort();
    slice.imports.dedup_by(|left, right| left.symbol == right.symbol);
    Ok(())
}

/// The last part of the path that a command names a library by.
fn library(command: &[u8], at: usize) -> String {
    let path = command.get(at..).and_then(|rest| rest.split(|&byte| byte == 0).next()).unwrap_or_default();
    let path = String::from_utf8_lossy(path);
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The flags of the first code directory in a signature.
fn signature(file: &[u8], at: u32, size: u32) -> Vec<&'static str> {
    /// Bits by their names in `codesign --display`.
    const FLAGS: [(u32, &str); 5] =
        [(0x2, "adhoc"), (0x100, "hard"), (0x200, "kill"), (0x2000, "library-validation"), (0x10000, "runtime")];
    /// The magic number of a code directory; the flags stand 12 bytes behind it.
    const DIRECTORY: [u8; 4] = 0xfade_0c02_u32.to_be_bytes();
    let blob = (at as usize).checked_add(size as usize).and_then(|end| file.get(at as usize..end)).unwrap_or_default();
    let directory = blob.windows(4).position(|window| window == DIRECTORY);
    let flags =
        directory.and_then(|start| blob.get(start + 12..start + 16)?.try_into().ok()).map_or(0, u32::from_be_bytes);
    FLAGS.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect()
}

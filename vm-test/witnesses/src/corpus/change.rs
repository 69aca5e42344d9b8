//! Changes to a finished executable, as the table names them.

const LC_SEGMENT_64: u32 = 0x19;
const LC_SYMTAB: u32 = 0x2;
const LC_UUID: u32 = 0x1b;
const LC_CODE_SIGNATURE: u32 = 0x1d;
const HEADER: usize = 32;
const NLIST: usize = 16;
/// A stab for a function.
const N_FUN: u8 = 0x24;

/// Processors: name, magic number in the order of the file's bytes, cputype, cpusubtype.
const PROCESSORS: [(&str, [u8; 4], u32, u32); 4] = [
    ("i386", [0xce, 0xfa, 0xed, 0xfe], 7, 3),
    ("ppc", [0xfe, 0xed, 0xfa, 0xce], 18, 0),
    ("arm64e", [0xcf, 0xfa, 0xed, 0xfe], 0x0100_000c, 2),
    ("x86_64", [0xcf, 0xfa, 0xed, 0xfe], 0x0100_0007, 3),
];

/// Applies a change; nothing for "". `None`: it is none of these, or does not fit the file.
///
/// - `stabs`: a local function's symbol becomes a debugger's.
/// - `command N`: a load command more, of 16 bytes; 0x1d comes with a signature in `__LINKEDIT`.
/// - `filetype N`, `processor NAME`: another header.
/// - `universal NAME…`: a universal file of these processors; x86_64 is this file.
/// - `rename OLD NEW`: another name, of the same length.
/// - `without UUID`: no LC_UUID.
/// - `half`: the first half of the file; `text`: no Mach-O at all.
pub(super) fn apply(change: &str, mut file: Vec<u8>) -> Option<Vec<u8>> {
    let words: Vec<&str> = change.split(' ').collect();
    match words[..] {
        [""] => {}
        ["stabs"] => stabs(&mut file)?,
        ["command", number] => command(&mut file, parse(number)?)?,
        ["filetype", number] => put(&mut file, 12, parse(number)?)?,
        ["processor", name] => {
            let (magic, cputype, subtype) = processor(name)?;
            file.get_mut(..4)?.copy_from_slice(&magic);
            put(&mut file, 4, cputype)?;
            put(&mut file, 8, subtype)?;
        }
        ["universal", ref names @ ..] => file = universal(names, &file)?,
        ["rename", old, new] if old.len() == new.len() => {
            let at = file.windows(old.len()).rposition(|bytes| bytes == old.as_bytes())?;
            file.get_mut(at..at + new.len())?.copy_from_slice(new.as_bytes());
        }
        ["without", "UUID"] => without(&mut file, LC_UUID)?,
        ["half"] => file.truncate(file.len() / 2),
        ["text"] => file = b"not a Mach-O file, but long enough for one\n".repeat(99),
        _ => return None,
    }
    Some(file)
}

fn parse(number: &str) -> Option<u32> {
    match number.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    }
}

fn processor(name: &str) -> Option<([u8; 4], u32, u32)> {
    PROCESSORS.iter().find(|(known, ..)| *known == name).map(|&(_, magic, cputype, subtype)| (magic, cputype, subtype))
}

fn get(file: &[u8], at: usize) -> Option<u32> {
    file.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn put(file: &mut [u8], at: usize, word: u32) -> Option<()> {
    file.get_mut(at..at + 4)?.copy_from_slice(&word.to_le_bytes());
    Some(())
}

fn put_long(file: &mut [u8], at: usize, word: u64) -> Option<()> {
    file.get_mut(at..at + 8)?.copy_from_slice(&word.to_le_bytes());
    Some(())
}

/// Offset of the first load command of this kind for which `is_it` holds.
fn find(file: &[u8], kind: u32, is_it: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut at = HEADER;
    for _ in 0..get(file, 16)? {
        let size = get(file, at + 4)? as usize;
        if get(file, at)? == kind && is_it(file.get(at..at + size)?) {
            return Some(at);
        }
        at += size;
    }
    None
}

fn stabs(file: &mut [u8]) -> Option<()> {
    let symtab = find(file, LC_SYMTAB, |_| true)?;
    let [symbols, count, strings] = [8, 12, 16].map(|field| get(file, symtab + field));
    let strings = strings? as usize;
    let name = b"nothing_to_do";
    for index in 0..count? as usize {
        let at = symbols? as usize + index * NLIST;
        let text = file.get(strings + get(file, at)? as usize..)?;
        let end = text.iter().position(|&byte| byte == 0)?;
        if text[..end].windows(name.len()).any(|bytes| bytes == name) {
            *file.get_mut(at + 4)? = N_FUN;
            return Some(());
        }
    }
    None
}

/// The commands behind it move up.
fn without(file: &mut [u8], kind: u32) -> Option<()> {
    let at = find(file, kind, |_| true)?;
    let (count, all, size) = (get(file, 16)?, get(file, 20)?, get(file, at + 4)? as usize);
    let end = HEADER + all as usize;
    file.get_mut(at..end)?.rotate_left(size);
    file.get_mut(end - size..end)?.fill(0);
    put(file, 16, count - 1)?;
    put(file, 20, all - size as u32)
}

/// There is room for it between the load commands and the first section.
fn command(file: &mut Vec<u8>, kind: u32) -> Option<()> {
    const SIZE: u32 = 16;
    let (count, size) = (get(file, 16)?, get(file, 20)?);
    let at = HEADER + size as usize;
    if file.get(at..at + SIZE as usize)?.iter().any(|&byte| byte != 0) {
        return None;
    }
    put(file, 16, count + 1)?;
    put(file, 20, size + SIZE)?;
    put(file, at, kind)?;
    put(file, at + 4, SIZE)?;
    if kind == LC_CODE_SIGNATURE {
        const LENGTH: usize = 64;
        let linkedit = find(file, LC_SEGMENT_64, |command| command[8..].starts_with(b"__LINKEDIT\0"))?;
        file.resize(file.len().next_multiple_of(16), 0);
        let start = file.len() as u32;
        put(file, at + 8, start)?;
        put(file, at + 12, LENGTH as u32)?;
        file.resize(file.len() + LENGTH, 0x5a);
        let filesize = (file.len() - get(file, linkedit + 40)? as usize) as u64;
        put_long(file, linkedit + 32, filesize.next_multiple_of(4096))?;
        put_long(file, linkedit + 48, filesize)?;
    }
    Some(())
}

/// Slices begin at pages; those of other processors are a header long.
fn universal(names: &[&str], file: &[u8]) -> Option<Vec<u8>> {
    const PAGE: usize = 4096;
    let mut whole: Vec<u8> =
        [0xcafe_babe, names.len() as u32].iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    let mut slices = Vec::new();
    for name in names {
        let (_, cputype, subtype) = processor(name)?;
        let slice = if *name == "x86_64" {
            file.to_vec()
        } else {
            apply(&format!("processor {name}"), file[..HEADER].to_vec())?
        };
        let offset = PAGE + slices.len();
        whole.extend(
            [cputype, subtype, offset as u32, slice.len() as u32, 12].iter().flat_map(|word| word.to_be_bytes()),
        );
        slices.extend(slice);
        slices.resize(slices.len().next_multiple_of(PAGE), 0);
    }
    whole.resize(PAGE, 0);
    whole.extend(slices);
    Some(whole)
}

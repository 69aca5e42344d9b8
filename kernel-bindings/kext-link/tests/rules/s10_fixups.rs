//! Section 10: on macOS 11 opcodes and chains count in the place of relocations.

use std::collections::BTreeMap;

use kext_link::Manner;
use kext_link::link::Linked;

use crate::case::bytes;
use crate::kit::{CALL, Kext, Kpi, LC_SEGMENT_64};

const LC_DYLD_INFO_ONLY: u32 = 0x8000_0022;
const LC_DYLD_CHAINED_FIXUPS: u32 = 0x8000_0034;
/// `__DATA` among the segments, and where it begins.
const DATA: u8 = 1;
const DATA_START: u64 = 0x1000;
const PAGE: u64 = 0x1000;

/// What a relocation says: the import's name, or nothing for a pointer that is slid.
type Fixups = BTreeMap<u64, Option<String>>;

/// The good kext without its call, which only a relocation can bind, and its fixups.
fn good() -> (Kext, Fixups) {
    let mut kext = Kext::good();
    kext.external.retain(|reloc| reloc.address != CALL);
    let mut fixups: Fixups = kext.local.iter().map(|reloc| (reloc.address, None)).collect();
    for reloc in &kext.external {
        fixups.insert(reloc.address, Some(kext.symbols[reloc.number as usize].name.clone()));
    }
    (kext, fixups)
}

/// The file with another piece at the end of `__LINKEDIT`, and where the piece is.
fn with_piece(kext: &Kext, piece: &[u8]) -> (Vec<u8>, u32) {
    let mut file = kext.build();
    file.resize(file.len().next_multiple_of(8), 0);
    let start = file.len() as u32;
    file.extend(piece);
    let macho = kext_link::macho::File::parse(&file).unwrap();
    let linkedit = macho.commands().filter(|command| command.cmd == LC_SEGMENT_64).last().unwrap().offset as usize;
    let fileoff = u64::from_le_bytes(file[linkedit + 40..][..8].try_into().unwrap());
    let size = file.len() as u64 - fileoff;
    let vmsize = u64::from_le_bytes(file[linkedit + 32..][..8].try_into().unwrap());
    assert!(size <= vmsize, "the piece has room");
    file[linkedit + 48..][..8].copy_from_slice(&size.to_le_bytes());
    (file, start)
}

/// Sets the words behind the head of the last load command.
fn set_last(file: &mut [u8], words: &[u32]) {
    let macho = kext_link::macho::File::parse(file).unwrap();
    let at = macho.commands().last().unwrap().offset as usize + 8;
    for (index, word) in words.iter().enumerate() {
        file[at + index * 4..][..4].copy_from_slice(&word.to_le_bytes());
    }
}

fn uleb(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn place(opcode: u8, address: u64) -> Vec<u8> {
    [vec![opcode | DATA], uleb(address - DATA_START)].concat()
}

fn rebases(fixups: &Fixups) -> Vec<u8> {
    let slid = fixups.iter().filter(|(_, name)| name.is_none());
    let body = slid.flat_map(|(&address, _)| [place(0x20, address), vec![0x51]].concat());
    [vec![0x11], body.collect(), vec![0]].concat()
}

fn binds(fixups: &Fixups) -> Vec<u8> {
    let bound = fixups.iter().filter_map(|(&address, name)| Some((address, name.as_ref()?)));
    let body = bound.flat_map(|(address, name)| {
        [vec![0x3e, 0x40], name.bytes().collect(), vec![0], place(0x70, address), vec![0x90]].concat()
    });
    [vec![0x51], body.collect(), vec![0]].concat()
}

/// The kext with opcodes, which `change` has changed.
fn with_opcodes(rebases: &[u8], binds: &[u8]) -> Vec<u8> {
    let (mut kext, _) = good();
    (kext.local, kext.external) = (vec![], vec![]);
    kext.add_command(LC_DYLD_INFO_ONLY, 48);
    let first = rebases.len().next_multiple_of(8);
    let mut piece = rebases.to_vec();
    piece.resize(first, 0);
    piece.extend(binds);
    let (mut file, start) = with_piece(&kext, &piece);
    set_last(&mut file, &[start, rebases.len() as u32, start + first as u32, binds.len() as u32]);
    file
}

/// The kext with chains of a format.
fn with_chains(format: u16) -> Vec<u8> {
    let (mut kext, fixups) = good();
    (kext.local, kext.external) = (vec![], vec![]);
    kext.add_command(LC_DYLD_CHAINED_FIXUPS, 16);
    let mut names: Vec<&String> = fixups.values().flatten().collect();
    names.sort();
    names.dedup();
    let sites: Vec<u64> = fixups.keys().copied().collect();
    for (index, (&address, name)) in fixups.iter().enumerate() {
        let near = sites.get(index + 1).filter(|next| *next / PAGE == address / PAGE);
        let next = near.map_or(0, |next| (next - address) / 4) << 51;
        let old = u64::from_le_bytes(kext.contents[address as usize..][..8].try_into().unwrap());
        let word = match name {
            None => old,
            Some(name) => 1 << 63 | names.iter().position(|known| *known == name).unwrap() as u64,
        };
        kext.put(address, word | next);
    }
    let pages: Vec<u16> = (0..2)
        .map(|page| DATA_START / PAGE + page)
        .map(|page| sites.iter().find(|site| *site / PAGE == page).map_or(0xffff, |site| (site % PAGE) as u16))
        .collect();
    let mut strings = vec![0];
    let mut imports = vec![];
    for name in names {
        imports.extend(((strings.len() as u32) << 9 | 0xfe).to_le_bytes());
        strings.extend(name.bytes().chain([0]));
    }
    // The header; where the segments' chains are; those of __DATA; the imports; their names.
    let (starts, segment, names_at) = (32_u32, 16_u32, 80 + imports.len() as u32);
    let mut piece = vec![];
    for word in [0, starts, 80, names_at, imports.len() as u32 / 4, 1, 0, 0, 3, 0, segment, 0] {
        piece.extend(u32::to_le_bytes(word));
    }
    piece.extend(26_u32.to_le_bytes());
    piece.extend([PAGE as u16, format].iter().flat_map(|word| word.to_le_bytes()));
    piece.extend(DATA_START.to_le_bytes());
    piece.extend(0_u32.to_le_bytes());
    piece.extend([&[pages.len() as u16], &pages[..]].concat().iter().flat_map(|word| word.to_le_bytes()));
    piece.resize(80, 0);
    piece.extend(imports);
    piece.extend(strings);
    let (mut file, start) = with_piece(&kext, &piece);
    set_last(&mut file, &[start, piece.len() as u32]);
    file
}

fn link(file: &[u8]) -> Linked {
    Kpi::of("11").link(file, "11").unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn opcodes_and_chains_do_what_relocations_do() {
    let (kext, fixups) = good();
    let expected = link(&kext.build());
    for (what, file) in [
        ("opcodes", with_opcodes(&rebases(&fixups), &binds(&fixups))),
        ("chains of addresses", with_chains(2)),
        ("chains of offsets", with_chains(6)),
    ] {
        let linked = link(&file);
        let different = (DATA_START as usize..0x3000).find(|&at| linked.image[at] != expected.image[at]);
        assert_eq!(different, None, "{what}: the first byte that differs");
        assert_eq!(
            (linked.start, linked.stop, &linked.constructors),
            (expected.start, expected.stop, &expected.constructors)
        );
        assert_eq!(linked.vtables, expected.vtables, "{what}");
        let counts = |linked: &Linked| (linked.patched_slots, linked.imports);
        assert_eq!(counts(&linked), counts(&expected), "{what}");
    }
}

#[test]
fn broken_opcodes_are_refused() {
    let (_, fixups) = good();
    let refused = |rebases: &[u8], binds: &[u8], manner: Manner, words: &str| {
        let refusal = Kpi::of("11").link(&with_opcodes(rebases, binds), "11").unwrap_err();
        assert!(refusal.message.contains(words) && refusal.manner == manner, "{words}: {refusal}");
    };
    let far = [vec![0x11], place(0x20, DATA_START + 0x1ff9), vec![0x51]].concat();
    let endless =
        [&[0x11][..], &place(0x20, DATA_START), &[0x80, 0xff, 0xff, 0xff, 0xff, 0x0f], &uleb(u64::MAX - 7)].concat();
    for (rebases, manner, words) in [
        (&[0x11, 0x51][..], Manner::Said, "rebase missing preceding segment and offset"),
        (&[0x11, 0x27, 0, 0x51], Manner::Said, "rebase segment index 7 too large"),
        (&[0x11, 0x20, 0, 0x51], Manner::Said, "rebase pointer is in non-writable segment"),
        (&[0x12, 0x21, 0, 0x51], Manner::Said, "rebase type is not pointer"),
        (&[0xf0], Manner::Said, "unknown rebase opcode 0xF0"),
        (&[0x11, 0x21, 0x80], Manner::Said, "uleb128 beyond end"),
        (&far, Manner::Said, "current segment offset 0x00001FF9 beyond segment size (0x00002000)"),
        (&endless, Manner::Unsupported, "more than 1048576 fixups"),
    ] {
        refused(rebases, &[], manner, words);
    }
    let unnamed = [vec![0x51], place(0x70, DATA_START), vec![0x90]].concat();
    refused(&rebases(&fixups), &unnamed, Manner::Said, "missing preceding BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM");
    refused(&rebases(&fixups), &[0xe0], Manner::Said, "bad bind opcode 0xE0");
    refused(&rebases(&fixups), &[0x40, b'_'], Manner::Said, "symbol name extends beyond");
}

#[test]
fn broken_chains_are_refused() {
    for (offset, word, words) in [
        (0, 1, "unknown header version (1)"),
        (20, 9, "unknown imports_format (9)"),
        (16, 1 << 20, "imports array exceeds their load command"),
        (32, 9, "seg_count (9) does not match number of segments"),
        (52, 0x0008_1000, "unknown pointer_format (8)"),
        (16, 1, "out of range"),
    ] {
        bytes("a word of the chains' tables", move |_, file| {
            *file = with_chains(6);
            let start = file.len() - piece_length(file);
            file[start + offset..][..4].copy_from_slice(&u32::to_le_bytes(word));
        })
        .kxld("Invalid load command type in MH_KEXT_BUNDLE kext: 2147483700.")
        .said(&["10.6", "10.7"], "kext: 2147483700.")
        .on_11(words)
        .run();
    }
}

/// Length of the piece of the last load command, which is the end of the file.
fn piece_length(file: &[u8]) -> usize {
    let macho = kext_link::macho::File::parse(file).unwrap();
    let command = macho.commands().last().unwrap();
    u32::from_le_bytes(command.data[12..16].try_into().unwrap()) as usize
}

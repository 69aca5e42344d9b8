//! Section 10: what changes from release to release, beyond what the other sections have already.

use kext_link::{Manner, Rules};

use crate::case::{bytes, changed, get_field, set_field};
use crate::kit::{Command, Kext, LC_DYSYMTAB, LC_SYMTAB};

#[test]
fn releases_are_known_by_name() {
    assert!(Rules::for_release("10.5").is_none());
    assert!(Rules::for_release("12").is_none());
    assert_eq!(Rules::releases().count(), 11);
}

#[test]
fn a_signed_kext_cannot_load_on_10_6_and_10_7() {
    changed("LC_CODE_SIGNATURE", |kext| kext.add_command(0x1d, 16))
        .said(&["10.6", "10.7"], "Invalid segment type in MH_KEXT_BUNDLE kext: 29.")
        .run();
}

#[test]
fn on_11_the_pieces_of_linkedit_are_apart_aligned_and_in_bounds() {
    bytes("strings in the symbols", |_, file| {
        let symoff = get_field(file, LC_SYMTAB, 8);
        set_field(file, LC_SYMTAB, 16, symoff + 8);
        set_field(file, LC_SYMTAB, 20, 1);
    })
    .crash("is not a string within the string table")
    .on_11("in 'org.example.driver' LINKEDIT overlap of symbol table and symbol table strings")
    .run();
    bytes("relocations in front of __LINKEDIT", |_, file| {
        set_field(file, LC_DYSYMTAB, 72, 0x1000);
        set_field(file, LC_DYSYMTAB, 76, 0);
        set_field(file, LC_DYSYMTAB, 64, 0x1000);
    })
    .silent("")
    .on_11("LINKEDIT overlap of start of LINKEDIT and external relocations")
    .run();
    changed("symbols that are not aligned", |kext| {
        let data = kext.segment("__LINKEDIT");
        data.fileoff = 0;
        kext.contents.extend([0; 4]);
    })
    .on_11("in 'org.example.driver' mis-aligned LINKEDIT content 'local relocations'")
    .run();
    bytes("a code signature beyond the file", |kext, file| {
        let mut kext = kext.clone();
        kext.commands
            .push(Command::Other(0x1d, [0x10_0000_u32, 0x100].iter().flat_map(|word| word.to_le_bytes()).collect()));
        *file = kext.build();
    })
    .said(&["10.6", "10.7"], "kext: 29.")
    .on_11("LINKEDIT content 'code signature' extends beyond end of segment")
    .run();
}

#[test]
fn on_11_the_ranges_of_symbols_are_sane() {
    for (offset, kind) in [(8, "local"), (12, "local"), (16, "extern"), (20, "extern"), (24, "undefined")] {
        let words: &'static str = match kind {
            "local" => "indirect symbol table local symbol count exceeds total symbols",
            "extern" => "indirect symbol table extern symbol count exceeds total symbols",
            _ => "indirect symbol table undefined symbol count exceeds total symbols",
        };
        bytes("a range beyond the symbols", move |_, file| set_field(file, LC_DYSYMTAB, offset, 1000))
            .on_11(words)
            .run();
    }
    bytes("a range that ends beyond the symbols", |_, file| {
        let symbols = get_field(file, LC_SYMTAB, 12);
        set_field(file, LC_DYSYMTAB, 16, symbols);
    })
    .on_11_manner(Manner::Crash, "the range of extern symbols")
    .run();
}

#[test]
fn on_11_commands_are_of_their_size_and_alone() {
    changed("a second LC_UUID", |kext| kext.add_command(0x1b, 24)).on_11("multiple LC_UUID load commands").run();
    changed("a large LC_UUID", |kext| {
        kext.drop_command(0x1b);
        kext.add_command(0x1b, 32);
    })
    .on_11("LC_UUID load command size wrong")
    .run();
    bytes("load commands longer than sizeofcmds", |_, file| file[20..24].copy_from_slice(&200_u32.to_le_bytes()))
        .on_11("in 'org.example.driver' load commands exceed length of file")
        .run();
}

#[test]
fn on_11_segments_do_not_overlap() {
    changed("overlapping addresses", |kext| kext.segment("__LINKEDIT").vmaddr = 0x2000)
        .on_11("in 'org.example.driver' segment __DATA vm range overlaps segment __LINKEDIT")
        .run();
    changed("__TEXT not at the beginning", |kext| kext.segment("__TEXT").fileoff = 0x10)
        .on_11("__TEXT segment not start of mach-o")
        .run();
    changed("more contents than size", |kext| kext.segment("__TEXT").filesize += 8)
        .on_11("segment '__TEXT' filesize exceeds vmsize")
        .run();
    changed("odd permissions", |kext| kext.segment("__DATA").prot = 0x13)
        .on_11("__DATA segment permissions has invalid bits set")
        .run();
    changed("a section in front of its segment", |kext| kext.section("__mod_term_func").addr = 0xff8)
        .on_11("section '__mod_term_func' start address 0xFF8 is before containing segment's address 0x1000")
        .run();
}

#[test]
fn the_good_kext_has_the_four_commands_only() {
    let file = Kext::good().build();
    let macho = kext_link::macho::File::parse(&file).unwrap();
    for release in Rules::releases() {
        let rules = Rules::for_release(release).unwrap();
        assert!(macho.commands().all(|command| rules.accepts_command(command.cmd)), "{release}");
    }
}

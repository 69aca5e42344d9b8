//! Section 1: the file and its load commands.

use kext_link::Manner;
use kext_link::macho::File;
use kext_link::macho::constants::{LC_SEGMENT_64, LC_SOURCE_VERSION, LC_SYMTAB, LC_UUID};

use crate::case::{bytes, changed, get_field, set_field, word};
use crate::kit::{CALL, KMOD, Kext, Kpi, LC_DYSYMTAB};

const TRUNCATED: &str = "The Mach-O file has been truncated. Make sure the Mach-O header structures are correct.";
const OLD: [&str; 2] = ["10.6", "10.7"];
const KXLD: [&str; 10] = ["10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15"];

#[test]
fn r1_1_only_thin_x86_64_kext_bundles() {
    changed("a universal file", |kext| kext.magic = 0xbeba_feca)
        .kxld("The Mach-O file is malformed: Invalid magic number: 0xbebafeca.")
        .on_11("could not use 'org.example.driver' because it is not a mach-o file: 0xBEBAFECA")
        .run();
    changed("a 32-bit file", |kext| kext.magic = 0xfeed_face)
        .kxld("Invalid magic number: 0xfeedface.")
        .on_11("it is not a mach-o file: 0xFEEDFACE")
        .run();
    changed("another processor", |kext| kext.cputype = 7)
        .kxld(TRUNCATED)
        .on_11("could not use 'org.example.driver' because it is not a compatible arch")
        .run();
    changed("x86_64h", |kext| kext.cpusubtype = 8).on_11("it is not a compatible arch").run();
    for (filetype, words) in [(8, "filetype 0x8 is not supported"), (6, "filetype 0x6 is not supported")] {
        changed("a bundle or library", move |kext| kext.filetype = filetype)
            .kxld(words)
            .on_11("cannot be placed in kernel collection because: Not MH_KEXT_BUNDLE")
            .run();
    }
    changed("an object file", |kext| kext.filetype = 1)
        .kxld("The Mach-O filetype 0x1 is not supported on the target architecture.")
        .on_11("because it is not a dylib, bundle, or executable, filetype=0x00000001")
        .run();
    changed("a program", |kext| kext.filetype = 2)
        .crash("kxld takes it for the kernel")
        .on_11("Not MH_KEXT_BUNDLE")
        .run();
}

#[test]
fn r1_2_load_commands() {
    let refused = [
        (0x0c, "kext: 12."),
        (0x8000_001c, "kext: 2147483676."),
        (0x2d, "kext: 45."),
        (0x01, "kext: 1."),
        (0x8000_0033, "kext: 2147483699."),
    ];
    for (cmd, words) in refused {
        changed("a command that no kxld takes", move |kext| kext.add_command(cmd, 16)).kxld(words).run();
    }
    changed("LC_LOAD_DYLIB", |kext| kext.add_command(0xc, 24))
        .kxld("The Mach-O file is malformed: Invalid load command type in MH_KEXT_BUNDLE kext: 12.")
        .said(&OLD, "The Mach-O file is malformed: Invalid segment type in MH_KEXT_BUNDLE kext: 12.")
        .run();
    changed("LC_ID_DYLIB", |kext| kext.add_command(0xd, 24))
        .kxld("type in MH_KEXT_BUNDLE kext: 13.")
        .on_11("in 'org.example.driver' LC_ID_DYLIB found in non-MH_DYLIB")
        .run();
    changed("chained fixups", |kext| kext.add_command(0x8000_0034, 16))
        .kxld("kext: 2147483700.")
        .on_11("chained fixups exceed their load command")
        .run();
    changed("LC_UNIXTHREAD", |kext| kext.add_command(0x5, 16))
        .kxld("LC_UNIXTHREAD/LC_MAIN segment is not valid in a kext.")
        .said(&OLD, "LC_UNIXTHREAD segment is not valid in a kext.")
        .run();
    changed("LC_MAIN", |kext| kext.add_command(0x8000_0028, 24))
        .kxld("LC_UNIXTHREAD/LC_MAIN segment is not valid in a kext.")
        .said(&OLD, "Invalid segment type in MH_KEXT_BUNDLE kext: 2147483688.")
        .run();
}

#[test]
fn r1_2_load_commands_that_later_releases_take() {
    let mountain_lion = [(0x1d, "kext: 29."), (0x26, "kext: 38."), (0x29, "kext: 41."), (0x2a, "kext: 42.")];
    for (cmd, words) in mountain_lion {
        changed("a command of 10.8", move |kext| kext.add_command(cmd, 16)).said(&OLD, words).run();
    }
    changed("LC_VERSION_MIN_MACOSX", |kext| kext.add_command(0x24, 16))
        .said(&OLD, "Invalid segment type in MH_KEXT_BUNDLE kext: 36.")
        .on_11("could not use 'org.example.driver' because we expected it to have no platform")
        .run();
    changed("LC_SEGMENT_SPLIT_INFO", |kext| kext.add_command(0x1e, 16))
        .said(&OLD, "kext: 30.")
        .said(&["10.8"], "Invalid load command type in MH_KEXT_BUNDLE kext: 30.")
        .run();
    changed("LC_BUILD_VERSION", |kext| kext.add_command(0x32, 24))
        .kxld("type in MH_KEXT_BUNDLE kext: 50.")
        .taken(&["10.13", "10.14", "10.15"])
        .on_11("we expected it to have no platform")
        .run();
    changed("LC_NOTE", |kext| kext.add_command(0x31, 40))
        .kxld("type in MH_KEXT_BUNDLE kext: 49.")
        .taken(&["10.13", "10.14", "10.15"])
        .run();
}

#[test]
fn r1_3_dyld_info_is_never_used() {
    changed("LC_DYLD_INFO_ONLY with relocations", |kext| kext.add_command(0x8000_0022, 48))
        .said(&OLD, "kext: 2147483682.")
        .on_11("malformed mach-o contains LC_DYLD_INFO_ONLY and local relocations")
        .run();
    changed("LC_DYLD_INFO", |kext| kext.add_command(0x22, 48))
        .said(&OLD, "kext: 34.")
        .on_11("Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'")
        .run();
    let mut kext = Kext::good();
    kext.external.retain(|reloc| reloc.address != CALL);
    kext.add_command(0x8000_0022, 48);
    let linked = Kpi::of("10.14").link(&kext.build(), "10.14").unwrap();
    assert_eq!(word(&linked, CALL) as u32, 0, "a call without a relocation is not bound");
}

#[test]
fn r1_4_both_symbol_tables_are_there() {
    changed("no LC_SYMTAB", |kext| kext.drop_command(LC_SYMTAB))
        .crash("it has no LC_SYMTAB")
        .on_11("LC_DYSYMTAB but no LC_SYMTAB load command")
        .run();
    changed("no LC_DYSYMTAB", |kext| kext.drop_command(LC_DYSYMTAB))
        .crash("it has no LC_DYSYMTAB")
        .on_11_manner(Manner::Crash, "it has no LC_DYSYMTAB")
        .run();
    changed("neither", |kext| {
        kext.drop_command(LC_SYMTAB);
        kext.drop_command(LC_DYSYMTAB);
    })
    .crash("it has no LC_SYMTAB")
    .on_11("in 'org.example.driver' malformed mach-o missing LINKEDIT")
    .run();
}

#[test]
fn r1_5_everything_lies_within_the_file() {
    bytes("half a header", |_, file| file.truncate(20))
        .kxld(TRUNCATED)
        .on_11("in 'org.example.driver' load commands exceed length of file")
        .run();
    bytes("half the load commands", |_, file| file.truncate(100))
        .kxld(TRUNCATED)
        .on_11("load commands exceed length of file")
        .run();
    bytes("the last byte gone", |_, file| {
        file.pop();
    })
    .kxld(TRUNCATED)
    .on_11("segment load command content extends beyond end of file")
    .run();
    bytes("more symbols than there are", |_, file| set_field(file, LC_SYMTAB, 12, 0x0fff_ffff))
        .kxld(TRUNCATED)
        .on_11("LINKEDIT content 'symbol table' extends beyond end of segment")
        .run();
    bytes("strings beyond the file", |_, file| set_field(file, LC_SYMTAB, 20, 0x10_0000))
        .kxld(TRUNCATED)
        .on_11("LINKEDIT content 'symbol table strings' extends beyond end of segment")
        .run();
    changed("a section beyond the file", |kext| kext.section("__text").size = 0x100_0000).kxld(TRUNCATED).run();
    bytes("relocations beyond the file", |_, file| set_field(file, LC_DYSYMTAB, 72, 0x10_0000))
        .crash("the local relocation table")
        .on_11("LINKEDIT content 'local relocations' extends beyond end of segment")
        .run();
    bytes("a load command without a size", |_, file| set_field(file, LC_UUID, 4, 0))
        .crash("load command 5 claims a size of 0 bytes")
        .on_11("malformed load command #5, size (0x0) too small")
        .run();
    bytes("more sections than the command holds", |_, file| set_field(file, LC_SEGMENT_64, 64, 100))
        .crash("load command 0x19 has 152 bytes where its contents need 8072")
        .on_11("in 'org.example.driver' load command 0x19 has 152 bytes")
        .run();
}

#[test]
fn r1_6_a_uuid_is_not_needed() {
    changed("no LC_UUID", |kext| kext.drop_command(LC_UUID)).run();
}

#[test]
fn r1_7_the_header_is_written_anew() {
    let mut kext = Kext::good();
    kext.add_command(0x1d, 16);
    kext.add_command(LC_SOURCE_VERSION, 16);
    let linked = Kpi::of("10.14").link(&kext.build(), "10.14").unwrap();
    let macho = File::parse(&linked.image).unwrap();
    let commands: Vec<u32> = macho.commands().map(|command| command.cmd).collect();
    assert_eq!(commands, [LC_SEGMENT_64, LC_SEGMENT_64, LC_SEGMENT_64, LC_SYMTAB, LC_UUID, LC_SOURCE_VERSION]);
    assert_eq!(macho.uuid().unwrap()[0], 1);
    let addresses: Vec<u64> = macho.segments().map(|segment| segment.unwrap().vmaddr - linked.base).collect();
    assert_eq!(addresses, [0, 0x1000, 0x3000]);
    let symtab = macho.symtab().unwrap().unwrap();
    assert!(symtab.iter().all(|symbol| symbol.is_section()), "imports are gone");
    let kmod = symtab.iter().find(|symbol| symtab.name(symbol) == Some("_kmod_info")).unwrap();
    assert_eq!(kmod.n_value, linked.base + KMOD);
    assert!(!kmod.is_external(), "_kmod_info has been made private");
    assert_eq!(kmod.n_sect, 3);
}

#[test]
fn r1_7_kxld_alone_throws_commands_away() {
    changed("the good kext", |_| {}).run_and(|release, linked| {
        let dysymtab = File::parse(&linked.image).unwrap().commands().any(|command| command.cmd == LC_DYSYMTAB);
        assert_eq!(dysymtab, !KXLD.contains(&release), "{release}");
        assert_eq!(u64::from(get_field(&linked.image, LC_SEGMENT_64, 24)), linked.base & 0xffff_ffff, "{release}");
    });
}

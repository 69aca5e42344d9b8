//! Section 2: segments and sections.

use kext_link::Manner;

use crate::case::changed;
use crate::kit::{BASE, COMMON, Command, INIT, Kext, Kpi, Section, Segment};

#[test]
fn r2_1_linkedit_is_there() {
    changed("no __LINKEDIT", |kext| {
        kext.commands.retain(|command| !matches!(command, Command::Segment(segment) if segment.name == "__LINKEDIT"));
    })
    .crash("it has no __LINKEDIT segment, or an empty one")
    .on_11("in 'org.example.driver' missing __LINKEDIT segment")
    .run();
    changed("an empty __LINKEDIT", |kext| kext.segment("__LINKEDIT").vmsize = 0)
        .crash("it has no __LINKEDIT segment, or an empty one")
        .on_11("segment '__LINKEDIT' filesize exceeds vmsize")
        .run();
}

#[test]
fn r2_1_linkedit_is_made_as_large_as_what_is_put_into_it() {
    changed("a large __LINKEDIT", |kext| kext.segment("__LINKEDIT").vmsize = 0x8000).run_and(|release, linked| {
        assert_eq!(linked.image.len(), if release == "11" { 0xb000 } else { 0x4000 }, "{release}");
    });
}

#[test]
fn r2_2_one_slide_that_is_whole_pages() {
    changed("an address in a page", |_| {})
        .at(BASE + 0x800)
        .kxld("Load address 0xffffff7f81000800 is not page-aligned.")
        .on_11_manner(Manner::Unsupported, "load address 0xffffff7f81000800 is not page-aligned")
        .run();
}

#[test]
fn r2_2_segments_are_protected_page_by_page() {
    changed("a __DATA that ends in a page", |kext| kext.segment("__DATA").vmsize = 0x1f00).run_and(
        |release, linked| {
            let data = linked.segments.iter().find(|segment| segment.name == "__DATA").unwrap();
            assert_eq!((data.address - BASE, data.size), (0x1000, 0x1000), "{release}");
        },
    );
}

#[test]
fn r2_3_empty_segments_are_skipped_and_names_agree() {
    let empty = Segment {
        name: "__EMPTY",
        vmaddr: 0,
        vmsize: 0,
        fileoff: 0,
        filesize: 0,
        prot: 3,
        sections: vec![Section { segment: "__OTHER", ..Kext::good().section("__data").clone() }],
    };
    changed("an empty segment with a section of another", move |kext| {
        kext.commands.insert(2, Command::Segment(empty.clone()));
    })
    .run_and(|release, linked| assert!(linked.segments.iter().all(|segment| segment.name != "__EMPTY"), "{release}"));
    changed("a section that names another segment", |kext| kext.section("__data").segment = "__OTHER")
        .silent("section __OTHER,__data stands in segment __DATA")
        .run();
}

#[test]
fn r2_4_misaligned_sections_are_moved() {
    changed("a section at an address that its alignment does not allow", |kext| {
        kext.section("__common").addr = COMMON + 8;
        kext.section("__common").align = 5;
    })
    .run_and(|release, linked| {
        let address =
            linked.symbols.iter().find(|symbol| symbol.name == "__ZN4Base10gMetaClassE").unwrap().address - BASE;
        let moved =
            linked.warnings.iter().any(|warning| warning.contains("__DATA,__common at 0x2008 wants an alignment"));
        assert_eq!(
            (moved, address),
            if release == "11" { (false, COMMON) } else { (true, COMMON + 0x18) },
            "{release}"
        );
    });
    changed("an alignment that no load address has", |kext| kext.section("__data").align = 13)
        .at(BASE + 0x1000)
        .kxld("The Mach-O file is malformed: Alignment error: ")
        .run();
}

#[test]
fn r2_5_section_types() {
    for (kind, words) in [
        (0x7, "The Mach-O file is malformed: Invalid section type: 7."),
        (0xf, "Invalid section type: 15."),
        (0x11, "Invalid section type: 17."),
        (0x12, "Invalid section type: 18."),
        (0x13, "Invalid section type: 19."),
        (0x14, "Invalid section type: 20."),
        (0x15, "Invalid section type: 21."),
        (0x16, "Invalid section type: 22."),
    ] {
        changed("a type that is not copied", move |kext| kext.section("__data").flags = kind).kxld(words).run();
    }
    changed("interposing", |kext| kext.section("__data").flags = 0xd)
        .kxld("Invalid section type: 13.")
        .on_11("cannot be placed in kernel collection because: Has interposing tuples")
        .run();
    changed("zero-fill with an offset in the file", |kext| kext.section("__data").flags = 1)
        .kxld("Invalid section type: 1.")
        .run();
    changed("stubs", |kext| kext.section("__data").flags = 8).said(&["10.6", "10.7"], "Invalid section type: 8.").run();
    for kind in [0, 2, 3, 4, 5, 6, 9, 0xa, 0xb, 0xe] {
        changed("a type that is copied", move |kext| kext.section("__data").flags = kind).run();
    }
}

#[test]
fn r2_6_holes_between_sections_but_not_between_segments() {
    changed("a hole between sections", |kext| kext.section("__text").size -= 0x20).run();
    changed("a hole between segments", |kext| kext.segment("__LINKEDIT").vmaddr += 0x10_000).silent("__LINKEDIT").run();
    changed("segments of 2^50 bytes", |kext| kext.segment("__DATA").vmsize = 1 << 50)
        .silent("its segments are larger than 64 MiB together")
        .on_11("segment __DATA vm range overlaps segment __LINKEDIT")
        .run();
}

#[test]
fn r2_6_nothing_lies_over_the_header() {
    changed("a section at address 0", |kext| kext.section("__mod_term_func").addr = 0)
        .crash("section __DATA,__mod_term_func is put over the header that it writes")
        .on_11("section '__mod_term_func' start address 0x0 is before containing segment's address 0x1000")
        .run();
    changed("__LINKEDIT at address 0", |kext| kext.segment("__LINKEDIT").vmaddr = 0)
        .crash("__LINKEDIT is put over the header that it writes")
        .on_11("vm range overlaps segment")
        .run();
}

#[test]
fn r2_7_only_the_name_text_makes_code() {
    changed("another name for __text", |kext| kext.section("__text").name = "__code").run();
    changed("another name for __TEXT", |kext| {
        kext.segment("__TEXT").name = "__CODE";
        kext.section("__text").segment = "__CODE";
    })
    .silent("start routine is 0xffffff7f81000810, which is not in executable pages")
    .on_11("in 'org.example.driver' missing __TEXT segment")
    .run();
    changed("the good kext", |_| {}).run_and(|release, linked| {
        let executable: Vec<&str> =
            linked.segments.iter().filter(|segment| segment.executable).map(|segment| &*segment.name).collect();
        assert_eq!(executable, ["__TEXT"], "{release}");
    });
}

#[test]
fn r2_8_sections_own_relocations_do_not_count() {
    let plain = Kpi::kernel().link(&Kext::good().build(), "10.14").unwrap();
    let mut kext = Kext::good();
    kext.section("__data").nreloc = 3;
    let linked = Kpi::kernel().link(&kext.build(), "10.14").unwrap();
    assert_eq!(plain.image[INIT as usize..][..8], linked.image[INIT as usize..][..8]);
    changed("relocations of a section beyond the file", |kext| kext.section("__data").nreloc = 0x100_0000)
        .kxld("The Mach-O file has been truncated.")
        .run();
}

//! Section 4: relocations.

use kext_link::Manner;

use crate::case::{changed, word};
use crate::kit::{BASE, CALL, COMMON, CONST, END, INIT, Kext, Kpi, Reloc, SUPER_CALL, TERM, function};

const KIND: u32 = 0;

fn local(address: u64, number: u32) -> Reloc {
    Reloc { address, number, pcrel: false, length: 3, external: false, kind: KIND }
}

#[test]
fn r4_1_addresses_are_in_a_segment() {
    changed("a local relocation beyond all segments", |kext| kext.local.push(local(0x10_0000, 1)))
        .silent("a relocation at 0x100000 (type 0, length 3) cannot be done: its address is in no segment")
        .on_11("local relocation has out of range r_address")
        .run();
    changed("an external one", |kext| kext.external_at(SUPER_CALL).address = 0x10_0000)
        .silent("a relocation at 0x100000")
        .on_11("local relocation has out of range r_address")
        .run();
    changed("a relocation in zero-fill", |kext| kext.local.push(local(COMMON + 0xf80, 1)))
        .crash("the place of a relocation at 0x2f80 is patched at offset 0x2f80, which is not in the file")
        .run();
    changed("a relocation across the end of a segment", |kext| kext.local.push(local(END - 4, 1)))
        .crash("the place of a relocation at 0x2ffc")
        .on_11("local relocation current segment offset 0x00001FFC beyond segment size (0x00002000)")
        .run();
}

#[test]
fn r4_2_pointers_and_calls() {
    changed("a pointer of four bytes", |kext| kext.external_at(SUPER_CALL).length = 2)
        .silent("a relocation at 0x12d0 (type 0, length 2) cannot be done")
        .on_11("external relocation has wrong r_length")
        .run();
    changed("a local pointer of four bytes", |kext| kext.local_at(INIT).length = 2)
        .silent("a relocation at 0x1300")
        .on_11("local relocation has wrong r_length")
        .run();
    changed("a local call", |kext| kext.local_at(INIT).kind = 2)
        .silent("its type has no eight-byte form")
        .on_11("local relocation has wrong r_type")
        .run();
    changed("a call that is not pc-relative", |kext| kext.external_at(CALL).pcrel = false)
        .silent("a relocation at 0x801 (type 2, length 2) cannot be done")
        .on_11("external relocation should be pcrel")
        .run();
    changed("a call of eight bytes", |kext| kext.external_at(CALL).length = 3)
        .silent("it is eight bytes long and pc-relative")
        .on_11("external relocation has wrong r_length")
        .run();
    changed("a pointer of two bytes", |kext| kext.external_at(SUPER_CALL).length = 1)
        .silent("its length is neither 2 nor 3")
        .on_11("external relocation has wrong r_length")
        .run();
    changed("a symbol that is not there", |kext| kext.external_at(SUPER_CALL).number = 10_000)
        .silent("it names symbol 10000 of")
        .on_11("external relocation has out of range r_symbolnum")
        .run();
    changed("a pointer in code", |kext| kext.external_at(SUPER_CALL).address = 0x900)
        .on_11("external relocation pointer bind is in non-writable segment")
        .run();
    changed("a call in data", |kext| kext.external_at(CALL).address = SUPER_CALL + 8)
        .on_11("external relocation text bind is in writable segment")
        .run();
}

#[test]
fn r4_2_addends_are_added_by_kxld_and_dropped_on_11() {
    changed("a pointer behind a symbol", |kext| kext.put(SUPER_CALL, 16 + 3 * 8)).run_and(|release, linked| {
        let vtable = Kpi::of(release).exports["__ZTV8OSObject"];
        let dropped = "macOS 11 drops the addend 0x28 of the pointer at 0x12d0.";
        if release == "11" {
            assert_eq!(word(&linked, SUPER_CALL), vtable);
            assert_eq!(linked.warnings, [dropped]);
        } else {
            assert_eq!(word(&linked, SUPER_CALL), vtable + 16 + 3 * 8, "{release}");
        }
    });
    changed("a call with a displacement in the file", |kext| {
        kext.contents[CALL as usize..][..4].copy_from_slice(&0x20_u32.to_le_bytes());
    })
    .run_and(|release, linked| {
        let displacement = i64::from(word(&linked, CALL) as u32 as i32);
        let target = (BASE + CALL + 4).wrapping_add_signed(displacement);
        let added = if release == "11" { 0 } else { 0x20 };
        assert_eq!(target, Kpi::of(release).exports["_IOLog"] + added, "{release}");
    });
}

#[test]
fn r4_2_other_kinds_as_kxld_has_them() {
    changed("an external SIGNED", |kext| {
        let call = kext.external_at(CALL);
        call.kind = 1;
    })
    .on_11("external relocation has wrong r_length")
    .run_and(|release, linked| {
        let displacement = i64::from(word(&linked, CALL) as u32 as i32);
        assert_eq!((BASE + CALL + 4).wrapping_add_signed(displacement), Kpi::of(release).exports["_IOLog"]);
    });
    changed("a local SIGNED with one byte behind it", |kext| {
        kext.contents[0x980..0x984].copy_from_slice(&0x100_u32.to_le_bytes());
        kext.local.push(Reloc { pcrel: true, length: 2, kind: 6, ..local(0x980, 1) });
    })
    .on_11("local relocation has wrong r_length")
    .run_and(|release, linked| assert_eq!(word(&linked, 0x980) as u32, 0xff, "{release}"));
    changed("a use of the global offset table, which there is none of", |kext| kext.external_at(CALL).kind = 4)
        .kxld("A relocation entry has overflowed.")
        .on_11("external relocation has wrong r_length")
        .run();
    changed("a local use of it", |kext| {
        kext.local.push(Reloc { pcrel: true, length: 2, kind: 3, ..local(0x980, 1) });
    })
    .silent("a relocation at 0x980 (type 3, length 2)")
    .on_11("local relocation has wrong r_length")
    .run();
    changed("a local difference", |kext| {
        kext.local.push(Reloc { kind: 5, ..local(SUPER_CALL + 8, 1) });
        kext.local.push(local(0x123, 1));
    })
    .on_11("local relocation has wrong r_type")
    .run_and(|release, linked| assert_eq!(word(&linked, SUPER_CALL + 8), BASE - 0x123, "{release}"));
    changed("half a difference", |kext| kext.local.push(Reloc { kind: 5, ..local(SUPER_CALL + 8, 1) }))
        .silent("the SUBTRACTOR relocation at 0x12d8 is not followed by its UNSIGNED half")
        .on_11("local relocation has wrong r_type")
        .run();
    changed("a difference in front", |kext| {
        kext.local.insert(0, local(0x123, 1));
        kext.local.insert(0, Reloc { kind: 5, ..local(SUPER_CALL + 8, 1) });
    })
    .silent("the first local relocation (at 0x12d8) is absolute or half of a pair")
    .on_11("local relocation has wrong r_type")
    .run();
    changed("an external difference", |kext| kext.external_at(SUPER_CALL).kind = 5)
        .crash("is an external SUBTRACTOR")
        .on_11("external relocation has wrong r_type")
        .run();
}

#[test]
fn r4_3_calls_reach_two_gigabytes() {
    changed("a kext far from the kernel", |_| {})
        .at(0x1000_0000)
        .kxld(
            "A relocation entry has overflowed. The kext may be too far from one of its dependencies. Check your kext's load \
             address.",
        )
        .on_11_manner(Manner::Unsupported, "the call at 0x801 is more than 2 GiB away")
        .run();
}

#[test]
fn r4_4_data_is_in_the_file_where_it_is_in_memory() {
    changed("__DATA one page further in the file", |kext| {
        kext.contents.splice(CONST as usize..CONST as usize, [0; 0x1000]);
        let data = kext.segment("__DATA");
        data.fileoff += 0x1000;
        for section in data.sections.iter_mut().filter(|section| section.offset != 0) {
            section.offset += 0x1000;
        }
    })
    .kxld("metaclass == NULL kxld_sym __ZN7Derived10superClassE")
    .run();
}

#[test]
fn r4_5_any_section_slides_alike() {
    for section in 1..=6 {
        changed("another section", move |kext| kext.local_at(INIT).number = section).run_and(move |release, linked| {
            assert_eq!(linked.constructors, [BASE + function("__construct").unwrap()], "{release} {section}");
        });
    }
}

#[test]
fn r4_6_absolute_local_relocations_are_skipped() {
    changed("a relocation without a section", |kext| kext.local_at(INIT).number = 0).run_and(|release, linked| {
        let slid = if release == "11" { BASE } else { 0 };
        assert_eq!(linked.constructors, [slid + function("__construct").unwrap()], "{release}");
    });
    changed("the first without a section", |kext| kext.local[0].number = 0)
        .silent("the first local relocation (at 0x1010) is absolute or half of a pair")
        .run();
    changed("all without a section", |kext| {
        for reloc in &mut kext.local {
            reloc.number = 0;
        }
    })
    .silent("the first local relocation")
    .run();
    changed("a section that is not there", |kext| kext.local_at(INIT).number = 7)
        .silent("it names section 7 of 6")
        .run();
}

#[test]
fn r4_7_symbol_pointers() {
    let pointers = |kext: &mut Kext, indirect: Vec<u32>| {
        let section = kext.section("__mod_term_func");
        section.name = "__nl_symbol_ptr";
        section.flags = 6;
        kext.local.retain(|reloc| reloc.address != TERM);
        kext.put(TERM, 0);
        kext.indirect = indirect;
    };
    let log = Kext::good().number("_IOLog");
    changed("a pointer of the indirect symbols", move |kext| pointers(kext, vec![log])).run_and(|release, linked| {
        assert_eq!(word(&linked, TERM), Kpi::of(release).exports["_IOLog"], "{release}");
    });
    changed("the same with a relocation too", move |kext| {
        pointers(kext, vec![log]);
        kext.bind(TERM, "_IOLog");
    })
    .run_and(|release, linked| {
        let twice = Kpi::of(release).exports["_IOLog"].wrapping_mul(if release == "11" { 1 } else { 2 });
        assert_eq!(word(&linked, TERM), twice, "{release}");
    });
    changed("a local pointer", move |kext| {
        pointers(kext, vec![0x8000_0000]);
        kext.put(TERM, 0x810);
    })
    .run_and(|release, linked| assert_eq!(word(&linked, TERM), BASE + 0x810, "{release}"));
    changed("an absolute pointer", move |kext| {
        pointers(kext, vec![0xc000_0000]);
        kext.put(TERM, 0x810);
    })
    .on_11("indirect symbol[0] = 3221225472 which is invalid symbol index")
    .run_and(|release, linked| assert_eq!(word(&linked, TERM), 0x810, "{release}"));
    changed("no indirect symbols", move |kext| pointers(kext, vec![]))
        .kxld("The Mach-O file is malformed: firstsym + nsyms > object->dysymtab_hdr->nindirectsyms")
        .run();
    changed("too few indirect symbols", move |kext| {
        pointers(kext, vec![log]);
        kext.section("__nl_symbol_ptr").reserved1 = 1;
    })
    .kxld("firstsym + nsyms > object->dysymtab_hdr->nindirectsyms")
    .on_11("section __nl_symbol_ptr overflows indirect symbol table")
    .run();
    changed("a symbol that is not there", move |kext| pointers(kext, vec![10_000]))
        .silent("pointer 0 of __nl_symbol_ptr names a symbol that is not in the table")
        .on_11("indirect symbol[0] = 10000 which is invalid symbol index")
        .run();
}

#[test]
fn r4_8_no_external_relocations_count_as_linked() {
    changed("imports without relocations", |kext| kext.external.clear())
        .crash("the vtable __ZTV8OSObject does not lie in a section with contents")
        .on_11("Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'")
        .run();
    changed("neither imports nor relocations", |kext| {
        kext.external.clear();
        kext.symbols.retain(|symbol| symbol.n_type != 1);
    })
    .on_11("Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'")
    .run_and(|release, linked| assert_eq!(linked.patched_slots, 0, "{release}"));
}

#[test]
fn r4_9_words_need_no_alignment() {
    changed("a pointer at an odd address", |kext| {
        kext.external_at(SUPER_CALL).address = SUPER_CALL + 1;
    })
    .run_and(|release, linked| {
        assert_eq!(word(&linked, SUPER_CALL + 1), Kpi::of(release).exports["__ZTV8OSObject"], "{release}");
    });
}

#[test]
fn relocations_against_own_symbols() {
    changed("an external relocation to a function of its own", |kext| kext.bind(SUPER_CALL + 8, "__ZN4Base3addEv"))
        .on_11("Failed to bind '__ZN4Base3addEv' in 'org.example.driver' (at offset 0xd8 in __DATA, __data)")
        .run_and(|release, linked| {
            assert_eq!(word(&linked, SUPER_CALL + 8), BASE + function("__ZN4Base3addEv").unwrap(), "{release}");
        });
    changed("to a weak definition", |kext| {
        kext.symbol("__ZN4Base3addEv").n_desc = 0x80;
        kext.bind(SUPER_CALL + 8, "__ZN4Base3addEv");
    })
    .run_and(|release, linked| {
        assert_eq!(word(&linked, SUPER_CALL + 8), BASE + function("__ZN4Base3addEv").unwrap(), "{release}");
    });
    changed("a call of a weak definition", |kext| {
        kext.symbol("__ZN4Base3addEv").n_desc = 0x80;
        kext.external_at(CALL).number = kext.number("__ZN4Base3addEv");
    })
    .on_11("Unexpected weak bind type: 3")
    .run();
}

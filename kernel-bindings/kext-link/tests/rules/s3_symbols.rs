//! Section 3: the symbol table.

use kext_link::{Manner, Rules, WEAK_FILLER};

use crate::case::{changed, kernel, set_field, word};
use crate::kit::{BASE, CALL, EXTERNAL, KMOD, Kext, Kpi, SUPER_CALL, Symbol, function};

fn symbol(name: &str, n_type: u8, n_sect: u8, n_value: u64) -> Symbol {
    Symbol { name: name.into(), n_type, n_sect, n_desc: 0, n_value }
}

const UNRESOLVED: &str = "The following symbols are unresolved for this kext:\n\t";

#[test]
fn r3_1_ranges_count_on_11_only() {
    changed("no ranges of symbols", |kext| kext.ranges = false)
        .on_11_manner(
            Manner::Silent,
            "no _kmod_info among the symbols that LC_DYSYMTAB calls local or defined external",
        )
        .run();
    changed("a local symbol with N_EXT", |kext| {
        // Apple's private externs in finished kexts have lost N_EXT; the kit's ranges count this one as local.
        let kmod = Symbol { n_type: 0x1f, ..kext.symbol("_kmod_info").clone() };
        kext.strip("_kmod_info");
        kext.insert(0, kmod);
    })
    .on_11_manner(Manner::Silent, "no _kmod_info among the symbols")
    .run();
}

#[test]
fn r3_2_common_symbols() {
    changed("a common symbol", |kext| kext.symbols.push(symbol("_common", 1, 0, 8)))
        .kxld(
            "Common symbols are not supported in kernel extensions. Use -fno-common to build your kext. The following are \
             common symbols:\n\t_common",
        )
        .run();
}

#[test]
fn r3_3_definitions_that_a_library_exports_too() {
    kernel("a helper that the kernel has too", |kpi| {
        kpi.offer("__ZN4Base3addEv");
    })
    .kxld("The following symbols were defined more than once:\n\t__ZN4Base3addEv: 0x")
    .run();
    changed("the same, private external", |kext| kext.symbol("__ZN4Base3addEv").n_type = 0x1f)
        .and_kernel(|kpi| {
            kpi.offer("__ZN4Base3addEv");
        })
        .run();
    kernel("the same at the same address", |kpi| {
        kpi.exports.insert("__ZN4Base3addEv".into(), BASE + function("__ZN4Base3addEv").unwrap());
    })
    .run();
}

#[test]
fn r3_4_definitions_that_are_always_private() {
    let own = ["_kmod_info", "__Znwm", "__Znam", "__ZdlPv", "__ZdaPv"];
    changed("operators of its own", move |kext| {
        for name in &own[1..] {
            let at = kext.number("_kmod_info") as usize;
            let own = symbol(name, EXTERNAL, 1, function("__construct").unwrap());
            kext.insert(at, own);
        }
    })
    .and_kernel(move |kpi| {
        for name in own {
            kpi.offer(name);
        }
    })
    .run_and(move |release, linked| {
        let exported = linked.exports.iter().any(|export| own.contains(&&*export.name));
        assert_eq!(exported, release == "11", "{release}");
    });
}

#[test]
fn r3_5_bits_of_n_desc() {
    changed("a Thumb function", |kext| kext.symbol("__ZN4Base3addEv").n_desc = 8).run_and(|release, linked| {
        let add = linked.symbols.iter().find(|symbol| symbol.name == "__ZN4Base3addEv").unwrap();
        assert_eq!(add.address & 1 != 0, release != "11", "{release}");
    });
    changed("weak definitions", |kext| kext.symbol("__ZN4Base3addEv").n_desc = 0x80).run();
    changed("obsolete definitions", |kext| kext.symbol("__ZN4Base3addEv").n_desc = 0x20).run();
    changed("library ordinals", |kext| kext.symbol("_IOLog").n_desc = 0xfe00).run();
    changed("library ordinals that count", |kext| {
        kext.flags = 0x80;
        kext.symbol("_IOLog").n_desc = 0x100;
    })
    .on_11("external relocation has library ordinal too large (1) max (0)")
    .run();
}

#[test]
fn r3_6_weak_imports() {
    let weak = |kext: &mut Kext| {
        kext.import("_IOMaybe");
        kext.symbol("_IOMaybe").n_desc = 0x40;
        kext.bind(SUPER_CALL + 8, "_IOMaybe");
    };
    changed("a weak import without a test", weak)
        .kxld(
            "This kext has weak references but does not test for them. Test for weak references with OSKextSymbolIsResolved(). \
             (found in <libkern/OSKextLib.h>)",
        )
        .on_11(
            "Has weak references but does not test for them.  Test for weak references with OSKextSymbolIsResolved().",
        )
        .run();
    let tested = move |kext: &mut Kext| {
        weak(kext);
        kext.import("_gOSKextUnresolved");
        kext.bind(SUPER_CALL + 16, "_gOSKextUnresolved");
    };
    changed("a weak import with a test", tested)
        .and_kernel(|kpi| {
            kpi.offer(WEAK_FILLER);
        })
        .run_and(|release, linked| {
            let filler = if release == "11" { "_gOSKextUnresolved" } else { WEAK_FILLER };
            let mut kpi = Kpi::default();
            assert_eq!(word(&linked, SUPER_CALL + 8), kpi.offer(filler), "{release}");
        });
    changed("a weak import that is there", weak)
        .and_kernel(|kpi| {
            kpi.offer("_IOMaybe");
        })
        .run();
    changed("a machine without the filler", tested).silent("no library offers _kext_weak_symbol_referenced").run();
    changed("a kernel without the symbol", weak)
        .and_kernel(|kpi| {
            kpi.exports.remove("_gOSKextUnresolved");
        })
        .kxld("This kext has weak references but does not test for them.")
        .on_11("Weak bind symbol '_gOSKextUnresolved' not found in kernel")
        .run();
    changed("a weak import that is called", |kext| kext.symbol("_IOLog").n_desc = 0x40)
        .and_kernel(|kpi| {
            kpi.exports.remove("_IOLog");
        })
        .kxld("This kext has weak references but does not test for them.")
        .on_11("Unexpected bind type: 3")
        .run();
}

#[test]
fn r3_7_unresolved_imports() {
    kernel("an import that nothing exports", |kpi| {
        kpi.exports.remove("_IOLog");
    })
    .kxld("The following symbols are unresolved for this kext:\n\t_IOLog")
    .on_11(
        "Failed to bind '_IOLog' in 'org.example.driver' (at offset 0x1 in __TEXT, __text) as could not find a kext which \
         exports this symbol",
    )
    .run();
    changed("an import that nothing uses and nothing exports", |kext| {
        kext.import("_unused");
    })
    .kxld(UNRESOLVED)
    .run();
    kernel("a pad that has become a method", |kpi| kpi.replace("__ZTV8OSObject", 4, "__ZN8OSObject8newThingEv"))
        .run_and(|release, linked| {
            assert_eq!(linked.patched_slots, 2, "{release}");
            let new = Kpi::default().offer("__ZN8OSObject8newThingEv");
            let kext = Kext::good();
            for vtable in ["__ZTV4Base", "__ZTV7Derived"] {
                assert_eq!(word(&linked, kext.slot(vtable, 4)), new, "{release} {vtable}");
            }
        });
}

#[test]
fn r3_8_kinds_of_symbols() {
    changed("a debugger's symbol of an unknown kind", |kext| kext.symbols.push(symbol("a.swift", 0x32, 0, 0)))
        .kxld("The Mach-O file is malformed: Invalid N_STAB symbol type: 50.")
        .run();
    for n_type in [0x20, 0x24, 0x26, 0x2e, 0x3c, 0x44, 0x4e, 0x64, 0x66, 0x84, 0xc0, 0xe0] {
        changed("debuggers' symbols", move |kext| kext.symbols.push(symbol("a.cpp", n_type, 1, 0x810))).run();
    }
    changed("a prebound symbol", |kext| kext.symbols.push(symbol("_prebound", 0x0d, 0, 0)))
        .kxld("The Mach-O file is malformed: Invalid symbol type: 12.")
        .run();
    let alias = |kext: &mut Kext, name: &'static str| {
        kext.import(name);
        let strx = kext.strx(name);
        kext.symbols.push(symbol("_alias", 0x0b, 0, strx));
    };
    changed("an alias of an exported name", move |kext| alias(kext, "_gOSKextUnresolved")).run();
    changed("an alias of nothing", move |kext| {
        alias(kext, "_IOLog2");
        kext.symbol("_IOLog2").n_type = 0x3c;
    })
    .kxld("The following symbols are unresolved for this kext:\n\t_alias")
    .run();
    changed("a symbol in no section", |kext| kext.insert(0, symbol("_lost", 0x0e, 99, 0x900)))
        .silent("symbol _lost is in section 99 of 6")
        .run();
}

#[test]
fn r3_8_names_that_are_no_strings() {
    let break_name = |file: &mut Vec<u8>, strx: u32| {
        let symoff = crate::case::get_field(file, 2, 8) as usize;
        file[symoff..][..4].copy_from_slice(&strx.to_le_bytes());
    };
    crate::case::bytes("a name beyond the strings", move |_, file| break_name(file, 0x10_0000))
        .crash("the name of symbol 0 (n_strx 0x100000) is not a string within the string table")
        .run();
    crate::case::bytes("strings without an end", move |_, file| {
        let strsize = crate::case::get_field(file, 2, 20);
        set_field(file, 2, 20, strsize - 1);
    })
    .crash("is not a string within the string table")
    .on_11_manner(Manner::Crash, "does not end within the string table")
    .run();
}

#[test]
fn r3_9_imports_come_from_exports_vtables_also_otherwise() {
    changed("a vtable that is not exported but known", |kext| {
        kext.external.retain(|reloc| reloc.address != SUPER_CALL);
    })
    .and_kernel(|kpi| {
        kpi.exports.remove("__ZTV11OSMetaClass");
    })
    .run();
    kernel("a vtable that is known but not exported", |kpi| {
        kpi.exports.remove("__ZTV8OSObject");
    })
    .kxld("The following symbols are unresolved for this kext:\n\t__ZTV8OSObject")
    .on_11("Failed to bind '__ZTV8OSObject'")
    .run();
}

#[test]
fn r3_10_names_of_255_characters() {
    changed("a class with a name of 260 characters", |kext| {
        kext.symbol("__ZN7Derived10superClassE").name = format!("__ZN260{}10superClassE", "x".repeat(260));
    })
    .silent("a C++ name is longer than 255 characters")
    .on_11("is not an exported symbol")
    .run();
}

#[test]
fn imports_are_counted_and_their_addresses_are_the_librarys() {
    for release in Rules::releases() {
        let linked = Kpi::of(release).link(&Kext::good().build(), release).unwrap();
        assert_eq!(linked.imports, 8, "{release}");
        assert!(linked.symbols.iter().any(|symbol| symbol.name == "_kmod_info" && symbol.address == BASE + KMOD));
        assert_ne!(word(&linked, CALL) as u32, 0, "{release}");
    }
}

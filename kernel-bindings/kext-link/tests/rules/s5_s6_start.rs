//! Sections 5 and 6: kmod_info, start and stop, static constructors.

use kext_link::Manner;

use crate::case::{changed, word};
use crate::kit::{BASE, COMMON, INIT, KMOD, SUPER_CALL, TERM, function};

const MISSING: &str = "The kext is missing its kmod_info structure.";
const UNSEEN: &str = "no _kmod_info among the symbols";

#[test]
fn r5_1_kmod_info_is_there() {
    changed("no _kmod_info", |kext| kext.strip("_kmod_info")).kxld(MISSING).on_11_manner(Manner::Silent, UNSEEN).run();
    changed("an imported _kmod_info", |kext| {
        kext.strip("_kmod_info");
        kext.import("_kmod_info");
    })
    .and_kernel(|kpi| {
        kpi.offer("_kmod_info");
    })
    .kxld(MISSING)
    .on_11_manner(Manner::Silent, UNSEEN)
    .run();
    changed("_kmod_info in zero-fill", |kext| {
        let kmod = kext.symbol("_kmod_info");
        (kmod.n_sect, kmod.n_value) = (6, COMMON);
    })
    .kxld(MISSING)
    .on_11_manner(Manner::Silent, "kmod_info's start routine is 0x0")
    .run();
    changed("_kmod_info beyond its section", |kext| kext.symbol("_kmod_info").n_value = 0x10_0000)
        .crash("_kmod_info does not lie within the file")
        .on_11_manner(Manner::Crash, "_kmod_info does not lie within the file")
        .run();
    changed("a local _kmod_info", |kext| {
        let mut kmod = kext.symbol("_kmod_info").clone();
        kext.strip("_kmod_info");
        kmod.n_type = 0x0e;
        kext.insert(0, kmod);
    })
    .run();
}

#[test]
fn r5_2_address_and_size_are_filled_in_and_the_rest_left() {
    changed("a kmod_info with values", |kext| {
        kext.put(KMOD, 0x1122);
        kext.put(KMOD + 16, u64::from_le_bytes(*b"org.exam"));
        kext.put(KMOD + 156, 0xdead);
    })
    .run_and(|release, linked| {
        assert_eq!(word(&linked, KMOD), 0x1122, "{release}");
        assert_eq!(word(&linked, KMOD + 16).to_le_bytes(), *b"org.exam", "{release}");
        assert_eq!(word(&linked, KMOD + 156), BASE, "{release}");
        assert_eq!(word(&linked, KMOD + 164), linked.image.len() as u64, "{release}");
    });
}

#[test]
fn r5_3_start_and_stop_are_code_of_the_kext() {
    for (field, words) in [(180, "kmod_info's start routine is 0x0"), (188, "kmod_info's stop routine is 0x0")] {
        changed("a null routine", move |kext| {
            kext.local.retain(|reloc| reloc.address != KMOD + field);
            kext.put(KMOD + field, 0);
        })
        .silent(words)
        .on_11_manner(Manner::Silent, words)
        .run();
    }
    let unslid = "kmod_info's start routine is 0x810, which is not in executable pages";
    changed("a routine without a relocation", |kext| kext.local.retain(|reloc| reloc.address != KMOD + 180))
        .silent(unslid)
        .on_11_manner(Manner::Silent, unslid)
        .run();
    let data = "kmod_info's stop routine is 0xffffff7f81001200";
    changed("a routine in data", |kext| kext.put(KMOD + 188, KMOD))
        .silent(data)
        .on_11_manner(Manner::Silent, data)
        .run();
}

#[test]
fn r6_1_constructors_are_found_by_the_sections_name() {
    changed("another name", |kext| kext.section("__mod_init_func").name = "__init")
        .run_and(|release, linked| assert!(linked.constructors.is_empty(), "{release}"));
    changed("another type", |kext| kext.section("__mod_init_func").flags = 0)
        .run_and(|release, linked| assert_eq!(linked.constructors.len(), 1, "{release}"));
    changed("a second section of the name", |kext| kext.section("__mod_term_func").name = "__mod_init_func").run_and(
        |release, linked| {
            assert_eq!(linked.constructors, [BASE + function("__construct").unwrap()], "{release}");
            assert_eq!(
                linked.warnings,
                ["Only the first __mod_init_func section of segment __DATA is run."],
                "{release}"
            );
        },
    );
    changed("a null entry", |kext| {
        kext.local.retain(|reloc| reloc.address != INIT);
        kext.put(INIT, 0);
    })
    .run_and(|release, linked| {
        assert!(linked.constructors.is_empty(), "{release}");
        assert_eq!(linked.warnings, ["Entry 0 of __mod_init_func is null and is skipped."], "{release}");
    });
    changed("two constructors and a rest", |kext| {
        kext.section("__mod_init_func").size = 20;
        kext.section("__mod_term_func").size = 0;
    })
    .run_and(|release, linked| {
        let expected = [INIT, TERM].map(|at| word(&linked, at));
        assert_eq!(linked.constructors, expected, "{release}");
        assert!(linked.destructors.is_empty(), "{release}");
    });
}

#[test]
fn r6_3_what_no_kernel_exports() {
    for name in ["___cxa_atexit", "___dso_handle", "___cxa_guard_acquire", "__Unwind_Resume"] {
        changed("run-time support", move |kext| {
            kext.import(name);
            kext.bind(SUPER_CALL + 8, name);
        })
        .kxld("The following symbols are unresolved for this kext:\n\t__")
        .on_11("Failed to bind '__")
        .run();
    }
}

//! What is found without libraries.

use kext_link::{Manner, Refusal, Rules, check};

use crate::kit::{CALL, COMMON, Command, INIT, KMOD, Kext, Kpi, SUPER_CALL, Segment};

fn checked(kext: &Kext, release: &str) -> Vec<Refusal> {
    check(&kext.build(), &Rules::for_release(release).unwrap())
}

/// All releases but those named find this.
fn finds(what: &str, change: impl Fn(&mut Kext), manner: Manner, words: &str, not_on: &[&str]) {
    let mut kext = Kext::good();
    change(&mut kext);
    for release in Rules::releases() {
        let faults = checked(&kext, release);
        let found = faults.iter().any(|fault| fault.manner == manner && fault.message.contains(words));
        assert_eq!(found, !not_on.contains(&release), "{what} on {release}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.origin.is_empty() && !fault.detail.is_empty()), "{what} on {release}");
    }
}

const KXLD: [&str; 10] = ["10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15"];

#[test]
fn nothing_is_wrong_with_the_good_kext() {
    for release in Rules::releases() {
        assert_eq!(checked(&Kext::good(), release), [], "{release}");
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let mut kext = Kext::good();
    kext.section("__data").flags = 7;
    kext.section("__mod_term_func").flags = 0x16;
    kext.external_at(CALL).pcrel = false;
    kext.strip("__ZTV7Derived");
    let messages: Vec<String> = checked(&kext, "10.14").into_iter().map(|fault| fault.message).collect();
    for words in
        ["section type: 7.", "section type: 22.", "a relocation at 0x801", "Cannot find the vtable '__ZTV7Derived'"]
    {
        assert!(messages.iter().any(|message| message.contains(words)), "{words}: {messages:#?}");
    }
}

#[test]
fn refusals_are_those_of_the_linker() {
    let said = Manner::Said;
    finds("a bundle", |kext| kext.filetype = 8, said, "0x8 is not supported on the target", &["11"]);
    finds("a library to load", |kext| kext.add_command(0xc, 24), said, "MH_KEXT_BUNDLE kext: 12.", &["11"]);
    finds("no _kmod_info", |kext| kext.strip("_kmod_info"), said, "missing its kmod_info structure", &["11"]);
    finds("no _kmod_info", |kext| kext.strip("_kmod_info"), Manner::Silent, "no _kmod_info among", &KXLD);
    finds("no vtable", |kext| kext.strip("__ZTV4Base"), said, "'__ZTV4Base'", &[]);
    finds(
        "a use of a GOT",
        |kext| kext.external_at(CALL).kind = 4,
        said,
        "A relocation entry has overflowed.",
        &["11"],
    );
    finds(
        "no super relocation",
        |kext| kext.external.retain(|reloc| reloc.length == 2),
        said,
        "metaclass == NULL",
        &["11"],
    );
    finds(
        "a lost symbol",
        |kext| kext.symbol("_kmod_info").n_sect = 99,
        Manner::Silent,
        "is in section 99 of 6",
        &["11"],
    );
}

#[test]
fn traps_of_both_linkers() {
    let trap = Manner::Trap;
    finds("a segment in a page", |kext| kext.segment("__DATA").vmsize -= 0x10, trap, "is not whole pages", &[]);
    finds("code in data", |kext| kext.section("__data").flags = 0x8000_0000, trap, "not executable", &[]);
    finds(
        "constructors by type",
        |kext| kext.section("__mod_init_func").name = "__init",
        trap,
        "__DATA,__init is not run",
        &[],
    );
    let unslid = |address: u64| move |kext: &mut Kext| kext.local.retain(|reloc| reloc.address != address);
    finds("an unslid constructor", unslid(INIT), trap, "entry 0 of __mod_init_func at 0x1300 has no relocation", &[]);
    finds("an unslid start", unslid(KMOD + 180), trap, "start routine at 0x12b4 has no relocation", &[]);
}

#[test]
fn traps_of_kxld() {
    let trap = Manner::Trap;
    let not_on = ["11"];
    finds("no external relocations", |kext| kext.external.clear(), trap, "it has no external relocations", &not_on);
    finds(
        "a moved section",
        |kext| kext.section("__common").addr = COMMON + 4,
        trap,
        "wants an alignment of 2^3",
        &not_on,
    );
    finds("a large alignment", |kext| kext.section("__data").align = 13, trap, "wants an alignment of 2^13", &not_on);
    finds("an absolute relocation", |kext| kext.local_at(INIT).number = 0, trap, "at 0x1300 names no section", &not_on);
    finds(
        "a Thumb function",
        |kext| kext.symbol("__ZN4Base3addEv").n_desc = 8,
        trap,
        "__ZN4Base3addEv is made odd",
        &not_on,
    );
    let displaced = |kext: &mut Kext| kext.contents[CALL as usize] = 1;
    finds("a call with a displacement", displaced, trap, "the call at 0x801 holds 0x1 in the file", &not_on);
    let addend = |kext: &mut Kext| kext.put(kext.slot("__ZTV4Base", 4), 8);
    finds("an imported slot with an addend", addend, trap, "slot 4 of __ZTV4Base is imported but not null", &not_on);
    let swapped = |kext: &mut Kext| kext.commands.swap(3, 4);
    finds("the tables in the other order", swapped, trap, "LC_DYSYMTAB comes before LC_SYMTAB", &not_on);
    let last =
        Segment { name: "__LAST", vmaddr: 0x5000, vmsize: 0x1000, fileoff: 0, filesize: 0, prot: 3, sections: vec![] };
    let more = move |kext: &mut Kext| kext.commands.insert(3, Command::Segment(last.clone()));
    finds("a segment behind __LINKEDIT", more, trap, "__LINKEDIT is not the last segment", &not_on);
    let twice = |kext: &mut Kext| {
        kext.section("__data").name = "__nl_symbol_ptr";
        kext.section("__nl_symbol_ptr").addr = KMOD;
    };
    finds("pointers that are filled twice", twice, trap, "its address is added twice", &not_on);
}

#[test]
fn traps_of_macos_11() {
    let trap = Manner::Trap;
    finds(
        "an addend",
        |kext| kext.put(SUPER_CALL, 0x28),
        trap,
        "the addend 0x28 of the pointer at 0x12d0 is dropped",
        &KXLD,
    );
    let own = |kext: &mut Kext| kext.bind(SUPER_CALL + 8, "__ZN4Base3addEv");
    finds("a bind of its own symbol", own, trap, "has __ZN4Base3addEv looked up in libraries", &KXLD);
    let unordered = |kext: &mut Kext| kext.ranges = false;
    finds("no ranges of symbols", unordered, trap, "more symbols are in no range of LC_DYSYMTAB", &KXLD);
}

#[test]
fn what_is_refused_without_libraries_is_refused_with_them() {
    let changes: [fn(&mut Kext); 6] = [
        |kext| kext.filetype = 8,
        |kext| kext.strip("_kmod_info"),
        |kext| kext.section("__data").flags = 7,
        |kext| kext.external_at(CALL).pcrel = false,
        |kext| kext.local_at(INIT).number = 77,
        |kext| kext.strip("__ZTV4Base"),
    ];
    for change in changes {
        for release in Rules::releases() {
            let mut kext = Kext::good();
            change(&mut kext);
            let refused = checked(&kext, release).iter().any(|fault| fault.manner != Manner::Trap);
            assert_eq!(refused, Kpi::of(release).link(&kext.build(), release).is_err(), "{release}");
        }
    }
}

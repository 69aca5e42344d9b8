//! Section 7: vtables.

use kext_link::Manner;

use crate::case::{changed, kernel, word};
use crate::kit::{BASE, KPI, Kext, Kpi, OSOBJECT, SUPER_CALL, function};

const PADS_REFUSED: [&str; 9] = ["10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14"];
const NEW: &str = "__ZN8OSObject8newThingEv";

#[test]
fn r7_1_a_class_with_super_pointer_needs_both_tables() {
    changed("no vtable", |kext| kext.strip("__ZTV4Base"))
        .kxld(
            "Cannot find the vtable '__ZTV4Base' for class '4Base'. This vtable symbol is required for binary compatibility, \
             and it may have been stripped.",
        )
        .on_11("Class vtables '__ZTV4Base' or '__ZTVN4BaseE' is not an exported symbol")
        .run();
    changed("no metaclass vtable", |kext| kext.strip("__ZTVN4Base9MetaClassE"))
        .kxld("Cannot find the vtable '__ZTVN4Base9MetaClassE' for class '4Base'.")
        .run();
    changed("private vtables", |kext| {
        for name in ["__ZTV4Base", "__ZTVN4Base9MetaClassE"] {
            kext.symbol(name).n_type = 0x1f;
        }
    })
    .run_and(|release, linked| assert_eq!(linked.vtables.len(), 4, "{release}"));
    changed("a vtable in zero-fill", |kext| kext.symbol("__ZTV4Base").n_sect = 6)
        .crash("the vtable __ZTV4Base does not lie in a section with contents")
        .run();
}

#[test]
fn r7_2_the_super_pointer_points_to_a_metaclass() {
    changed("no relocation", |kext| {
        let at = kext.address("__ZN4Base10superClassE");
        kext.external.retain(|reloc| reloc.address != at);
    })
    .kxld("metaclass == NULL kxld_sym __ZN4Base10superClassE")
    .on_11("Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'")
    .run();
    changed("a relocation to something else", |kext| {
        let at = kext.address("__ZN4Base10superClassE");
        kext.external_at(at).number = kext.number("_IOLog");
    })
    .silent("__ZN4Base10superClassE points to _IOLog, which is no metaclass object")
    .on_11("Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'")
    .run();
    kernel("a metaclass that nothing exports", |kpi| {
        kpi.exports.remove("__ZN8OSObject10gMetaClassE");
    })
    .kxld("The following symbols are unresolved for this kext:\n\t__ZN8OSObject10gMetaClassE")
    .on_11(
        "Cannot find symbol for metaclass pointed to by '__ZN4Base10superClassE'.  Expected symbol \
         '__ZN8OSObject10gMetaClassE' to be defined in another kext",
    )
    .run();
    changed("a local pointer to nowhere", |kext| {
        let at = kext.address("__ZN7Derived10superClassE");
        kext.put(at, 0x2008);
    })
    .kxld("metaclass == NULL kxld_sym __ZN7Derived10superClassE")
    .on_11("Cannot find symbol for metaclass pointed to by '__ZN7Derived10superClassE'")
    .run();
}

#[test]
fn r7_3_the_superclass_is_known() {
    kernel("no vtable of the superclass", |kpi| {
        kpi.vtables.remove("__ZTV8OSObject");
    })
    .kxld(
        "The __ZTV4Base was not patched because its parent, the __ZTV8OSObject, was not found.\nThe __ZTV7Derived was not \
         patched because its parent, the __ZTV4Base, was not patchable.",
    )
    .on_11("Superclass vtable '__ZTV8OSObject' is not exported from kext or its dependencies")
    .run();
    kernel("no OSMetaClass", |kpi| {
        kpi.vtables.remove("__ZTV11OSMetaClass");
    })
    .silent("__ZTV11OSMetaClass is not among the vtables of the libraries")
    .on_11("Could not find OSMetaClass vtable in kernel binary")
    .run();
    changed("a class that is its own superclass", |kext| {
        let at = kext.address("__ZN7Derived10superClassE");
        kext.put(at, kext.address("__ZN7Derived10gMetaClassE"));
    })
    .kxld("The __ZTV7Derived was not patched because its parent, the __ZTV7Derived, was not patchable.")
    .on_11("Found unpatched vtable: '__ZTV7Derived' with unpatched superclass '__ZTV7Derived'")
    .run();
    changed("an own superclass without a super pointer", |kext| kext.strip("__ZN4Base10superClassE"))
        .kxld("The __ZTV7Derived was not patched because its parent, the __ZTV4Base, was not found.")
        .on_11_manner(Manner::Crash, "the superclass of __ZTV7Derived, in the same kext, has no superClass symbol")
        .run();
}

#[test]
fn r7_4_a_slot_without_word_and_relocation_ends_the_table() {
    changed("a hole", |kext| {
        let at = kext.slot("__ZTV4Base", 2);
        kext.external.retain(|reloc| reloc.address != at);
    })
    .kxld("The vtable '__ZTV4Base' is malformed. Make sure your kext has been built against the correct headers.")
    .on_11("Malformed vtable.  Super class '__ZTV8OSObject' has 6 entries vs subclass '__ZTV4Base' with 2 entries")
    .run();
    changed("a hole in a metaclass's table", |kext| {
        let at = kext.slot("__ZTVN4Base9MetaClassE", 3);
        kext.external.retain(|reloc| reloc.address != at);
    })
    .kxld("The vtable '__ZTVN4Base9MetaClassE' is malformed.")
    .on_11("Malformed vtable.  Super class '__ZTV11OSMetaClass' has 4 entries vs subclass '__ZTVN4Base9MetaClassE'")
    .run();
    changed("no null word behind the table", |kext| {
        let at = kext.slot("__ZTV7Derived", 8);
        kext.put(at, 0x123);
    })
    .run_and(|release, linked| {
        let (_, table) = linked.vtables.iter().find(|(name, _)| name == "__ZTV7Derived").unwrap();
        assert_eq!(table.len() > 8, release != "11", "{release}");
    });
    changed("no null word behind a table that a subclass has to match", |kext| {
        let at = kext.slot("__ZTV4Base", 8);
        kext.put(at, 0x123);
    })
    .kxld("The vtable '__ZTV7Derived' is malformed.")
    .run();
    changed("an imported slot with an addend", |kext| {
        let at = kext.slot("__ZTV4Base", 4);
        kext.put(at, 8);
    })
    .and_kernel(|kpi| kpi.replace("__ZTV8OSObject", 4, NEW))
    .kxld("The following symbols are unresolved for this kext:\n\t__ZN8OSObject18_RESERVEDOSObject0Ev")
    .run();
    changed("the same in the subclass", |kext| {
        let at = kext.slot("__ZTV7Derived", 4);
        kext.put(at, 8);
    })
    .and_kernel(|kpi| kpi.replace("__ZTV8OSObject", 4, NEW))
    .said(&PADS_REFUSED, "Relocation failed because some class in this kext didn't use")
    .run();
}

#[test]
fn r7_5_a_table_is_at_least_as_long_as_the_superclasss() {
    kernel("a superclass that has grown", |kpi| {
        let mut slots = OSOBJECT.to_vec();
        slots.extend(["__ZN8OSObject1aEv", "__ZN8OSObject1bEv", "__ZN8OSObject1cEv"]);
        kpi.class("__ZTV8OSObject", &slots);
    })
    .kxld("The vtable '__ZTV4Base' is malformed.")
    .on_11("Super class '__ZTV8OSObject' has 9 entries vs subclass '__ZTV4Base' with 8 entries")
    .run();
}

#[test]
fn r7_6_slot_by_slot() {
    let slot = |release: &str, change: fn(&mut Kext), kpi: fn(&mut Kpi), slot: u64| {
        let mut kext = Kext::good();
        change(&mut kext);
        let mut kernel = Kpi::of(release);
        kpi(&mut kernel);
        let linked = kernel.link(&kext.build(), release).unwrap_or_else(|refusal| panic!("{release}: {refusal}"));
        (word(&linked, kext.slot("__ZTV4Base", slot)), linked.patched_slots)
    };
    for release in ["10.6", "10.14", "10.15", "11"] {
        let new = Kpi::default().offer(NEW);
        assert_eq!(slot(release, |_| {}, |kpi| kpi.replace("__ZTV8OSObject", 4, NEW), 4), (new, 2), "redirected");
        let own = BASE + function("__ZN4Base4freeEv").unwrap();
        assert_eq!(slot(release, |_| {}, |kpi| kpi.replace("__ZTV8OSObject", 3, NEW), 3), (own, 0), "an override");
        let pure = Kpi::of(release).exports["___cxa_pure_virtual"];
        let keep = |kpi: &mut Kpi| {
            kpi.replace("__ZTV8OSObject", 5, NEW);
            kpi.offer("___cxa_pure_virtual");
        };
        assert_eq!(slot(release, |_| {}, keep, 5), (pure, 0), "a pure virtual one");
        let nameless = |kpi: &mut Kpi| kpi.vtables.get_mut("__ZTV8OSObject").unwrap()[2].name.clear();
        let release_method = Kpi::of(release).exports["__ZNK8OSObject7releaseEi"];
        assert_eq!(slot(release, |_| {}, nameless, 2), (release_method, 0), "a superclass's without a name");
    }
}

#[test]
fn r7_6_a_method_where_the_superclass_has_a_pad() {
    changed("a kext for a newer release", |kext| kext.inherit("__ZTV4Base", 4, NEW))
        .kxld(
            "The super class vtable '__ZTV8OSObject' for vtable '__ZTV4Base' is out of date. Make sure your kext has been \
             built against the correct headers.",
        )
        .run_and(|release, linked| {
            // Only macOS 11 takes it, and puts the pad into the slot.
            assert_eq!(release, "11");
            let kext = Kext::good();
            assert_eq!(word(&linked, kext.slot("__ZTV4Base", 4)), Kpi::of("11").exports[OSOBJECT[4]]);
        });
    changed("a metaclass for a newer release", |kext| {
        kext.inherit("__ZTVN4Base9MetaClassE", 3, "__ZN11OSMetaClass8newThingEv");
    })
    .kxld("The super class vtable '__ZTV11OSMetaClass' for vtable '__ZTVN4Base9MetaClassE' is out of date.")
    .run();
}

#[test]
fn r7_6_methods_declared_and_not_implemented() {
    changed("a method of its own that is not there", |kext| kext.inherit("__ZTV4Base", 3, "__ZN4Base7missingEv"))
        .kxld(
            "The __ZTV4Base is unpatchable because its class declares the method '__ZN4Base7missingEv' without providing an \
             implementation.",
        )
        .run();
    changed("one behind the superclass's slots", |kext| kext.inherit("__ZTV4Base", 6, "__ZN4Base7missingEv"))
        .kxld("The following symbols are unresolved for this kext:\n\t__ZN4Base7missingEv")
        .on_11("Failed to bind '__ZN4Base7missingEv'")
        .run();
}

#[test]
fn r7_7_inherited_slots_go_by_name() {
    changed("a method of another class", |kext| kext.inherit("__ZTV4Base", 2, "__ZN8OSObject7nothereEv")).run_and(
        |release, linked| {
            let slot = Kext::good().slot("__ZTV4Base", 2);
            assert_eq!(word(&linked, slot), Kpi::of(release).exports[OSOBJECT[2]], "{release}");
            assert_eq!(linked.patched_slots, 1, "{release}");
        },
    );
}

#[test]
fn r7_8_the_pad_that_became_dispatch() {
    changed("the good kext", |_| {}).run_and(|release, linked| {
        let slot = Kext::good().slot("__ZTVN4Base9MetaClassE", 2);
        let name = match release {
            "10.15" | "11" => "__ZN15OSMetaClassBase8DispatchE5IORPC",
            _ => "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev",
        };
        assert_eq!(word(&linked, slot), Kpi::default().offer(name), "{release}");
        assert_eq!(linked.patched_slots, 0, "{release}: the linker renames the import itself");
    });
}

#[test]
fn r7_9_classes_that_are_not_patched() {
    let words = "Relocation failed because some class in this kext didn't use the OSDeclareDefaultStructors and \
                 OSDefineMetaClassAndStructors, so it still references __ZN8OSObject18_RESERVEDOSObject0Ev, which has been \
                 patched with another symbol for binary compatibility. Please make sure all classes that inherit from \
                 OSObject use these macros.";
    changed("a class without super pointer", |kext| kext.strip("__ZN7Derived10superClassE")).run();
    changed("the same where a pad has become a method", |kext| kext.strip("__ZN7Derived10superClassE"))
        .and_kernel(|kpi| kpi.replace("__ZTV8OSObject", 4, NEW))
        .said(&PADS_REFUSED, words)
        .on_11("Failed to bind '__ZN8OSObject18_RESERVEDOSObject0Ev'")
        .run_and(|release, linked| {
            assert_eq!(release, "10.15");
            assert_eq!(linked.warnings, [words]);
        });
}

#[test]
fn r7_10_only_exported_functions_of_a_kext_have_names_for_others() {
    changed("a private pad", |kext| kext.symbol("__ZN4Base14_RESERVEDBase0Ev").n_type = 0x1f).run_and(
        |release, linked| {
            let (_, table) = linked.vtables.iter().find(|(name, _)| name == "__ZTV4Base").unwrap();
            assert_eq!(table[6].name, "__ZN4Base3addEv");
            assert_eq!(table[7].name, if release == "11" { "__ZN4Base14_RESERVEDBase0Ev" } else { "" }, "{release}");
            assert_eq!(table[2].name, OSOBJECT[2]);
        },
    );
}

#[test]
fn r7_11_final_classes() {
    let words = "Class '4Base' is a subclass of final class '8OSObject'.";
    kernel("a final superclass", |kpi| {
        kpi.finals.insert("OSObject".into());
    })
    .kxld(words)
    .run();
    kernel("one whose mark is exported", |kpi| {
        kpi.offer("__ZN8OSObject14__OSFinalClassEv");
    })
    .kxld(words)
    .run();
    changed("a final superclass of its own", |kext| {
        let mut mark = kext.symbol("__ZN4Base3addEv").clone();
        mark.name = "__ZN4Base14__OSFinalClassEv".into();
        let at = kext.number("_kmod_info") as usize;
        kext.insert(at, mark);
    })
    .kxld("Class '7Derived' is a subclass of final class '4Base'.")
    .run();
}

#[test]
fn r7_12_virtual_functions_are_at_even_addresses() {
    kernel("a new method at an odd address", |kpi| {
        kpi.replace("__ZTV8OSObject", 4, NEW);
        kpi.vtables.get_mut("__ZTV8OSObject").unwrap()[4].address = KPI + 1;
    })
    .crash("the virtual function __ZN8OSObject8newThingEv is at the odd address 0xffffff8000200001")
    .run();
}

#[test]
fn r7_13_calls_of_pure_virtual_functions() {
    let words = "This kext calls a pure virtual function. Make sure your kext's OSObject-derived classes implement all pure \
                 virtual functions.";
    changed("a superclass's method that is pure", |kext| kext.put(SUPER_CALL, 16 + 5 * 8)).kxld(words).run();
    changed("one that is not", |kext| kext.put(SUPER_CALL, 16 + 4 * 8)).run();
    changed("one of a class of its own", |kext| {
        kext.external_at(SUPER_CALL).number = kext.number("__ZTV4Base");
        kext.put(SUPER_CALL, 16 + 5 * 8);
    })
    .kxld(words)
    .on_11("Failed to bind '__ZTV4Base'")
    .run();
}

#[test]
fn r7_14_the_own_metaclass_needs_no_name() {
    changed("a metaclass object without a symbol", |kext| kext.strip("__ZN7Derived10gMetaClassE")).run();
}

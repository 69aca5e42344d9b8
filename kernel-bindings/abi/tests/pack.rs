//! Packs of every release, and facts that are known apart from the files.

use abi::Release;
use abi::pack::{self, Class, Component, Pack, SymbolKind};

fn with_pack(release: Release, check: impl FnOnce(&Pack<'_>)) {
    let bytes = pack::build(release);
    check(&Pack::from_bytes(&bytes).unwrap_or_else(|error| panic!("{release}: {error}")));
}

fn in_every_release(check: impl Fn(Release, &Pack<'_>)) {
    for release in Release::ALL {
        with_pack(release, |pack| check(release, pack));
    }
}

fn exporters<'a>(pack: &'a Pack<'_>, name: &str) -> Vec<&'a str> {
    let Some(index) = pack.symbol(name) else { return Vec::new() };
    let symbol = &pack.symbols[index as usize];
    symbol.exported_by.iter().map(|component| pack.components[usize::from(*component)].identifier).collect()
}

fn slot<'a>(pack: &'a Pack<'_>, class: &Class<'_>, index: usize) -> &'a str {
    pack.symbols[class.vtable[index] as usize].name
}

#[test]
fn every_release_has_a_pack_whose_parts_fit_together() {
    in_every_release(|release, pack| {
        assert_eq!(pack.release, release.name());
        assert!(pack.symbols.windows(2).all(|pair| pair[0].name < pair[1].name), "{release}: symbols out of order");
        let known = |index: u32| (index as usize) < pack.symbols.len();
        for symbol in &pack.symbols {
            assert!(!symbol.name.contains('*') && symbol.alias_of.is_none_or(known), "{release}: {symbol:?}");
            assert!(symbol.exported_by.iter().all(|component| usize::from(*component) < pack.components.len()));
        }
        for (index, class) in pack.classes.iter().enumerate() {
            assert!(class.superclass.is_none_or(|parent| (parent as usize) < index), "{release}: {}", class.name);
            assert_eq!(class.vtable.len(), class.methods.len(), "{release}: {}", class.name);
            assert!(class.vtable.iter().chain(&class.methods).chain(&class.metaclass_vtable).all(|slot| known(*slot)));
            let slots = class.superclass.map_or(0, |parent| pack.classes[parent as usize].vtable.len());
            assert!(class.vtable.len() >= slots, "{release}: {}", class.name);
            let length = class.name.len();
            assert!(pack.symbol(&format!("__ZTV{length}{}", class.name)).is_some());
            let has_metaclass = !class.metaclass_vtable.is_empty();
            assert_eq!(has_metaclass, pack.symbol(&format!("__ZTVN{length}{}9MetaClassE", class.name)).is_some());
            assert_eq!(has_metaclass, pack.symbol(&format!("__ZN{length}{}10gMetaClassE", class.name)).is_some());
        }
    });
}

#[test]
fn the_audio_engine_is_as_it_is_known() {
    with_pack(Release::V10_6, |pack| {
        let (_, engine) = pack.class("IOAudioEngine").unwrap();
        assert_eq!((engine.size, engine.vtable.len(), engine.is_abstract), (280, 383, true));
        assert_eq!(pack.classes[engine.superclass.unwrap() as usize].name, "IOService");
        assert_eq!(pack.components[usize::from(engine.component.unwrap())].identifier, "com.apple.iokit.IOAudioFamily");
    });
    in_every_release(|release, pack| {
        let (_, engine) = pack.class("IOAudioEngine").unwrap();
        let name = "__ZN13IOAudioEngine13takeTimeStampEbPy";
        let place = engine.vtable.iter().position(|slot| pack.symbols[*slot as usize].name == name);
        assert_eq!(place, Some(348), "{release}");
        assert_eq!(engine.methods[348], pack.symbol(name).unwrap(), "{release}");
        assert_eq!(exporters(pack, name), ["com.apple.iokit.IOAudioFamily"], "{release}");
    });
}

#[test]
fn pure_slots_keep_the_name_that_callers_look_up() {
    in_every_release(|release, pack| {
        let (_, engine) = pack.class("IOAudioEngine").unwrap();
        let pure = pack.symbol("__ZN13IOAudioEngine21getCurrentSampleFrameEv").unwrap();
        let place = engine.methods.iter().position(|method| *method == pure).unwrap();
        assert_eq!(slot(pack, engine, place), "___cxa_pure_virtual", "{release}");
        assert!(pack.symbols[pure as usize].exported_by.is_empty(), "{release}");
    });
}

#[test]
fn exports_come_and_go_with_releases() {
    let pad = "__ZN9IOService19_RESERVEDIOService0Ev";
    in_every_release(|release, pack| {
        assert_eq!(exporters(pack, "_IOLog"), ["com.apple.kpi.iokit"], "{release}");
        let pads = exporters(pack, pad);
        assert_eq!(pads.is_empty(), release >= Release::V10_9, "{release}");
        assert_eq!(exporters(pack, "___cxa_pure_virtual"), ["com.apple.kpi.libkern"], "{release}");
    });
}

#[test]
fn slot_12_is_dispatch_from_10_15_on() {
    in_every_release(|release, pack| {
        let (_, object) = pack.class("OSDictionary").unwrap();
        let expected = if release < Release::V10_15 {
            "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev"
        } else {
            "__ZN8OSObject8DispatchE5IORPC"
        };
        assert_eq!(slot(pack, object, 12), expected, "{release}");
        let (_, meta) = pack.class("OSMetaClass").unwrap();
        let inherited = if release < Release::V10_15 { expected } else { "__ZN15OSMetaClassBase8DispatchE5IORPC" };
        assert_eq!(slot(pack, meta, 12), inherited, "{release}");
        let (_, engine) = pack.class("IOAudioEngine").unwrap();
        assert_eq!(pack.symbols[engine.metaclass_vtable[12] as usize].name, inherited, "{release}");
    });
}

#[test]
fn slots_are_in_the_kernels_names() {
    with_pack(Release::V10_6, |pack| {
        let (_, descriptor) = pack.class("IOGeneralMemoryDescriptor").unwrap();
        let map = pack.symbol("__ZN25IOGeneralMemoryDescriptor5doMapEP7_vm_mapPyjyy").unwrap();
        assert!(descriptor.vtable.contains(&map));
        assert_eq!(pack.symbols[map as usize].exported_by.len(), 1);
    });
}

#[test]
fn wildcards_become_the_names_that_are_known() {
    in_every_release(|release, pack| {
        for name in ["__ZN16IOPlatformExpert11haltRestartEj", "__ZN16IOPlatformExpert10gMetaClassE"] {
            assert!(exporters(pack, name).contains(&"com.apple.kpi.private"), "{release}: {name}");
        }
    });
}

#[test]
fn a_kind_follows_from_the_name_or_the_variables() {
    with_pack(Release::V10_9, |pack| {
        let kind = |name: &str| pack.symbols[pack.symbol(name).unwrap() as usize].kind;
        assert_eq!(kind("__ZTV9IOService"), SymbolKind::Vtable);
        assert_eq!(kind("__ZTVN13IOAudioEngine9MetaClassE"), SymbolKind::Vtable);
        assert_eq!(kind("__ZN9IOService10gMetaClassE"), SymbolKind::MetaClass);
        assert_eq!(kind("__ZN9IOService9metaClassE"), SymbolKind::MetaClassPointer);
        assert_eq!(kind("_gIOServicePlane"), SymbolKind::Data);
        assert_eq!(kind("__ZN13IOAudioDevice13gIOAudioPlaneE"), SymbolKind::Data);
        assert_eq!(kind("__ZN9IOService5startEPS_"), SymbolKind::Function);
        assert_eq!(kind("_IOLog"), SymbolKind::Function);
    });
}

#[test]
fn components_carry_the_versions_of_the_release() {
    with_pack(Release::V10_6, |pack| {
        let names: Vec<_> = pack.components.iter().map(|component| (component.identifier, component.version)).collect();
        assert_eq!(pack.darwin, "10.8.0");
        assert_eq!(names[0], ("com.apple.kpi.bsd", "10.8.0"));
        assert_eq!(names[7].0, "com.apple.vecLib.kext");
        assert_eq!(names[8], ("com.apple.iokit.IOAudioFamily", "1.8.3fc2"));
        assert_eq!((names.len(), pack.components[2].compatible), (9, "7.0"));
    });
}

#[test]
fn a_component_is_added_with_its_classes_and_all_else_stays() {
    with_pack(Release::V10_9, |pack| {
        let added = Component { identifier: "com.apple.iokit.IOPCIFamily", version: "2.5", compatible: "2.5" };
        let names = ["__ZN11IOPCIDevice10gMetaClassE", "__ZN11IOPCIDevice12configRead32Eh", "_IOLog", "_zzz"];
        let more = pack.with_component(added, &names);
        assert_eq!(more.components.last().unwrap().identifier, "com.apple.iokit.IOPCIFamily");
        let (_, class) = more.class("IOPCIDevice").unwrap();
        assert!(class.is_abstract);
        assert_eq!(more.classes[class.superclass.unwrap() as usize].name, "IOService");
        let owners = |name: &str| more.symbols[more.symbol(name).unwrap() as usize].exported_by.len();
        assert_eq!((owners("_zzz"), owners("_IOLog")), (1, 2));
        assert_eq!(more.symbols.len(), pack.symbols.len() + 3);
        for old in &pack.classes {
            let (_, new) = more.class(old.name).unwrap();
            let names = |pack: &Pack<'_>, slots: &[u32]| -> Vec<String> {
                slots.iter().map(|slot| pack.symbols[*slot as usize].name.to_owned()).collect()
            };
            assert_eq!(names(&more, &new.vtable), names(pack, &old.vtable), "{}", old.name);
        }
        let alias = |pack: &Pack<'_>, name: &str| {
            let other = pack.symbols[pack.symbol(name).unwrap() as usize].alias_of;
            other.map(|other| pack.symbols[other as usize].name.to_owned())
        };
        for symbol in &pack.symbols {
            assert_eq!(alias(&more, symbol.name), alias(pack, symbol.name), "{}", symbol.name);
        }
    });
}

#[test]
fn a_release_without_the_family_has_nothing_of_it_and_all_else() {
    const FAMILY: &str = "com.apple.iokit.IOAudioFamily";
    in_every_release(|release, pack| {
        let rest = pack.without(|component| component == FAMILY);
        assert!(rest.class("IOAudioEngine").is_none() && rest.symbol("__ZTV13IOAudioEngine").is_none(), "{release}");
        assert!(rest.components.iter().all(|component| component.identifier != FAMILY), "{release}");
        for class in &rest.classes {
            let (_, old) = pack.class(class.name).unwrap();
            let names = |pack: &Pack<'_>, slots: &[u32]| -> Vec<String> {
                slots.iter().map(|slot| pack.symbols[*slot as usize].name.to_owned()).collect()
            };
            for (new, old) in [
                (&class.vtable, &old.vtable),
                (&class.methods, &old.methods),
                (&class.metaclass_vtable, &old.metaclass_vtable),
            ] {
                assert_eq!(names(&rest, new), names(pack, old), "{release}: {}", class.name);
            }
            let superclass = |pack: &Pack<'_>, class: &Class<'_>| {
                class.superclass.map(|parent| pack.classes[parent as usize].name.to_owned())
            };
            assert_eq!(superclass(&rest, class), superclass(pack, old), "{release}: {}", class.name);
        }
        for name in ["__ZTV8OSObject", "_IOLog", "__ZN9IOService5startEPS_"] {
            assert_eq!(exporters(&rest, name), exporters(pack, name), "{release}: {name}");
        }
        let bytes = rest.to_bytes();
        assert_eq!(Pack::from_bytes(&bytes).as_ref(), Ok(&rest), "{release}");
    });
}

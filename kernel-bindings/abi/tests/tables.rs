//! The tables against the counts that were taken from their source, against themselves, and against facts that are known
//! apart from the files.

use std::collections::{BTreeMap, BTreeSet};

use abi::tables::{self, Classes, FunctionKind, Slot, Value};
use abi::{Arch, Release, Span, Target};

/// `data/counts.tsv`: what holds where, and how often.
fn counts() -> BTreeMap<(String, &'static str), usize> {
    let rows = include_str!("../data/counts.tsv").lines().skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        ((cells[0].to_owned(), cells[1]), cells[2].parse().expect("a count"))
    })
    .collect()
}

fn all_slots(classes: &Classes) -> Vec<(&'static str, Slot)> {
    classes.iter().flat_map(|class| classes.vtable(class).into_iter().map(|slot| (class.name, slot))).collect()
}

#[test]
fn there_are_as_many_of_everything_as_in_the_source() {
    let mut source = counts();
    source.retain(|(_, what), _| !what.starts_with("exports "));
    for target in Target::with_layouts() {
        let classes = tables::classes(target);
        let slots = all_slots(&classes);
        let functions: Vec<_> = tables::functions(target).collect();
        let is_own = |class: &str, slot: &Slot| slot.symbol.contains(&format!("{}{class}", class.len()));
        let found = [
            ("classes", classes.iter().len()),
            ("metaclasses", classes.iter().filter(|class| class.has_metaclass).count()),
            ("slots", slots.len()),
            ("metaclass slots", classes.iter().map(|class| classes.metaclass_vtable(class).len()).sum()),
            (
                "defined slots",
                slots.iter().filter(|(class, slot)| slot.defined_in == *class && is_own(class, slot)).count(),
            ),
            ("pure slots", slots.iter().filter(|(_, slot)| slot.is_pure).count()),
            ("reserved slots", slots.iter().filter(|(_, slot)| slot.is_reserved()).count()),
            ("kernel names", slots.iter().filter(|(_, slot)| slot.kernel_symbol != slot.symbol).count()),
            ("fields", tables::fields(target).count()),
            ("kernel fields", tables::kernel_fields(target).count()),
            ("functions", functions.len()),
            ("deprecated functions", functions.iter().filter(|function| function.deprecated.is_some()).count()),
            ("variables", tables::variables().filter(|variable| variable.on.contains(target)).count()),
            ("structs", tables::structs(target).count()),
            ("struct fields", tables::struct_fields(target).count()),
            ("typedefs", tables::typedefs(target).count()),
            ("constants", tables::constants(target).count()),
        ];
        let letter = if target.arch == Arch::Arm64e { "a" } else { "" };
        let on = format!("{letter}{}", target.release);
        for (what, count) in found {
            assert_eq!(source.remove(&(on.clone(), what)), Some(count), "{what} on {target}");
        }
    }
    assert!(source.is_empty(), "not compared: {source:?}");
}

#[test]
fn there_are_as_many_exports_as_in_the_lists() {
    let mut lists = 0;
    for ((on, what), count) in counts() {
        let Some(component) = what.strip_prefix("exports ") else { continue };
        let on = Span::parse(&on).unwrap();
        let exports = tables::every_export().filter(|export| export.component == component);
        let exports = exports.filter(|export| !export.on.intersection(on).is_empty());
        assert_eq!(exports.map(|export| export.symbol).collect::<BTreeSet<_>>().len(), count, "{what} on {on}");
        lists += 1;
    }
    assert_eq!(lists, 182);
}

#[test]
fn every_vtable_has_the_slots_of_its_class_and_begins_with_its_superclass() {
    for target in Target::with_layouts() {
        let classes = tables::classes(target);
        for class in &classes {
            let table = classes.vtable(class);
            assert_eq!(table.len() as u32, class.slots, "{} on {target}", class.name);
            let inherited = class.superclass.map_or(0, |name| classes.get(name).unwrap().slots as usize);
            let mut previous = None;
            for (place, slot) in table.iter().enumerate() {
                assert_eq!(slot.introduced_by == class.name, place >= inherited, "{} {place} on {target}", class.name);
                assert_ne!(previous.replace(slot), Some(slot), "{} {place} on {target}", class.name);
            }
            assert_eq!(table.iter().any(|slot| slot.is_pure), class.is_abstract, "{} on {target}", class.name);
        }
    }
}

#[test]
fn every_slot_is_a_function_of_the_table() {
    for target in Target::with_layouts() {
        let known: BTreeSet<&str> = tables::functions(target).map(|function| function.symbol).collect();
        let slots = all_slots(&tables::classes(target));
        assert!(slots.iter().all(|(_, slot)| known.contains(slot.symbol)), "{target}");
    }
}

#[test]
fn fields_lie_inside_their_class() {
    for target in Target::with_layouts() {
        let classes = tables::classes(target);
        for field in tables::fields(target) {
            let class = classes.get(field.owner).unwrap();
            assert!(field.offset + field.size <= class.size, "{}::{} on {target}", field.owner, field.name);
        }
        for field in tables::kernel_fields(target) {
            let class = classes.get(field.owner).unwrap();
            assert!(field.offset + field.size <= class.kernel_size, "{}::{} on {target}", field.owner, field.name);
        }
    }
}

/// How many slots other than destructors the kernel's public classes define, and how many of those are exported, as found
/// when the layouts were made, by another program.
#[test]
fn the_kernels_own_slots_are_exported_as_often_as_known() {
    let known = [
        (Release::V10_6, 1246, 1191),
        (Release::V10_9, 1255, 1192),
        (Release::V10_14, 1300, 1230),
        (Release::V10_15, 1307, 1235),
        (Release::V11, 1311, 1239),
    ];
    for (release, defined, exported) in known {
        let lists: Vec<_> = tables::exports(release).collect();
        let is_exported = |name: &str| {
            lists.iter().any(|export| match export.symbol.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => export.symbol == name,
            })
        };
        let classes = tables::classes(release);
        let own: Vec<Slot> = all_slots(&classes)
            .into_iter()
            .filter(|(class, slot)| slot.defined_in == *class && !slot.is_pure)
            .filter(|(class, _)| {
                classes.get(class).is_some_and(|class| !class.is_in_family() && class.internal.is_none())
            })
            .map(|(_, slot)| slot)
            .filter(|slot| !["D0Ev", "D1Ev"].iter().any(|end| slot.symbol.ends_with(end)))
            .collect();
        let found = own.iter().filter(|slot| is_exported(slot.kernel_symbol)).count();
        assert_eq!((own.len(), found), (defined, exported), "{release}");
    }
}

#[test]
fn well_known_facts_are_there() {
    let classes = tables::classes(Release::V10_6);
    let engine = classes.get("IOAudioEngine").unwrap();
    assert_eq!((engine.size, engine.slots, engine.superclass), (280, 383, Some("IOService")));
    assert_eq!(engine.header, "IOKit/audio/IOAudioEngine.h");
    let stamp = classes.vtable(engine).into_iter().find(|slot| slot.symbol == "__ZN13IOAudioEngine13takeTimeStampEbPy");
    assert_eq!(stamp.unwrap().introduced_by, "IOAudioEngine");
    assert_eq!(classes.vtable(engine)[0].emitted(), "__ZN13IOAudioEngineD1Ev");

    let descriptor = classes.get("IOMemoryDescriptor").unwrap();
    let map =
        classes.vtable(descriptor).into_iter().find(|slot| slot.kernel_symbol.contains("5doMapEP7_vm_map")).unwrap();
    assert_ne!(map.symbol, map.kernel_symbol);

    let map = classes.get("IOMemoryMap").unwrap();
    assert!(map.kernel_size > map.size);

    let stamp =
        tables::functions(Release::V10_14).find(|f| f.symbol == "__ZN13IOAudioEngine13takeTimeStampEbPy").unwrap();
    assert_eq!(stamp.kind, FunctionKind::Virtual);
    assert_eq!((stamp.introduced, stamp.deprecated), (Some("10.4"), Some("10.10")));
    assert_eq!(stamp.signature, "void IOAudioEngine::takeTimeStamp(bool, AbsoluteTime *)");
    assert_eq!(stamp.canonical_parameters(), Some("bool; unsigned long long *"));

    let value = |name: &str| tables::constants(Release::V10_6).find(|constant| constant.name == name).unwrap();
    assert_eq!(value("kIOReturnNoMemory").value, Value::Number(i128::from(0xe000_02bd_u32 as i32)));
    assert_eq!(value("kIOAudioStreamSampleFormatLinearPCM").four_characters(), Some(['l', 'p', 'c', 'm']));

    let bundle = tables::bundles(Release::V10_6).find(|bundle| bundle.identifier == "com.apple.kpi.iokit").unwrap();
    assert_eq!((bundle.version, bundle.compatible), (None, Some("7.0")));
}

#[test]
fn a_name_that_changed_tells_where_it_holds() {
    let pad = tables::every_export().find(|export| export.symbol == "__ZN9IOService19_RESERVEDIOService0Ev").unwrap();
    assert_eq!(pad.on.to_string(), "10.6-10.8,a11-15");
    let alias =
        tables::exports(Release::V11).find(|export| export.symbol.ends_with("25_RESERVEDOSMetaClassBase3Ev")).unwrap();
    assert_eq!(alias.alias_of, Some("__ZN15OSMetaClassBase8DispatchE5IORPC"));
    assert!(!tables::exports(Release::V10_15).any(|export| export.symbol == alias.symbol));
    let stamps = tables::every_function().filter(|f| f.symbol == "__ZN13IOAudioEngine13takeTimeStampEbPy");
    assert_eq!(stamps.map(|f| f.on.to_string()).collect::<Vec<_>>(), ["10.6-10.9", "10.10-15,a11-15"]);
}

#[test]
fn the_familys_history_is_readable() {
    let tags: Vec<_> = tables::family_tags().collect();
    assert_eq!((tags[0].name, tags.len()), ("14.8", 58));
    assert!(tags.windows(2).all(|pair| pair[0].date <= pair[1].date));
    for release in Release::ALL {
        let edition = tables::edition(release);
        let tag = tags.iter().find(|tag| tag.name == edition.family_tag).unwrap();
        assert_eq!(tag.version, Some(edition.family_version), "{release}");
        let engine =
            tables::family_classes().find(|class| class.name == "IOAudioEngine" && class.tags.contains(tag.name));
        let (size, slots) = engine.map(|class| (class.size, class.slots)).unwrap();
        let known = tables::classes(release);
        assert_eq!(
            (size, slots),
            (known.get("IOAudioEngine").unwrap().size, known.get("IOAudioEngine").unwrap().slots)
        );
        let members = tables::family_members().filter(|member| member.tags.contains(tag.name)).count();
        assert!(members > 500, "{release}: {members}");
    }
    let moved = tables::family_members().find(|m| m.symbol == "__ZN14IOAudioControl10flushValueEv").unwrap();
    assert_eq!((moved.slot_in("14.8"), moved.slot_in("206.5"), moved.slot_in("1")), (Some(273), Some(301), None));
    assert_eq!(moved.deprecated, Some("200.6"));
    let libraries: Vec<_> = tags.iter().find(|tag| tag.name == "206.5").unwrap().libraries().collect();
    assert_eq!((libraries[0], libraries.len()), (("com.apple.kpi.bsd", "8.0"), 5));
    assert!(tables::family_headers().any(|(header, tags)| header == "IOAudioEngine.h" && tags.contains("206.5")));
}

#[test]
fn user_clients_take_what_is_known() {
    let start = tables::user_clients().find(|fact| fact.name == "kIOAudioEngineCallRegisterClientBuffer").unwrap();
    assert_eq!((start.number, start.inputs().count(), start.outputs), (Some(0), 4, Some(0)));
    assert!(start.tags.contains("183.4.2") && !start.tags.contains("14.8"));
    for fact in tables::user_clients() {
        assert_eq!(
            fact.tags.contains("206.5"),
            fact.tags.as_str().contains("206.5") || fact.tags.as_str().ends_with("700.2")
        );
    }
}

#[test]
fn imports_name_a_library_that_has_them() {
    let exports: Vec<_> = tables::exports(Release::V10_14).collect();
    let kexts = tables::imports().filter(|import| import.program != "BlackHole 0.7.1");
    let of_kernel = kexts.filter(|import| !import.library.contains('.'));
    let mut checked = 0;
    for import in of_kernel {
        let is_it = |export: &&tables::Export| export.symbol == import.symbol && export.component == import.library;
        assert!(exports.iter().any(|export| is_it(&export)), "{}", import.symbol);
        checked += 1;
    }
    assert_eq!((checked, tables::imports().count()), (696, 933));
}

#[test]
fn every_release_has_an_edition() {
    for release in Release::ALL {
        let edition = tables::edition(release);
        assert!(edition.darwin.split('.').all(|part| part.parse::<u8>().is_ok()), "{release}");
    }
    assert_eq!(tables::edition(Release::V10_14).darwin, "18.7.0");
}

#[test]
fn exported_data_is_exported_and_no_function() {
    let exports: BTreeSet<&str> = tables::every_export().map(|export| export.symbol).collect();
    let functions: BTreeSet<&str> = tables::every_function().map(|function| function.symbol).collect();
    for name in tables::exported_data() {
        assert!(exports.contains(name) && !functions.contains(name), "{name}");
    }
}

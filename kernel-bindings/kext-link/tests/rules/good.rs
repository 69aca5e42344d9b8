//! What a kext that all linkers take becomes.

use kext_link::Rules;

use crate::kit::{BASE, CALL, CLASSES, END, INIT, KMOD, KPI, Kext, Kpi, SUPER_CALL, TERM, function};

fn word(image: &[u8], address: u64) -> u64 {
    u64::from_le_bytes(image[address as usize..][..8].try_into().unwrap())
}

#[test]
fn the_good_kext_links_on_every_release() {
    let file = Kext::good().build();
    for release in Rules::releases() {
        let linked = Kpi::of(release).link(&file, release).unwrap_or_else(|refusal| panic!("{release}: {refusal}"));
        assert_eq!(linked.warnings, Vec::<String>::new(), "{release}");
        assert_eq!(linked.base, BASE);
    }
}

#[test]
fn pointers_calls_and_kmod_info_are_relocated() {
    let linked = Kpi::kernel().link(&Kext::good().build(), "10.14").unwrap();
    let kernel = Kpi::kernel();
    assert_eq!(linked.kmod_info, BASE + KMOD);
    assert_eq!(linked.start, BASE + function("__realmain").unwrap());
    assert_eq!(linked.stop, BASE + function("__antimain").unwrap());
    assert_eq!(linked.constructors, [BASE + function("__construct").unwrap()]);
    assert_eq!(linked.destructors, [BASE + function("__destruct").unwrap()]);
    assert_eq!(word(&linked.image, INIT), linked.constructors[0]);
    assert_eq!(word(&linked.image, TERM), linked.destructors[0]);
    assert_eq!(word(&linked.image, KMOD + 156), BASE);
    assert_eq!(word(&linked.image, KMOD + 164), linked.image.len() as u64);
    assert_eq!(word(&linked.image, KMOD + 172), 0);
    assert_eq!(word(&linked.image, SUPER_CALL), kernel.exports["__ZTV8OSObject"]);
    let displacement = i32::from_le_bytes(linked.image[CALL as usize..][..4].try_into().unwrap());
    let target = (BASE + CALL + 4).wrapping_add_signed(displacement.into());
    assert_eq!(target, kernel.exports["_IOLog"]);
    assert!(target >= KPI);
}

#[test]
fn vtables_hold_the_kexts_and_the_librarys_functions() {
    let linked = Kpi::kernel().link(&Kext::good().build(), "10.14").unwrap();
    let kernel = Kpi::kernel();
    assert_eq!(linked.vtables.len(), CLASSES.len());
    for (name, slots) in CLASSES {
        let (_, table) = linked.vtables.iter().find(|(known, _)| known == name).unwrap();
        assert_eq!(table.iter().map(|slot| &*slot.name).collect::<Vec<_>>(), slots, "{name}");
        for slot in table {
            let expected = function(&slot.name).map(|at| BASE + at).or(kernel.exports.get(&slot.name).copied());
            assert_eq!(Some(slot.address), expected, "{name} {}", slot.name);
        }
    }
    assert_eq!(linked.patched_slots, 0);
}

#[test]
fn segments_are_whole_pages_and_only_text_is_executable() {
    let linked = Kpi::kernel().link(&Kext::good().build(), "10.14").unwrap();
    let segments: Vec<_> =
        linked.segments.iter().map(|segment| (&*segment.name, segment.address - BASE, segment.executable)).collect();
    assert_eq!(segments, [("__TEXT", 0, true), ("__DATA", 0x1000, false), ("__LINKEDIT", END, false)]);
    let sizes: u64 = linked.segments.iter().map(|segment| segment.size).sum();
    assert_eq!(linked.image.len() as u64, sizes);
    let is_code = |address: u64| linked.code.iter().any(|section| section.contains(&address));
    assert!(is_code(linked.start) && is_code(linked.stop) && !is_code(linked.kmod_info), "{:#x?}", linked.code);
}

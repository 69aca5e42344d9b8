//! Classes of the kernel's that no header shows, but whose symbols it exports: each is its superclass but for some methods.

use alloc::vec::Vec;

use abi::pack::{Class, Pack};

/// Name, superclass, and its own methods: a method's name in the class that introduced it, and its own symbol.
type Internal = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const INTERNAL: &[Internal] = &[
    (
        "_IOServiceNotifier",
        "IONotifier",
        &[
            ("__ZNK15OSMetaClassBase12getMetaClassEv", "__ZNK18_IOServiceNotifier12getMetaClassEv"),
            ("__ZN8OSObject4freeEv", "__ZN18_IOServiceNotifier4freeEv"),
            ("__ZN10IONotifier6removeEv", "__ZN18_IOServiceNotifier6removeEv"),
            ("__ZN10IONotifier7disableEv", "__ZN18_IOServiceNotifier7disableEv"),
            ("__ZN10IONotifier6enableEb", "__ZN18_IOServiceNotifier6enableEb"),
        ],
    ),
    (
        "_IOServiceInterestNotifier",
        "IONotifier",
        &[
            ("__ZNK15OSMetaClassBase12getMetaClassEv", "__ZNK26_IOServiceInterestNotifier12getMetaClassEv"),
            ("__ZN8OSObject4freeEv", "__ZN26_IOServiceInterestNotifier4freeEv"),
            ("__ZN10IONotifier6removeEv", "__ZN26_IOServiceInterestNotifier6removeEv"),
            ("__ZN10IONotifier7disableEv", "__ZN26_IOServiceInterestNotifier7disableEv"),
            ("__ZN10IONotifier6enableEb", "__ZN26_IOServiceInterestNotifier6enableEb"),
        ],
    ),
];

/// The classes as the pack would have them.
pub fn classes<'a>(pack: &Pack<'a>) -> Vec<Class<'a>> {
    INTERNAL.iter().filter_map(|internal| class(pack, internal)).collect()
}

fn class<'a>(pack: &Pack<'a>, (name, superclass, own): &Internal) -> Option<Class<'a>> {
    let (index, parent) = pack.class(superclass)?;
    let mut vtable = parent.vtable.clone();
    for (method, symbol) in *own {
        let slot = parent.methods.iter().position(|&known| pack.symbols[known as usize].name == *method)?;
        vtable[slot] = pack.symbol(symbol)?;
    }
    let mut metaclass_vtable = parent.metaclass_vtable.clone();
    let makes = |&symbol: &u32| pack.symbols[symbol as usize].name.ends_with("9MetaClass5allocEv");
    let slot = metaclass_vtable.iter().position(makes)?;
    metaclass_vtable[slot] = pack.symbol(&alloc::format!("__ZNK{}{name}9MetaClass5allocEv", name.len()))?;
    Some(Class {
        name,
        superclass: Some(index),
        size: parent.size,
        is_abstract: false,
        component: None,
        methods: parent.methods.clone(),
        vtable,
        metaclass_vtable,
    })
}

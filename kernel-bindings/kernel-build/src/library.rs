//! The release's components as the audit gives them to the linker: it only asks whether a kext links, so a symbol's address
//! is a place made up from its number.

use abi::pack::Pack;
use kext_link::PackLibrary;

/// Where the made-up addresses start: above the address that the audit links kexts for, within reach of a call.
const FIRST_ADDRESS: u64 = 0xffff_ff80_1000_0000;
/// The distance between two of them.
const STEP: u64 = 16;

/// The component `identifier` of `pack`.
pub(crate) fn find<'p>(pack: &'p Pack<'p>, identifier: &str) -> Option<PackLibrary<'p>> {
    PackLibrary::find(pack, identifier, |symbol| FIRST_ADDRESS + u64::from(symbol) * STEP)
}

#[cfg(test)]
mod tests {
    use abi::Release;
    use kext_link::link::Library;

    use super::*;

    #[test]
    fn a_component_offers_what_it_exports() {
        let bytes = abi::pack::build(Release::V10_6);
        let pack = Pack::from_bytes(&bytes).unwrap();
        let iokit = find(&pack, "com.apple.kpi.iokit").unwrap();
        let libkern = find(&pack, "com.apple.kpi.libkern").unwrap();
        assert!(find(&pack, "com.apple.kpi.nothing").is_none());
        assert!(iokit.export("_IOLog").is_some() && libkern.export("_IOLog").is_none());
        assert!(iokit.export("_memcpy").is_none() && libkern.export("_memcpy").is_some());

        let slots = iokit.vtable("__ZTV9IOService").unwrap();
        assert!(slots.len() > 100 && slots.iter().any(|slot| slot.name == "__ZN9IOService5startEPS_"));
        let slots = iokit.vtable("__ZTVN9IOService9MetaClassE").unwrap();
        assert!(slots.iter().any(|slot| slot.name == "__ZNK9IOService9MetaClass5allocEv"));
        for name in ["__ZTV9IOServic", "__ZTV", "_IOLog", "__ZTVN9IOService", "__ZTV99999999999999999999IOService"] {
            assert!(iokit.vtable(name).is_none(), "{name}");
        }
        assert!(!iokit.is_final("IOService"));
    }
}

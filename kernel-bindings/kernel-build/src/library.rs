//! What a release's components offer to a linker, from the release's pack.
//!
//! The audit only asks whether a kext links, so a symbol's address is a place made up from its number.

use abi::pack::Pack;
use kext_link::link::{Library, Slot};

/// Where the made-up addresses start: above the address that the audit links kexts for, within reach of a call.
const FIRST_ADDRESS: u64 = 0xffff_ff80_1000_0000;
/// The distance between two of them.
const STEP: u64 = 16;

/// A component of a release, as an entry of OSBundleLibraries names it.
#[derive(Clone, Copy, Debug)]
pub struct PackLibrary<'p> {
    pack: &'p Pack<'p>,
    component: u8,
}

impl<'p> PackLibrary<'p> {
    /// The component `identifier` of `pack`.
    pub fn find(pack: &'p Pack<'p>, identifier: &str) -> Option<PackLibrary<'p>> {
        let component = pack.components.iter().position(|component| component.identifier == identifier)?;
        Some(PackLibrary { pack, component: u8::try_from(component).ok()? })
    }

    fn address(symbol: u32) -> u64 {
        FIRST_ADDRESS + u64::from(symbol) * STEP
    }

    fn slots(&self, symbols: &[u32]) -> Vec<Slot> {
        let slot = |&symbol: &u32| {
            let name = self.pack.symbols.get(symbol as usize)?.name.to_owned();
            Some(Slot { name, address: PackLibrary::address(symbol) })
        };
        symbols.iter().filter_map(slot).collect()
    }
}

impl Library for PackLibrary<'_> {
    fn identifier(&self) -> &str {
        self.pack.components[usize::from(self.component)].identifier
    }

    fn export(&self, name: &str) -> Option<u64> {
        let index = self.pack.symbol(name)?;
        let symbol = &self.pack.symbols[index as usize];
        let address = PackLibrary::address(symbol.alias_of.unwrap_or(index));
        symbol.exported_by.contains(&self.component).then_some(address)
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        let rest = name.strip_prefix("__ZTV")?;
        let nested = rest.strip_prefix('N').and_then(|nested| nested.strip_suffix("9MetaClassE"));
        let (_, class) = self.pack.class(unmangled(nested.unwrap_or(rest))?)?;
        Some(self.slots(if nested.is_some() { &class.metaclass_vtable } else { &class.vtable }))
    }

    fn is_final(&self, class: &str) -> bool {
        self.pack.symbol(&format!("__ZN{}{class}14__OSFinalClassEv", class.len())).is_some()
    }
}

/// The name in `8OSObject`.
fn unmangled(source_name: &str) -> Option<&str> {
    let digits = source_name.find(|character: char| !character.is_ascii_digit())?;
    let (length, name) = source_name.split_at(digits);
    (length.parse() == Ok(name.len())).then_some(name)
}

#[cfg(test)]
mod tests {
    use abi::Release;

    use super::*;

    #[test]
    fn a_component_offers_what_it_exports() {
        let bytes = abi::pack::build(Release::V10_6);
        let pack = Pack::from_bytes(&bytes).unwrap();
        let iokit = PackLibrary::find(&pack, "com.apple.kpi.iokit").unwrap();
        let libkern = PackLibrary::find(&pack, "com.apple.kpi.libkern").unwrap();
        assert!(PackLibrary::find(&pack, "com.apple.kpi.nothing").is_none());
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

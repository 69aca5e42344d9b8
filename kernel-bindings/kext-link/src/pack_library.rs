//! What a release's components offer to a linker, from the release's pack.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

use abi::pack::Pack;

use crate::link::{Library, Slot};

/// A component of a release, as an entry of OSBundleLibraries names it. `address` says where a symbol is, by its index in
/// the pack: a machine's real address, or a made-up one where nothing is going to run.
#[derive(Clone, Copy, Debug)]
pub struct PackLibrary<'p> {
    pack: &'p Pack<'p>,
    component: u8,
    address: fn(u32) -> u64,
}

impl<'p> PackLibrary<'p> {
    /// The component `identifier` of `pack`; `None` if the release does not have it.
    pub fn find(pack: &'p Pack<'p>, identifier: &str, address: fn(u32) -> u64) -> Option<PackLibrary<'p>> {
        let component = pack.components.iter().position(|component| component.identifier == identifier)?;
        Some(PackLibrary { pack, component: u8::try_from(component).ok()?, address })
    }

    fn slots(&self, symbols: &[u32]) -> Vec<Slot> {
        let slot = |&symbol: &u32| {
            let name = self.pack.symbols.get(symbol as usize)?.name.to_owned();
            Some(Slot { name, address: (self.address)(symbol) })
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
        let address = (self.address)(symbol.alias_of.unwrap_or(index));
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
    use super::unmangled;

    #[test]
    fn only_whole_source_names_are_names() {
        assert_eq!(unmangled("8OSObject"), Some("OSObject"));
        for wrong in ["", "8", "9OSObject", "OSObject", "99999999999999999999OSObject"] {
            assert_eq!(unmangled(wrong), None, "{wrong}");
        }
    }
}

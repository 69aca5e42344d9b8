//! A pack with one more component.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Class, Component, Pack, Symbol, SymbolKind};

/// The superclass of a class of which nothing but the name is known.
const ANCESTOR: &str = "IOService";

impl<'a> Pack<'a> {
    /// The same release with a component more, which exports `names`. Nothing else is known of what is behind them: a class
    /// is a subclass of IOService without methods of its own, and no instance can be made.
    ///
    /// # Panics
    /// Never: every symbol of the pack is kept.
    #[must_use]
    pub fn with_component<'b>(&self, component: Component<'b>, names: &[&'b str]) -> Pack<'b>
    where
        'a: 'b,
    {
        let number = self.components.len() as u8;
        let added: BTreeSet<&'b str> = names.iter().copied().collect();
        let mut symbols: Vec<Symbol<'b>> = self.symbols.clone();
        for symbol in &mut symbols {
            if added.contains(symbol.name) {
                symbol.exported_by.to_mut().push(number);
            }
        }
        let is_new = |name: &&&str| self.symbol(name).is_none();
        let fresh =
            |name: &&'b str| Symbol { name, kind: kind(name), exported_by: Vec::from([number]).into(), alias_of: None };
        symbols.extend(added.iter().filter(is_new).map(fresh));
        symbols.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        let place = |name: &str| symbols.binary_search_by(|symbol| symbol.name.as_bytes().cmp(name.as_bytes()));
        let moved: Vec<u32> = (self.symbols.iter())
            .map(|symbol| place(symbol.name).expect("every symbol of the pack is kept") as u32)
            .collect();
        let slots = |slots: &[u32]| -> Vec<u32> { slots.iter().map(|&old| moved[old as usize]).collect() };
        let mut classes: Vec<Class<'b>> = (self.classes.iter())
            .map(|class| Class {
                vtable: slots(&class.vtable),
                methods: slots(&class.methods),
                metaclass_vtable: slots(&class.metaclass_vtable),
                ..class.clone()
            })
            .collect();
        let unknown = |name: &&str| self.class(name).is_none();
        let wanted: BTreeSet<&'b str> = added.iter().filter_map(|name| class_of(name)).filter(unknown).collect();
        let ancestor = classes.iter().position(|class| class.name == ANCESTOR);
        for name in wanted {
            let Some(ancestor) = ancestor else { break };
            let class = Class {
                name,
                superclass: Some(ancestor as u32),
                is_abstract: true,
                component: Some(number),
                ..classes[ancestor].clone()
            };
            classes.push(class);
        }
        for symbol in &mut symbols {
            symbol.alias_of = symbol.alias_of.map(|old| moved[old as usize]);
        }
        let mut components = self.components.clone();
        components.push(component);
        Pack { release: self.release, darwin: self.darwin, components, symbols, classes }
    }
}

/// What a C++ symbol says about its kind.
fn kind(name: &str) -> SymbolKind {
    if name.starts_with("__ZTV") {
        SymbolKind::Vtable
    } else if name.ends_with("10gMetaClassE") {
        SymbolKind::MetaClass
    } else if name.ends_with("9metaClassE") || name.ends_with("10superClassE") {
        SymbolKind::MetaClassPointer
    } else {
        SymbolKind::Function
    }
}

/// The class that a symbol is of: that of `__ZN11IOPCIDevice10gMetaClassE` or `__ZTV11IOPCIDevice`.
fn class_of(name: &str) -> Option<&str> {
    let rest =
        name.strip_prefix("__ZTV").or_else(|| name.strip_prefix("__ZNK")).or_else(|| name.strip_prefix("__ZN"))?;
    let rest = rest.strip_prefix('N').unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = rest.get(..digits)?.parse().ok()?;
    rest.get(digits..)?.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_name_their_class() {
        assert_eq!(class_of("__ZN11IOPCIDevice10gMetaClassE"), Some("IOPCIDevice"));
        assert_eq!(class_of("__ZTVN11IOPCIDevice9MetaClassE"), Some("IOPCIDevice"));
        assert_eq!(class_of("__ZNK11IOPCIDevice12getMetaClassEv"), Some("IOPCIDevice"));
        assert_eq!(class_of("_IOLog"), None);
        assert_eq!(class_of("__ZN99IOPCIDevice"), None);
        assert_eq!(kind("__ZN11IOPCIDevice10superClassE"), SymbolKind::MetaClassPointer);
    }
}

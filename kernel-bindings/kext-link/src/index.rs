//! Sorted orders of a kext's symbols and relocations, so that nothing is looked for one by one.

use alloc::string::String;
use alloc::vec::Vec;

use crate::names::Role;
use crate::object::{Reloc, Symbol};

/// The orders. They hold indices into the tables that they were made of.
pub(crate) struct Index {
    names: Vec<u32>,
    addresses: Vec<u32>,
    external: Vec<u32>,
    local: Vec<u32>,
    /// Symbols that patching added, by name.
    added: Vec<(String, u32)>,
}

impl Index {
    pub(crate) fn of(symbols: &[Symbol<'_>], external: &[Reloc], local: &[Reloc]) -> Self {
        let symbol = |index: &u32| &symbols[*index as usize];
        let mut names: Vec<u32> = (0..symbols.len() as u32).collect();
        names.retain(|index| symbol(index).is_defined_here() && symbol(index).role != Role::Stab);
        let mut addresses = names.clone();
        addresses.retain(|index| symbol(index).role.is_cxx());
        // Stable sorts: equals stay in the order of the table.
        names.sort_by(|a, b| symbol(a).name.cmp(&symbol(b).name));
        addresses.sort_by_key(|index| symbol(index).base);
        Self { names, addresses, external: order(external), local: order(local), added: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: String, symbol: u32) {
        let at = self.added.partition_point(|(known, _)| *known < name);
        self.added.insert(at, (name, symbol));
    }

    pub(crate) fn name(&self, symbols: &[Symbol<'_>], name: &str) -> Option<u32> {
        let end = self.names.partition_point(|index| *symbols[*index as usize].name <= *name);
        let last = end.checked_sub(1).map(|at| self.names[at]);
        let added = || self.added.binary_search_by(|(known, _)| (**known).cmp(name)).ok().map(|at| self.added[at].1);
        last.filter(|index| symbols[*index as usize].name == name).or_else(added)
    }

    pub(crate) fn address(&self, symbols: &[Symbol<'_>], address: u64) -> Option<u32> {
        let end = self.addresses.partition_point(|index| symbols[*index as usize].base <= address);
        let last = self.addresses[end.checked_sub(1)?];
        (symbols[last as usize].base == address).then_some(last)
    }

    pub(crate) fn external(&self, table: &[Reloc], address: u64) -> Option<usize> {
        first_at(table, &self.external, address)
    }

    pub(crate) fn local(&self, table: &[Reloc], address: u64) -> Option<usize> {
        first_at(table, &self.local, address)
    }
}

fn order(table: &[Reloc]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..table.len() as u32).collect();
    order.sort_by_key(|index| table[*index as usize].address);
    order
}

fn first_at(table: &[Reloc], order: &[u32], address: u64) -> Option<usize> {
    let at = order.partition_point(|index| table[*index as usize].address < address);
    let index = *order.get(at)? as usize;
    (table[index].address == address).then_some(index)
}

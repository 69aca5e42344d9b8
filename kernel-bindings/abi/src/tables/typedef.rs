//! Type names.

use super::rows::{number, rows_on, text_if_any};
use crate::Target;

const TYPEDEFS: &str = include_str!("../../data/typedefs.tsv");

/// A type's other name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typedef {
    /// The name, with the class in front where a class declares it.
    pub name: &'static str,
    /// What it stands for, as spelled.
    pub type_name: &'static str,
    canonical: &'static str,
    /// sizeof, in bytes.
    pub size: u32,
    /// Alignment, in bytes.
    pub align: u32,
    /// The header that declares it.
    pub header: &'static str,
}

impl Typedef {
    /// What it stands for, with all names of other types resolved.
    pub fn canonical(&self) -> &'static str {
        text_if_any(self.canonical).unwrap_or(self.type_name)
    }
}

/// The type names of `target`, sorted by name.
pub fn typedefs(target: impl Into<Target>) -> impl Iterator<Item = Typedef> {
    rows_on(TYPEDEFS, target.into()).map(|[name, type_name, canonical, size, align, header, _]| Typedef {
        name,
        type_name,
        canonical,
        size: number(size),
        align: number(align),
        header,
    })
}

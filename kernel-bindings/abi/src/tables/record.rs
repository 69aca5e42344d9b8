//! Fields of classes and structs, and the structs.

use super::rows::{number, rows_on, text_if_any};
use crate::Target;

const FIELDS: &str = include_str!("../../data/fields.tsv");
const KERNEL_FIELDS: &str = include_str!("../../data/kernel-fields.tsv");
const STRUCT_FIELDS: &str = include_str!("../../data/struct-fields.tsv");
const STRUCTS: &str = include_str!("../../data/structs.tsv");

/// A field that a class or struct declares itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The class or struct.
    pub owner: &'static str,
    /// Its name; a member of an anonymous union or struct is "outer.inner", the outer name may be empty.
    pub name: &'static str,
    /// Type as spelled.
    pub type_name: &'static str,
    canonical: &'static str,
    /// Bytes from the start of the object (of the outer field, for a member of one).
    pub offset: u32,
    /// sizeof, in bytes.
    pub size: u32,
    /// First bit from the start of the object and width in bits, of a bit field.
    pub bits: Option<(u32, u32)>,
    /// "public", "protected" or "private", in a class.
    pub access: Option<&'static str>,
    /// "union" or "struct" where the field is an anonymous one, whose members follow.
    pub record: Option<&'static str>,
}

impl Field {
    /// The type with all names of other types resolved.
    pub fn canonical(&self) -> &'static str {
        text_if_any(self.canonical).unwrap_or(self.type_name)
    }
}

/// The own fields of every class of `target` as the public headers declare them, each class's in memory order.
pub fn fields(target: impl Into<Target>) -> impl Iterator<Item = Field> {
    rows_on(FIELDS, target.into()).map(field)
}

/// The own fields of the classes of `target` whose layout inside the kernel differs from the public one.
pub fn kernel_fields(target: impl Into<Target>) -> impl Iterator<Item = Field> {
    rows_on(KERNEL_FIELDS, target.into()).map(field)
}

/// The fields of every struct and union of `target`, each one's in memory order.
pub fn struct_fields(target: impl Into<Target>) -> impl Iterator<Item = Field> {
    rows_on(STRUCT_FIELDS, target.into()).map(field)
}

/// A plain structure or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Struct {
    /// Its tag, with the class in front where a class declares it.
    pub name: &'static str,
    /// sizeof, in bytes.
    pub size: u32,
    /// Alignment, in bytes.
    pub align: u32,
    /// Whether it is a union.
    pub is_union: bool,
    /// The header that declares it.
    pub header: &'static str,
}

/// The structs and unions of `target`, sorted by name.
pub fn structs(target: impl Into<Target>) -> impl Iterator<Item = Struct> {
    rows_on(STRUCTS, target.into()).map(|[name, kind, size, align, header, _]| Struct {
        name,
        size: number(size),
        align: number(align),
        is_union: kind == "union",
        header,
    })
}

fn field([owner, name, type_name, canonical, offset, size, bits, access, record, _]: [&'static str; 10]) -> Field {
    Field {
        owner,
        name,
        type_name,
        canonical,
        offset: number(offset),
        size: number(size),
        bits: bits.split_once(':').map(|(first, width)| (number(first), number(width))),
        access: text_if_any(access),
        record: text_if_any(record),
    }
}

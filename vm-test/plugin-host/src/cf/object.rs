//! What an object is.

use super::Reference;

/// An object's value. References in it are held by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// CFNull, and whatever else has no value.
    Null,
    /// CFBoolean.
    Boolean(bool),
    /// CFNumber of a whole number.
    Integer(i64),
    /// CFNumber of a float: its bits.
    Real(u64),
    /// CFString.
    String(String),
    /// CFData.
    Data(Vec<u8>),
    /// CFArray.
    Array(Vec<Reference>),
    /// CFDictionary.
    Dictionary(Vec<(Reference, Reference)>),
    /// CFUUID.
    Uuid([u8; 16]),
    /// CFURL: its text.
    Url(String),
    /// CFBundle: the only one is the driver's.
    Bundle,
}

/// The type of an object; its number is what CFGetTypeID gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null = 1,
    Boolean,
    Number,
    String,
    Data,
    Array,
    Dictionary,
    Uuid,
    Url,
    Bundle,
}

impl Object {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Boolean(_) => Kind::Boolean,
            Self::Integer(_) | Self::Real(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::Data(_) => Kind::Data,
            Self::Array(_) => Kind::Array,
            Self::Dictionary(_) => Kind::Dictionary,
            Self::Uuid(_) => Kind::Uuid,
            Self::Url(_) => Kind::Url,
            Self::Bundle => Kind::Bundle,
        }
    }

    /// The references in it.
    pub(super) fn references(&self) -> Vec<Reference> {
        match self {
            Self::Array(elements) => elements.clone(),
            Self::Dictionary(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "<null>".to_owned(),
            Self::Boolean(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Real(bits) => f64::from_bits(*bits).to_string(),
            Self::String(text) | Self::Url(text) => text.clone(),
            Self::Data(bytes) => format!("<{} bytes>", bytes.len()),
            Self::Array(elements) => format!("<{} elements>", elements.len()),
            Self::Dictionary(entries) => format!("<{} entries>", entries.len()),
            Self::Uuid(bytes) => super::uuid::text(*bytes),
            Self::Bundle => "<bundle>".to_owned(),
        }
    }
}

//! Property lists, as configuration comes in: a personality of the kext, a request at run time. Whoever holds one, the
//! kernel or a test, shows it through [`Node`].

use core::ffi::CStr;

/// What a node of a property list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text, if it is UTF-8.
    Text(&'a str),
    /// A whole number; a negative one as its two's complement.
    Number(u64),
    /// True or false.
    Flag(bool),
    /// A list of nodes.
    List,
    /// Nodes under keys.
    Dictionary,
    /// Anything else.
    Other,
}

/// A node of a property list that lives for `'a`.
pub trait Node<'a>: Copy {
    /// What it is.
    fn value(self) -> Value<'a>;

    /// How many nodes a list or dictionary has; 0 for others.
    fn count(self) -> u32;

    /// A list's node at `index`, or nothing beyond its end or if it is no list.
    fn element(self, index: u32) -> Option<Self>;

    /// A dictionary's node under `key`, or nothing if there is none or it is no dictionary.
    fn member(self, key: &CStr) -> Option<Self>;
}

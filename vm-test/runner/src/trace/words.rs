//! Words of calls and names of functions, as people and programs read them.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use abi::Release;
use abi::tables::{self, Value as Constant};

use crate::demangle::demangle;

/// A function or variable by its names.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// The kext it is in, "" for the kernel.
    pub image: Rc<str>,
    /// Mach-O name.
    pub symbol: String,
    /// For people, with its parameters.
    pub demangled: String,
    /// The same without them.
    pub short: String,
    /// Its class, "" for none.
    pub class: String,
}

impl Function {
    /// The function of this Mach-O name.
    pub fn new(image: Rc<str>, symbol: &str) -> Function {
        let demangled = demangle(symbol);
        let short = without_parameters(&demangled).to_owned();
        let class = short.rsplit_once("::").map(|(class, _)| class.to_owned()).unwrap_or_default();
        Function { image, symbol: symbol.to_owned(), demangled, short, class }
    }
}

/// A demangled name up to its parameters, which are the last parentheses.
pub fn without_parameters(name: &str) -> &str {
    let whole = name.strip_suffix(" const").unwrap_or(name);
    let mut depth = 0;
    for (place, byte) in whole.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if byte == b'(' { &whole[..place] } else { name };
        }
    }
    name
}

/// A word of a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    /// No value.
    Nothing,
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// An IOReturn.
    Return(u32),
    /// Four characters.
    Code(u32),
    /// A C string, and whether there is more of it.
    Text(String, bool),
    /// The null pointer.
    Null,
    /// An object.
    Object {
        /// Its number.
        number: u32,
        /// Its class at that time.
        class: Rc<str>,
        /// What it holds, of the simple classes of libkern.
        value: Option<String>,
    },
    /// The metaclass object of a class.
    Metaclass(Rc<str>),
    /// Kernel memory, and how far into it, in bytes.
    Block {
        /// Its number.
        number: u32,
        /// Bytes from its start.
        offset: u64,
    },
    /// Code or data.
    Symbol {
        /// What.
        function: Rc<Function>,
        /// Bytes from its start.
        offset: u64,
    },
    /// A place without a name: "stack", "elsewhere", "unknown".
    Place(&'static str),
}

/// The name of an IOReturn.
pub fn return_name(code: u32) -> Option<&'static str> {
    static NAMES: OnceLock<BTreeMap<u32, &'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let all = tables::constants(Release::V10_9).filter(|constant| constant.name.starts_with("kIOReturn"));
        let number = |value: Constant| match value {
            Constant::Number(number) => Some(number as u32),
            Constant::Text(_) => None,
        };
        all.filter_map(|constant| Some((number(constant.value)?, constant.name))).collect()
    });
    names.get(&code).copied()
}

/// The four characters of a code, if a number looks like one.
pub fn four_characters(code: u32) -> Option<String> {
    let bytes = code.to_be_bytes();
    let is_fit = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_!?*#+".contains(byte);
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (bytes.iter().all(is_fit) && letters >= 2).then(|| bytes.iter().map(|&byte| char::from(byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_before_their_parameters() {
        assert_eq!(without_parameters("IOService::start(IOService*)"), "IOService::start");
        assert_eq!(without_parameters("A::f(int (*)(char), B) const"), "A::f");
        assert_eq!(without_parameters("IOLog"), "IOLog");
        assert_eq!(without_parameters("_odd)name"), "_odd)name");
    }

    #[test]
    fn codes_have_names() {
        assert_eq!(return_name(0xe000_02bc), Some("kIOReturnError"));
        assert_eq!(return_name(0), Some("kIOReturnSuccess"));
        assert_eq!(return_name(77), None);
        assert_eq!(four_characters(u32::from_be_bytes(*b"ovlm")).as_deref(), Some("ovlm"));
        assert_eq!(four_characters(44_100), None);
        assert_eq!(four_characters(0x3030_3030), None, "a number like any other");
    }
}

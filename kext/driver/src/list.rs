//! The kernel's property lists, as the engine reads them.

use core::ffi::CStr;

use core_io::object::Object;
use engine::property::{Node, Value};

/// A node of the kernel's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelNode<'a>(pub(crate) Object<'a>);

impl<'a> Node<'a> for KernelNode<'a> {
    fn value(self) -> Value<'a> {
        let Self(object) = self;
        if let Some(text) = object.text() {
            text.to_str().map_or(Value::Other, Value::Text)
        } else if let Some(number) = object.number() {
            Value::Number(number)
        } else if let Some(flag) = object.flag() {
            Value::Flag(flag)
        } else if object.array().is_some() {
            Value::List
        } else if object.dictionary().is_some() {
            Value::Dictionary
        } else {
            Value::Other
        }
    }

    fn count(self) -> u32 {
        let array = self.0.array().map(core_io::object::Array::count);
        array.or_else(|| self.0.dictionary().map(core_io::object::Dictionary::count)).unwrap_or(0)
    }

    fn element(self, index: u32) -> Option<Self> {
        self.0.array()?.get(index).map(Self)
    }

    fn member(self, key: &CStr) -> Option<Self> {
        self.0.dictionary()?.get(key).map(Self)
    }
}

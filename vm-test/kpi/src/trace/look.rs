//! Looking at the words of a call. Memory is read only where it is known to be: in live blocks, loaded kexts, and on the
//! stack of the calling thread; a wild pointer is told, not followed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use protocol::trace::{LONGEST_TEXT, Type, Value};

use super::{Tracer, between};
use crate::libkern::{boolean, number, string};
use crate::object::Obj;
use crate::{class, heap, images, mem, sched, symbols};

/// Bytes of the smallest object: a vtable pointer and a reference count.
const SMALLEST_OBJECT: usize = 12;
/// Bytes of a vtable before its first slot.
const VTABLE_HEADER: usize = 16;

impl Tracer {
    /// What a word means.
    pub fn look(&mut self, word: u64, kind: Type) -> Value {
        match kind {
            Type::Nothing => Value::Nothing,
            Type::Bool => Value::Bool(word as u8 != 0),
            Type::Signed(bytes) => Value::Signed((word << unused(bytes)) as i64 >> unused(bytes)),
            Type::Unsigned(8) => self.place(word).unwrap_or(Value::Unsigned(word)),
            Type::Unsigned(bytes) => Value::Unsigned(word << unused(bytes) >> unused(bytes)),
            Type::Return => Value::Return(word as u32),
            Type::Code => Value::Code(word as u32),
            Type::Text => text(word).unwrap_or_else(|| self.pointer(word)),
            Type::Pointer => self.pointer(word),
            Type::Unknown if word == 0 => Value::Unsigned(0),
            Type::Unknown => self.place(word).unwrap_or_else(|| number_or_unknown(word)),
        }
    }

    fn pointer(&mut self, word: u64) -> Value {
        if word == 0 { Value::Null } else { self.place(word).unwrap_or(Value::Elsewhere) }
    }

    /// What lies at an address, if it is one of the kernel's.
    fn place(&mut self, word: u64) -> Option<Value> {
        let address = between::function(word as usize);
        if let Some(block) = heap::block(address) {
            let known = self.blocks.len() as u32 + 1;
            let number = *self.blocks.entry(block.serial).or_insert(known);
            let class = if block.offset == 0 { self.class_of(address, block.size) } else { None };
            return Some(match class {
                Some(class) => {
                    let value = value_of(Obj(address), &class);
                    Value::Object { number, class: self.name(&class), value }
                }
                None => Value::Block { number, offset: block.offset as u64 },
            });
        }
        if let Some(class) = class::by_metaclass(Obj(address)) {
            return Some(Value::Metaclass(self.name(&class::name(class))));
        }
        if let Some((image, name, offset)) = images::symbol_at(address) {
            return Some(Value::Symbol { image: self.name(&image), name: self.name(&name), offset: offset as u64 });
        }
        if let Some(name) = symbols::at_address(address) {
            return Some(Value::Symbol { image: self.name(""), name: self.name(name), offset: 0 });
        }
        sched::kernel_stack().contains(&address).then_some(Value::Stack)
    }

    /// The class of the object in a block, by its vtable; `None`: there is no object, or none yet.
    fn class_of(&mut self, address: usize, size: usize) -> Option<String> {
        if size < SMALLEST_OBJECT {
            return None;
        }
        if self.vtables.is_empty() {
            self.vtables = class::vtables().into_iter().collect();
        }
        let vtable: usize = mem::read(address);
        if let Some(class) = self.vtables.get(&vtable) {
            return Some(class.clone());
        }
        let (_, name, offset) = images::symbol_at(vtable.checked_sub(VTABLE_HEADER)?)?;
        let class = name.strip_prefix("__ZTV").filter(|_| offset == 0)?;
        Some(class.trim_start_matches(|character: char| character.is_ascii_digit()).to_string())
    }
}

/// Bits of a word that an integer of so many bytes leaves.
fn unused(bytes: u8) -> u32 {
    64 - 8 * u32::from(bytes.clamp(1, 8))
}

/// A number, unless it may be an address of the bench's own, which is another one in every run.
fn number_or_unknown(word: u64) -> Value {
    match word as i64 {
        negative @ -0x8000_0000..0 => Value::Signed(negative),
        0..=0xffff_ffff => Value::Unsigned(word),
        _ => Value::Unknown,
    }
}

/// What stands for the contents of an object of one of libkern's simple classes.
fn value_of(object: Obj, class: &str) -> Option<String> {
    match class {
        "OSString" | "OSSymbol" => match text(string::c_pointer(object) as u64)? {
            Value::Text(text, _) => Some(text),
            _ => None,
        },
        "OSNumber" => Some(number::value(object).to_string()),
        "OSBoolean" => Some(boolean::value(object).to_string()),
        _ => None,
    }
}

/// The C string at an address, as far as it is shown.
fn text(word: u64) -> Option<Value> {
    let bytes = c_text(word)?;
    let shown = &bytes[..bytes.len().min(LONGEST_TEXT)];
    Some(Value::Text(String::from_utf8_lossy(shown).into_owned(), shown.len() < bytes.len()))
}

/// The C string at an address, as far as it lies in memory that is known, and not much longer than it is shown.
pub fn c_text(word: u64) -> Option<Vec<u8>> {
    let address = word as usize;
    let memory = known_memory(address)?;
    let mut bytes = mem::bytes(address, (memory.end - address).min(2 * LONGEST_TEXT));
    bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
    Some(bytes)
}

/// The memory around an address that can be read whatever the kext does.
fn known_memory(address: usize) -> Option<Range<usize>> {
    if let Some(block) = heap::block(address) {
        let start = address - block.offset;
        return Some(start..start + block.size);
    }
    let stack = sched::kernel_stack();
    images::range_of(address).or_else(|| stack.contains(&address).then_some(stack))
}

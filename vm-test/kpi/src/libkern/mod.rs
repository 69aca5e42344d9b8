//! libkern: the C++ runtime, the collections, and the C functions of the kernel's libraries.

pub mod array;
pub mod atomic;
pub mod backtrace;
pub mod boolean;
pub mod cmemory;
pub mod collection;
pub mod compare;
pub mod data;
pub mod dictionary;
pub mod format;
pub mod iterator;
pub mod log;
pub mod memory;
pub mod metaclass;
pub mod number;
pub mod oslog;
pub mod osobject;
pub mod print;
pub mod scan;
pub mod serialize;
pub mod set;
pub mod string;
pub mod text;
pub mod unserialize;
pub mod value;
pub mod veclib;

use crate::registry::Part;

/// libkern's part of the registry.
pub static PART: Part = Part {
    functions: &[
        array::FUNCTIONS,
        atomic::FUNCTIONS,
        backtrace::FUNCTIONS,
        boolean::FUNCTIONS,
        cmemory::FUNCTIONS,
        collection::FUNCTIONS,
        compare::FUNCTIONS,
        data::FUNCTIONS,
        dictionary::FUNCTIONS,
        iterator::FUNCTIONS,
        log::FUNCTIONS,
        memory::FUNCTIONS,
        metaclass::FUNCTIONS,
        number::FUNCTIONS,
        oslog::FUNCTIONS,
        osobject::FUNCTIONS,
        print::FUNCTIONS,
        scan::FUNCTIONS,
        serialize::FUNCTIONS,
        set::FUNCTIONS,
        string::FUNCTIONS,
        text::FUNCTIONS,
        unserialize::FUNCTIONS,
        veclib::FUNCTIONS,
    ],
    variables: &[boolean::TRUE, boolean::FALSE, memory::STACK_GUARD, oslog::DEFAULT],
    boot: boolean::boot,
};

//! What stands behind the symbols: the functions and variables that are implemented.

/// A function of the KPI under its Mach-O name.
#[derive(Clone, Copy)]
pub struct Function {
    /// Mach-O name, with the leading underscore.
    pub name: &'static str,
    entry: *const (),
}

// SAFETY: the pointer is the address of a function and never written through.
unsafe impl Sync for Function {}

impl Function {
    /// Registers `entry`, an `extern "C"` function of up to six integer register and eight stack arguments.
    pub const fn new(name: &'static str, entry: *const ()) -> Function {
        Function { name, entry }
    }

    /// Address of the function.
    pub fn address(&self) -> usize {
        self.entry as usize
    }
}

/// A variable of the KPI: its name, size in bytes and first value of its first word.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Mach-O name.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// First value of the first (up to) eight bytes.
    pub value: u64,
}

/// A component's part of the registry.
#[derive(Clone, Copy)]
pub struct Part {
    /// Functions, a list a module.
    pub functions: &'static [&'static [Function]],
    /// Variables.
    pub variables: &'static [Variable],
    /// Runs once at boot, after all parts are registered and classes exist.
    pub boot: fn(),
}

/// Declares a list of [`Function`]s: `functions! { pub FUNCTIONS: "_name" => function, … }`.
#[macro_export]
macro_rules! functions {
    ($visibility:vis $list:ident: $($name:literal => $function:path,)*) => {
        /// The functions of this module, by Mach-O name.
        $visibility static $list: &[$crate::registry::Function] =
            &[$($crate::registry::Function::new($name, $function as *const ()),)*];
    };
}

//! Mach-O names for people.

use cpp_demangle::{DemangleOptions, Symbol};

/// A Mach-O name of C++ or Rust as its source has it; any other without the leading underscore.
pub fn demangle(symbol: &str) -> String {
    let name = symbol.strip_prefix('_').unwrap_or(symbol);
    if name.starts_with("_GLOBAL__") {
        // What runs the constructors of a file's variables. What follows is the file's name, or nothing of meaning.
        return name.to_owned();
    }
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    let cpp = Symbol::new(name).ok().and_then(|symbol| symbol.demangle_with_options(&DemangleOptions::new()).ok());
    cpp.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn names_of_each_language_are_read() {
        for (symbol, name) in [
            ("__ZN9IOService5startEPS_", "IOService::start(IOService*)"),
            ("__ZNK8OSString9getLengthEv", "OSString::getLength() const"),
            ("__ZTV9IOService", "{vtable(IOService)}"),
            ("__ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
            ("__RNvC6engine4plan", "engine::plan"),
            ("__GLOBAL__D_a", "_GLOBAL__D_a"),
            ("_IOLog", "IOLog"),
            ("start", "start"),
            ("", ""),
        ] {
            assert_eq!(demangle(symbol), name);
        }
    }
}

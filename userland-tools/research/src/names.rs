//! Names as people write them.

use cpp_demangle::{DemangleOptions, Symbol};

/// The name in a function's signature, with its class: `IOAudioEngine::takeTimeStamp` of `void
/// IOAudioEngine::takeTimeStamp(bool, AbsoluteTime *)`.
pub fn of_signature<'a>(signature: &'a str, class: Option<&str>) -> &'a str {
    let head = signature.split_once('(').map_or(signature, |(head, _)| head);
    let start = match class {
        Some(class) => head.rfind(&format!("{class}::")),
        None => head.rfind([' ', '*', '&']).map(|space| space + 1),
    };
    head[start.unwrap_or(0)..].trim()
}

/// A Mach-O name of C++ as its source has it; any other without the leading underscore.
pub fn demangle(symbol: &str) -> String {
    let name = symbol.strip_prefix('_').unwrap_or(symbol);
    let read = Symbol::new(name).ok().and_then(|symbol| symbol.demangle_with_options(&DemangleOptions::new()).ok());
    read.unwrap_or_else(|| name.to_owned())
}

/// How the Mach-O names of a class's member begin: `13IOAudioEngine13takeTimeStamp`, after `__ZN` or `__ZNK`.
pub fn mangled_member(class: &str, member: &str) -> String {
    let parts = class.split("::").chain([member]).map(|part| format!("{}{part}", part.len()));
    parts.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_its_name() {
        for (signature, class, name) in [
            (
                "void IOAudioEngine::takeTimeStamp(bool, AbsoluteTime *)",
                Some("IOAudioEngine"),
                "IOAudioEngine::takeTimeStamp",
            ),
            ("void IOAudioPort::operator delete(void *, size_t)", Some("IOAudioPort"), "IOAudioPort::operator delete"),
            ("const OSMetaClass * A::getMetaClass() const", Some("A"), "A::getMetaClass"),
            ("bool OSSet::iterateObjects(bool (^)(OSObject *))", Some("OSSet"), "OSSet::iterateObjects"),
            ("void IOLog(const char *, ...)", None, "IOLog"),
            ("char *strchr(const char *, int)", None, "strchr"),
        ] {
            assert_eq!(of_signature(signature, class), name);
        }
    }

    #[test]
    fn names_are_read_and_begun_as_compilers_write_them() {
        assert_eq!(demangle("__ZN9IOService5startEPS_"), "IOService::start(IOService*)");
        assert_eq!(demangle("_IOLog"), "IOLog");
        assert_eq!(mangled_member("IOAudioEngine", "setState"), "13IOAudioEngine8setState");
    }
}

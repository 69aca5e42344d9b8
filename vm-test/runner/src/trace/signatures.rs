//! What is known of functions before a run: those of the kernel from the facts, those of a kext from its symbols' names.

use std::collections::{BTreeMap, HashMap};

use abi::Release;
use abi::tables::{self, Function, FunctionKind};
use kext_link::macho;
use protocol::trace::{Signature, Signatures, Type};

use super::types;
use crate::demangle::demangle;

/// The signatures of the functions of a release's kernel and of these kexts' executables.
pub fn signatures(release: Release, executables: &[&[u8]]) -> Signatures {
    let mut known: BTreeMap<String, Signature> = BTreeMap::new();
    let mut virtuals: HashMap<&str, Type> = HashMap::new();
    for function in tables::functions(release) {
        let signature = declared(&function);
        if function.kind == FunctionKind::Virtual
            && let Some(member) = member(function.symbol)
        {
            virtuals.entry(member).or_insert(signature.result);
        }
        known.insert(function.symbol.to_owned(), signature);
    }
    for (symbol, parameters, result) in UNDECLARED {
        known.entry(symbol.to_owned()).or_insert_with(|| plain(parameters, result));
    }
    for export in tables::exports(release) {
        if !known.contains_key(export.symbol) {
            known.extend(mangled(export.symbol, &virtuals).map(|signature| (export.symbol.to_owned(), signature)));
        }
    }
    for executable in executables {
        for symbol in names(executable) {
            if let Some(signature) = mangled(&symbol, &virtuals) {
                known.entry(symbol).or_insert(signature);
            }
        }
    }
    Signatures(known.into_iter().collect())
}

/// Functions that kexts import and no header declares: what compilers call.
const UNDECLARED: [(&str, &[Type], Type); 3] = [
    ("___bzero", &[Type::Pointer, Type::Unsigned(8)], Type::Nothing),
    ("___cxa_pure_virtual", &[], Type::Nothing),
    ("___stack_chk_fail", &[], Type::Nothing),
];

/// The signature of a function that is no member.
fn plain(parameters: &[Type], result: Type) -> Signature {
    Signature { this: false, parameters: parameters.to_vec(), formatted: false, result }
}

/// The signature of a function that a header declares.
fn declared(function: &Function) -> Signature {
    let canonical: Vec<&str> = function.canonical_parameters().map_or(Vec::new(), |list| list.split("; ").collect());
    let spelled = types::parameters(function.signature).into_iter().enumerate();
    Signature {
        this: !matches!(function.kind, FunctionKind::Free | FunctionKind::Static),
        parameters: spelled.map(|(index, spelled)| one(spelled, canonical.get(index).copied())).collect(),
        formatted: function.signature.ends_with("const char *, ...)"),
        result: match function.kind {
            FunctionKind::Constructor | FunctionKind::Destructor => Type::Nothing,
            _ => one(types::result(function.signature), function.canonical_return()),
        },
    }
}

/// A type as it is spelled where that says more than the canonical one.
fn one(spelled: &str, canonical: Option<&str>) -> Type {
    match types::of(spelled) {
        special @ (Type::Return | Type::Code | Type::Bool) => special,
        plain => canonical.map_or(plain, types::of),
    }
}

/// What the name of a C++ function says. The result of a function that overrides one of the kernel's classes is that one's.
fn mangled(symbol: &str, virtuals: &HashMap<&str, Type>) -> Option<Signature> {
    if symbol.starts_with("__GLOBAL__") {
        // Constructors and destructors of a file's variables.
        return Some(plain(&[], Type::Nothing));
    }
    let member = member(symbol)?;
    let name = demangle(symbol);
    if !name.ends_with(')') && !name.ends_with(" const") {
        return None;
    }
    let is_structor = ["C1E", "C2E", "D0E", "D1E", "D2E"].iter().any(|kind| member.starts_with(kind));
    let overridden = virtuals.get(member).copied();
    Some(Signature {
        // The kernel calls other functions of a kext by address only, and those are static.
        this: is_structor || overridden.is_some() || symbol.starts_with("__ZNK"),
        parameters: types::parameters(&name).into_iter().map(types::of).collect(),
        formatted: name.ends_with("char const*, ...)"),
        result: if is_structor { Type::Nothing } else { overridden.unwrap_or(Type::Unknown) },
    })
}

/// What comes after the class in the mangled name of a member, the class's metaclass included in the class.
fn member(symbol: &str) -> Option<&str> {
    let rest = symbol.strip_prefix("__ZNK").or_else(|| symbol.strip_prefix("__ZN"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = rest[..digits].parse().ok()?;
    let rest = rest[digits..].get(length..)?;
    Some(rest.strip_prefix("9MetaClass").unwrap_or(rest))
}

/// The names of the symbols that an executable defines; none of a file that cannot be read, which the linker refuses.
fn names(executable: &[u8]) -> Vec<String> {
    let Some(symbols) = macho::File::parse(executable).ok().and_then(|file| file.symtab().ok().flatten()) else {
        return Vec::new();
    };
    let defined = symbols.iter().filter(|symbol| symbol.is_section() && !symbol.is_stab());
    defined.filter_map(|symbol| symbols.name(&symbol).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(this: bool, parameters: &[Type], result: Type) -> Signature {
        Signature { this, ..plain(parameters, result) }
    }

    #[test]
    fn the_kernels_functions_are_known_from_their_headers() {
        let known = signatures(Release::V10_9, &[]);
        let get = |name: &str| known.get(name).cloned().unwrap();
        assert_eq!(get("_IOLog"), Signature { formatted: true, ..plain(&[Type::Text], Type::Nothing) });
        assert_eq!(get("___bzero"), plain(&[Type::Pointer, Type::Unsigned(8)], Type::Nothing));
        assert_eq!(get("_IOMalloc"), signature(false, &[Type::Unsigned(8)], Type::Pointer));
        assert_eq!(get("__ZN8OSObjectnwEm"), signature(false, &[Type::Unsigned(8)], Type::Pointer));
        assert_eq!(get("__ZN9IOService5startEPS_"), signature(true, &[Type::Pointer], Type::Bool));
        assert_eq!(get("__ZN7OSArray12withCapacityEj"), signature(false, &[Type::Unsigned(4)], Type::Pointer));
        assert_eq!(get("__ZN13IOAudioEngine23performAudioEngineStartEv"), signature(true, &[], Type::Return));
        assert_eq!(get("__ZN9IOServiceC2EPK11OSMetaClass"), signature(true, &[Type::Pointer], Type::Nothing));
    }

    #[test]
    fn a_kexts_functions_are_known_from_their_names() {
        let virtuals = HashMap::from([("5startEP9IOService", Type::Bool)]);
        let read = |name: &str| mangled(name, &virtuals).unwrap();
        assert_eq!(read("__ZN3Kit5startEP9IOService"), signature(true, &[Type::Pointer], Type::Bool));
        assert_eq!(
            read("__ZN3Kit4tickEP8OSObjectPKcjb"),
            signature(false, &[Type::Pointer, Type::Text, Type::Unsigned(4), Type::Bool], Type::Unknown)
        );
        assert_eq!(read("__ZN3KitD1Ev"), signature(true, &[], Type::Nothing));
        assert_eq!(mangled("_kit_start", &virtuals), None);
        assert_eq!(mangled("__ZTV3Kit", &virtuals), None);
        assert_eq!(mangled("__ZN99Kit", &virtuals), None);
    }
}

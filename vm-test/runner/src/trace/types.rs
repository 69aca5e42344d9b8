//! Types of C++ as headers and demanglers spell them, as far as a word of a call is concerned.

use protocol::trace::Type;

/// How to look at a word of this type.
pub fn of(spelled: &str) -> Type {
    let text = spelled.trim();
    let is_pointer = text.ends_with(['*', '&', ']'])
        || text.contains("(*)")
        || text.contains("(^)")
        || text.contains("OSPtr<")
        || text.ends_with("const*");
    if is_pointer {
        let pointee: Vec<&str> = text.trim_end_matches(['*', '&']).split_whitespace().collect();
        let levels = text.bytes().filter(|byte| b"*&".contains(byte)).count();
        let is_text = levels == 1 && pointee.len() == 2 && pointee.contains(&"const") && pointee.contains(&"char");
        return if is_text { Type::Text } else { Type::Pointer };
    }
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| !matches!(*word, "const" | "volatile" | "enum" | "struct")).collect();
    match words.join(" ").as_str() {
        "void" | "" => Type::Nothing,
        "bool" | "Boolean" => Type::Bool,
        "IOReturn" | "kern_return_t" => Type::Return,
        "OSType" => Type::Code,
        "char" | "signed char" => Type::Signed(1),
        "unsigned char" => Type::Unsigned(1),
        "short" => Type::Signed(2),
        "unsigned short" => Type::Unsigned(2),
        "int" => Type::Signed(4),
        "unsigned int" | "unsigned" => Type::Unsigned(4),
        "long" | "long long" | "__int128" => Type::Signed(8),
        "unsigned long" | "unsigned long long" => Type::Unsigned(8),
        // By value, classes of the kernel are enumerations.
        named if !named.contains(' ') => Type::Unsigned(4),
        _ => Type::Unknown,
    }
}

/// The parameters of a signature, in which function pointers and templates have parentheses and commas of their own. Those
/// of a variable number are left out.
pub fn parameters(signature: &str) -> Vec<&str> {
    let signature = signature.strip_suffix(" const").unwrap_or(signature);
    let Some(inner) = signature.strip_suffix(')') else { return Vec::new() };
    let mut depth = 1;
    let mut ends = vec![inner.len()];
    let mut start = 0;
    for (place, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' | b'>' | b']' => depth += 1,
            b'(' | b'<' | b'[' => depth -= 1,
            b',' if depth == 1 => ends.push(place),
            _ => {}
        }
        if depth == 0 {
            start = place + 1;
            break;
        }
    }
    ends.reverse();
    let mut found = Vec::new();
    for end in ends {
        found.push(inner[start..end].trim());
        start = end + 1;
    }
    found.retain(|parameter| !matches!(*parameter, "" | "void" | "..."));
    found
}

/// The result of a signature that spells one before the name ("static IOReturn X::f(…)").
pub fn result(signature: &str) -> &str {
    let Some((before, _)) = signature.split_once('(') else { return "" };
    let before = before.split("operator").next().unwrap_or(before);
    let end = before.rfind([' ', '*', '&', '>']).map_or(0, |place| place + 1);
    let result = before[..end].trim();
    ["static ", "virtual ", "inline "].iter().fold(result, |result, word| result.strip_prefix(word).unwrap_or(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_headers_and_demanglers_are_read() {
        for (spelled, kind) in [
            ("const char *", Type::Text),
            ("char const*", Type::Text),
            ("char *", Type::Pointer),
            ("char const**", Type::Pointer),
            ("IOService *", Type::Pointer),
            ("OSPtr<OSString>", Type::Pointer),
            ("int (*)(OSObject *, void *)", Type::Pointer),
            ("bool", Type::Bool),
            ("IOReturn", Type::Return),
            ("unsigned long long", Type::Unsigned(8)),
            ("const unsigned int", Type::Unsigned(4)),
            ("short", Type::Signed(2)),
            ("IODirection", Type::Unsigned(4)),
            ("void", Type::Nothing),
        ] {
            assert_eq!(of(spelled), kind, "{spelled}");
        }
    }

    #[test]
    fn signatures_are_taken_apart() {
        for (signature, returned, taken) in [
            ("void f()", "void", &[][..]),
            ("bool A::f(IOService *) const", "bool", &["IOService *"]),
            ("void IOLog(const char *, ...)", "void", &["const char *"]),
            ("static OSArray * OSArray::withCapacity(unsigned int)", "OSArray *", &["unsigned int"]),
            ("IOReturn g(void (*)(int, char), B<C, D>, long)", "IOReturn", &["void (*)(int, char)", "B<C, D>", "long"]),
            ("A::f(char const*, int)", "", &["char const*", "int"]),
            ("f(void)", "", &[]),
            ("static void * A::operator new(size_t)", "void *", &["size_t"]),
        ] {
            assert_eq!(result(signature), returned, "{signature}");
            assert_eq!(parameters(signature), taken, "{signature}");
        }
    }
}

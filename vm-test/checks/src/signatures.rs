//! How many arguments the functions of the kernel take.

use std::collections::BTreeMap;

use abi::Release;
use abi::tables::{Function, FunctionKind};

/// Structures that are passed by value as two arguments.
const TWO_WORDS: [&str; 1] = ["Segment64"];

/// How many arguments each declared function takes at most on the claimed releases, `this` included; none for functions
/// with a variable number.
pub fn argument_counts() -> BTreeMap<&'static str, Option<usize>> {
    let mut counts = BTreeMap::new();
    for function in abi::tables::every_function() {
        if !Release::claimed().iter().any(|&release| function.on.contains(release)) {
            continue;
        }
        let count = arguments(&function);
        let known = counts.entry(function.symbol).or_insert(count);
        *known = known.zip(count).map(|(known, count)| known.max(count));
    }
    counts
}

fn arguments(function: &Function) -> Option<usize> {
    let parameters = parameters(function.signature);
    if parameters.last() == Some(&"...") {
        return None;
    }
    let this = !matches!(function.kind, FunctionKind::Free | FunctionKind::Static);
    let words = |parameter: &&str| if TWO_WORDS.contains(parameter) { 2 } else { 1 };
    Some(parameters.iter().map(words).sum::<usize>() + usize::from(this))
}

/// The parameters of a signature, in which function pointers and templates have parentheses and commas of their own.
fn parameters(signature: &str) -> Vec<&str> {
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
    if found == [""] { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn parameters_are_split_where_they_end() {
        assert_eq!(parameters("void f()"), [""; 0]);
        assert_eq!(parameters("bool A::f(IOService *) const"), ["IOService *"]);
        assert_eq!(parameters("void IOLog(const char *, ...)"), ["const char *", "..."]);
        assert_eq!(parameters("int f(void (*)(int, char), B<C, D>, long)"), ["void (*)(int, char)", "B<C, D>", "long"]);
    }
}

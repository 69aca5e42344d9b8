//! The little of C++ types and signatures that printing declarations needs.

/// A function's signature, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The return type; empty for constructors and destructors.
    pub returns: &'a str,
    /// The name without its class.
    pub name: &'a str,
    /// The parameter types.
    pub parameters: Vec<&'a str>,
    /// What follows the parameters: `" const"` or nothing.
    pub suffix: &'a str,
}

impl<'a> Signature<'a> {
    /// Takes a signature of the tables apart, which is a member's when `class` is given.
    pub fn parse(text: &'a str, class: Option<&str>) -> Option<Signature<'a>> {
        let text = text.strip_prefix("static ").unwrap_or(text);
        let start = match class {
            Some(class) => member_name(text, class)?,
            None => text[..text.find('(')?].rfind(' ')? + 1,
        };
        let (returns, rest) = text.split_at(start);
        let returns = class.map_or(returns, |class| returns.strip_suffix(&format!("{class}::")).unwrap_or(returns));
        let (name, rest) = rest.split_at(rest.find('(')?);
        let (parameters, suffix) = rest.split_at(rest.rfind(')')?);
        Some(Signature { returns: returns.trim(), name, parameters: list(&parameters[1..], ','), suffix: &suffix[1..] })
    }
}

/// Where the member's own name begins: behind the `Class::` that no other word follows before the parenthesis.
fn member_name(text: &str, class: &str) -> Option<usize> {
    let scope = format!("{class}::");
    let starts = text.match_indices(&scope).map(|(at, _)| at + scope.len());
    starts.into_iter().find(|&at| {
        let name = text[at..].split('(').next().unwrap_or_default();
        name.starts_with("operator ") || !name.contains([' ', '*', '&'])
    })
}

/// The parts of a list, divided where no parenthesis is open.
pub fn list(text: &str, at: char) -> Vec<&str> {
    let mut depth = 0;
    let ends = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0 && c == at
    };
    text.split(ends).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// A declaration of `name`, which may itself be a declarator, with the type.
pub fn declare(type_name: &str, name: &str) -> String {
    if let Some(at) = function_pointer(type_name) {
        let stars = type_name[at..].bytes().take_while(|b| b"*^".contains(b)).count();
        let (head, tail) = type_name.split_at(at + stars);
        return format!("{head}{name}{tail}");
    }
    if let Some(at) = type_name.find('[') {
        let (element, bounds) = type_name.split_at(at);
        return format!("{} {name}{bounds}", element.trim_end());
    }
    let gap = if type_name.ends_with(['*', '&']) { "" } else { " " };
    format!("{type_name}{gap}{name}")
}

/// Where the first star of a pointer to a function is: `(*`, a member's `(Class::*`, or a block's `(^`.
fn function_pointer(type_name: &str) -> Option<usize> {
    type_name.match_indices(['*', '^']).map(|(at, _)| at).find(|&at| type_name[..at].ends_with(['(', ':']))
}

/// The identifiers of a type, qualified ones whole.
pub fn words(type_name: &str) -> impl Iterator<Item = &str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    type_name.split(move |c| !inside(c)).filter(|word| word.starts_with(|c: char| !c.is_ascii_digit()))
}

/// Whether the word belongs to the language.
pub fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 16] = [
        "bool", "char", "class", "const", "double", "enum", "float", "int", "long", "short", "signed", "struct",
        "union", "unsigned", "void", "volatile",
    ];
    KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::{Signature, declare, list, words};

    #[test]
    fn signatures_come_apart() {
        let parse = |text, class| Signature::parse(text, class).unwrap();
        let s = parse(
            "static const OSMetaClass * OSMetaClass::getMetaClassWithName(const OSSymbol *)",
            Some("OSMetaClass"),
        );
        assert_eq!((s.returns, s.name, s.suffix), ("const OSMetaClass *", "getMetaClassWithName", ""));
        let s = parse("IOEventSource::Action IOEventSource::getAction() const", Some("IOEventSource"));
        assert_eq!((s.returns, s.name, s.suffix), ("IOEventSource::Action", "getAction", " const"));
        assert!(s.parameters.is_empty());
        let s = parse("static void * OSObject::operator new(size_t)", Some("OSObject"));
        assert_eq!((s.returns, s.name), ("void *", "operator new"));
        let s = parse("void IOLog(const char *, ...)", None);
        assert_eq!((s.returns, s.name, s.parameters), ("void", "IOLog", vec!["const char *", "..."]));
        let s = parse("OSObject::OSObject(const OSMetaClass *)", Some("OSObject"));
        assert_eq!((s.returns, s.name), ("", "OSObject"));
        let s = parse("bool A::init(void (*)(OSObject *, ...), int)", Some("A"));
        assert_eq!(s.parameters, ["void (*)(OSObject *, ...)", "int"]);
        assert_eq!(Signature::parse("no function", None), None);
    }

    #[test]
    fn declarators_go_where_c_wants_them() {
        assert_eq!(declare("int", "a"), "int a");
        assert_eq!(declare("const A *", "a"), "const A *a");
        assert_eq!(declare("int (**)(A *)", "f"), "int (**f)(A *)");
        assert_eq!(declare("void (*)()", "get() const"), "void (*get() const)()");
        assert_eq!(declare("A *(*)(B *)", "f"), "A *(*f)(B *)");
        assert_eq!(declare("int (A::*)(void *)", "m"), "int (A::*m)(void *)");
        assert_eq!(declare("void (^)(A *)", "block"), "void (^block)(A *)");
        assert_eq!(declare("unsigned int[2]", "state"), "unsigned int state[2]");
    }

    #[test]
    fn lists_are_divided_outside_of_parentheses() {
        assert_eq!(list("A; void (*)(B; C); D", ';'), ["A", "void (*)(B; C)", "D"]);
        assert!(list("", ',').is_empty());
    }

    #[test]
    fn words_are_identifiers() {
        assert_eq!(words("const A::B *, unsigned int[2]").collect::<Vec<_>>(), ["const", "A::B", "unsigned", "int"]);
    }
}

//! Prints classes.
use super::names::Names;
use super::plain::{enumeration, spelled};
use super::{lacking, line};
use crate::types::{declare, words};
use crate::{Error, spec};
use abi::tables::{Class, Field, Function, FunctionKind};
use std::collections::BTreeSet;

/// A class's body, which says its access where that changes.
struct Body<'a> {
    out: &'a mut String,
    access: &'static str,
    /// Whether all is public: the family's classes use what is protected and private in each other.
    is_open: bool,
}

impl Body<'_> {
    /// What follows has this access.
    fn enter(&mut self, access: Option<&'static str>) {
        let access = access.filter(|_| !self.is_open).unwrap_or("public");
        if self.access != access {
            line(self.out, format_args!("{access}:"));
            self.access = access;
        }
    }

    fn member(&mut self, access: Option<&'static str>, text: &str) {
        self.enter(access);
        line(self.out, format_args!("    {text}"));
    }
}

pub(super) fn class(names: &mut Names<'_>, name: &'static str, out: &mut String) -> Result<(), Error> {
    let facts = names.facts;
    let class = facts.oldest().classes.get(name).ok_or_else(|| lacking(&format!("class {name}")))?;
    let is_stable = facts.has_stable_layout(name);
    names.declared(name);
    if is_stable {
        line(out, format_args!("// {} bytes, {} slots.", class.size, class.slots));
    } else {
        line(out, format_args!("// {} slots. {}: no fields, and no superclass.", class.slots, why_opaque(name)));
    }
    match class.superclass {
        Some(superclass) => line(out, format_args!("class {name} : public {superclass} {{")),
        None => line(out, format_args!("class {name} {{")),
    }
    let mut body = Body { out, access: "private", is_open: facts.declares_private(class) };
    nested(names, class, &mut body)?;
    statics(names, class, &mut body);
    if !is_stable {
        body.member(Some("private"), &format!("{name}();"));
    }
    plain_members(names, class, is_stable, &mut body)?;
    virtuals(names, class, &mut body)?;
    if is_stable {
        fields(names, class, &mut body);
    }
    line(out, format_args!("}};"));
    if class.has_metaclass {
        let object = names.choose("OSObject", "OSObject");
        line(out, format_args!("\nclass {name}::MetaClass : public OSMetaClass {{\npublic:\n    MetaClass();"));
        if facts.declares_private(class) {
            // Who defines the class exports it.
            line(out, format_args!("    virtual ~MetaClass();"));
        }
        line(out, format_args!("    virtual {object} *alloc() const override;\n}};"));
    }
    Ok(())
}

fn why_opaque(name: &str) -> &'static str {
    if spec::OPAQUE.contains(&name) { "The layout is the kernel's own" } else { "The layout differs between releases" }
}

/// Prints the definitions of a class's reserved slots, where who calls one learns which it is, and that the class has its size.
pub(super) fn pads(names: &Names<'_>, name: &str, out: &mut String) -> Result<(), Error> {
    let class = names.facts.oldest().classes.get(name).ok_or_else(|| lacking(&format!("class {name}")))?;
    let size = class.size;
    line(out, format_args!("static_assert(sizeof({name}) == {size}, \"{name} has {size} bytes\");"));
    let own = names.facts.oldest().classes.vtable(class).into_iter().filter(|slot| slot.defined_in == name);
    for slot in own.filter(abi::tables::Slot::is_reserved) {
        let pad = slot.symbol.split(&format!("_RESERVED{name}")).nth(1).and_then(|rest| rest.strip_suffix("Ev"));
        let pad = pad.ok_or_else(|| lacking(&format!("number in {}", slot.symbol)))?;
        line(out, format_args!("void {name}::_RESERVED{name}{pad}() {{ gMetaClass.reservedCalled({pad}); }}"));
    }
    Ok(())
}

/// Type names and enumerations of the class; structures of it that only pointers lead to.
fn nested(names: &mut Names<'_>, class: &Class, body: &mut Body<'_>) -> Result<(), Error> {
    let oldest = names.facts.oldest();
    let scope = format!("{}::", class.name);
    let types: Vec<_> =
        oldest.typedefs.values().filter(|t| t.name.starts_with(&scope) && !is_of_smart_pointers(t.type_name)).collect();
    let declared: BTreeSet<_> = types.iter().map(|t| t.name[scope.len()..].to_owned()).collect();
    let mentioned = oldest.fields_of(class.name).iter().flat_map(|field| words(field.canonical()));
    let opaque: BTreeSet<_> = mentioned.filter_map(|word| word.strip_prefix(&scope)).map(str::to_owned).collect();
    names.enter(declared.union(&opaque).cloned());
    for name in opaque.difference(&declared) {
        body.member(None, &format!("struct {name};"));
    }
    for known in types {
        let name = &known.name[scope.len()..];
        if known.type_name.starts_with("enum ") {
            body.enter(None);
            enumeration(names, name, &scope, body.out)?;
        } else {
            let type_name = names.choose(known.type_name, known.canonical());
            body.member(None, &format!("typedef {};", declare(&type_name, name)));
        }
    }
    Ok(())
}

/// Whether a declaration is of the kernel's smart pointers, which are not declared here.
fn is_of_smart_pointers(text: &str) -> bool {
    text.contains("SharedPtr<")
}

fn statics(names: &mut Names<'_>, class: &Class, body: &mut Body<'_>) {
    if class.has_metaclass {
        body.member(None, "class MetaClass;");
    }
    for member in names.facts.statics.get(class.name).into_iter().flatten() {
        let (_, name) = member.symbol.split_at(format!("__ZN{}{}", class.name.len(), class.name).len());
        let name = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_end_matches('E');
        // The linker of the kernel goes by superClass; no other private member can be used.
        if member.access == Some("private") && name != "superClass" && !names.facts.declares_private(class) {
            continue;
        }
        let type_name = match member.type_name {
            "class MetaClass" => "MetaClass".to_owned(),
            spelled => names.choose(spelled, spelled),
        };
        body.member(member.access, &format!("static {};", declare(&type_name, name)));
    }
}

/// Constructors, static functions and methods that a kext can import on every claimed release.
fn plain_members(names: &mut Names<'_>, class: &Class, is_stable: bool, body: &mut Body<'_>) -> Result<(), Error> {
    let facts = names.facts;
    for function in facts.oldest().functions.values().filter(|f| f.class == Some(class.name)) {
        let is_constructor = match function.kind {
            FunctionKind::Constructor => true,
            FunctionKind::Method | FunctionKind::Static => false,
            FunctionKind::Free | FunctionKind::Virtual | FunctionKind::Destructor => continue,
        };
        // Beside each of them stands one without, which all releases have.
        if is_of_smart_pointers(function.signature) {
            continue;
        }
        let is_base_variant = function.symbol.starts_with(&format!("__ZN{}{}C2E", class.name.len(), class.name));
        if is_constructor && !(is_stable && is_base_variant) || !facts.is_importable(Some(class), function.symbol) {
            continue;
        }
        // Static objects need the metaclass's own operators, private or not.
        let is_operator = function.signature.contains("::operator ");
        if function.access == Some("private") && !is_operator && !facts.declares_private(class) {
            continue;
        }
        let (signature, returns, parameters) = spelled(names, function)?;
        // The kernel's operator new answers NULL without memory; only of one that never throws do compilers expect that.
        let never_throws = if signature.name == "operator new" { " noexcept" } else { "" };
        let call = format!("{}({}){}{never_throws}", signature.name, parameters.join(", "), signature.suffix);
        let text = match function.kind {
            FunctionKind::Constructor if parameters.len() == 1 => format!("explicit {call};"),
            FunctionKind::Constructor => format!("{call};"),
            FunctionKind::Static => format!("static {};", declare(&returns, &call)),
            _ => format!("{};", declare(&returns, &call)),
        };
        body.member(function.access, &text);
    }
    Ok(())
}

/// The slots that the class introduces or overrides, in their order.
fn virtuals(names: &mut Names<'_>, class: &Class, body: &mut Body<'_>) -> Result<(), Error> {
    let facts = names.facts;
    for slot in facts.oldest().classes.vtable(class) {
        if slot.defined_in != class.name {
            continue;
        }
        let function: &Function =
            facts.oldest().functions.get(slot.symbol).ok_or_else(|| lacking(&format!("function {}", slot.symbol)))?;
        if function.kind == FunctionKind::Destructor {
            // Its second slot comes with the first.
            if slot.symbol.ends_with("D1Ev") {
                body.member(function.access, &format!("virtual ~{}();", class.name));
            }
            continue;
        }
        let (signature, returns, parameters) = spelled(names, function)?;
        let call = format!("{}({}){}", signature.name, parameters.join(", "), signature.suffix);
        let kind = match (slot.introduced_by == class.name, slot.is_pure) {
            (true, true) => " = 0",
            (true, false) => "",
            (false, _) => " override",
        };
        body.member(function.access, &format!("virtual {}{kind};", declare(&returns, &call)));
    }
    Ok(())
}

fn fields(names: &mut Names<'_>, class: &Class, body: &mut Body<'_>) {
    let all = names.facts.oldest().fields_of(class.name);
    for field in all {
        if field.name.contains('.') {
            continue;
        }
        let Some(record) = field.record else {
            let type_name = names.choose(field.type_name, field.canonical());
            body.member(field.access, &format!("{};", declare(&type_name, field.name)));
            continue;
        };
        body.member(field.access, &format!("{record} {{"));
        for (member, name) in members(all, field) {
            let type_name = names.choose(member.type_name, member.canonical());
            body.member(field.access, &format!("    {};", declare(&type_name, name)));
        }
        body.member(field.access, &format!("}} {};", field.name));
    }
}

/// The members of an anonymous union or structure with their own names.
fn members<'a>(all: &'a [Field], outer: &'a Field) -> impl Iterator<Item = (&'a Field, &'static str)> {
    all.iter().filter_map(|field| {
        let (owner, name) = field.name.split_once('.')?;
        (owner == outer.name).then_some((field, name))
    })
}

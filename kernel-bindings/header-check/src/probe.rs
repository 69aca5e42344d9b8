//! The C++ source that makes the compiler say what it makes of the headers.
use crate::Error;
use crate::emit::line;
use crate::emit::plain::loose_constants;
use crate::facts::{Facts, ReleaseFacts};
use crate::spec::{self, Item};
use abi::tables::Value;
use std::collections::BTreeMap;

/// The array of measured numbers in the probe's object file.
pub(crate) const NUMBERS: &str = "_loopflower_numbers";

/// A number that the headers and the facts must agree on.
pub(crate) struct Quantity {
    /// The C++ expression.
    pub expression: String,
    /// What it must be, in two's complement.
    pub value: u64,
}

/// The classes that the headers declare, in the headers' order.
pub(crate) fn classes() -> impl Iterator<Item = &'static str> {
    items().filter_map(|item| if let Item::Class(name) = *item { Some(name) } else { None })
}

fn items() -> impl Iterator<Item = &'static Item> {
    spec::HEADERS.iter().flat_map(|header| header.items)
}

/// Everything that the headers say in numbers, by what it is about, as one release has it.
///
/// # Errors
/// The facts contradict each other.
pub(crate) fn quantities(facts: &Facts, release: &ReleaseFacts) -> Result<BTreeMap<String, Quantity>, Error> {
    let mut all = BTreeMap::new();
    let mut add = |about: String, expression: String, value: u64| {
        all.insert(about, Quantity { expression, value });
    };
    for header in spec::HEADERS {
        for item in header.items {
            match *item {
                Item::Class(name) if facts.has_stable_layout(name) => {
                    if let Some(class) = release.classes.get(name) {
                        add(format!("size of {name}"), format!("sizeof({name})"), class.size.into());
                    }
                    members(name, release.fields_of(name), &mut add);
                }
                Item::Class(_) | Item::Functions(_) | Item::Pads(_) => {}
                Item::Struct(name) => {
                    if let Some(known) = release.structs.get(name) {
                        add(format!("size of {name}"), format!("sizeof({name})"), known.size.into());
                    }
                    members(name, release.struct_fields.get(name).map_or(&[], Vec::as_slice), &mut add);
                }
                Item::Types(names) => {
                    for name in names {
                        if let Some(known) = release.typedefs.get(name) {
                            add(format!("size of {name}"), format!("sizeof({name})"), known.size.into());
                        }
                    }
                }
                Item::Enum(tag) => {
                    for constant in release.constants.values().filter(|c| c.enumeration == Some(tag)) {
                        if let Value::Number(value) = constant.value {
                            add(format!("value of {}", constant.name), constant.name.to_owned(), value as u64);
                        }
                    }
                }
                Item::Constants { prefixes, .. } => {
                    for (name, constant) in loose_constants(facts, header.path, prefixes)? {
                        match constant.value {
                            Value::Number(value) => add(format!("value of {name}"), name.to_owned(), value as u64),
                            Value::Text(text) => add(
                                format!("text of {name}"),
                                format!("__builtin_strcmp({name}, \"{text}\") == 0 ? sizeof({name}) : 0"),
                                text.len() as u64 + 1,
                            ),
                        }
                    }
                }
            }
        }
    }
    Ok(all)
}

fn members(owner: &str, fields: &[abi::tables::Field], add: &mut impl FnMut(String, String, u64)) {
    let mut outer = 0;
    for field in fields {
        let name = field.name;
        // A member of an anonymous union counts from the union.
        let offset = if name.contains('.') { outer + field.offset } else { field.offset };
        if field.record.is_some() {
            outer = field.offset;
        }
        add(format!("offset of {owner}::{name}"), format!("__builtin_offsetof({owner}, {name})"), offset.into());
        add(format!("size of {owner}::{name}"), format!("sizeof((({owner} *)0)->{name})"), field.size.into());
    }
}

/// The class that the probe derives from `base` to see the table that a kext's own subclass would get.
fn derived(base: &str) -> String {
    format!("Loopflower{}", base.replace("::", ""))
}

/// The symbol of that table.
pub(crate) fn table_symbol(base: &str) -> String {
    let name = derived(base);
    format!("__ZTV{}{name}", name.len())
}

/// The probe's source: an array of the numbers, and a class derived from each of `bases`, whose first virtual function of
/// its own is defined, so that its table is emitted.
pub(crate) fn source<'a>(expressions: impl Iterator<Item = &'a str>, bases: &[String]) -> String {
    let mut text = String::new();
    for header in spec::HEADERS {
        line(&mut text, format_args!("#include <{}>", header.path));
    }
    line(&mut text, format_args!("extern \"C\" const unsigned long {}[] = {{", NUMBERS.trim_start_matches('_')));
    for expression in expressions {
        line(&mut text, format_args!("    (unsigned long)({expression}),"));
    }
    text.push_str("};\n");
    for base in bases {
        let name = derived(base);
        line(&mut text, format_args!("struct {name} : {base} {{ virtual void key(); virtual ~{name}(); }};"));
        line(&mut text, format_args!("void {name}::key() {{}}"));
    }
    text
}

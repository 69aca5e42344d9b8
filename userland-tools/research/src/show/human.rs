//! What is shown, as text.

use std::fmt::{self, Write as _};

use abi::Span;

use super::{ClassFacts, ConstantFacts, Declaration, Layout, Shown, SlotOfClass, SymbolFacts};
use crate::Place;
use crate::map::Counterpart;
use crate::notes::Note;
use crate::text::{WIDTH, field, wrapped};

/// Said where the map has no row.
const NONE_RECORDED: &str = "none is recorded: the map has IOAudioFamily, and the classes for which DriverKit has one";
/// From how many symbols on each has a line only.
const MANY: usize = 6;

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        if let Some(remark) = &self.remark {
            let _ = writeln!(out, "{remark}\n");
        }
        let absent = |what: &str| self.target.as_ref().map(|target| format!("{what} on {target}")).unwrap_or_default();
        if let Some(class) = &self.class {
            of_class(&mut out, class, &absent("is not there"));
        }
        if let Some(entry) = &self.entry {
            let _ = writeln!(out, "{}", entry.name);
            let kind = if entry.counterpart.kind == "property" { "registry property" } else { "notification" };
            field(&mut out, "kind", &format!("{kind} of IOAudioFamily"));
            advice(&mut out, None, Some(&entry.counterpart), &entry.notes);
        }
        if let Some(constant) = &self.constant {
            of_constant(&mut out, constant, &absent("in no header"));
        }
        if self.symbols.len() > MANY {
            let _ = writeln!(
                out,
                "{} functions are called so; name one with its class and parameters:",
                self.symbols.len()
            );
            self.symbols.iter().for_each(|symbol| line(&mut out, symbol));
        } else {
            for (index, symbol) in self.symbols.iter().enumerate() {
                out.push_str(if index > 0 { "\n" } else { "" });
                of_symbol(&mut out, symbol, &absent("neither declared nor exported"));
            }
        }
        if !self.sources.is_empty() {
            out.push('\n');
        }
        for source in &self.sources {
            field(&mut out, "source", &format!("{} <{}>", source.what, source.place));
        }
        formatter.write_str(&out)
    }
}

fn line(out: &mut String, symbol: &SymbolFacts) {
    let signature = symbol.declarations.last().map_or(symbol.name.as_str(), |declaration| declaration.signature);
    let _ = writeln!(out, "  {signature}");
}

fn of_symbol(out: &mut String, symbol: &SymbolFacts, absent: &str) {
    let _ = writeln!(out, "{}", symbol.name);
    field(out, "symbol", &symbol.symbol);
    field(out, "kind", symbol.kind);
    let (declarations, exports) = (&symbol.declarations, &symbol.exports);
    if declarations.is_empty() && exports.is_empty() && symbol.slots.is_empty() {
        field(out, "absent", absent);
    }
    let same = |left: &Declaration, right: &Declaration| left.signature == right.signature;
    for group in declarations.chunk_by(same) {
        field(out, "signature", group[0].signature);
        group.chunk_by(alike).for_each(|group| field(out, "declared", &declared(group)));
    }
    let slots = symbol.slots.iter().map(|slot| {
        let owner = if slot.table == "metaclass" { " of the metaclass" } else { "" };
        let owner =
            if Some(slot.class) == symbol.class { owner.to_owned() } else { format!(" of {}{owner}", slot.class) };
        let kernel = slot.kernel_symbol.map(|name| format!(", in the kernel {name}")).unwrap_or_default();
        format!("{}{owner} on {}{kernel}", slot.slot, slot.on)
    });
    field(out, "vtable slot", &slots.collect::<Vec<_>>().join("; "));
    for export in exports {
        let alias = export.alias_of.map(|name| format!(" as another name of {name}")).unwrap_or_default();
        let wildcard = export.wildcard.map(|entry| format!(" by {entry}")).unwrap_or_default();
        field(out, "exported", &format!("by {} on {}{alias}{wildcard}", export.component, export.on));
    }
    if exports.is_empty() && !declarations.is_empty() {
        let inline = declarations.iter().all(|declaration| declaration.inline || declaration.pure);
        field(out, "exported", if inline { "never: a header has its body, or it has none" } else { "by no component" });
    }
    if let Some(family) = &symbol.family {
        let since = family.deprecated.map(|tag| format!(", deprecated since {tag}")).unwrap_or_default();
        field(out, "IOAudioFamily", &format!("versions {}{since}", family.versions));
    }
    for declaration in declarations {
        field(out, "deprecated", &deprecation(declaration));
    }
    let whole = symbol.counterpart.as_ref().filter(|it| it.kind == "class").and(symbol.class);
    advice(out, whole, symbol.counterpart.as_ref(), &symbol.notes);
}

/// What takes its place, or that of the whole that it is a part of; and how it behaves.
fn advice(out: &mut String, whole: Option<&str>, counterpart: Option<&Counterpart>, notes: &[Note]) {
    if let Some(counterpart) = counterpart {
        let names = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        field(out, "plug-in", &names(&counterpart.plugin));
        let of_whole = whole.map(|whole| format!(", for all of {whole}")).unwrap_or_default();
        let reading = if counterpart.our_reading { " (our reading)" } else { "" };
        let framework = if counterpart.is_of_family() { "AudioDriverKit" } else { "DriverKit" };
        field(out, framework, &format!("{}{reading}{of_whole}", names(&counterpart.driverkit)));
        field(out, "why", counterpart.why);
    } else {
        field(out, "replaced by", NONE_RECORDED);
    }
    for note in notes {
        field(out, "note", &format!("{}{}", note.note, if note.quirk.is_some() { " (QUIRKS.md)" } else { "" }));
    }
}

/// Whether two headers say the same but for deprecation.
fn alike(left: &Declaration, right: &Declaration) -> bool {
    let of = |one: &Declaration| (one.signature, one.access, one.inline, one.pure, one.header);
    of(left) == of(right)
}

/// Where a header declares it, and how.
fn declared(alike: &[Declaration]) -> String {
    let declaration = &alike[0];
    let on = alike.iter().map(|one| one.on.0).fold(Span::default(), Span::union);
    let mut words = vec![format!("on {}", Place(on))];
    words.extend(declaration.access.map(str::to_owned));
    words.extend(declaration.inline.then(|| "body in the header".to_owned()));
    words.extend(declaration.pure.then(|| "pure virtual".to_owned()));
    words.extend(declaration.header.map(|header| format!("in {header}")));
    words.join(", ")
}

fn deprecation(declaration: &Declaration) -> String {
    let introduced = declaration.introduced.map(|version| format!(" (introduced in {version})")).unwrap_or_default();
    match declaration.deprecated {
        Some("y") => format!("yes, the header names no version{introduced}; so on {}", declaration.on),
        Some(version) => format!("since {version}{introduced}; so in the headers of {}", declaration.on),
        None => String::new(),
    }
}

fn of_constant(out: &mut String, constant: &ConstantFacts, absent: &str) {
    let _ = writeln!(out, "{}", constant.name);
    if constant.states.is_empty() {
        field(out, "absent", absent);
    }
    for state in &constant.states {
        let kind = if state.enumerator { "enumerator" } else { "macro" };
        let of = state.enumeration.map(|enumeration| format!(" of {enumeration}")).unwrap_or_default();
        field(out, "kind", &format!("{kind}{of}"));
        let code = state.four_characters.as_ref().map(|code| format!(" ('{code}')")).unwrap_or_default();
        field(out, "value", &format!("{}{code}", state.value));
        field(out, "declared", &format!("on {}, in {}", state.on, state.header));
    }
}

fn of_class(out: &mut String, class: &ClassFacts, absent: &str) {
    let _ = writeln!(out, "class {}", class.name);
    field(out, "bundle", class.component.unwrap_or("the kernel"));
    let internal = class.internal.map(|whose| format!(" (internal to the {whose}: no kext can include it)"));
    field(out, "header", &format!("{}{}", class.header, internal.unwrap_or_default()));
    for state in &class.states {
        let inside = if state.kernel_size == state.size {
            String::new()
        } else {
            format!(" ({} in the kernel)", state.kernel_size)
        };
        field(out, "there on", &format!("{}: {} bytes{inside}, {} slots", state.on, state.size, state.slots));
    }
    if let Some(since) = class.deprecated_since {
        let (marked, all) = (class.deprecated_functions, class.functions);
        field(out, "deprecated", &format!("since {since}: the headers mark {marked} of its {all} functions"));
    }
    advice(out, None, class.counterpart.as_ref(), &class.notes);
    match &class.layout {
        Some(layout) => of_layout(out, class.name, layout),
        None => field(out, "absent", absent),
    }
}

fn of_layout(out: &mut String, class: &str, layout: &Layout) {
    let _ = writeln!(out, "\nlayout on {}", layout.target);
    field(out, "derived from", &layout.superclasses.join(" < "));
    let pure = if layout.is_abstract { "; abstract" } else { "" };
    let (size, align, data) = (layout.size, layout.align, layout.data_size);
    field(out, "size", &format!("{size} bytes, aligned to {align}; a subclass's fields begin at {data}{pure}"));
    if !layout.fields.is_empty() {
        let _ = writeln!(out, "\n  offset   size  field");
    }
    for one in &layout.fields {
        let bits = one.bits.map(|(first, width)| format!(" : {width} (from bit {first})")).unwrap_or_default();
        let access =
            one.access.filter(|access| *access != "public").map(|access| format!("  {access}")).unwrap_or_default();
        let _ = writeln!(out, "  {:6} {:6}  {} {}{bits}{access}", one.offset, one.size, one.type_name, one.name);
    }
    let new: Vec<&SlotOfClass> = layout.own_slots.iter().filter(|slot| slot.kind != "override").collect();
    if !new.is_empty() {
        let _ = writeln!(out, "\n  slot  introduced here, of {}", layout.slots);
    }
    let mut rest = new.as_slice();
    while let [first, ..] = rest {
        let padding = rest.iter().take_while(|slot| slot.kind == "reserved").count();
        let _ = match padding {
            0 => {
                writeln!(out, "  {:4}  {}", first.slot, wrapped(&method(class, first), WIDTH - 8).join("\n          "))
            }
            1 => writeln!(out, "  {:4}  (reserved)", first.slot),
            _ => writeln!(out, "  {:4}  (reserved, to {})", first.slot, rest[padding - 1].slot),
        };
        rest = &rest[padding.max(1)..];
    }
    let overridden = layout.own_slots.iter().filter(|slot| slot.kind == "override");
    let overridden: Vec<String> = overridden.map(|slot| format!("{} {}", slot.slot, short(class, slot))).collect();
    list(out, "overridden slots", &overridden.join(", "));
    list(out, "in no vtable", &layout.other_functions.iter().map(|name| last(name)).collect::<Vec<_>>().join(", "));
}

/// A list under a title of its own.
fn list(out: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "\n  {title}");
        for line in wrapped(text, WIDTH - 4) {
            let _ = writeln!(out, "    {line}");
        }
    }
}

/// A slot's function with its types, its class left out.
fn method(class: &str, slot: &SlotOfClass) -> String {
    let text = slot
        .signature
        .map_or_else(|| slot.symbol.to_owned(), |signature| signature.replacen(&format!("{class}::"), "", 1));
    if slot.pure { format!("{text} = 0") } else { text }
}

/// A slot's function by its last name.
fn short<'a>(class: &str, slot: &'a SlotOfClass) -> &'a str {
    slot.signature.map_or(slot.symbol, |signature| last(crate::names::of_signature(signature, Some(class))))
}

fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

//! An audit for people: the verdicts first, then what they rest on.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Audit, Audited, Import, Slice, Verdict};
use crate::text::{WIDTH, field, wrapped};

impl fmt::Display for Audit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, bundle) in self.bundles.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            bundle.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Audited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text(self))
    }
}

fn text(audited: &Audited) -> String {
    let mut out = String::new();
    let info = &audited.info;
    let _ = writeln!(out, "{}: {} {} {}", audited.bundle, audited.kind, said(&info.identifier), info.version);
    for why in &audited.unreadable {
        field(&mut out, "NOT READ", why);
    }
    for slice in &audited.slices {
        for why in &slice.unreadable {
            field(&mut out, "NOT READ", &format!("part for {}: {why}", slice.arch));
        }
    }
    for verdict in grouped(&audited.verdicts) {
        self::verdict(&mut out, &verdict);
    }
    if let (Some(minimum), Some(maximum)) = (audited.minimum, audited.maximum) {
        field(&mut out, "links on", &format!("{minimum} to {maximum}, of the releases asked"));
    }
    if let Some(old) = &audited.deprecated {
        let rest = format!("{} of its imports as of then, {} by now", old.symbols.len(), old.all);
        field(&mut out, "deprecated", &format!("as of {}: {rest}", old.since));
    }
    out.push('\n');
    list(&mut out, audited);
    for slice in &audited.slices {
        part(&mut out, slice);
    }
    findings(&mut out, audited);
    imports(&mut out, &audited.imports);
    plugin_imports(&mut out, audited);
    classes(&mut out, audited);
    out
}

fn said(text: &str) -> &str {
    if text.is_empty() { "(not said)" } else { text }
}

/// Verdicts that say the same, with their releases.
struct Group<'a> {
    releases: Vec<&'static str>,
    verdict: &'a Verdict,
}

fn grouped(verdicts: &[Verdict]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for verdict in verdicts {
        let same = |group: &&mut Group<'_>| {
            let known = group.verdict;
            (known.arch, known.outcome, known.patched_slots) == (verdict.arch, verdict.outcome, verdict.patched_slots)
                && (&known.message, &known.missing, &known.warnings)
                    == (&verdict.message, &verdict.missing, &verdict.warnings)
        };
        match groups.last_mut().filter(same) {
            Some(group) => group.releases.push(verdict.release),
            None => groups.push(Group { releases: vec![verdict.release], verdict }),
        }
    }
    groups
}

fn verdict(out: &mut String, group: &Group<'_>) {
    let Group { releases, verdict } = group;
    let range = match releases.as_slice() {
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{first} to {last}"),
        [] => String::new(),
    };
    let outcome = match verdict.outcome {
        "links" => "links".to_owned(),
        "patched" => format!("links, patched: {} slots", verdict.patched_slots),
        "refused" => "REFUSED".to_owned(),
        "exported" => "no linker's rules known; everything it imports is exported".to_owned(),
        "missing" => format!("no linker's rules known; NOT EXPORTED: {}", verdict.missing.join(" ")),
        "unread" => "NOT READ, so nothing can be said".to_owned(),
        _ => "no linker's rules known; no facts about some of what it imports".to_owned(),
    };
    let _ = write!(out, "  {range:14}  {:7}  ", verdict.arch);
    let mut lines = wrapped(&outcome, WIDTH - 28).into_iter();
    let _ = writeln!(out, "{}", lines.next().unwrap_or_default());
    let rest = lines.chain(
        verdict
            .message
            .iter()
            .chain(&verdict.warnings)
            .chain(&verdict.way_out)
            .flat_map(|text| wrapped(text, WIDTH - 28)),
    );
    for line in rest {
        let _ = writeln!(out, "{:27}{line}", "");
    }
}

fn list(out: &mut String, audited: &Audited) {
    let info = &audited.info;
    out.push_str("Info.plist\n");
    field(out, "identifier", &info.identifier);
    field(out, "version", &info.version);
    field(out, "compatible", info.compatible.as_deref().unwrap_or_default());
    field(out, "executable", &info.executable);
    let versions = |entries: &mut dyn Iterator<Item = (&String, &String)>| {
        entries.map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
    };
    field(out, "libraries", &versions(&mut info.libraries.iter().map(|(name, version)| (name, version))));
    field(out, "should declare", &versions(&mut audited.needed.iter()));
    for it in &info.personalities {
        let text = format!("{}: {} on {} {}", it.name, said(&it.class), said(&it.provider), it.matching.join(" "));
        field(out, "personality", &text);
    }
    for (identifier, function) in &info.factories {
        field(out, "factory", &format!("{function} {identifier}"));
    }
    for (kind, factories) in &info.types {
        field(out, "type", &format!("{kind} by {}", factories.join(" ")));
    }
    field(out, "sealed", if audited.sealed { "_CodeSignature/CodeResources is there" } else { "no" });
}

fn part(out: &mut String, slice: &Slice) {
    let _ = writeln!(out, "\nPart for {}: {} bytes, Mach-O of type {}", slice.arch, slice.size, slice.file_type);
    field(out, "commands", &slice.commands.join(" "));
    let sections: Vec<String> =
        slice.sections.iter().map(|section| format!("{} {}", section.name, section.size)).collect();
    field(out, "sections", &sections.join("; "));
    let symbols = slice.symbols;
    let text = format!(
        "{} exported, {} hidden, {} imported, {} of debuggers",
        symbols.exported, symbols.hidden, symbols.imported, symbols.debug
    );
    field(out, "symbols", &text);
    let flags = slice.signature_flags.join(" ");
    let signed = if slice.signed { format!("LC_CODE_SIGNATURE {flags}") } else { "no".to_owned() };
    field(out, "signed", signed.trim());
    field(out, "oldest macOS", slice.oldest.as_deref().unwrap_or_default());
}

fn findings(out: &mut String, audited: &Audited) {
    if audited.findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{} findings", audited.findings.len());
    for finding in &audited.findings {
        let place = finding.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        field(out, &finding.rule, &format!("{place}{}", finding.problem));
        field(out, "", &finding.way_out);
    }
}

fn imports(out: &mut String, imports: &[Import]) {
    if imports.is_empty() {
        return;
    }
    let mut by_library: BTreeMap<(String, &str), Vec<&Import>> = BTreeMap::new();
    for import in imports {
        let component = import.components.first().cloned().unwrap_or_default();
        by_library.entry((component, import.library)).or_default().push(import);
    }
    let _ = writeln!(out, "\n{} imports", imports.len());
    for ((component, library), imports) in by_library {
        let heading = match library {
            "declared" => component,
            "undeclared" => format!("{component}: NOT DECLARED"),
            "private" => format!("{component}: PRIVATE to Apple's kexts"),
            "family" => format!("{component}: no facts about it"),
            _ => "exported NOWHERE".to_owned(),
        };
        let _ = writeln!(out, "  {heading}");
        for import in imports {
            let weak = if import.weak { " (weak)" } else { "" };
            let old =
                import.deprecated.as_ref().map_or_else(String::new, |since| format!("; deprecated as of {since}"));
            for (index, line) in
                wrapped(&format!("{}{weak}: {}{old}", import.symbol, import.on), WIDTH - 6).iter().enumerate()
            {
                let _ = writeln!(out, "    {}{line}", if index > 0 { "  " } else { "" });
            }
        }
    }
}

fn plugin_imports(out: &mut String, audited: &Audited) {
    if audited.plugin_imports.is_empty() {
        return;
    }
    let absent = audited.plugin_imports.iter().filter(|import| import.host == Some(false)).count();
    let known = audited.plugin_imports.iter().any(|import| import.host.is_some());
    let lacks = if known { format!("; the bench's host lacks {absent}") } else { String::new() };
    let _ = writeln!(out, "\n{} imports{lacks}", audited.plugin_imports.len());
    for import in &audited.plugin_imports {
        let (weak, host) = (
            if import.weak { " (weak)" } else { "" },
            if import.host == Some(false) { "  not in the bench's host" } else { "" },
        );
        let _ = writeln!(out, "  {}{weak}  {}{host}", import.symbol, said(&import.library));
    }
}

fn classes(out: &mut String, audited: &Audited) {
    for class in &audited.classes {
        let superclass = class.superclass.as_deref().unwrap_or("(not told by its symbols)");
        let _ = writeln!(out, "\nClass {}: {superclass}", class.name);
        for slot in &class.overrides {
            field(out, &format!("slot {}", slot.slot), &slot.method);
        }
        if class.added > 0 {
            field(out, "adds", &format!("{} slots", class.added));
        }
        for moved in &class.moved {
            let own = if moved.overridden { "; the kext has a function of its own there" } else { "" };
            field(
                out,
                "moved",
                &format!("slot {}: {} is {} as of {}{own}", moved.slot, moved.reserved, moved.used, moved.since),
            );
        }
    }
}

//! Which names may stand in a header, and in which of its spellings a type does.
use super::{lacking, line};
use crate::Error;
use crate::facts::Facts;
use crate::spec::{self, Header, Item};
use crate::types::{is_keyword, words};
use std::collections::BTreeSet;

/// The names that can be used at a place in a header.
pub(super) struct Names<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// Declared by the headers that this one includes, or further up in it.
    visible: BTreeSet<&'static str>,
    /// Declared in the class that is being printed.
    nested: BTreeSet<String>,
    /// To be declared in front of all else.
    forward: BTreeSet<String>,
    /// Whether C is to understand the header too.
    is_c: bool,
}

impl<'a> Names<'a> {
    /// The names at the beginning of `header`.
    pub fn new(facts: &'a Facts, header: &Header) -> Result<Names<'a>, Error> {
        let is_c = !header.items.iter().any(|item| matches!(item, Item::Class(_) | Item::Pads(_)));
        let mut names =
            Names { facts, visible: BTreeSet::new(), nested: BTreeSet::new(), forward: BTreeSet::new(), is_c };
        names.include(header)?;
        Ok(names)
    }

    fn include(&mut self, header: &Header) -> Result<(), Error> {
        for path in header.includes {
            if let Some((_, types)) = spec::HAND_WRITTEN.iter().find(|(hand_written, _)| hand_written == path) {
                self.visible.extend(types.iter());
                continue;
            }
            let included = spec::HEADERS.iter().chain(spec::FAMILY_HEADERS).find(|header| header.path == *path);
            let included = included
                .ok_or_else(|| Error::Facts(format!("{} includes {path}, which is not in the list", header.path)))?;
            self.include(included)?;
            for item in included.items {
                match *item {
                    Item::Types(types) => self.visible.extend(types.iter()),
                    Item::Struct(name) | Item::Enum(name) | Item::Class(name) => self.declared(name),
                    Item::Constants { .. } | Item::Functions(_) | Item::Pads(_) => {}
                }
            }
        }
        Ok(())
    }

    /// From here on `name` can be used.
    pub fn declared(&mut self, name: &'static str) {
        self.visible.insert(name);
    }

    /// Makes these the names that the class being printed declares itself.
    pub fn enter(&mut self, nested: impl IntoIterator<Item = String>) {
        self.nested = nested.into_iter().collect();
    }

    /// The type as spelled where all its names can be used, else with all names resolved.
    pub fn choose(&mut self, spelled: &str, canonical: &str) -> String {
        let known = |word: &str| {
            is_keyword(word) || self.is_declared(word) || words(canonical).any(|resolved| resolved == word)
        };
        let chosen = if words(spelled).all(known) { spelled } else { canonical };
        let undeclared: Vec<_> =
            words(chosen).filter(|word| !is_keyword(word) && !self.is_declared(word) && !word.contains("::")).collect();
        if self.is_c {
            // What has no declaration at all is the tag of a structure that nobody looks into.
            let tag = |word: &&str| !self.is_structure(word) && !is_enumeration(self.facts, word);
            let opaque: BTreeSet<_> = undeclared.into_iter().filter(tag).map(str::to_owned).collect();
            self.forward.extend(opaque);
            return self.tagged(chosen);
        }
        self.forward.extend(undeclared.into_iter().map(str::to_owned));
        chosen.to_owned()
    }

    fn is_declared(&self, word: &str) -> bool {
        self.visible.contains(word) || self.nested.contains(word)
    }

    fn is_structure(&self, word: &str) -> bool {
        self.facts.oldest().structs.contains_key(word)
    }

    /// With `struct` or `enum` in front of each tag, as C wants it.
    fn tagged(&self, type_name: &str) -> String {
        let mut text = String::new();
        let mut rest = type_name;
        while let Some(word) = words(rest).next() {
            // `words` gives slices of its argument.
            let at = rest.find(word).unwrap_or_default();
            text.push_str(&rest[..at]);
            let has_tag = text.trim_end().ends_with("struct") || text.trim_end().ends_with("enum");
            if (self.is_structure(word) || self.forward.contains(word)) && !has_tag {
                text.push_str("struct ");
            } else if is_enumeration(self.facts, word) && !has_tag {
                text.push_str("enum ");
            }
            text.push_str(word);
            rest = &rest[at + word.len()..];
        }
        text + rest
    }

    /// The declarations that go in front of all else.
    pub fn forward_declarations(&self) -> Result<String, Error> {
        let mut text = String::new();
        for name in &self.forward {
            if is_enumeration(self.facts, name) {
                return Err(lacking(&format!("declared enumeration {name}")));
            }
            let key = if self.facts.oldest().classes.get(name).is_some() { "class" } else { "struct" };
            line(&mut text, format_args!("{key} {name};"));
        }
        Ok(text)
    }
}

fn is_enumeration(facts: &Facts, name: &str) -> bool {
    facts.oldest().constants.values().any(|constant| constant.enumeration == Some(name))
}

//! `loopflower kpi search`: what has a text in its name.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use abi::Span;
use abi::tables::{self, Value};
use serde::Serialize;

use crate::map;
use crate::names::{demangle, of_signature};
use crate::{Error, Place};

/// What was found. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// "loopflower kpi search 1".
    pub format: &'static str,
    /// The text as it was given.
    pub text: String,
    /// What has it in its name: first what is called so, then what begins so, then the rest, by name.
    pub hits: Vec<Hit>,
}

/// Something that `loopflower kpi show` knows.
#[derive(Clone, Debug, Serialize)]
pub struct Hit {
    /// "class", "function" (of a class or free), "variable", "export" (known from an export list only), "constant", or "property"
    /// or "notification" of IOAudioFamily.
    pub kind: &'static str,
    /// Its name, with its class and without parameters.
    pub name: String,
    /// Where it is; absent for properties and notifications.
    pub on: Option<Place>,
    /// The macOS version since which it is deprecated; "y" where the header names none.
    pub deprecated: Option<&'static str>,
}

/// Looks for `text` in all names; upper and lower case are one.
///
/// # Errors
/// Nothing has it.
pub fn search(text: &str) -> Result<Found, Error> {
    let wanted = text.trim().to_lowercase();
    let has_it = |name: &str| !wanted.is_empty() && name.to_lowercase().contains(&wanted);
    let mut hits = Hits::default();
    for (class, on) in tables::every_class().filter(|(class, _)| has_it(class.name)) {
        hits.add("class", class.name.to_owned(), on, None);
    }
    for function in tables::every_function() {
        let name = of_signature(function.signature, function.class);
        if has_it(name) || has_it(function.symbol) {
            hits.add("function", name.to_owned(), function.on, function.deprecated);
        }
    }
    for variable in tables::variables().filter(|variable| has_it(variable.symbol)) {
        hits.add("variable", demangle(variable.symbol), variable.on, None);
    }
    for export in tables::every_export().filter(|export| has_it(export.symbol)) {
        let name = demangle(export.symbol);
        let name = name.split('(').next().unwrap_or(&name).to_owned();
        if !hits.has(&name) {
            hits.add("export", name, export.on, None);
        }
    }
    for (constant, on) in tables::every_constant() {
        let value = if let Value::Text(value) = constant.value { value } else { "" };
        if has_it(constant.name) || has_it(value) {
            hits.add("constant", constant.name.to_owned(), on, None);
        }
    }
    let entries = map::counterparts().filter(|row| ["property", "notification"].contains(&row.kind));
    for row in entries.filter(|row| !row.name.contains('*') && has_it(row.name)) {
        hits.add(row.kind, row.name.to_owned(), Span::default(), None);
    }
    let hits = hits.in_order(&wanted);
    if hits.is_empty() {
        return Err(Error::UnknownName { name: text.to_owned(), nearest: Vec::new() });
    }
    Ok(Found { format: "loopflower kpi search 1", text: text.to_owned(), hits })
}

/// Hits by kind and name, each once.
#[derive(Default)]
struct Hits(BTreeMap<(String, &'static str), (Span, Option<&'static str>)>);

impl Hits {
    fn add(&mut self, kind: &'static str, name: String, on: Span, deprecated: Option<&'static str>) {
        let hit = self.0.entry((name, kind)).or_default();
        *hit = (hit.0.union(on), deprecated.or(hit.1));
    }

    /// Whether a header declares what is called so.
    fn has(&self, name: &str) -> bool {
        ["function", "variable"].iter().any(|kind| self.0.contains_key(&(name.to_owned(), *kind)))
    }

    fn in_order(self, wanted: &str) -> Vec<Hit> {
        let hit = |((name, kind), (on, deprecated)): ((String, _), (Span, _))| Hit {
            kind,
            name,
            on: Some(Place(on)).filter(|place| !place.0.is_empty()),
            deprecated,
        };
        let mut hits: Vec<Hit> = self.0.into_iter().map(hit).collect();
        let rank = |hit: &Hit| {
            let name = hit.name.to_lowercase();
            let last = name.rsplit("::").next().unwrap_or(&name).to_owned();
            match () {
                () if name == wanted || last == wanted => 0,
                () if name.starts_with(wanted) || last.starts_with(wanted) => 1,
                () => 2,
            }
        };
        hits.sort_by_key(rank);
        hits
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longer names push their line's other columns out.
        const WIDEST: usize = 52;
        let mut out = String::new();
        let width = self.hits.iter().map(|hit| hit.name.chars().count()).max().unwrap_or(0).min(WIDEST);
        for hit in &self.hits {
            let on = hit.on.map(|place| place.to_string()).unwrap_or_default();
            let since = match hit.deprecated {
                Some("y") => "; deprecated".to_owned(),
                Some(version) => format!("; deprecated since {version}"),
                None => String::new(),
            };
            let line = format!("{:12}  {:width$}  {on}{since}", hit.kind, hit.name);
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let _ = writeln!(out, "{} found", self.hits.len());
        formatter.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::show;

    #[test]
    fn what_is_called_so_comes_first() {
        let found = search("takeTimestamp").unwrap();
        assert_eq!(found.hits[0].name, "IOAudioEngine::takeTimeStamp");
        assert_eq!(found.hits[0].deprecated, Some("10.10"));
        let kinds: Vec<&str> = search("IOAudioEngineState").unwrap().hits.iter().map(|hit| hit.kind).collect();
        assert!(kinds.contains(&"property") && kinds.contains(&"constant"), "{kinds:?}");
        // The one is of 10.7 only, the other of 11 and later.
        for (name, on) in
            [("kIOPMAutoPowerOffEnabledKey", "x86_64 10.7"), ("KERN_INVALID_KC", "x86_64 11-15, arm64e 11-15")]
        {
            let hits = search(name).unwrap().hits;
            assert_eq!((hits[0].kind, hits[0].on.unwrap().to_string().as_str()), ("constant", on), "{name}");
        }
        assert_eq!(search("IOLog").unwrap().hits[0].name, "IOLog");
        assert!(search("xyzzy").is_err() && search("").is_err());
    }

    #[test]
    fn what_is_found_is_shown() {
        for text in ["audio", "_lck_mtx"] {
            // Each is looked up in all tables: a few of them are enough.
            for hit in search(text).unwrap().hits.into_iter().step_by(60) {
                // A wildcard stands for names that nobody knows.
                let known = hit.name.ends_with('*') || show(&hit.name, None).is_ok();
                assert!(known || hit.kind == "export", "{hit:?}");
            }
        }
    }
}

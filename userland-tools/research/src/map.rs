//! The map: what takes the place of each class, method, registry property and notification of IOAudioFamily, and of the kernel's
//! own classes that DriverKit has something for.

use serde::Serialize;

use crate::sheet::{entries, rows};

const MAP: &str = include_str!("../data/map.tsv");
const NAMES: &str = include_str!("../data/names.tsv");

/// What takes the place of something in IOAudioFamily, or of a class of the kernel's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counterpart {
    /// "class", "method", "property" (a key of the registry) or "notification".
    pub kind: &'static str,
    /// What the row is about: a name, or a pattern in which `*` is any characters.
    pub name: &'static str,
    /// Functions, properties and operations of an AudioServerPlugIn; none where it has nothing of the kind.
    pub plugin: Vec<&'static str>,
    /// Classes and methods of AudioDriverKit and DriverKit; none where they have nothing of the kind.
    pub driverkit: Vec<&'static str>,
    /// Whether it is our reading that these take its place: they are called otherwise, and no document says so.
    pub our_reading: bool,
    /// Why there is none, or what is otherwise.
    pub why: &'static str,
    /// Names of sources.
    pub sources: Vec<&'static str>,
}

impl Counterpart {
    /// Whether it is of something in IOAudioFamily.
    pub fn is_of_family(&self) -> bool {
        self.kind != "class" || self.name.starts_with("IOAudio")
    }
}

/// All rows, in the order of the file.
pub fn counterparts() -> impl Iterator<Item = Counterpart> {
    rows(MAP).map(|[kind, name, plugin, driverkit, pairing, why, source]| Counterpart {
        kind,
        name,
        plugin: entries(plugin, ";"),
        driverkit: entries(driverkit, ";"),
        our_reading: pairing == "reading",
        why,
        sources: entries(source, ","),
    })
}

/// The row for something of a kind: the one whose name says most about it.
pub fn counterpart(kind: &str, name: &str) -> Option<Counterpart> {
    let literal = |row: &Counterpart| (!row.name.contains('*'), row.name.len());
    counterparts().filter(|row| row.kind == kind && matches(row.name, name)).max_by_key(literal)
}

/// The row for a name of any kind.
pub fn of_any_kind(name: &str) -> Option<Counterpart> {
    ["class", "method", "property", "notification"].into_iter().find_map(|kind| counterpart(kind, name))
}

/// Whether `name` fits a pattern in which `*` is any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

/// A name of an interface that takes IOAudioFamily's place and is in no crate of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignName {
    /// The name ("IOUserAudioStream::SetLatency").
    pub name: &'static str,
    /// The framework that has it.
    pub framework: &'static str,
    /// Name of the source.
    pub source: &'static str,
}

/// All of them, by name.
pub fn foreign_names() -> impl Iterator<Item = ForeignName> {
    rows(NAMES).map(|[name, framework, source]| ForeignName { name, framework, source })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use abi::Release;
    use abi::tables::{self, Value};

    use super::*;
    use crate::names::of_signature;
    use crate::sheet::sources;

    #[test]
    fn patterns_match_as_a_shell_does() {
        for (pattern, name, fits) in [
            ("a::b", "a::b", true),
            ("a::*", "a::bc", true),
            ("*::~*", "A::~A", true),
            ("get*ID", "getStreamID", true),
            ("get*ID", "getStreamIDs", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
        assert_eq!(counterpart("method", "IOAudioEngine::takeTimeStamp").unwrap().plugin, ["GetZeroTimeStamp"]);
        assert_eq!(of_any_kind("IOAudioEngineState").unwrap().kind, "property");
        assert_eq!(of_any_kind("OSOrderedSet"), None);
        assert_eq!(of_any_kind("IOWorkLoop").unwrap().driverkit, ["IODispatchQueue"]);
    }

    #[test]
    fn every_class_and_every_function_of_the_family_has_a_row() {
        let family: BTreeSet<&str> =
            tables::every_class().filter(|(class, _)| class.is_in_family()).map(|(class, _)| class.name).collect();
        assert!(family.len() >= 14, "{family:?}");
        let without: Vec<&&str> = family.iter().filter(|class| counterpart("class", class).is_none()).collect();
        assert!(without.is_empty(), "{without:?}");
        let functions = tables::every_function().filter(|one| one.class.is_some_and(|class| family.contains(class)));
        let names: BTreeSet<&str> = functions.map(|one| of_signature(one.signature, one.class)).collect();
        assert!(names.len() > 500, "{}", names.len());
        let without: Vec<&&str> = names.iter().filter(|name| counterpart("method", name).is_none()).collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn every_registry_key_and_notification_has_a_row() {
        let constants: Vec<_> =
            tables::constants(Release::V10_14).filter(|one| one.header.starts_with("IOKit/audio/")).collect();
        let is_key = |name: &str| {
            name.ends_with("Key")
                || name.ends_with("CanBeDefaults")
                || name.ends_with("BoundsCheck")
                || name.ends_with("LinearScale")
        };
        let keys = constants.iter().filter(|one| is_key(one.name)).filter_map(|one| match one.value {
            // The names of channels are formats ("InputChannel%u").
            Value::Text(text) if !text.contains('%') => Some(text),
            _ => None,
        });
        let keys: BTreeSet<&str> = keys.collect();
        assert!(keys.len() > 70, "{}", keys.len());
        let without: Vec<&&str> = keys.iter().filter(|key| counterpart("property", key).is_none()).collect();
        assert!(without.is_empty(), "{without:?}");
        let notifications = constants.iter().filter(|one| {
            one.is_enumerator && (one.name.ends_with("Notification") || one.name.ends_with("AllNotifications"))
        });
        let notifications: Vec<&str> = notifications.map(|one| one.name).collect();
        assert_eq!(notifications.len(), 9, "{notifications:?}");
        assert!(notifications.iter().all(|name| counterpart("notification", name).is_some()));
    }

    #[test]
    fn every_row_is_about_something_and_gives_a_reason_for_what_is_missing() {
        let known: BTreeSet<&str> = sources().map(|source| source.source).collect();
        let functions: BTreeSet<&str> = tables::every_function()
            .filter(|one| one.class.is_some())
            .map(|one| of_signature(one.signature, one.class))
            .collect();
        for row in counterparts() {
            assert!(!row.sources.is_empty() && row.sources.iter().all(|source| known.contains(source)), "{row:?}");
            assert!(!row.why.is_empty() || !row.plugin.is_empty() && !row.driverkit.is_empty(), "no reason: {row:?}");
            if row.kind == "method" {
                assert!(functions.iter().any(|name| matches(row.name, name)), "nothing is called so: {}", row.name);
            }
        }
    }

    /// The last part of a name, without what the interfaces put around it.
    fn bare(name: &str) -> String {
        let last = name.rsplit("::").next().unwrap_or(name);
        let heads = ["IOUserAudio", "IOAudioDevice", "IOAudioEngine", "IOAudioStream", "IOAudio"];
        let last =
            heads.iter().find_map(|head| last.strip_prefix(head).filter(|rest| !rest.is_empty())).unwrap_or(last);
        ["Set", "Get", "set", "get"].iter().find_map(|head| last.strip_prefix(head)).unwrap_or(last).to_lowercase()
    }

    #[test]
    fn what_is_called_otherwise_in_driverkit_is_our_reading() {
        for row in counterparts() {
            let same =
                row.driverkit.iter().all(|name| bare(name) == bare(row.name) || bare(row.name).contains(&bare(name)));
            assert!(same || row.our_reading, "whose reading is that? {row:?}");
            assert!(!row.our_reading || !row.driverkit.is_empty(), "a reading of nothing: {row:?}");
        }
        assert!(counterparts().filter(|row| row.our_reading).count() > 150);
        assert!(!counterpart("method", "IOAudioEngine::setClockDomain").unwrap().our_reading);
    }

    #[test]
    fn every_name_of_the_other_interfaces_exists() {
        let interface = include_str!("../../../kernel-bindings/hal-sys/src/interface.rs");
        let functions: BTreeSet<&str> = interface
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("pub "))
            .filter_map(|line| line.split(':').next())
            .collect();
        let foreign: BTreeSet<&str> = foreign_names().map(|name| name.name).collect();
        let known: BTreeSet<&str> = sources().map(|source| source.source).collect();
        assert!(foreign_names().all(|name| known.contains(name.source)));
        let codes = [hal_sys::code::class::ALL, hal_sys::code::selector::ALL, hal_sys::code::operation::ALL];
        let codes: BTreeSet<&str> = codes.into_iter().flatten().map(|(name, _)| *name).collect();
        for row in counterparts() {
            for name in row.plugin {
                let ours = codes.contains(name) || functions.contains(name);
                assert!(ours || foreign.contains(name) && name.starts_with('k'), "{name} of {}", row.name);
            }
            for name in row.driverkit {
                assert!(foreign.contains(name), "{name} of {}", row.name);
            }
        }
    }
}

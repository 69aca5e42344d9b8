//! `loopflower kpi diff`: what came, went and moved from one release to another.

mod class;
mod human;

use std::collections::{BTreeMap, BTreeSet};

use abi::Target;
use abi::tables::{self, Class, Classes};
use serde::Serialize;

pub use class::{ClassDiff, FieldChange, Moved, SlotChange};

use crate::Error;
use crate::nearest::nearest;
use crate::show::identifier;

/// Identifier of IOAudioFamily's bundle.
const FAMILY: &str = "com.apple.iokit.IOAudioFamily";

/// What is otherwise. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// "loopflower kpi diff 1".
    pub format: &'static str,
    /// Release and processor that are compared.
    pub from: String,
    /// Those that they are compared with.
    pub to: String,
    /// The class that this is only about.
    pub class: Option<String>,
    /// Exports that came, by name.
    pub exports_came: Vec<Export>,
    /// Exports that went.
    pub exports_went: Vec<Export>,
    /// Exports that another component has.
    pub exports_moved: Vec<MovedExport>,
    /// Classes that came.
    pub classes_came: Vec<&'static str>,
    /// Classes that went.
    pub classes_went: Vec<&'static str>,
    /// Classes that changed.
    pub classes: Vec<ClassDiff>,
    /// Functions that are marked as deprecated now and were not.
    pub deprecated: Vec<Deprecated>,
}

/// An export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Export {
    /// Mach-O name; one that ends in `*` stands for all that begin so.
    pub symbol: &'static str,
    /// Identifiers of the bundles that have it.
    pub components: Vec<String>,
}

/// An export that changed hands.
#[derive(Clone, Debug, Serialize)]
pub struct MovedExport {
    /// Mach-O name.
    pub symbol: &'static str,
    /// Who had it.
    pub from: Vec<String>,
    /// Who has it.
    pub to: Vec<String>,
}

/// A function that became deprecated.
#[derive(Clone, Debug, Serialize)]
pub struct Deprecated {
    /// Types and name.
    pub signature: &'static str,
    /// The version since which; "y" where the header names none.
    pub since: &'static str,
}

/// Compares two releases, or a class on two.
///
/// # Errors
/// Neither has the class, or there are no layouts for one of them.
pub fn diff(from: Target, to: Target, class: Option<&str>) -> Result<Diff, Error> {
    for target in [from, to] {
        if !Target::with_layouts().any(|known| known == target) {
            return Err(Error::NoFacts(format!(
                "there are no layouts for {target}; x86_64 has them, arm64e from 11 on"
            )));
        }
    }
    let (old, new) = (tables::classes(from), tables::classes(to));
    if let Some(class) = class.filter(|class| old.get(class).is_none() && new.get(class).is_none()) {
        let known = tables::every_class().map(|(class, _)| class.name);
        return Err(Error::UnknownName { name: class.to_owned(), nearest: nearest(class, known) });
    }
    let wanted = |name: &str| class.is_none_or(|class| class == name);
    let names = |classes: &Classes| classes.iter().map(|class| class.name).filter(|name| wanted(name)).collect();
    let (before, after): (BTreeSet<&'static str>, BTreeSet<&'static str>) = (names(&old), names(&new));
    let both = before.intersection(&after);
    let one = |name: &&'static str| Some((old.get(name)?, new.get(name)?));
    let pairs: Vec<(&Class, &Class)> = both.filter_map(one).collect();
    let fields = (tables::fields(from).collect::<Vec<_>>(), tables::fields(to).collect::<Vec<_>>());
    let classes = pairs.iter().map(|pair| ClassDiff::of(pair.0, pair.1, (&old, &new), (&fields.0, &fields.1)));
    let mut diff = Diff {
        format: "loopflower kpi diff 1",
        from: from.to_string(),
        to: to.to_string(),
        class: class.map(str::to_owned),
        exports_came: Vec::new(),
        exports_went: Vec::new(),
        exports_moved: Vec::new(),
        classes_came: after.difference(&before).copied().collect(),
        classes_went: before.difference(&after).copied().collect(),
        classes: classes.filter(|one| !one.is_empty()).collect(),
        deprecated: deprecated(from, to, class),
    };
    diff.compare_exports(&exports(from, &old, class), &exports(to, &new, class));
    Ok(diff)
}

/// Who exports what.
type Exports = BTreeMap<&'static str, Vec<String>>;

/// The exports of a target; with a class, only its members'.
fn exports(target: Target, classes: &Classes, class: Option<&str>) -> Exports {
    let mut exports = Exports::new();
    let mangled = class.map(|class| format!("{}{class}", class.len()));
    let is_member = |symbol: &str| {
        let Some(mangled) = &mangled else { return true };
        let rest = ["__ZTVN", "__ZTV", "__ZNK", "__ZN"].into_iter().find_map(|prefix| symbol.strip_prefix(prefix));
        rest.is_some_and(|rest| rest.starts_with(mangled.as_str()))
    };
    for export in tables::exports(target).filter(|export| is_member(export.symbol)) {
        exports.entry(export.symbol).or_default().push(identifier(export.component));
    }
    let of_family = |class: Option<&str>| class.and_then(|class| classes.get(class)).is_some_and(Class::is_in_family);
    let functions = tables::functions(target).filter(|one| !one.is_inline && !one.is_pure && of_family(one.class));
    for function in functions.filter(|one| class.is_none() || one.class == class) {
        exports.entry(function.symbol).or_default().push(FAMILY.to_owned());
    }
    for components in exports.values_mut() {
        components.sort();
    }
    exports
}

impl Diff {
    fn compare_exports(&mut self, old: &Exports, new: &Exports) {
        let export =
            |(symbol, components): (&&'static str, &Vec<String>)| Export { symbol, components: components.clone() };
        self.exports_came = new.iter().filter(|(symbol, _)| !old.contains_key(*symbol)).map(export).collect();
        self.exports_went = old.iter().filter(|(symbol, _)| !new.contains_key(*symbol)).map(export).collect();
        let moved = old.iter().filter_map(|(symbol, from)| {
            let to = new.get(symbol).filter(|to| *to != from)?;
            Some(MovedExport { symbol, from: from.clone(), to: to.clone() })
        });
        self.exports_moved = moved.collect();
    }
}

fn deprecated(from: Target, to: Target, class: Option<&str>) -> Vec<Deprecated> {
    let was: BTreeMap<&str, bool> = tables::functions(from).map(|one| (one.symbol, one.deprecated.is_some())).collect();
    let now = tables::functions(to).filter(|one| class.is_none() || one.class == class);
    let fresh = now.filter(|one| was.get(one.symbol) == Some(&false));
    let marked = fresh.filter_map(|one| Some(Deprecated { signature: one.signature, since: one.deprecated? }));
    let mut marked: Vec<Deprecated> = marked.collect();
    // A destructor stands there once for each of its variants.
    marked.dedup_by(|left, right| left.signature == right.signature);
    marked
}

#[cfg(test)]
mod tests {
    use abi::{Arch, Release};

    use super::*;

    fn between(from: Release, to: Release, class: Option<&str>) -> Diff {
        diff(from.into(), to.into(), class).unwrap()
    }

    #[test]
    fn the_family_s_engine_changed_in_11_and_on_arm() {
        let same = between(Release::V10_9, Release::V10_15, Some("IOAudioEngine"));
        let came: Vec<&str> = same.exports_came.iter().map(|one| one.symbol).collect();
        assert_eq!(came, ["__ZN13IOAudioEngine19waitForEngineResumeEv"]);
        assert!(same.exports_went.is_empty(), "{same}");
        assert!(same.classes.is_empty(), "{same}");
        assert!(same.deprecated.len() > 90, "{}", same.deprecated.len());
        let to_11 = between(Release::V10_15, Release::V11, Some("IOAudioEngine"));
        let engine = &to_11.classes[0];
        let came: Vec<(Option<u32>, Option<u32>)> = engine.slots.iter().map(|slot| (slot.from, slot.to)).collect();
        assert!(came.contains(&(None, Some(281))) && came.contains(&(None, Some(282))), "{came:?}");
        assert!(to_11.exports_came.iter().any(|one| one.symbol.contains("useHiResSampleInterval")));
        let arm = Target { release: Release::V11, arch: Arch::Arm64e };
        let to_arm = diff(Release::V11.into(), arm, Some("IOAudioEngine")).unwrap();
        assert_eq!(to_arm.classes[0].slot_count, Some(Moved { from: 383, to: 390 }));
        let stamp = to_arm.classes[0].slots.iter().find(|slot| slot.symbol.contains("takeTimeStamp")).unwrap();
        assert_eq!((stamp.from, stamp.to), (Some(348), Some(354)));
    }

    #[test]
    fn nothing_changes_from_a_release_to_itself() {
        let none = between(Release::V10_12, Release::V10_12, None);
        assert!(none.classes.is_empty() && none.exports_came.is_empty() && none.exports_went.is_empty());
        assert!(none.exports_moved.is_empty() && none.deprecated.is_empty());
        assert!(none.to_string().contains("nothing"));
    }

    #[test]
    fn what_came_one_way_goes_the_other() {
        let there = between(Release::V10_9, Release::V10_15, None);
        let back = between(Release::V10_15, Release::V10_9, None);
        assert!(there.exports_came.len() > 100, "{}", there.exports_came.len());
        assert_eq!(there.exports_came, back.exports_went);
        assert_eq!(there.classes_came, back.classes_went);
        assert_eq!(there.classes.len(), back.classes.len());
    }

    #[test]
    fn what_there_is_not_is_said() {
        let error = diff(Release::V10_9.into(), Release::V10_15.into(), Some("IOAudioEngin")).unwrap_err();
        assert!(matches!(error, Error::UnknownName { ref nearest, .. } if nearest[0] == "IOAudioEngine"), "{error}");
        let arm = Target { release: Release::V10_9, arch: Arch::Arm64e };
        assert!(matches!(diff(arm, arm, None), Err(Error::NoFacts(_))));
    }
}

//! IOAudioFamily's history, tag by tag.

use super::rows::{number, rows, text_if_any};

const TAGS: &str = include_str!("../../data/family-tags.tsv");
const CLASSES: &str = include_str!("../../data/family-classes.tsv");
const MEMBERS: &str = include_str!("../../data/family-members.tsv");
const HEADERS: &str = include_str!("../../data/family-headers.tsv");

/// A published version of IOAudioFamily's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyTag {
    /// Its name ("206.5").
    pub name: &'static str,
    /// Date of the source, YYYY-MM-DD.
    pub date: &'static str,
    /// The macOS version that it belongs to, guessed from the date.
    pub release: &'static str,
    /// The xnu tag whose headers it was compiled with.
    pub xnu: &'static str,
    /// CFBundleVersion, where the source states it.
    pub version: Option<&'static str>,
    /// OSBundleCompatibleVersion, where the source states it.
    pub compatible: Option<&'static str>,
    libraries: &'static str,
}

impl FamilyTag {
    /// Its OSBundleLibraries: identifier and version.
    pub fn libraries(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.libraries.split(' ').filter_map(|library| library.split_once('='))
    }
}

/// The tags, oldest first.
pub fn family_tags() -> impl Iterator<Item = FamilyTag> {
    rows(TAGS).map(|[name, date, release, xnu, version, compatible, libraries]| FamilyTag {
        name,
        date,
        release,
        xnu,
        version: text_if_any(version),
        compatible: text_if_any(compatible),
        libraries,
    })
}

/// A set of tags, as the files write it: `1.1fc9..155.2.2,160.2.6`, a range running in the order of [`family_tags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagSet(&'static str);

impl TagSet {
    pub(super) fn new(text: &'static str) -> TagSet {
        TagSet(text)
    }

    /// Whether `tag` is one of them; false for what is no tag.
    pub fn contains(self, tag: &str) -> bool {
        let Some(place) = place(tag) else { return false };
        self.ranges().any(|(first, last)| place >= first && place <= last)
    }

    /// The set as the file writes it.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// First and last place of each range, by the order of the tags.
    fn ranges(self) -> impl Iterator<Item = (usize, usize)> {
        self.0.split(',').filter(|range| !range.is_empty()).map(|range| {
            let (first, last) = range.split_once("..").unwrap_or((range, range));
            let place = |tag| place(tag).unwrap_or_else(|| panic!("not a tag: {tag}"));
            (place(first), place(last))
        })
    }
}

fn place(tag: &str) -> Option<usize> {
    family_tags().position(|known| known.name == tag)
}

/// Size and slots of a class over a range of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyClass {
    /// The class.
    pub name: &'static str,
    /// sizeof on x86_64, in bytes.
    pub size: u32,
    /// Number of vtable slots.
    pub slots: u32,
    /// The tags that have it so.
    pub tags: TagSet,
}

/// The family's classes, sorted by name, one row for each change.
pub fn family_classes() -> impl Iterator<Item = FamilyClass> {
    rows(CLASSES).map(|[name, size, slots, tags]| FamilyClass {
        name,
        size: number(size),
        slots: number(slots),
        tags: TagSet(tags),
    })
}

/// A member function of one of the family's classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyMember {
    /// Mach-O name on x86_64.
    pub symbol: &'static str,
    /// The class.
    pub class: &'static str,
    /// "virtual-new", "virtual-new-pure", "virtual-override", "reserved", "static" or "method".
    pub kind: &'static str,
    /// "protected" or "private".
    pub access: Option<&'static str>,
    /// The slot, of a virtual one; "273@14.8;301@1.1fc9..700.2" where it moved.
    pub slot: Option<&'static str>,
    /// Types and name.
    pub signature: &'static str,
    /// The tag from which on it is marked as deprecated (since 10.10).
    pub deprecated: Option<&'static str>,
    /// The tags that have it.
    pub tags: TagSet,
}

impl FamilyMember {
    /// The slot that it has in `tag`; none where it is not virtual or not there.
    pub fn slot_in(&self, tag: &str) -> Option<u32> {
        let in_tag = |(slot, tags): (&'static str, TagSet)| tags.contains(tag).then(|| number(slot));
        let part =
            |part: &'static str| part.split_once('@').map_or((part, self.tags), |(slot, tags)| (slot, TagSet(tags)));
        self.slot?.split(';').map(part).find_map(in_tag)
    }
}

/// The members of the family's classes in all tags, sorted by symbol.
pub fn family_members() -> impl Iterator<Item = FamilyMember> {
    rows(MEMBERS).map(|[symbol, class, kind, access, slot, signature, deprecated, tags]| FamilyMember {
        symbol,
        class,
        kind,
        access: text_if_any(access),
        slot: text_if_any(slot),
        signature,
        deprecated: text_if_any(deprecated),
        tags: TagSet(tags),
    })
}

/// The headers that the family installs for kexts, each with the tags that are known to.
pub fn family_headers() -> impl Iterator<Item = (&'static str, TagSet)> {
    rows(HEADERS).map(|[header, tags]| (header, TagSet(tags)))
}

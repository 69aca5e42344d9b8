//! Versions: the kernel of a release, its pseudo-kexts, its IOAudioFamily.

use super::rows::{rows, rows_on, text_if_any};
use crate::{Release, Target};

const RELEASES: &str = include_str!("../../data/releases.tsv");
const BUNDLES: &str = include_str!("../../data/bundles.tsv");

/// The versions that make up a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Darwin version, which the kernel's pseudo-kexts carry.
    pub darwin: &'static str,
    /// The xnu tag whose export lists stand for the release.
    pub exports_tag: &'static str,
    /// The xnu tag whose layouts stand for it.
    pub layouts_tag: &'static str,
    /// The IOAudioFamily tag.
    pub family_tag: &'static str,
    /// IOAudioFamily's CFBundleVersion.
    pub family_version: &'static str,
    /// IOAudioFamily's OSBundleCompatibleVersion.
    pub family_compatible: &'static str,
    /// The C++ dialect that the headers were read in.
    pub language: &'static str,
}

/// The versions that make up `release`.
///
/// # Panics
/// Never: the tests look every release up.
pub fn edition(release: Release) -> Edition {
    let row = rows(RELEASES).find(|[name, ..]: &[&str; 8]| *name == release.name());
    let [_, darwin, exports_tag, layouts_tag, family_tag, family_version, family_compatible, language] =
        row.expect("every release has a row");
    Edition { darwin, exports_tag, layouts_tag, family_tag, family_version, family_compatible, language }
}

/// A pseudo-kext of the kernel, as OSBundleLibraries names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Bundle identifier.
    pub identifier: &'static str,
    /// CFBundleVersion; absent: the Darwin version.
    pub version: Option<&'static str>,
    /// OSBundleCompatibleVersion; absent: the Darwin version.
    pub compatible: Option<&'static str>,
}

/// The kernel's pseudo-kexts of `target`, sorted by identifier.
pub fn bundles(target: impl Into<Target>) -> impl Iterator<Item = Bundle> {
    rows_on(BUNDLES, target.into()).map(|[identifier, version, compatible, _]| Bundle {
        identifier,
        version: text_if_any(version),
        compatible: text_if_any(compatible),
    })
}

//! The dimensions: what is compared, each with one definition for both kinds of drivers and for a Mac.

mod cost;
mod data;
mod formats;
mod lifecycle;
mod robustness;
mod surface;
mod timing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one dimension is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// Its name for programs.
    pub id: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// Its name for people.
    pub title: &'static str,
    /// The unit of its values.
    pub unit: &'static str,
    /// Which direction is better.
    pub better: Better,
    /// Values closer than this are the same, in the unit.
    pub tolerance: f64,
    /// How it is measured.
    pub method: &'static str,
    /// What it means to somebody who uses the driver.
    pub meaning: &'static str,
    /// How the same figure is taken on a Mac.
    pub on_mac: &'static str,
}

/// What dimensions are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Clock and latency.
    Timing,
    /// What becomes of the samples.
    Data,
    /// What sample formats there are.
    Formats,
    /// Start, stop, change, sleep, unplug.
    Lifecycle,
    /// Instructions, memory, locks.
    Cost,
    /// Faults and what they take down.
    Robustness,
    /// What others can see and reach.
    Surface,
}

impl Group {
    /// All groups in the order in which they are shown.
    pub const ALL: [Group; 7] =
        [Group::Timing, Group::Data, Group::Formats, Group::Lifecycle, Group::Cost, Group::Robustness, Group::Surface];

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Timing => "Clock and latency",
            Group::Data => "Samples",
            Group::Formats => "Formats",
            Group::Lifecycle => "Start, stop and change",
            Group::Cost => "Cost",
            Group::Robustness => "Faults",
            Group::Surface => "Interface and reach",
        }
    }

    /// As in [`Dimension::group`](crate::Dimension::group) in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Group::Timing => "timing",
            Group::Data => "data",
            Group::Formats => "formats",
            Group::Lifecycle => "lifecycle",
            Group::Cost => "cost",
            Group::Robustness => "robustness",
            Group::Surface => "surface",
        }
    }

    fn definitions(self) -> &'static [Definition] {
        match self {
            Group::Timing => timing::DEFINITIONS,
            Group::Data => data::DEFINITIONS,
            Group::Formats => formats::DEFINITIONS,
            Group::Lifecycle => lifecycle::DEFINITIONS,
            Group::Cost => cost::DEFINITIONS,
            Group::Robustness => robustness::DEFINITIONS,
            Group::Surface => surface::DEFINITIONS,
        }
    }
}

/// Which direction of a value is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// A difference is neither good nor bad by itself.
    Neither,
}

impl Better {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Better::Lower => "lower is better",
            Better::Higher => "higher is better",
            Better::Neither => "neither direction is better",
        }
    }
}

/// Every definition, by group.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    Group::ALL.into_iter().flat_map(Group::definitions)
}

/// The definition of `id`.
pub fn find(id: &str) -> Option<&'static Definition> {
    all().find(|definition| definition.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_definition_is_whole_and_its_id_names_files_and_anchors() {
        let mut ids = BTreeSet::new();
        for definition in all() {
            assert!(ids.insert(definition.id), "{} is defined twice", definition.id);
            assert_eq!(crate::comparison::file_name(definition.id), definition.id);
            assert!(definition.tolerance >= 0.0 && definition.tolerance.is_finite(), "{}", definition.id);
            for text in [definition.title, definition.unit, definition.method, definition.meaning, definition.on_mac] {
                assert!(!text.is_empty(), "{}", definition.id);
            }
        }
    }

    #[test]
    fn every_definition_stands_in_its_group() {
        for group in Group::ALL {
            assert!(group.definitions().iter().all(|definition| definition.group == group), "{}", group.id());
        }
    }
}

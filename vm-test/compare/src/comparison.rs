//! Two subjects, every dimension, and the verdicts.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Better, Cause, Definition, Error, Figure, Group, Verdict, definitions};

/// Version of the result's shape; the schema is in result.schema.json beside this crate.
pub const SCHEMA: u32 = 1;

/// The largest number that has a meaning in any unit; beyond it differences are no numbers any more.
const LARGEST: f64 = 1e30;

/// What result.json holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of the program that made it.
    pub version: String,
    /// A and B.
    pub subjects: [Subject; 2],
    /// The defined dimensions, or those that were asked for, in the order of their definitions.
    pub dimensions: Vec<Dimension>,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The bundle's file name.
    pub name: String,
    /// Where it runs.
    pub kind: Kind,
    /// CFBundleIdentifier; empty if the bundle could not be read.
    pub identifier: String,
    /// CFBundleVersion; empty if the bundle could not be read.
    pub version: String,
    /// The release of macOS that it ran on, where there was one.
    pub os: Option<String>,
    /// The machine that it ran in.
    pub machine: String,
    /// Seed of every choice.
    pub seed: u64,
    /// The command that measures all of it again.
    pub command: String,
}

/// The two kinds of drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A kernel extension on IOAudioFamily.
    Kext,
    /// An AudioServerPlugIn in user space.
    PlugIn,
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Kext => "kernel extension",
            Kind::PlugIn => "audio server plug-in",
        }
    }
}

/// A figure for the dimension `dimension`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// [`Definition::id`].
    pub dimension: String,
    /// What was measured.
    pub figure: Figure,
}

impl Reading {
    /// A reading.
    pub fn new(dimension: impl Into<String>, figure: Figure) -> Reading {
        Reading { dimension: dimension.into(), figure }
    }
}

/// A dimension with both figures. All but `a`, `b` and `verdict` is as in its [`Definition`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dimension {
    /// Its name for programs.
    pub id: String,
    /// What it belongs to.
    pub group: Group,
    /// Its name for people.
    pub title: String,
    /// The unit of its values.
    pub unit: String,
    /// Which direction is better.
    pub better: Better,
    /// Values closer than this are the same, in the unit.
    pub tolerance: f64,
    /// How it is measured.
    pub method: String,
    /// What it means to somebody who uses the driver.
    pub meaning: String,
    /// How the same figure is taken on a Mac.
    pub on_mac: String,
    /// A's figure.
    pub a: Figure,
    /// B's figure.
    pub b: Figure,
    /// What both say.
    pub verdict: Verdict,
}

impl Dimension {
    fn of(definition: &Definition, a: Figure, b: Figure) -> Dimension {
        let verdict = Verdict::of(&a, &b, definition.better, definition.tolerance);
        Dimension {
            id: definition.id.to_owned(),
            group: definition.group,
            title: definition.title.to_owned(),
            unit: definition.unit.to_owned(),
            better: definition.better,
            tolerance: definition.tolerance,
            method: definition.method.to_owned(),
            meaning: definition.meaning.to_owned(),
            on_mac: definition.on_mac.to_owned(),
            a,
            b,
            verdict,
        }
    }
}

impl Comparison {
    /// The comparison of `subjects` by what was measured of each. A dimension without a reading gets the finding "not
    /// measured". `version` is that of the program.
    ///
    /// # Errors
    /// [`Error::Reading`] for a dimension that is not defined or read twice on one side, a number that is not finite or beyond
    /// any unit's sense, a figure with neither value nor finding, or two curves of one figure that would share a file.
    pub fn of(version: &str, subjects: [Subject; 2], a: Vec<Reading>, b: Vec<Reading>) -> Result<Comparison, Error> {
        let mut a = by_dimension(a, "a")?;
        let mut b = by_dimension(b, "b")?;
        let dimensions = definitions::all()
            .map(|definition| Dimension::of(definition, taken(&mut a, definition.id), taken(&mut b, definition.id)))
            .collect();
        Ok(Comparison { schema: SCHEMA, version: version.to_owned(), subjects, dimensions })
    }

    /// The same with no dimensions but these.
    pub fn only(mut self, ids: &[String]) -> Comparison {
        self.dimensions.retain(|dimension| ids.contains(&dimension.id));
        self
    }

    /// The dimensions of `group`, in order.
    pub fn group(&self, group: Group) -> impl Iterator<Item = &Dimension> {
        self.dimensions.iter().filter(move |dimension| dimension.group == group)
    }
}

fn taken(figures: &mut BTreeMap<String, Figure>, id: &str) -> Figure {
    figures.remove(id).unwrap_or_else(|| Figure::without(Cause::NotMeasured, "No measurement of it was made."))
}

/// The figures by their dimension, checked, with the names of their curves' files. `side` is "a" or "b".
fn by_dimension(readings: Vec<Reading>, side: &str) -> Result<BTreeMap<String, Figure>, Error> {
    let mut figures = BTreeMap::new();
    for Reading { dimension, mut figure } in readings {
        let wrong = |what: &str| Error::Reading(format!("side {side}, dimension `{dimension}`: {what}"));
        if definitions::find(&dimension).is_none() {
            return Err(wrong("there is no such dimension; compare::definitions lists them"));
        }
        if figure.value.is_none() && figure.finding.is_none() {
            return Err(wrong("neither a value nor a finding"));
        }
        let numbers = figure.value.into_iter().chain(figure.details.iter().map(|detail| detail.value));
        let points = figure.series.iter().flat_map(|series| &series.points).flat_map(|&(x, y)| [x, y]);
        if let Some(number) = numbers.chain(points).find(|number| !number.is_finite() || number.abs() > LARGEST) {
            return Err(wrong(&format!("{number} is not a number that can be compared")));
        }
        let mut files = BTreeSet::new();
        for series in &mut figure.series {
            series.file = format!("raw/{dimension}-{side}-{}.csv", file_name(&series.name));
            if !files.insert(&series.file) {
                return Err(wrong(&format!("two series would be written to {}", series.file)));
            }
        }
        if figures.contains_key(&dimension) {
            return Err(wrong("read twice"));
        }
        figures.insert(dimension, figure);
    }
    Ok(figures)
}

/// `name` in lower case with a hyphen for whatever is neither letter nor digit.
pub(crate) fn file_name(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Series, Shape};

    fn subjects() -> [Subject; 2] {
        ["Made.kext", "Up.driver"].map(|name| Subject {
            name: name.to_owned(),
            kind: Kind::Kext,
            identifier: String::new(),
            version: String::new(),
            os: None,
            machine: "none".to_owned(),
            seed: 1,
            command: "none".to_owned(),
        })
    }

    fn of(a: Vec<Reading>, b: Vec<Reading>) -> Result<Comparison, Error> {
        Comparison::of("0", subjects(), a, b)
    }

    fn curve(name: &str, y: f64) -> Series {
        Series::new(name, Axis::new("time", "s"), Axis::new("level", ""), Shape::Line, vec![(0.0, y)])
    }

    #[test]
    fn the_committed_schema_is_that_of_the_comparison() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Comparison)).unwrap() + "\n";
        assert!(schema == include_str!("../result.schema.json"), "type: cargo xtask gen");
    }

    #[test]
    fn what_nobody_read_is_not_measured_and_not_compared() {
        let made = of(vec![Reading::new("round-trip", Figure::new(0.0))], vec![]).unwrap();
        assert_eq!(made.dimensions.len(), definitions::all().count());
        let round_trip = made.dimensions.iter().find(|dimension| dimension.id == "round-trip").unwrap();
        assert_eq!(round_trip.a.value, Some(0.0));
        assert_eq!(round_trip.b.finding.as_ref().unwrap().cause, Cause::NotMeasured);
        assert_eq!(round_trip.verdict, Verdict::NotComparable);
    }

    #[test]
    fn of_what_was_asked_for_nothing_else_is_told() {
        let made = of(vec![Reading::new("round-trip", Figure::new(0.0))], vec![]).unwrap();
        let told = made.only(&["round-trip".to_owned()]);
        assert_eq!(told.dimensions.iter().map(|dimension| &dimension.id).collect::<Vec<_>>(), ["round-trip"]);
        let page = crate::page(&told);
        assert!(page.contains("id=\"round-trip\"") && page.contains("id=\"timing\"") && !page.contains("id=\"cost\""));
        assert!(!page.contains("id=\"claims\"") && !page.contains("#claims"));
    }

    #[test]
    fn readings_that_cannot_be_compared_are_refused_with_their_place() {
        let refusal = |figure: Figure| of(vec![], vec![Reading::new("round-trip", figure)]).unwrap_err().to_string();
        let message = of(vec![Reading::new("loudness", Figure::new(1.0))], vec![]).unwrap_err().to_string();
        assert!(message.starts_with("side a, dimension `loudness`: there is no such dimension"), "{message}");
        assert!(refusal(Figure::default()).contains("neither a value nor a finding"));
        assert!(refusal(Figure::new(f64::NAN)).contains("NaN"));
        assert!(refusal(Figure::new(1.0).with_detail("part", f64::INFINITY, "")).contains("inf"));
        assert!(refusal(Figure::new(1.0).with_series(curve("level", f64::NAN))).contains("NaN"));
        let twice = Figure::new(1.0).with_series(curve("Level of A", 0.0)).with_series(curve("level, of a", 0.0));
        assert!(refusal(twice).contains("raw/round-trip-b-level-of-a.csv"));
        let again = || Reading::new("round-trip", Figure::new(1.0));
        assert!(of(vec![again(), again()], vec![]).unwrap_err().to_string().contains("read twice"));
    }
}

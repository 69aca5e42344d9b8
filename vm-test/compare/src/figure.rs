//! What was measured of one subject in one dimension.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One subject's side of a dimension: a value, or a finding that says why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// The value in the dimension's unit; finite. `null` with a finding.
    pub value: Option<f64>,
    /// The value in words where a bare number would say too little ("the audio server", "48000 to 192000 Hz"); empty if the
    /// number and its unit say it all.
    pub text: String,
    /// What sets the value, in sentences; empty where nothing is known of it, as in results of older versions.
    #[serde(default)]
    pub why: String,
    /// Why there is no value, or what is wrong beside it.
    pub finding: Option<Finding>,
    /// What the value is made of, or what was measured along with it.
    pub details: Vec<Detail>,
    /// Curves; their points are in files of their own.
    pub series: Vec<Series>,
    /// The command that reproduces this figure; the subject's command where it is `null`.
    pub command: Option<String>,
}

impl Figure {
    /// A figure of nothing but `value`.
    pub fn new(value: f64) -> Figure {
        Figure { value: Some(value), ..Figure::default() }
    }

    /// No figure, because of `cause`; `text` says more, in a sentence.
    pub fn without(cause: Cause, text: impl Into<String>) -> Figure {
        Figure { finding: Some(Finding { cause, text: text.into() }), ..Figure::default() }
    }

    /// The same with the value in words.
    pub fn with_text(self, text: impl Into<String>) -> Figure {
        Figure { text: text.into(), ..self }
    }

    /// The same with a detail more.
    pub fn with_detail(mut self, name: impl Into<String>, value: f64, unit: impl Into<String>) -> Figure {
        self.details.push(Detail { name: name.into(), value, unit: unit.into() });
        self
    }

    /// The same with a curve more.
    pub fn with_series(mut self, series: Series) -> Figure {
        self.series.push(series);
        self
    }

    /// The same with the command that reproduces it.
    pub fn with_command(self, command: impl Into<String>) -> Figure {
        Figure { command: Some(command.into()), ..self }
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Which sort of reason.
    pub cause: Cause,
    /// The reason in a sentence.
    pub text: String,
}

/// The sorts of reasons for no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It is no driver: not a bundle, or one that is refused before any of its code runs.
    NoDriver,
    /// Nobody measured it, or the machine cannot.
    NotMeasured,
    /// The dimension makes no sense for this subject.
    DoesNotApply,
    /// It crashed or brought its system down.
    Crashed,
    /// It did not come back.
    Hung,
    /// It answered what no driver may answer.
    WrongAnswer,
    /// What was waited for never comes, for reasons that lie in the subject's kind.
    Never,
    /// Only a Mac can tell; the definition says how.
    OnMac,
}

impl Cause {
    /// Whether the subject is to blame: it then is worse than one with a value.
    pub fn is_failure(self) -> bool {
        matches!(self, Cause::NoDriver | Cause::Crashed | Cause::Hung | Cause::WrongAnswer)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Cause::NoDriver => "no driver",
            Cause::NotMeasured => "not measured",
            Cause::DoesNotApply => "does not apply",
            Cause::Crashed => "crashed",
            Cause::Hung => "hung",
            Cause::WrongAnswer => "wrong answer",
            Cause::Never => "never",
            Cause::OnMac => "Mac only",
        }
    }
}

/// A number beside a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Detail {
    /// What it is; stands for the same thing on both sides.
    pub name: String,
    /// The number; finite.
    pub value: f64,
    /// Its unit; may be empty.
    pub unit: String,
}

/// A curve of a figure. Both subjects' curves of one name are drawn in one plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// What it shows; names the plot and, in lower case with hyphens, the file.
    pub name: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// How it is drawn.
    pub shape: Shape,
    /// The CSV file of the points, relative to the result; [`crate::Comparison::of`] names it.
    pub file: String,
    /// The points, (x, y), finite, by rising x. A result that was read from JSON has none.
    #[serde(skip)]
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// A curve that has no file yet.
    pub fn new(name: impl Into<String>, x: Axis, y: Axis, shape: Shape, points: Vec<(f64, f64)>) -> Series {
        Series { name: name.into(), x, y, shape, file: String::new(), points }
    }
}

/// An axis of a plot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Axis {
    /// What is along it.
    pub label: String,
    /// Its unit; may be empty.
    pub unit: String,
}

impl Axis {
    /// An axis.
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Axis {
        Axis { label: label.into(), unit: unit.into() }
    }
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Points joined by straight lines.
    Line,
    /// A bar from nought to each point: histograms.
    Bars,
    /// Points alone.
    Dots,
}

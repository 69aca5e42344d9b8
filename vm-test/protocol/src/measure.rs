//! What was measured of a driver: the figures that comparisons are made of.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What is measured at once; a driver is loaded anew for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measurement {
    /// The zero timestamps, while timers are late.
    Clock,
    /// The clock after nothing of the driver ran for some time.
    Recovery,
    /// Latency, declared and real.
    Latency,
    /// Output that comes late.
    LateWrites,
    /// Two devices beside each other.
    Sync,
    /// What becomes of every bit.
    Exactness,
    /// What becomes of samples where the ring ends.
    RingEnd,
    /// What is heard when a writer is gone.
    UnderRun,
    /// Several writers at once.
    Writers,
    /// What is heard after a stop and a start.
    Restart,
    /// What formats and rates there are.
    Offers,
    /// What an IO cycle takes.
    Cost,
    /// What comes back through each format.
    Formats,
    /// A change of rate while IO runs.
    Change,
    /// Changes that must be refused.
    Refusal,
    /// The system's sleep.
    Sleep,
    /// A device that is taken away.
    Unplug,
    /// Memory at rest and at IO.
    Memory,
    /// What can be seen, set and reached.
    Surface,
    /// Who is told of what changes.
    Listeners,
    /// The first sound after a start.
    Anew,
    /// One access to address 0.
    Fault,
    /// A breakpoint.
    Breakpoint,
    /// A call that does not come back.
    Hang,
}

impl Measurement {
    /// All, in the order in which they are taken.
    pub const ALL: &[Measurement] = &[
        Measurement::Clock,
        Measurement::Recovery,
        Measurement::Latency,
        Measurement::LateWrites,
        Measurement::Sync,
        Measurement::Exactness,
        Measurement::RingEnd,
        Measurement::UnderRun,
        Measurement::Writers,
        Measurement::Restart,
        Measurement::Offers,
        Measurement::Cost,
        Measurement::Formats,
        Measurement::Change,
        Measurement::Refusal,
        Measurement::Sleep,
        Measurement::Unplug,
        Measurement::Memory,
        Measurement::Surface,
        Measurement::Listeners,
        Measurement::Anew,
        Measurement::Fault,
        Measurement::Breakpoint,
        Measurement::Hang,
    ];

    /// Whether the driver is made to make a mistake: what it brings down then is no fault of its own.
    pub fn is_injected(self) -> bool {
        matches!(self, Measurement::Fault | Measurement::Breakpoint | Measurement::Hang)
    }

    /// The dimensions that it reads.
    pub fn dimensions(self) -> &'static [&'static str] {
        match self {
            Measurement::Clock => {
                &["zero-timestamp-period", "timestamp-jitter-rms", "timestamp-jitter-peak", "rate-accuracy"]
            }
            Measurement::Recovery => &["stall-recovery"],
            Measurement::Latency => &["declared-latency", "round-trip", "latency-error"],
            Measurement::LateWrites => &["late-write-tolerance", "late-write-at-ring-end"],
            Measurement::Sync => &["device-sync"],
            Measurement::Exactness => &["bit-exactness"],
            Measurement::RingEnd => &["ring-end"],
            Measurement::UnderRun => &["under-run"],
            Measurement::Writers => &["several-writers"],
            Measurement::Restart => &["restart-hygiene"],
            Measurement::Offers => &["formats-advertised", "rates-advertised"],
            Measurement::Cost => &["io-instructions", "io-bytes", "io-locks", "io-allocations", "io-calls"],
            Measurement::Formats => &["formats-wrong"],
            Measurement::Change => &["configuration-silence", "configuration-notifications"],
            Measurement::Refusal => &["configuration-rollback"],
            Measurement::Sleep => &["wake-recovery"],
            Measurement::Unplug => &["unplug-leaks"],
            Measurement::Memory => &["wired-memory", "pageable-memory"],
            Measurement::Surface => &[
                "properties-present",
                "properties-settable",
                "property-wrong-sizes",
                "property-wrong-errors",
                "unprivileged-settable",
                "unprivileged-callable",
            ],
            Measurement::Listeners => &["property-unannounced"],
            Measurement::Anew => &["fault-recovery"],
            Measurement::Fault => &["fault-reach"],
            Measurement::Breakpoint => &["debugger-reach"],
            Measurement::Hang => &["hang-recovery"],
        }
    }
}

/// A figure of one dimension: a value, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reading {
    /// The dimension's name.
    pub dimension: String,
    /// The value in the dimension's unit; finite.
    pub value: Option<f64>,
    /// The value in words, where a number would say too little; else empty.
    pub text: String,
    /// What sets the value, in sentences; empty where nothing is known of it.
    pub why: String,
    /// Why there is no value.
    pub finding: Option<Finding>,
    /// Numbers beside it.
    pub details: Vec<Detail>,
    /// Curves.
    pub series: Vec<Series>,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Which sort of reason.
    pub cause: Cause,
    /// The reason in a sentence.
    pub text: String,
}

/// The sorts of reasons that a measurement itself can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The driver lacks what is measured, and may.
    DoesNotApply,
    /// The driver did what no driver may do.
    WrongAnswer,
    /// The machine cannot, whatever the driver.
    NotMeasured,
}

/// A number beside a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detail {
    /// What it is.
    pub name: String,
    /// The number; finite.
    pub value: f64,
    /// Its unit; may be empty.
    pub unit: String,
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// What it shows.
    pub name: String,
    /// What is along the horizontal axis, and its unit.
    pub x: (String, String),
    /// What is along the vertical axis, and its unit.
    pub y: (String, String),
    /// How it is drawn.
    pub shape: Shape,
    /// The points by rising x; finite.
    pub points: Vec<(f64, f64)>,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Points joined by lines.
    Line,
    /// Bars from nought.
    Bars,
    /// Points alone.
    Dots,
}

impl Reading {
    /// The value of a dimension.
    pub fn new(dimension: &str, value: f64) -> Reading {
        Reading { dimension: dimension.into(), value: Some(value), ..Reading::default() }
    }

    /// No value of a dimension, for this reason.
    pub fn without(dimension: &str, cause: Cause, text: impl Into<String>) -> Reading {
        let finding = Some(Finding { cause, text: text.into() });
        Reading { dimension: dimension.into(), finding, ..Reading::default() }
    }

    /// The same with the value in words.
    pub fn with_text(self, text: impl Into<String>) -> Reading {
        Reading { text: text.into(), ..self }
    }

    /// The same with what sets the value.
    pub fn with_why(self, why: impl Into<String>) -> Reading {
        Reading { why: why.into(), ..self }
    }

    /// The same with a number beside it.
    pub fn with_detail(mut self, name: &str, value: f64, unit: &str) -> Reading {
        self.details.push(Detail { name: name.into(), value, unit: unit.into() });
        self
    }

    /// The same with a curve: its name, both axes as label and unit, its shape and points.
    pub fn with_series(
        mut self,
        name: &str,
        x: (&str, &str),
        y: (&str, &str),
        shape: Shape,
        points: Vec<(f64, f64)>,
    ) -> Reading {
        let axis = |(label, unit): (&str, &str)| (label.into(), unit.into());
        self.series.push(Series { name: name.into(), x: axis(x), y: axis(y), shape, points });
        self
    }
}

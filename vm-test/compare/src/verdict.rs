//! Which of two figures is better: the one place where that is decided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Better, Cause, Figure};

/// What two figures of one dimension say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A's figure is better, or B failed where A did not.
    AIsBetter,
    /// B's figure is better, or A failed where B did not.
    BIsBetter,
    /// The figures differ by no more than the tolerance.
    Same,
    /// They differ, in a dimension where neither direction is better.
    Differ,
    /// One side has no figure without being to blame, or both have none.
    NotComparable,
}

impl Verdict {
    /// The verdict on `a` and `b`, whose difference counts beyond `tolerance`, in the dimension's unit.
    pub fn of(a: &Figure, b: &Figure, better: Better, tolerance: f64) -> Verdict {
        match (a.value, b.value) {
            (Some(a), Some(b)) if (a - b).abs() <= tolerance => Verdict::Same,
            (Some(a), Some(b)) => match better {
                Better::Neither => Verdict::Differ,
                Better::Lower if a < b => Verdict::AIsBetter,
                Better::Higher if a > b => Verdict::AIsBetter,
                Better::Lower | Better::Higher => Verdict::BIsBetter,
            },
            (Some(_), None) if failed(b) => Verdict::AIsBetter,
            (None, Some(_)) if failed(a) => Verdict::BIsBetter,
            _ => Verdict::NotComparable,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::AIsBetter => "A is better",
            Verdict::BIsBetter => "B is better",
            Verdict::Same => "the same",
            Verdict::Differ => "they differ",
            Verdict::NotComparable => "not comparable",
        }
    }

    /// A sign for it that does without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Verdict::AIsBetter => "◀",
            Verdict::BIsBetter => "▶",
            Verdict::Same => "=",
            Verdict::Differ => "≠",
            Verdict::NotComparable => "–",
        }
    }
}

/// Whether `figure` has no value because there is none so bad.
pub(crate) fn failed(figure: &Figure) -> bool {
    let is_worst = |cause: Cause| cause.is_failure() || cause == Cause::Never;
    figure.value.is_none() && figure.finding.as_ref().is_some_and(|finding| is_worst(finding.cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: f64, b: f64, better: Better) -> Verdict {
        Verdict::of(&Figure::new(a), &Figure::new(b), better, 0.5)
    }

    #[test]
    fn figures_within_the_tolerance_are_the_same() {
        assert_eq!(of(1.0, 1.5, Better::Lower), Verdict::Same);
        assert_eq!(of(1.0, 1.5, Better::Neither), Verdict::Same);
        assert_eq!(of(1.0, 1.6, Better::Lower), Verdict::AIsBetter);
        assert_eq!(of(1.0, 1.6, Better::Higher), Verdict::BIsBetter);
        assert_eq!(of(1.6, 1.0, Better::Higher), Verdict::AIsBetter);
        assert_eq!(of(1.6, 1.0, Better::Lower), Verdict::BIsBetter);
        assert_eq!(of(1.0, 1.6, Better::Neither), Verdict::Differ);
    }

    #[test]
    fn who_fails_is_worse_and_who_was_not_measured_is_not_compared() {
        let value = Figure::new(1.0);
        let crashed = Figure::without(Cause::Crashed, "It crashed.");
        let unmeasured = Figure::without(Cause::NotMeasured, "Nobody did.");
        let verdict = |a, b| Verdict::of(a, b, Better::Lower, 0.0);
        assert_eq!(verdict(&value, &crashed), Verdict::AIsBetter);
        assert_eq!(verdict(&crashed, &value), Verdict::BIsBetter);
        assert_eq!(verdict(&crashed, &crashed), Verdict::NotComparable);
        assert_eq!(verdict(&value, &unmeasured), Verdict::NotComparable);
        assert_eq!(verdict(&crashed, &unmeasured), Verdict::NotComparable);
        let never = Figure::without(Cause::Never, "Nobody can end it.");
        assert_eq!(verdict(&never, &value), Verdict::BIsBetter);
        let on_mac = Figure::without(Cause::OnMac, "Ask a Mac.");
        assert_eq!(verdict(&on_mac, &value), Verdict::NotComparable);
    }
}

//! What became better or worse between an older and a newer result.

use crate::{Comparison, Dimension, Error, Figure, Verdict, number};

/// A figure that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The dimension's name for programs.
    pub dimension: String,
    /// Its name for people.
    pub title: String,
    /// The subject: "A" or "B".
    pub side: &'static str,
    /// The subject's name in the newer result.
    pub subject: String,
    /// The older figure, in words.
    pub old: String,
    /// The newer one.
    pub new: String,
    /// Which way it went.
    pub direction: Direction,
}

/// Which way a figure went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It is better.
    Better,
    /// It is worse, or its subject fails where it did not.
    Worse,
    /// It is another, and neither direction is better.
    Different,
    /// There is none any more, and nobody knows whether it would be worse.
    Lost,
    /// There is one now.
    Gained,
}

impl Direction {
    /// Whether `--fail-on worse` fails: a figure that is no longer measured cannot be said to be no worse.
    pub fn is_worse(self) -> bool {
        matches!(self, Direction::Worse | Direction::Lost)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Direction::Better => "better",
            Direction::Worse => "worse",
            Direction::Different => "different",
            Direction::Lost => "no figure any more",
            Direction::Gained => "has a figure now",
        }
    }
}

/// What changed from `old` to `new` beyond the tolerances of `new`: first A's figures, then B's, in the order of `old`.
///
/// # Errors
/// [`Error::Usage`] for results that say nothing about each other: another kind of driver or another machine on one side, no
/// dimension with a figure in both, a dimension in another unit.
pub fn regression(old: &Comparison, new: &Comparison) -> Result<Vec<Change>, Error> {
    if old.schema != new.schema {
        return Err(incomparable(&format!("one is of schema {}, the other of schema {}", old.schema, new.schema)));
    }
    let mut compared = false;
    let mut changes = Vec::new();
    for (index, side) in ["A", "B"].into_iter().enumerate() {
        let (before, after) = (&old.subjects[index], &new.subjects[index]);
        for (was, is) in [(before.kind.words(), after.kind.words()), (&before.machine, &after.machine)] {
            if was != is {
                return Err(incomparable(&format!("{side} is `{was}` in the older and `{is}` in the newer one")));
            }
        }
        for was in &old.dimensions {
            let Some(is) = new.dimensions.iter().find(|dimension| dimension.id == was.id) else {
                changes.extend(gone(was, index, side, &after.name));
                continue;
            };
            if was.unit != is.unit {
                let units = format!("{} is in {} in the older and in {} in the newer one", was.id, was.unit, is.unit);
                return Err(incomparable(&units));
            }
            let (before, now) = (figure(was, index), figure(is, index));
            compared |= before.value.is_some() && now.value.is_some();
            changes.extend(direction(before, now, is).map(|direction| Change {
                dimension: is.id.clone(),
                title: is.title.clone(),
                side,
                subject: after.name.clone(),
                old: number::brief(before, &was.unit),
                new: number::brief(now, &is.unit),
                direction,
            }));
        }
    }
    if compared { Ok(changes) } else { Err(incomparable("no dimension has a figure in both")) }
}

/// The change of a dimension that the newer result does not have.
fn gone(was: &Dimension, index: usize, side: &'static str, subject: &str) -> Option<Change> {
    let old = figure(was, index);
    old.value.is_some().then(|| Change {
        dimension: was.id.clone(),
        title: was.title.clone(),
        side,
        subject: subject.to_owned(),
        old: number::brief(old, &was.unit),
        new: "no such dimension".to_owned(),
        direction: Direction::Lost,
    })
}

fn incomparable(why: &str) -> Error {
    Error::Usage(format!("these results cannot be compared: {why}"))
}

fn figure(dimension: &Dimension, index: usize) -> &Figure {
    if index == 0 { &dimension.a } else { &dimension.b }
}

fn direction(old: &Figure, new: &Figure, dimension: &Dimension) -> Option<Direction> {
    match Verdict::of(old, new, dimension.better, dimension.tolerance) {
        Verdict::AIsBetter => Some(Direction::Worse),
        Verdict::BIsBetter => Some(Direction::Better),
        Verdict::Differ => Some(Direction::Different),
        Verdict::Same => None,
        Verdict::NotComparable => match (old.value, new.value) {
            (Some(_), None) => Some(Direction::Lost),
            (None, Some(_)) => Some(Direction::Gained),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, Kind, Reading, Subject};

    fn subject(name: &str, kind: Kind) -> Subject {
        Subject {
            name: name.to_owned(),
            kind,
            identifier: String::new(),
            version: String::new(),
            os: None,
            machine: "none".to_owned(),
            seed: 1,
            command: "none".to_owned(),
        }
    }

    /// A comparison with `figure` as B's round trip, and one more figure that never changes.
    fn with(figure: Figure) -> Comparison {
        let subjects = [subject("Made.kext", Kind::Kext), subject("Up.driver", Kind::PlugIn)];
        let b = vec![Reading::new("round-trip", figure), Reading::new("ring-end", Figure::new(0.0))];
        Comparison::of("0", subjects, vec![], b).unwrap()
    }

    fn change(old: Figure, new: Figure) -> Option<Direction> {
        let changes = regression(&with(old), &with(new)).unwrap();
        assert!(changes.iter().all(|change| (change.side, change.dimension.as_str()) == ("B", "round-trip")));
        assert!(changes.len() <= 1);
        changes.first().map(|change| change.direction)
    }

    #[test]
    fn figures_go_the_way_that_their_dimension_calls_better() {
        assert_eq!(change(Figure::new(3.0), Figure::new(3.0)), None);
        assert_eq!(change(Figure::new(3.0), Figure::new(4.0)), Some(Direction::Worse));
        assert_eq!(change(Figure::new(4.0), Figure::new(3.0)), Some(Direction::Better));
        let crash = || Figure::without(Cause::Crashed, "It crashed.");
        assert_eq!(change(Figure::new(3.0), crash()), Some(Direction::Worse));
        assert_eq!(change(crash(), Figure::new(3.0)), Some(Direction::Better));
        assert_eq!(change(crash(), crash()), None);
        let nobody = || Figure::without(Cause::NotMeasured, "Nobody did.");
        assert_eq!(change(Figure::new(3.0), nobody()), Some(Direction::Lost));
        assert_eq!(change(nobody(), Figure::new(3.0)), Some(Direction::Gained));
        assert!(Direction::Lost.is_worse() && Direction::Worse.is_worse() && !Direction::Different.is_worse());
    }

    #[test]
    fn results_that_say_nothing_about_each_other_are_refused() {
        let old = with(Figure::new(1.0));
        let refusal = |new: &Comparison| regression(&old, new).unwrap_err().to_string();
        let mut new = old.clone();
        new.subjects.reverse();
        assert!(
            refusal(&new).contains("A is `kernel extension` in the older and `audio server plug-in` in the newer one")
        );
        let mut new = old.clone();
        new.subjects[1].machine = "another".to_owned();
        assert!(refusal(&new).contains("B is `none` in the older and `another`"));
        let mut new = old.clone();
        new.dimensions.clear();
        assert!(refusal(&new).contains("no dimension has a figure in both"));
        let mut new = old.clone();
        new.schema += 1;
        assert!(refusal(&new).contains("one is of schema 1, the other of schema 2"));
        let mut new = old.clone();
        new.dimensions[0].unit = "miles".to_owned();
        assert!(refusal(&new).contains("zero-timestamp-period is in frames in the older and in miles"));
    }
}

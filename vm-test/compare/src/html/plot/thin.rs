//! Fewer points that look the same: what is thinner than a hair of the plot is drawn once.

use std::collections::BTreeSet;

/// Hairs for each unit of the plot; at a desk a unit is about a pixel and a half.
const FINENESS: f64 = 2.0;

fn hair(place: f64) -> i64 {
    (place * FINENESS).floor() as i64
}

/// Of the points of each hair the lowest and the highest, in order; and the first and the last of all.
pub(super) fn line(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    let mut start = 0;
    for hair in points.chunk_by(|one, next| hair(one.0) == hair(next.0)) {
        let indices = start..start + hair.len();
        start = indices.end;
        let by_height = |one: &usize, other: &usize| points[*one].1.total_cmp(&points[*other].1);
        let extremes = [indices.clone().min_by(by_height), indices.max_by(by_height)];
        kept.extend(extremes.into_iter().flatten());
    }
    kept.extend(points.len().checked_sub(1));
    kept.push(0);
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().filter_map(|index| points.get(index).copied()).collect()
}

/// One dot of those that cover each other.
pub(super) fn dots(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut covered = BTreeSet::new();
    points.into_iter().filter(|&(x, y)| covered.insert((hair(x), hair(y)))).collect()
}

/// Of the bars of each hair the one that goes farthest from `floor`.
pub(super) fn columns(bars: &[(f64, f64)], floor: f64) -> Vec<(f64, f64)> {
    let farthest = |hair: &[(f64, f64)]| {
        hair.iter().copied().max_by(|one, other| (one.1 - floor).abs().total_cmp(&(other.1 - floor).abs()))
    };
    bars.chunk_by(|one, next| hair(one.0) == hair(next.0)).filter_map(farthest).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The lowest and the highest point of each hair.
    fn extremes(points: &[(f64, f64)]) -> BTreeMap<i64, (f64, f64)> {
        let mut extremes = BTreeMap::new();
        for &(x, y) in points {
            let (low, high) = extremes.entry(hair(x)).or_insert((y, y));
            (*low, *high) = (low.min(y), high.max(y));
        }
        extremes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_thinned_line_keeps_its_ends_and_every_extreme(heights in prop::collection::vec(0.0..200.0, 1..5000_usize)) {
            let step = 300.0 / f64::from(heights.len() as u32);
            let points: Vec<(f64, f64)> = (0..).map(|index| f64::from(index) * step).zip(heights).collect();
            let kept = line(&points);
            prop_assert!(kept.len() <= 2 * 601 + 2);
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert_eq!(extremes(&points), extremes(&kept));
        }
    }

    #[test]
    fn no_points_are_no_line() {
        assert_eq!(line(&[]), []);
    }

    #[test]
    fn dots_and_bars_that_cover_each_other_are_drawn_once() {
        assert_eq!(dots(vec![(1.0, 1.0), (1.1, 1.1), (1.0, 3.0)]), [(1.0, 1.0), (1.0, 3.0)]);
        assert_eq!(columns(&[(1.0, 90.0), (1.1, 10.0), (5.0, 50.0)], 100.0), [(1.1, 10.0), (5.0, 50.0)]);
    }
}

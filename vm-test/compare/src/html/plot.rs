//! Plots as inline SVG: both subjects' curves of one name in one plot.

mod scale;
mod thin;

use std::fmt::Write;

use maud::{Markup, html};

use self::scale::Scale;
use super::letter;
use crate::files::named;
use crate::{Comparison, Dimension, Series, Shape};

/// Size of a plot in its own units, which are about CSS pixels on a phone.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 232.0;
/// Room above and below the field, and right of it at least.
const ABOVE: f64 = 8.0;
const RIGHT: f64 = 14.0;
const BELOW: f64 = 40.0;
/// Left of the field: the axis's name, and the labels of its ticks by their letters.
const NAME: f64 = 22.0;
const LETTER: f64 = 7.0;

/// Points from which on a line is drawn thin.
const DENSE: usize = 500;

/// Curves that belong in one plot: A's and B's.
type Pair<'a> = [Option<&'a Series>; 2];

/// The plots of `dimension`.
pub(super) fn plots(comparison: &Comparison, dimension: &Dimension) -> Markup {
    let pairs = pairs(&dimension.a.series, &dimension.b.series);
    html! {
        @if !pairs.is_empty() {
            div.plots {
                @for pair in pairs { (figure(comparison, dimension, pair)) }
            }
        }
    }
}

/// `a` and `b` by what they show, in order; those without points are left out.
fn pairs<'a>(a: &'a [Series], b: &'a [Series]) -> Vec<Pair<'a>> {
    let alike = |one: &Series, other: &Series| {
        one.name == other.name && one.x == other.x && one.y == other.y && one.shape == other.shape
    };
    let mut pairs: Vec<Pair> = a.iter().map(|series| [Some(series), None]).collect();
    for series in b {
        match pairs.iter_mut().find(|pair| pair[1].is_none() && pair[0].is_some_and(|of| alike(of, series))) {
            Some(pair) => pair[1] = Some(series),
            None => pairs.push([None, Some(series)]),
        }
    }
    pairs.retain(|pair| pair.iter().flatten().any(|series| !series.points.is_empty()));
    pairs
}

fn figure(comparison: &Comparison, dimension: &Dimension, pair: Pair) -> Markup {
    let Some(first) = pair.into_iter().flatten().next() else { return html! {} };
    let title = format!("{}: {}", dimension.title, first.name);
    html! {
        figure {
            figcaption {
                span.name { (first.name) }
                @for (index, series) in pair.into_iter().enumerate() {
                    @if series.is_some() {
                        " " span.key {
                            (letter(index)) " " span class=(swatch(first.shape, index)) {} " "
                            (comparison.subjects[index].name)
                        }
                    }
                }
            }
            (drawing(&title, first, pair))
            @if let [Some(a), Some(b)] = pair && a.points == b.points { p.small { "Both are the same, point for point." } }
        }
    }
}

fn swatch(shape: Shape, index: usize) -> &'static str {
    match shape {
        Shape::Line => ["swatch a", "swatch b"][index],
        Shape::Bars => ["swatch bar a", "swatch bar b"][index],
        Shape::Dots => ["swatch dot a", "swatch dot b"][index],
    }
}

/// The field with its axes and curves.
fn drawing(title: &str, first: &Series, pair: Pair) -> Markup {
    let points = || pair.into_iter().flatten().flat_map(|series| &series.points);
    let bars = first.shape == Shape::Bars;
    let bar = if bars { narrowest(pair) } else { 0.0 };
    let x_values = points().flat_map(|&(x, _)| [x - bar / 2.0, x + bar / 2.0]);
    // A height that says how much begins at nought.
    let is_amount = bars || (first.shape == Shape::Line && points().all(|&(_, y)| y >= 0.0));
    let y_values = points().map(|&(_, y)| y).chain(is_amount.then_some(0.0));
    let y = Scale::over(y_values, HEIGHT - BELOW, ABOVE, 5);
    let left = NAME + 6.0 + y.label_width(LETTER);
    let x = Scale::over(x_values, left, WIDTH - RIGHT, 5);
    // Half of the last label is right of the field.
    let right = WIDTH - RIGHT.max(x.label_width(LETTER) / 2.0 + 1.0);
    let x = x.until(right).with_room_for_labels(LETTER);
    let bottom = HEIGHT - BELOW;
    let middle = f64::midpoint(ABOVE, bottom);
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
            title { (title) }
            @for (at, label) in y.ticks() {
                line.grid x1=(rounded(left)) x2=(rounded(right)) y1=(at) y2=(at) {}
                text x=(rounded(left - 6.0)) y=(at) dy="0.35em" text-anchor="end" { (label) }
            }
            @for (at, label) in x.ticks() {
                line.tick x1=(at) x2=(at) y1=(rounded(bottom)) y2=(rounded(bottom + 4.0)) {}
                text x=(at) y=(rounded(bottom + 16.0)) text-anchor="middle" { (label) }
            }
            line.axis x1=(rounded(left)) x2=(rounded(right)) y1=(rounded(bottom)) y2=(rounded(bottom)) {}
            text.axis-name x=(rounded(f64::midpoint(left, right))) y=(rounded(HEIGHT - 6.0)) text-anchor="middle" {
                (named(&first.x)) (x.factor())
            }
            text.axis-name transform=(format!("translate(12 {middle:.1}) rotate(-90)")) text-anchor="middle" {
                (named(&first.y)) (y.factor())
            }
            @for (index, series) in lowest_first(pair) {
                @let side = ["a", "b"][index];
                @let dense = if series.points.len() > DENSE { " dense" } else { "" };
                @match series.shape {
                    Shape::Line => path class=(format!("curve {side}{dense}")) d=(line(series, &x, &y)) {},
                    Shape::Dots => path class=(format!("dots {side}")) d=(dots(series, &x, &y)) {},
                    Shape::Bars => path class=(format!("bars {side}")) d=(columns(series, &x, &y, bar)) {},
                }
            }
        }
    }
}

/// The curves with their sides, in the order in which none hides another: B's is dashed, small or hollow and shows A's through;
/// but of dense lines, which are areas, the one that reaches over more lies below.
fn lowest_first(pair: Pair<'_>) -> Vec<(usize, &Series)> {
    let reach = |series: &Series| {
        let heights = series.points.iter().map(|point| point.1);
        heights.clone().fold(f64::NEG_INFINITY, f64::max) - heights.fold(f64::INFINITY, f64::min)
    };
    let mut curves: Vec<_> = (0..).zip(pair).filter_map(|(index, series)| Some((index, series?))).collect();
    if curves.iter().all(|(_, series)| series.shape == Shape::Line && series.points.len() > DENSE) {
        curves.sort_by(|one, other| reach(other.1).total_cmp(&reach(one.1)));
    }
    curves
}

/// The width of a bar: the least distance of neighbours in either histogram.
fn narrowest(pair: Pair) -> f64 {
    let gaps = pair.into_iter().flatten().flat_map(|series| series.points.windows(2).map(|pair| pair[1].0 - pair[0].0));
    let least = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 1.0 }
}

fn rounded(value: f64) -> String {
    format!("{value:.1}")
}

fn line(series: &Series, x: &Scale, y: &Scale) -> String {
    let mut path = String::new();
    for (index, (x, y)) in thin::line(&placed(series, x, y)).into_iter().enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
    }
    path
}

/// Each dot is a line of no length with round ends.
fn dots(series: &Series, x: &Scale, y: &Scale) -> String {
    let mut path = String::new();
    for (x, y) in thin::dots(placed(series, x, y)) {
        let _ = write!(path, "M{x:.1} {y:.1}h0");
    }
    path
}

fn columns(series: &Series, x: &Scale, y: &Scale, width: f64) -> String {
    let mut path = String::new();
    let half = (x.place(width) - x.place(0.0)) / 2.0;
    let floor = y.place(0.0);
    let filled: Vec<_> =
        series.points.iter().filter(|(_, y)| *y != 0.0).map(|&(at, to)| (x.place(at), y.place(to))).collect();
    for (x, y) in thin::columns(&filled, floor) {
        let _ = write!(path, "M{:.1} {floor:.1}V{y:.1}h{:.1}V{floor:.1}z", x - half, 2.0 * half);
    }
    path
}

fn placed(series: &Series, x: &Scale, y: &Scale) -> Vec<(f64, f64)> {
    series.points.iter().map(|&(at, to)| (x.place(at), y.place(to))).collect()
}

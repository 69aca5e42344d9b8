//! One dimension: both figures, what they are made of, plots, how it was measured and what it means.

use maud::{Markup, html};

use super::{letter, overview, plot, standing};
use crate::{Better, Comparison, Detail, Dimension, Figure, number};

/// The section of `dimension`.
pub(super) fn section(comparison: &Comparison, dimension: &Dimension) -> Markup {
    let figures = [&dimension.a, &dimension.b];
    html! {
        section.dimension id=(dimension.id) {
            h3 { (dimension.title) }
            p.line {
                (overview::verdict(dimension.verdict))
                span.terms { (terms(dimension)) }
            }
            div.pair {
                @for (index, figure) in figures.into_iter().enumerate() {
                    div class=(["side a", "side b"][index]) {
                        p.who { (letter(index)) " " (comparison.subjects[index].name) }
                        (value(figure, &dimension.unit))
                    }
                }
            }
            (details(figures))
            (plot::plots(comparison, dimension))
            dl.texts {
                dt { "How it is measured" } dd { (dimension.method) }
                dt { "What it means" } dd { (dimension.meaning) }
                dt { "On a Mac" } dd { (dimension.on_mac) }
                dt { "Measure it again" } dd { (commands(comparison, figures)) }
                (raw(figures))
            }
        }
    }
}

/// Unit, direction and tolerance in words.
fn terms(dimension: &Dimension) -> String {
    let tolerance = number::number(dimension.tolerance);
    match (dimension.better, dimension.tolerance) {
        (better, 0.0) => better.words().to_owned(),
        (Better::Neither, _) => format!("differences up to {tolerance} {} do not count", dimension.unit),
        (better, _) => format!("{}; differences up to {tolerance} {} do not count", better.words(), dimension.unit),
    }
}

fn value(figure: &Figure, unit: &str) -> Markup {
    html! {
        @if let Some(value) = figure.value {
            @if figure.text.is_empty() {
                p.value { (number::number(value)) " " span.unit { (unit) } }
            } @else {
                p.value { (figure.text) }
                p.small { (number::number(value)) " " span.unit { (unit) } }
            }
        }
        @if !figure.why.is_empty() {
            p.small { (figure.why) }
        }
        @if let Some(finding) = &figure.finding {
            p.value { span class=[standing(figure)] { (finding.cause.words()) } }
            p.small { (finding.text) }
        }
    }
}

/// A row for each name, with both numbers.
fn details(figures: [&Figure; 2]) -> Markup {
    let mut names: Vec<&str> = Vec::new();
    for detail in figures.iter().flat_map(|figure| &figure.details) {
        if !names.contains(&detail.name.as_str()) {
            names.push(&detail.name);
        }
    }
    let of = |figure: &Figure, name: &str| figure.details.iter().find(|detail| detail.name == name).map(said);
    html! {
        @if !names.is_empty() {
            table.details {
                thead { tr { th scope="col" { "In detail" } th scope="col" { (letter(0)) } th scope="col" { (letter(1)) } } }
                tbody {
                    @for name in names {
                        tr {
                            th scope="row" { (name) }
                            @for figure in figures { td { (of(figure, name).unwrap_or_else(|| "–".to_owned())) } }
                        }
                    }
                }
            }
        }
    }
}

fn said(detail: &Detail) -> String {
    if detail.unit.is_empty() {
        number::number(detail.value)
    } else {
        format!("{} {}", number::number(detail.value), detail.unit)
    }
}

/// The command that reproduces the figures; once if it is the same for both.
fn commands(comparison: &Comparison, figures: [&Figure; 2]) -> Markup {
    let [a, b] = [0, 1].map(|index| figures[index].command.as_ref().unwrap_or(&comparison.subjects[index].command));
    html! {
        @if a == b {
            (overview::command(a))
        } @else {
            p.small { (letter(0)) } (overview::command(a))
            p.small { (letter(1)) } (overview::command(b))
        }
    }
}

fn raw(figures: [&Figure; 2]) -> Markup {
    html! {
        @if figures.iter().any(|figure| !figure.series.is_empty()) {
            dt { "Raw data" }
            dd {
                ul.files {
                    @for (index, figure) in figures.into_iter().enumerate() {
                        @for series in &figure.series {
                            li { (letter(index)) " " a href=(series.file) { (series.file) } }
                        }
                    }
                }
            }
        }
    }
}

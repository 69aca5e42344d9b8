//! The report: one page of its own, without scripts and without anything from elsewhere.

mod dimension;
mod overview;
mod plot;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::terminal::count;
use crate::{Comparison, Figure, Group, number, verdict};

/// Nothing is loaded, whatever a bundle's name or text says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page, whose links lead to the files beside it.
pub fn page(comparison: &Comparison) -> String {
    let [a, b] = &comparison.subjects;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (a.name) " and " (b.name) " compared" }
                style { (PreEscaped(include_str!("html/style.css"))) }
            }
            body {
                header {
                    p.kicker { "Two audio drivers, measured" }
                    h1 { (letter(0)) " " (a.name) " " span.against { "and" } " " (letter(1)) " " (b.name) }
                    p.summary { (summary(comparison)) }
                    (overview::subjects(comparison))
                    p.small { "All of it again, in a clone of Loopflower:" }
                    @for command in overview::commands(comparison) { (overview::command(command)) }
                }
                main {
                    (overview::contents(comparison))
                    (overview::verdicts(comparison))
                    (overview::claims(comparison))
                    @for group in Group::ALL.into_iter().filter(|group| comparison.group(*group).next().is_some()) {
                        section.group id=(group.id()) {
                            h2 { (group.title()) }
                            @for dimension in comparison.group(group) {
                                (dimension::section(comparison, dimension))
                            }
                        }
                    }
                }
                footer {
                    p {
                        "Made by loopflower " (comparison.version) ". All of it for programs: "
                        a href="result.json" { "result.json" } ". The points of every plot are in " code { "raw/" } "."
                    }
                }
            }
        }
    };
    page.into_string() + "\n"
}

/// How often each verdict was given, in a sentence.
fn summary(comparison: &Comparison) -> String {
    let [a, b, same, differ, none] = count(comparison);
    let all = comparison.dimensions.len();
    format!(
        "In {all} dimensions, A is better in {a} and B in {b}. Both are the same in {same}; in {differ} they differ and neither \
         is better; {none} cannot be compared, because one side or both have no figure."
    )
}

/// The sign of a subject: its letter, in its colour.
fn letter(index: usize) -> Markup {
    html! { span class=(["letter a", "letter b"][index]) { (["A", "B"][index]) } }
}

/// A figure in few words.
fn brief(figure: &Figure, unit: &str) -> Markup {
    html! { span class=[standing(figure)] { (number::brief(figure, unit)) } }
}

/// The class of a figure: those that are there say nothing, those that failed stand out, others stand back.
fn standing(figure: &Figure) -> Option<&'static str> {
    match figure.value {
        Some(_) => None,
        None if verdict::failed(figure) => Some("failed"),
        None => Some("none"),
    }
}

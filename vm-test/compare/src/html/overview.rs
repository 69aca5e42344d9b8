//! What stands before the single dimensions: subjects, contents, verdicts, claims.

use maud::{Markup, html};

use super::{brief, letter};
use crate::claims::{CLAIMS, Claim};
use crate::{Comparison, Dimension, Group, Verdict};

/// What was compared.
pub(super) fn subjects(comparison: &Comparison) -> Markup {
    html! {
        div.pair.subjects {
            @for (index, subject) in comparison.subjects.iter().enumerate() {
                div class=(["side a", "side b"][index]) {
                    p.who { (letter(index)) " " strong { (subject.name) } }
                    dl.facts {
                        dt { "Kind" } dd { (subject.kind.words()) }
                        @if !subject.identifier.is_empty() { dt { "Identifier" } dd { (subject.identifier) } }
                        @if !subject.version.is_empty() { dt { "Version" } dd { (subject.version) } }
                        @if let Some(os) = &subject.os { dt { "Release" } dd { (os) } }
                        dt { "Machine" } dd { (subject.machine) }
                        dt { "Seed" } dd { (subject.seed) }
                    }
                }
            }
        }
    }
}

/// The commands that measure all of it again: one for both subjects, as a rule.
pub(super) fn commands(comparison: &Comparison) -> Vec<&str> {
    let mut commands = comparison.subjects.each_ref().map(|subject| subject.command.as_str()).to_vec();
    commands.dedup();
    commands
}

/// A command, each of whose words is in one line where there is room for it.
pub(super) fn command(command: &str) -> Markup {
    html! { pre { code { @for word in command.split_inclusive(' ') {
        span.word { (word.trim_end()) } @if word.ends_with(' ') { " " }
    } } } }
}

/// The claims of which the comparison has a dimension.
fn answered(comparison: &Comparison) -> impl Iterator<Item = &'static Claim> {
    CLAIMS.iter().filter(|claim| comparison.dimensions.iter().any(|of| claim.dimensions.contains(&of.id.as_str())))
}

/// Links to the parts of the page.
pub(super) fn contents(comparison: &Comparison) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#verdicts" { "Verdicts" } }
                @if answered(comparison).next().is_some() { li { a href="#claims" { "What people say" } } }
                @for group in Group::ALL {
                    @if comparison.group(group).next().is_some() {
                        li { a href={ "#" (group.id()) } { (group.title()) } }
                    }
                }
            }
        }
    }
}

/// Every dimension in a row.
pub(super) fn verdicts(comparison: &Comparison) -> Markup {
    html! {
        section #verdicts {
            h2 { "Verdicts" }
            table.verdicts {
                thead { tr { th scope="col" { "Dimension" } th scope="col" { (letter(0)) } th scope="col" { (letter(1)) }
                    th scope="col" { "Verdict" } } }
                @for group in Group::ALL {
                    @let dimensions: Vec<&Dimension> = comparison.group(group).collect();
                    @if !dimensions.is_empty() {
                        tbody {
                            tr.heading { th colspan="4" scope="colgroup" { (group.title()) } }
                            @for dimension in dimensions {
                                tr {
                                    th scope="row" { a href={ "#" (dimension.id) } { (dimension.title) } }
                                    td { span.only-narrow { (letter(0)) " " } (brief(&dimension.a, &dimension.unit)) }
                                    td { span.only-narrow { (letter(1)) " " } (brief(&dimension.b, &dimension.unit)) }
                                    td { (verdict(dimension.verdict)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A verdict: a sign and words, and a colour beside.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::AIsBetter => "verdict a",
        Verdict::BIsBetter => "verdict b",
        Verdict::Differ => "verdict",
        Verdict::Same | Verdict::NotComparable => "verdict none",
    };
    html! { span class=(class) { span.mark aria-hidden="true" { (verdict.mark()) } " " (verdict.words()) } }
}

/// What people say about drivers in user space, with the figures that answer it.
pub(super) fn claims(comparison: &Comparison) -> Markup {
    if answered(comparison).next().is_none() {
        return html! {};
    }
    html! {
        section #claims {
            h2 { "What people say about drivers in user space" }
            @for claim in answered(comparison) {
                article.claim {
                    h3 { "“" (claim.claim) "”" }
                    p { (claim.answer) }
                    ul.answers {
                        @for dimension in comparison.dimensions.iter().filter(|of| claim.dimensions.contains(&of.id.as_str())) {
                            li {
                                a href={ "#" (dimension.id) } { (dimension.title) } ":"
                                span.answer { (letter(0)) " " (brief(&dimension.a, &dimension.unit)) }
                                span.answer { (letter(1)) " " (brief(&dimension.b, &dimension.unit)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

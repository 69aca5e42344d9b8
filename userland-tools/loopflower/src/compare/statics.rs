//! What the executable itself tells: what it imports, what there would be, and where it runs.

use std::collections::BTreeSet;

use abi::Release;
use abi::pack::Pack;
use compare::{Cause, Figure, Reading};
use plugin_image::Image;
use protocol::event::Event;
use runner::bundle::Bundle;
use runner::run::Task;
use runner::{imports, plugin};

use super::subject::Subject;

/// The functions of the standard library of C99, but for those on complex numbers.
const C99: &str = include_str!("c99.txt");
/// Imports that are told by name at most.
const NAMED: usize = 5;

/// The dimensions that are read here.
pub const DIMENSIONS: [&str; 3] = ["functions-imported", "functions-offered", "interface-span"];

/// The readings of a subject.
///
/// # Errors
/// A step of ours failed. What is wrong with the executable is in the readings.
pub fn readings(subject: &Subject) -> anyhow::Result<Vec<Reading>> {
    if !subject.wants(&["functions-imported", "functions-offered", "interface-span"]) {
        return Ok(Vec::new());
    }
    let read = if subject.os.is_some() { of_kext(subject)? } else { of_plugin(subject) };
    let [imported, offered, span] =
        read.unwrap_or_else(|why| DIMENSIONS.map(|_| Figure::without(Cause::WrongAnswer, why.clone())));
    let figures = DIMENSIONS.into_iter().zip([imported, offered, span]);
    Ok(figures.map(|(dimension, figure)| Reading::new(dimension, figure)).collect())
}

/// Figures of the three dimensions; in words, why the executable cannot be read.
type Figures = Result<[Figure; 3], String>;

fn of_kext(subject: &Subject) -> anyhow::Result<Figures> {
    let executable = match Bundle::read(&subject.bundle) {
        Ok(bundle) => bundle.executable,
        Err(why) => return Ok(Err(why.to_string())),
    };
    let imported = match imports::imports(&executable) {
        Ok(imported) => imported,
        Err(why) => return Ok(Err(why)),
    };
    let release = subject.os.unwrap_or(Release::V10_9);
    let bytes = abi::pack::build(release);
    let pack = Pack::from_bytes(&bytes)?;
    let of_c = C99.split_whitespace();
    let offered = of_c.clone().filter(|name| pack.symbol(&format!("_{name}")).is_some()).count();
    let offered = Figure::new(number(offered))
        .with_detail("functions of C99 in all", number(of_c.count()), "functions")
        .with_detail("symbols of the kernel's interface", number(pack.symbols.len()), "symbols");
    Ok(Ok([Figure::new(number(imported.len())), offered, span_of_kext(subject, &imported)?]))
}

/// The releases that load it, and what came and went meanwhile.
fn span_of_kext(subject: &Subject, imported: &BTreeSet<String>) -> anyhow::Result<Figure> {
    let mut count = 0_u32;
    for &release in Release::claimed() {
        let report = subject.run(Task::Load, Some(release))?;
        count += u32::from(report.events.iter().any(|event| matches!(event, Event::Started)));
    }
    let [first, last] = [Release::claimed().first(), Release::claimed().last()]
        .map(|release| abi::pack::build(release.copied().unwrap_or(Release::V10_9)));
    let (first, last) = (Pack::from_bytes(&first)?, Pack::from_bytes(&last)?);
    let names = |pack: &Pack<'_>| pack.symbols.iter().map(|symbol| symbol.name.to_owned()).collect::<BTreeSet<_>>();
    let (first, last) = (names(&first), names(&last));
    let changed: BTreeSet<&String> = first.symmetric_difference(&last).collect();
    let own: Vec<&&String> = changed.iter().filter(|name| imported.contains(**name)).collect();
    let figure = Figure::new(f64::from(count))
        .with_detail("releases that were tried", number(Release::claimed().len()), "releases")
        .with_detail(
            "symbols of the kernel that came or went from the first to the last",
            number(changed.len()),
            "symbols",
        )
        .with_detail("of them imported by the driver", number(own.len()), "symbols");
    Ok(own.iter().take(NAMED).fold(figure, |figure, name| figure.with_detail(name.as_str(), 1.0, "")))
}

fn of_plugin(subject: &Subject) -> Figures {
    let bundle = plugin::Bundle::read(&subject.bundle).map_err(|why| why.to_string())?;
    let image = Image::read(&bundle.executable).map_err(|why| why.to_string())?;
    let imported: BTreeSet<&str> = image.imports.iter().map(|import| import.symbol.as_str()).collect();
    let offered = Figure::without(
        Cause::OnMac,
        "The C library of the system is not on this machine; on a Mac, nm -gU on libSystem's parts tells.",
    );
    let oldest = image.oldest.as_deref().unwrap_or("10.6");
    // 11.0 is 11.
    let oldest: Release = oldest.trim_end_matches(".0").parse().map_err(|_| format!("it is for {oldest}"))?;
    let suited = Release::claimed().iter().filter(|release| **release >= oldest).count();
    let span = Figure::new(number(suited)).with_detail("known releases", number(Release::claimed().len()), "releases");
    Ok([Figure::new(number(imported.len())), offered, span])
}

/// A count, as figures have it.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

//! The tables of `data/`.

use std::collections::BTreeSet;

use serde::Serialize;

const SOURCES: &str = include_str!("../data/sources.tsv");

/// The rows of a table: `N` columns each, the first line being their names.
///
/// # Panics
/// A row has another number of columns; the tests read every row of every table.
pub fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        cells.try_into().unwrap_or_else(|cells: Vec<&str>| panic!("{} columns, not {N}: {line}", cells.len()))
    })
}

/// The entries of a cell that holds several.
pub fn entries(cell: &'static str, separator: &str) -> Vec<&'static str> {
    cell.split(separator).map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

/// Where a statement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// The name by which tables mean it ("tn2459").
    pub source: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Where it is: an address.
    #[serde(rename = "where")]
    pub place: &'static str,
}

/// All sources, by name.
pub fn sources() -> impl Iterator<Item = Source> {
    rows(SOURCES).map(|[source, what, place]| Source { source, what, place })
}

/// The sources of these names, each once, by name.
pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Source> {
    let names: BTreeSet<&str> = names.into_iter().collect();
    sources().filter(|source| names.contains(source.source)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_named_once_and_has_an_address() {
        let all: Vec<Source> = sources().collect();
        assert!(all.windows(2).all(|pair| pair[0].source < pair[1].source), "not sorted");
        assert!(all.iter().all(|source| source.place.starts_with("https://") && !source.what.is_empty()));
    }
}

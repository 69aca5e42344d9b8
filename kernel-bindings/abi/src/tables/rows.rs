//! Lines of the embedded files.

use crate::{Span, Target};

/// The rows of a file: `N` columns each, the first line being their names.
///
/// # Panics
/// A row has another number of columns; the tests read every row of every file.
pub(super) fn rows<const N: usize>(file: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    file.lines().skip(1).map(columns)
}

/// The rows that hold for `target`, by their last column, which is checked before the others are looked at.
pub(super) fn rows_on<const N: usize>(file: &'static str, target: Target) -> impl Iterator<Item = [&'static str; N]> {
    let mut last = ("", false);
    let holds = move |line: &&'static str| {
        let on = &line[line.rfind('\t').map_or(0, |tab| tab + 1)..];
        if on != last.0 {
            last = (on, span(on).contains(target));
        }
        last.1
    };
    file.lines().skip(1).filter(holds).map(columns)
}

fn columns<const N: usize>(line: &'static str) -> [&'static str; N] {
    let mut cells = [""; N];
    let mut count = 0;
    for cell in line.split('\t') {
        assert!(count < N, "more than {N} columns: {line}");
        cells[count] = cell;
        count += 1;
    }
    assert!(count == N, "{count} columns, not {N}: {line}");
    cells
}

/// A number of a file; an empty cell is 0.
pub(super) fn number(cell: &str) -> u32 {
    if cell.is_empty() { 0 } else { cell.parse().unwrap_or_else(|_| panic!("not a number: {cell}")) }
}

/// A number of a file that may be left out.
pub(super) fn number_if_any(cell: &str) -> Option<u32> {
    (!cell.is_empty()).then(|| number(cell))
}

/// A text of a file that may be left out.
pub(super) fn text_if_any(cell: &'static str) -> Option<&'static str> {
    (!cell.is_empty()).then_some(cell)
}

/// The column `on`.
pub(super) fn span(cell: &str) -> Span {
    Span::parse(cell).unwrap_or_else(|error| panic!("{error}: {cell}"))
}

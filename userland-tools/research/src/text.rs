//! Text for people, at most [`WIDTH`] columns wide where words allow.

use std::fmt::Write as _;

/// Columns of a line.
pub const WIDTH: usize = 96;
/// Columns of a label with what follows it.
const LABEL: usize = 16;

/// Adds `label` and `text` behind it, on as many lines as it takes. Without text, nothing.
pub fn field(out: &mut String, label: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut label = label;
    for line in wrapped(text, WIDTH - LABEL - 2) {
        let _ = writeln!(out, "  {label:LABEL$}{line}");
        label = "";
    }
}

/// The words of `text` in lines of at most `width` columns; a longer word has a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut columns = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if columns > 0 && columns + 1 + length > width {
            lines.push(String::new());
            columns = 0;
        }
        let line = lines.len() - 1;
        if columns > 0 {
            lines[line].push(' ');
            columns += 1;
        }
        lines[line].push_str(word);
        columns += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable is long", 5), ["unbreakable", "is", "long"]);
        let mut out = String::new();
        field(&mut out, "slot", "348");
        field(&mut out, "none", "");
        assert_eq!(out, "  slot            348\n");
    }
}

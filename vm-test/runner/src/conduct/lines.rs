//! Lines from a machine, of bounded length.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::SyncSender;

/// The longest line, in bytes; a longer one is broken into pieces.
const LONGEST: u64 = 1 << 20;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A whole line, without its end.
    Line(String),
    /// A line that has no end.
    Broken(String),
}

/// Reads lines until the stream ends or nobody listens any more. Empty lines, and the carriage returns that a serial
/// port puts before a line's end, are nothing.
pub fn read_lines(stream: impl Read, sender: &SyncSender<Said>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(stream.by_ref().take(LONGEST).read_until(b'\n', &mut line), Ok(1..)) {
        let whole = line.last() == Some(&b'\n');
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
        let said = if whole { Said::Line(text) } else { Said::Broken(text) };
        if said != Said::Line(String::new()) && sender.send(said).is_err() {
            return;
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn said(bytes: &[u8]) -> Vec<Said> {
        let (sender, receiver) = sync_channel(100);
        read_lines(bytes, &sender);
        drop(sender);
        receiver.iter().collect()
    }

    #[test]
    fn lines_end_with_a_newline_or_are_broken() {
        let (line, broken) = (|text: &str| Said::Line(text.into()), |text: &str| Said::Broken(text.into()));
        assert_eq!(said(b"one\r\n\ntwo\nthr"), [line("one"), line("two"), broken("thr")]);
        assert_eq!(said(b"\xff\n"), [line("\u{fffd}")]);
        assert_eq!(said(b""), []);
    }

    #[test]
    fn an_endless_line_comes_in_pieces() {
        let pieces = said(&vec![b'x'; 2 * LONGEST as usize + 1]);
        assert_eq!(pieces.len(), 3);
        assert!(matches!(&pieces[0], Said::Broken(text) if text.len() == LONGEST as usize));
    }
}

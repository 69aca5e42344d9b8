//! What a machine says: on its standard output, and there a byte for each line that it puts into the shared memory.

use std::io::{self, Read};

use protocol::share::LINE;

use crate::share::Lines;

/// Both as one stream.
pub struct Spoken<R> {
    console: R,
    lines: Option<Lines>,
    /// What was said and not yet read, and how much of it was.
    said: Vec<u8>,
    read: usize,
}

impl<R> Spoken<R> {
    /// What comes from `console`, with the `lines` that it stands for.
    pub fn new(console: R, lines: Option<Lines>) -> Spoken<R> {
        Spoken { console, lines, said: Vec::new(), read: 0 }
    }
}

impl<R: Read> Read for Spoken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(lines) = &mut self.lines else { return self.console.read(buffer) };
        while self.read == self.said.len() {
            (self.read, self.said) = (0, Vec::new());
            let mut bytes = [0; 512];
            let length = self.console.read(&mut bytes)?;
            if length == 0 {
                return Ok(0);
            }
            for byte in &bytes[..length] {
                match *byte {
                    LINE => lines.next(&mut self.said)?,
                    byte => self.said.push(byte),
                }
            }
        }
        let length = (&self.said[self.read..]).read(buffer)?;
        self.read += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use protocol::share::Kind;

    use super::*;
    use crate::share::{Part, Room, Share};

    fn heard(console: &[u8], lines: &[u8], room: u64) -> Vec<u8> {
        let share = Share::new(Room { own: 4096, events: room }, &[Part::of(Kind::Job, b"job")]).unwrap();
        if room > 0 {
            share.write(Kind::Events, lines).unwrap();
        }
        let mut heard = Vec::new();
        Spoken::new(console, share.lines().unwrap()).read_to_end(&mut heard).unwrap();
        heard
    }

    #[test]
    fn a_byte_of_the_console_is_the_next_line_in_memory() {
        let lines = b"{\"one\":1}\n{\"two\":2}\n";
        assert_eq!(heard(b"raw \x1e\x1elast\n", lines, 4096), b"raw {\"one\":1}\n{\"two\":2}\nlast\n");
        assert_eq!(heard(b"\x1e", lines, 4096), b"{\"one\":1}\n");
        assert_eq!(heard(b"", lines, 4096), b"");
    }

    #[test]
    fn a_long_line_is_whole_and_memory_without_an_end_of_line_has_an_end() {
        let long = [vec![b'x'; 9000], b"\nshort\n".to_vec()].concat();
        assert_eq!(heard(b"\x1e\x1e", &long, 16384), long);
        assert_eq!(heard(b"\x1e\x1e!", &[b'x'; 4096], 4096), [&[b'x'; 4096][..], b"!"].concat());
    }

    #[test]
    fn without_such_memory_the_byte_is_itself() {
        assert_eq!(heard(b"a\x1eb\n", b"", 0), b"a\x1eb\n");
    }
}

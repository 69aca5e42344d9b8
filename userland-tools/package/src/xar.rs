//! A xar archive: a header, a table of contents in compressed XML, and the files' bytes behind it.

use std::fmt::Write as _;
use std::io::Write as _;

use sha1::{Digest as _, Sha1};

use crate::{MTIME_TEXT, Tree, tree::Entry};

/// The number of SHA-1 in the header.
const SHA1: u32 = 1;
const HEADER_LENGTH: u16 = 28;
/// The table's own checksum is the first thing behind it.
const SUM_LENGTH: usize = 20;

/// The tree as an archive, owner root, group wheel. Files are stored as they are.
pub fn archive(tree: &Tree) -> Vec<u8> {
    let mut heap = Vec::new();
    let entries: Vec<(&str, &Entry)> = tree.entries().collect();
    let mut table = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xar>\n <toc>\n  <creation-time>{MTIME_TEXT}</creation-time>\n  \
         <checksum style=\"sha1\"><offset>0</offset><size>{SUM_LENGTH}</size></checksum>\n"
    );
    let mut open: Vec<&str> = Vec::new();
    for (index, (path, entry)) in entries.iter().enumerate() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        while open.last().is_some_and(|open| *open != folder) {
            table.push_str("  </file>\n");
            open.pop();
        }
        let _ =
            writeln!(table, "  <file id=\"{}\"><name>{}</name>{}", index + 1, escaped(name), facts(entry, &mut heap));
        if **entry == Entry::Folder {
            open.push(path);
        } else {
            table.push_str("  </file>\n");
        }
    }
    table.push_str(&"  </file>\n".repeat(open.len()));
    table.push_str(" </toc>\n</xar>\n");
    join(&table, &heap)
}

/// What the table says of an entry; a file's bytes go to the heap.
fn facts(entry: &Entry, heap: &mut Vec<u8>) -> String {
    let (kind, bytes) = (if *entry == Entry::Folder { "directory" } else { "file" }, entry.bytes());
    let mut out = format!(
        "<type>{kind}</type><mode>{:04o}</mode><uid>0</uid><user>root</user><gid>0</gid><group>wheel</group>\
         <mtime>{MTIME_TEXT}</mtime>",
        entry.mode() & 0o7777
    );
    if *entry != Entry::Folder {
        let (length, offset, sum) = (bytes.len(), SUM_LENGTH + heap.len(), hex(&Sha1::digest(bytes)));
        let _ = write!(
            out,
            "<data><length>{length}</length><offset>{offset}</offset><size>{length}</size>\
             <encoding style=\"application/octet-stream\"/><extracted-checksum style=\"sha1\">{sum}</extracted-checksum>\
             <archived-checksum style=\"sha1\">{sum}</archived-checksum></data>"
        );
        heap.extend_from_slice(bytes);
    }
    out
}

fn join(table: &str, heap: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    // A vector takes all that it is given.
    let packed = zlib.write_all(table.as_bytes()).and_then(|()| zlib.finish()).unwrap_or_default();
    let mut out = b"xar!".to_vec();
    out.extend(HEADER_LENGTH.to_be_bytes());
    out.extend(1u16.to_be_bytes());
    out.extend((packed.len() as u64).to_be_bytes());
    out.extend((table.len() as u64).to_be_bytes());
    out.extend(SHA1.to_be_bytes());
    out.extend_from_slice(&packed);
    out.extend_from_slice(&Sha1::digest(&packed));
    out.extend_from_slice(heap);
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Text for XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! A cpio archive in the portable form ("odc", POSIX.1): what Installer unpacks.

use crate::{MTIME, Tree};

/// The tree as an archive, its root as `.` first; owner and group are 0.
pub fn archive(tree: &Tree) -> Vec<u8> {
    let mut out = Vec::new();
    entry(&mut out, 1, ".", 0o040_755, &[]);
    for (index, (path, one)) in tree.entries().enumerate() {
        entry(&mut out, index + 2, &format!("./{path}"), one.mode(), one.bytes());
    }
    entry(&mut out, 0, "TRAILER!!!", 0, &[]);
    out
}

fn entry(out: &mut Vec<u8>, inode: usize, name: &str, mode: u16, bytes: &[u8]) {
    let links = if mode & 0o040_000 == 0 { 1 } else { 2 };
    // Device, inode, mode, owner, group, links, special device; time; lengths of name and contents.
    let (name_length, length) = (name.len() + 1, bytes.len());
    let head = format!(
        "070707{:06o}{inode:06o}{mode:06o}{:06o}{:06o}{links:06o}{:06o}{MTIME:011o}{name_length:06o}{length:011o}{name}\0",
        0, 0, 0, 0
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(bytes);
}

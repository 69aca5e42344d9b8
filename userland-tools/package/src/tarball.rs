//! A plain archive: tar, compressed by gzip.

use crate::{MTIME, Tree, gzipped, tree::Entry};

/// The tree below a folder `name`, owner root, group wheel.
///
/// # Errors
/// A path is longer than tar takes.
pub fn archive(tree: &Tree, name: &str) -> std::io::Result<Vec<u8>> {
    let mut out = tar::Builder::new(Vec::new());
    append(&mut out, &format!("{name}/"), &Entry::Folder)?;
    append_all(&mut out, tree, &format!("{name}/"))?;
    Ok(gzipped(&out.into_inner()?))
}

/// The same without a folder around it, and not compressed.
///
/// # Errors
/// As [`archive`].
pub fn plain(tree: &Tree) -> std::io::Result<Vec<u8>> {
    let mut out = tar::Builder::new(Vec::new());
    append_all(&mut out, tree, "")?;
    out.into_inner()
}

fn append_all(out: &mut tar::Builder<Vec<u8>>, tree: &Tree, above: &str) -> std::io::Result<()> {
    tree.entries().try_for_each(|(path, entry)| {
        let slash = if *entry == Entry::Folder { "/" } else { "" };
        append(out, &format!("{above}{path}{slash}"), entry)
    })
}

fn append(out: &mut tar::Builder<Vec<u8>>, path: &str, entry: &Entry) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(if *entry == Entry::Folder { tar::EntryType::Directory } else { tar::EntryType::Regular });
    header.set_mode(u32::from(entry.mode() & 0o7777));
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("wheel")?;
    header.set_mtime(u64::from(MTIME));
    header.set_size(entry.bytes().len() as u64);
    header.set_cksum();
    out.append(&header, entry.bytes())
}

//! The trie of exports: names by their parts, which is all that a stripped file says of what others may see.

use std::collections::{BTreeMap, BTreeSet};

use kext_link::macho::constants::{LC_DYLD_INFO, LC_DYLD_INFO_ONLY};
use kext_link::macho::{File, LoadCommand};

use super::stream::Stream;
use super::{Unloadable, unloadable};

/// The command that has the trie alone.
const LC_DYLD_EXPORTS_TRIE: u32 = 0x8000_0033;
/// Where commands have its place and size: in one of its own, and in that of all fixups.
const ALONE: usize = 8;
const AMONG_FIXUPS: usize = 40;
/// What is no address here: a name of another library, and one whose address a function computes.
const ELSEWHERE: u64 = 0x8 | 0x10;
/// The longest name, in bytes.
const LONGEST: usize = 4096;

/// Names with their addresses, counted from the image's begin.
///
/// # Errors
/// The trie lies beyond the file's end, goes in circles or breaks off.
pub(super) fn read(macho: &File<'_>, file: &[u8]) -> Result<BTreeMap<String, u64>, Unloadable> {
    let found = macho.commands().find_map(|command| match command.cmd {
        LC_DYLD_EXPORTS_TRIE => range(&command, ALONE),
        LC_DYLD_INFO | LC_DYLD_INFO_ONLY => range(&command, AMONG_FIXUPS),
        _ => None,
    });
    let Some((at, size)) = found.filter(|(_, size)| *size > 0) else { return Ok(BTreeMap::new()) };
    let Some(trie) = file.get(at..).and_then(|rest| rest.get(..size)) else {
        return unloadable("its exports lie beyond the end of the file");
    };
    walk(trie)
}

fn range(command: &LoadCommand<'_>, at: usize) -> Option<(usize, usize)> {
    let word = |at: usize| Some(u32::from_le_bytes(*command.data.get(at..)?.first_chunk()?) as usize);
    Some((word(at)?, word(at + 4)?))
}

fn walk(trie: &[u8]) -> Result<BTreeMap<String, u64>, Unloadable> {
    let mut found = BTreeMap::new();
    // A node belongs to one name, so one that is met twice is a circle.
    let (mut seen, mut next) = (BTreeSet::new(), vec![(0, String::new())]);
    while let Some((at, name)) = next.pop() {
        if !seen.insert(at) || name.len() > LONGEST {
            return unloadable("its exports go in circles");
        }
        let Some(node) = trie.get(at..) else { return unloadable("its exports have a part beyond their end") };
        let mut node = Stream(node);
        let size = usize::try_from(node.unsigned()?).unwrap_or(usize::MAX);
        let Some(children) = node.0.get(size..) else { return unloadable("its exports break off") };
        if size > 0 && node.unsigned()? & ELSEWHERE == 0 {
            found.insert(name.clone(), node.unsigned()?);
        }
        let mut children = Stream(children);
        for _ in 0..children.next().unwrap_or(0) {
            let part = children.name()?;
            let child = usize::try_from(children.unsigned()?).unwrap_or(usize::MAX);
            next.push((child, name.clone() + part));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_together_from_their_parts() {
        // "_M" has "ake" and "ark"; the one is at 0x10, the other one elsewhere.
        let trie = [
            &[0, 1][..],
            b"_M\0",
            &[6], // the root
            &[0, 2],
            b"ake\0",
            &[18],
            b"ark\0",
            &[22],
            &[2, 0, 0x10, 0, 2, 8, 1, 0],
        ]
        .concat();
        assert_eq!(walk(&trie), Ok(BTreeMap::from([("_Make".to_owned(), 0x10)])));
    }

    #[test]
    fn circles_and_ends_are_told() {
        let circle = [&[0, 1][..], b"a\0", &[0]].concat();
        assert_eq!(walk(&circle), unloadable("its exports go in circles"));
        assert_eq!(walk(&[9]), unloadable("its exports break off"));
        assert!(walk(&[0, 1, b'a', 0, 99]).is_err());
    }
}

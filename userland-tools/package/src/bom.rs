//! A bill of materials: what Installer will have put on the disk, with owners, modes, sizes and checksums.
//!
//! Apple describes the format nowhere; what is written here is what readers of it agree on. A store has blocks, which are numbered
//! from 1, and variables, which name blocks. All numbers are big-endian.

use std::collections::{BTreeMap, VecDeque};

use crate::tree::Entry;
use crate::{Error, MTIME, Tree};

/// Entries that one leaf of the tree of paths takes. We write one leaf.
const LEAF: usize = 256;
/// Length of the header; blocks begin behind it.
const HEADER: usize = 512;

/// The bill of a tree.
///
/// # Errors
/// The tree has more than 255 entries.
pub fn bill(tree: &Tree) -> Result<Vec<u8>, Error> {
    let mut store = Store::default();
    let count = tree.len() + 1;
    if count > LEAF {
        return Err(Error::Refused(format!(
            "{count} files and folders are more than the {LEAF} that a bill is written for"
        )));
    }
    let info = store.block(&words(&[1, count as u32 + 1, 1, 0, 0, 0, 0]));
    let leaf = paths(&mut store, tree);
    let paths = tree_block(&mut store, leaf, 4096, count);
    let links = empty_tree(&mut store, 4096);
    let inner = empty_tree(&mut store, 128);
    let mut index = words(&[1, inner, 0]);
    index.push(0);
    let index = store.block(&index);
    let sizes = empty_tree(&mut store, 4096);
    let variables = [("BomInfo", info), ("Paths", paths), ("HLIndex", links), ("VIndex", index), ("Size64", sizes)];
    Ok(store.finish(&variables))
}

/// Writes each entry's blocks; the number of the leaf that lists them. An entry's number is its place, the root's is 1.
fn paths(store: &mut Store, tree: &Tree) -> u32 {
    let mut below: BTreeMap<&str, Vec<(&str, &str, &Entry)>> = BTreeMap::new();
    for (path, entry) in tree.entries() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        below.entry(folder).or_default().push((path, name, entry));
    }
    let mut pairs = Vec::new();
    // Readers expect the entries by parent, then name: level by level.
    let mut queue = VecDeque::from([("", ".", &Entry::Folder, 0)]);
    let mut number = 0;
    while let Some((path, name, entry, parent)) = queue.pop_front() {
        number += 1;
        let record = store.block(&record(entry));
        let info = store.block(&words(&[number, record]));
        let mut file = words(&[parent]);
        file.extend_from_slice(name.as_bytes());
        file.push(0);
        pairs.extend([info, store.block(&file)]);
        queue.extend(below.remove(path).into_iter().flatten().map(|(path, name, entry)| (path, name, entry, number)));
    }
    leaf_block(store, &pairs)
}

/// What is known of an entry: kind, mode, owner, group, time, size, checksum.
fn record(entry: &Entry) -> Vec<u8> {
    let (kind, bytes) = (if *entry == Entry::Folder { 2 } else { 1 }, entry.bytes());
    let sum = if *entry == Entry::Folder { 0 } else { checksum(bytes) };
    let mut out = vec![kind, 1, 0, 15];
    out.extend(entry.mode().to_be_bytes());
    out.extend(words(&[0, 0, MTIME, bytes.len() as u32]));
    out.push(1);
    out.extend(words(&[sum, 0]));
    out
}

/// The checksum of POSIX's `cksum`.
pub fn checksum(bytes: &[u8]) -> u32 {
    let length = bytes.len().to_le_bytes();
    let used = length.len() - length.iter().rev().take_while(|byte| **byte == 0).count();
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 }
        })
    };
    !bytes.iter().chain(&length[..used]).fold(0, step)
}

fn leaf_block(store: &mut Store, pairs: &[u32]) -> u32 {
    let mut out = vec![0, 1];
    out.extend(((pairs.len() / 2) as u16).to_be_bytes());
    out.extend(words(&[0, 0]));
    out.extend(words(pairs));
    store.block(&out)
}

fn tree_block(store: &mut Store, leaf: u32, block_size: u32, count: usize) -> u32 {
    let mut out = b"tree".to_vec();
    out.extend(words(&[1, leaf, block_size, count as u32]));
    out.push(0);
    store.block(&out)
}

fn empty_tree(store: &mut Store, block_size: u32) -> u32 {
    let leaf = leaf_block(store, &[]);
    tree_block(store, leaf, block_size, 0)
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

#[derive(Default)]
struct Store {
    data: Vec<u8>,
    /// Place and length of each block.
    blocks: Vec<(u32, u32)>,
}

impl Store {
    /// Adds a block; its number.
    fn block(&mut self, bytes: &[u8]) -> u32 {
        self.blocks.push(((HEADER + self.data.len()) as u32, bytes.len() as u32));
        self.data.extend_from_slice(bytes);
        self.blocks.len() as u32
    }

    fn finish(self, variables: &[(&str, u32)]) -> Vec<u8> {
        let mut named = words(&[variables.len() as u32]);
        for (name, block) in variables {
            named.extend(block.to_be_bytes());
            named.push(name.len() as u8);
            named.extend_from_slice(name.as_bytes());
        }
        // Block 0 is none; behind the blocks the free ones, of which there are none.
        let mut index = words(&[self.blocks.len() as u32 + 1, 0, 0]);
        self.blocks.iter().for_each(|(place, length)| index.extend(words(&[*place, *length])));
        index.extend(words(&[0, 0, 0, 0, 0]));
        let (count, end) = (self.blocks.len() as u32, (HEADER + self.data.len()) as u32);
        let (named_length, index_length) = (named.len() as u32, index.len() as u32);
        let mut out = b"BOMStore".to_vec();
        out.extend(words(&[1, count, end + named_length, index_length, end, named_length]));
        out.resize(HEADER, 0);
        [out, self.data, named, index].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_cksum() {
        // Said by cksum of GNU coreutils.
        assert_eq!(checksum(b""), 4_294_967_295);
        assert_eq!(checksum(b"123456789"), 930_766_865);
        assert_eq!(checksum(&[b'a'; 300]), 1_664_553_091);
    }
}

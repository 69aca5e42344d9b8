//! What is packed: folders and files by path, all of them root's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::{At, Error};

/// A folder or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder, mode 755.
    Folder,
    /// A file.
    File {
        /// What is in it.
        bytes: Vec<u8>,
        /// Whether it is a program: mode 755, otherwise 644.
        program: bool,
    },
}

impl Entry {
    /// Type and permissions, as `stat` says them.
    pub fn mode(&self) -> u16 {
        match self {
            Entry::Folder => 0o040_755,
            Entry::File { program: true, .. } => 0o100_755,
            Entry::File { program: false, .. } => 0o100_644,
        }
    }

    /// What is in a file; nothing in a folder.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Entry::Folder => &[],
            Entry::File { bytes, .. } => bytes,
        }
    }
}

/// Entries by path below the tree's root ("kext/unsigned"), which is not among them. A folder stands before what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Adds a file and the folders above it.
    pub fn add_file(&mut self, path: &str, bytes: Vec<u8>, program: bool) {
        for (end, _) in path.match_indices('/') {
            self.entries.insert(path[..end].to_owned(), Entry::Folder);
        }
        self.entries.insert(path.to_owned(), Entry::File { bytes, program });
    }

    /// Adds a bundle from the disk; its programs are those in `Contents/MacOS`, whatever their modes on the disk.
    ///
    /// # Errors
    /// Something in it cannot be read, or is neither folder nor file, or has a name that is no text.
    pub fn add_bundle(&mut self, path: &str, disk: &Path) -> Result<(), Error> {
        self.add_folder(path, disk, false)
    }

    fn add_folder(&mut self, path: &str, disk: &Path, programs: bool) -> Result<(), Error> {
        for item in fs::read_dir(disk).at(disk)? {
            let item = item.at(disk)?;
            let (from, kind) = (item.path(), item.file_type().at(disk)?);
            let odd = |why: &str| Error::NotABundle { path: from.clone(), why: why.to_owned() };
            let name = item.file_name().into_string().map_err(|_| odd("the name is not UTF-8"))?;
            let to = format!("{path}/{name}");
            if kind.is_dir() {
                self.add_folder(&to, &from, programs || to.ends_with("/Contents/MacOS"))?;
            } else if kind.is_file() {
                self.add_file(&to, fs::read(&from).at(&from)?, programs);
            } else {
                return Err(odd("only folders and files are packed; remove it, or put the file in its place"));
            }
        }
        Ok(())
    }

    /// Those of its entries whose paths begin with one of `folders`.
    #[must_use]
    pub fn only(&self, folders: &[&str]) -> Tree {
        let wanted = |path: &str| folders.iter().any(|folder| Path::new(path).starts_with(folder));
        let entries = self.entries.iter().filter(|(path, _)| wanted(path));
        Tree { entries: entries.map(|(path, entry)| (path.clone(), entry.clone())).collect() }
    }

    /// All entries, by path.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What its files take on a disk, in KiB, each rounded up.
    pub fn kilobytes(&self) -> u64 {
        self.entries.values().map(|entry| (entry.bytes().len() as u64).div_ceil(1024)).sum()
    }
}

//! What our own IOAudioFamily takes from the facts of its releases: its name and versions, and what drivers link against.

use std::io::Cursor;

use abi::Release;
use abi::pack::Pack;
use plist::Value;

/// The identifier of the component, of Apple's kext, and of ours.
const IDENTIFIER: &str = "com.apple.iokit.IOAudioFamily";

/// The IOAudioFamily of one or several releases that have the same classes.
#[derive(Clone, Debug)]
pub struct Family {
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: &'static str,
    /// OSBundleCompatibleVersion.
    pub compatible: &'static str,
    /// The symbols that the facts say it exports on the first release.
    pub exports: Vec<String>,
    /// The releases; never empty.
    pub releases: Vec<Release>,
}

impl Family {
    /// The family of `releases`, in the version of the first.
    ///
    /// # Errors
    /// There are none.
    pub fn of(releases: &[Release]) -> Result<Family, String> {
        let first = *releases.first().ok_or("a family is for one release at least")?;
        let edition = abi::tables::edition(first);
        let bytes = abi::pack::build(first);
        let pack = Pack::from_bytes(&bytes).map_err(|why| format!("the pack of {first}: {why}"))?;
        let component = pack.components.iter().position(|component| component.identifier == IDENTIFIER);
        let component = component.ok_or_else(|| format!("{first} has no {IDENTIFIER}"))? as u8;
        let exported = pack.symbols.iter().filter(|symbol| symbol.exported_by.contains(&component));
        Ok(Family {
            identifier: IDENTIFIER.to_owned(),
            version: edition.family_version,
            compatible: edition.family_compatible,
            exports: exported.map(|symbol| symbol.name.to_owned()).collect(),
            releases: releases.to_vec(),
        })
    }

    /// The oldest of its releases as the sources call it: 9 for 10.9, 16 for 11.
    pub fn oldest_minor(&self) -> usize {
        const FIRST: usize = 6;
        FIRST + Release::ALL.iter().take_while(|release| !self.releases.contains(release)).count()
    }

    /// The property list in `template`, with the version that drivers may ask for.
    ///
    /// # Errors
    /// The template is no property list.
    pub fn info_plist(&self, template: &[u8]) -> Result<Vec<u8>, String> {
        let failed = |why: plist::Error| format!("kexts/family/Info.plist: {why}");
        let mut list = Value::from_reader(Cursor::new(template)).map_err(failed)?;
        let entries = list.as_dictionary_mut().ok_or("kexts/family/Info.plist is not a dictionary")?;
        entries.insert("OSBundleCompatibleVersion".into(), self.compatible.into());
        let mut bytes = Vec::new();
        list.to_writer_xml(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

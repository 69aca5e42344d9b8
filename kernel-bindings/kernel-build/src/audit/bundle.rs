//! The bundle: Info.plist and the executable that it names.

use std::path::Path;

use abi::pack::Pack;
use plist::{Dictionary, Value};

use super::{Finding, Rule};
use crate::error::{At, Error};
use crate::version::{NoVersion, Version};

/// A bundle, read.
pub(super) struct Bundle {
    /// What Info.plist says.
    pub list: List,
    /// The executable.
    pub executable: Vec<u8>,
}

/// The entries of Info.plist that kernels look at; those that are absent or no strings are empty.
#[derive(Debug, Default)]
pub(super) struct List {
    /// CFBundleIdentifier.
    pub identifier: String,
    /// OSBundleLibraries: identifiers and versions.
    pub libraries: Vec<(String, String)>,
    /// Whether other kexts may link against it: it has an OSBundleCompatibleVersion.
    pub is_library: bool,
    executable: String,
    package_type: String,
    version: String,
    personalities: Vec<Personality>,
}

/// What decides when a personality matches and what is loaded then.
#[derive(Debug)]
struct Personality {
    name: String,
    identifier: String,
    class: String,
    provider: String,
}

impl List {
    /// Reads a property list.
    pub fn read(bytes: &[u8]) -> Result<List, String> {
        crate::property_list::read(bytes, List::of)
    }

    fn of(entries: &Dictionary) -> List {
        let text = |entries: &Dictionary, key: &str| {
            entries.get(key).and_then(Value::as_string).unwrap_or_default().to_owned()
        };
        let dictionary = |key: &str| entries.get(key).and_then(Value::as_dictionary).into_iter().flatten();
        let libraries = dictionary("OSBundleLibraries")
            .map(|(identifier, version)| (identifier.clone(), version.as_string().unwrap_or_default().to_owned()));
        let personalities = dictionary("IOKitPersonalities").map(|(name, personality)| {
            let entry = |key| personality.as_dictionary().map(|entries| text(entries, key)).unwrap_or_default();
            Personality {
                name: name.clone(),
                identifier: entry("CFBundleIdentifier"),
                class: entry("IOClass"),
                provider: entry("IOProviderClass"),
            }
        });
        List {
            identifier: text(entries, "CFBundleIdentifier"),
            libraries: libraries.collect(),
            is_library: entries.contains_key("OSBundleCompatibleVersion"),
            executable: text(entries, "CFBundleExecutable"),
            package_type: text(entries, "CFBundlePackageType"),
            version: text(entries, "CFBundleVersion"),
            personalities: personalities.collect(),
        }
    }

    /// The rules for Info.plist on the releases of `packs`.
    pub fn check(&self, packs: &[&Pack<'_>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut broken = |problem: String, fix: &str| findings.push(Finding::new(Rule::Bundle, problem, fix));
        if self.identifier.is_empty() || self.identifier.len() > 63 {
            broken(
                format!("CFBundleIdentifier is \"{}\"", self.identifier),
                "give the kext a name of 1 to 63 bytes; kernels cut longer ones off",
            );
        }
        if self.package_type != "KEXT" {
            broken("CFBundlePackageType is not KEXT".into(), "set it; kernels ignore the bundle otherwise");
        }
        if let Err(error) = self.version.parse::<Version>() {
            broken(format!("CFBundleVersion \"{}\": {error}", self.version), "write it in that form");
        }
        for personality in &self.personalities {
            if personality.identifier != self.identifier {
                broken(
                    format!("personality {} does not have this kext's CFBundleIdentifier", personality.name),
                    "give it that one: it says which kext is loaded when the personality matches",
                );
            }
            if personality.class.is_empty() || personality.provider.is_empty() {
                broken(
                    format!("personality {} has no IOClass or no IOProviderClass", personality.name),
                    "name the class to start and the class to start it on; it never matches otherwise",
                );
            }
        }
        if self.libraries.is_empty() {
            broken("OSBundleLibraries is empty".into(), "name the components that the kext imports from");
        }
        for (identifier, wanted) in &self.libraries {
            if let Some(problem) = packs.iter().find_map(|pack| offered(pack, identifier, wanted).err()) {
                broken(problem, "name a component and version that every claimed release offers");
            }
        }
        findings
    }
}

impl Bundle {
    /// Reads the bundle at `path`.
    pub fn read(path: &Path) -> Result<Bundle, Error> {
        let file = path.join("Contents/Info.plist");
        let wrong = |problem: String| Error::Description { path: file.clone(), problem };
        let list = List::read(&std::fs::read(&file).at(&file)?).map_err(wrong)?;
        if list.executable.is_empty() || list.executable.contains('/') {
            return Err(wrong("CFBundleExecutable does not name a file in Contents/MacOS".into()));
        }
        let executable = path.join("Contents/MacOS").join(&list.executable);
        Ok(Bundle { executable: std::fs::read(&executable).at(&executable)?, list })
    }
}

/// Whether a release offers a component at a version.
fn offered(pack: &Pack<'_>, identifier: &str, wanted: &str) -> Result<(), String> {
    let release = pack.release;
    let component = pack.components.iter().find(|component| component.identifier == identifier);
    let component = component.ok_or_else(|| format!("OSBundleLibraries: {release} has no {identifier}"))?;
    let parse = |text: &str| -> Result<Version, String> {
        text.parse().map_err(|error: NoVersion| format!("OSBundleLibraries: {identifier} \"{text}\": {error}"))
    };
    if (parse(component.compatible)?..=parse(component.version)?).contains(&parse(wanted)?) {
        return Ok(());
    }
    Err(format!(
        "OSBundleLibraries: {identifier} {wanted} is wanted; {release} has {} to {}",
        component.compatible, component.version
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_nests_deep_or_is_none_does_no_harm() {
        let deep = |levels: usize| {
            let (open, close) = ("<array>".repeat(levels), "</array>".repeat(levels));
            format!("<plist version=\"1.0\"><dict><key>a</key>{open}{close}</dict></plist>")
        };
        assert_eq!(List::read(deep(60_000).as_bytes()).unwrap().identifier, "");
        assert!(List::read(deep(100_000).as_bytes()).unwrap_err().contains("larger than 1024 KiB"));
        assert!(List::read(b"<plist><array/></plist>").unwrap_err().contains("not a dictionary"));
        for bytes in [&b""[..], b"bplist00", b"<plist><dict><key>a</key></dict></plist>", &[0xff; 100]] {
            assert!(List::read(bytes).is_err());
        }
    }
}

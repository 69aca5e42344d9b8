//! The bundle: Info.plist and the executable that it names.

use std::path::Path;

use abi::pack::Pack;
use plist::{Dictionary, Value};

use super::{Finding, Rule};
use crate::error::{At, Error};
use crate::version::{NoVersion, Version};

/// A bundle, read.
pub(super) struct Bundle {
    info: Dictionary,
    /// CFBundleIdentifier, or nothing.
    pub identifier: String,
    /// OSBundleLibraries: identifiers and versions.
    pub libraries: Vec<(String, String)>,
    /// The executable.
    pub executable: Vec<u8>,
}

impl Bundle {
    /// Reads the bundle at `path`.
    pub fn read(path: &Path) -> Result<Bundle, Error> {
        let list = path.join("Contents/Info.plist");
        let wrong = |problem: String| Error::Description { path: list.clone(), problem };
        let value = Value::from_reader_xml(std::fs::File::open(&list).at(&list)?);
        let Value::Dictionary(info) = value.map_err(|error| wrong(error.to_string()))? else {
            return Err(wrong("the property list is not a dictionary".into()));
        };
        let text = |key: &str| info.get(key).and_then(Value::as_string).map(str::to_owned);
        let name = text("CFBundleExecutable").filter(|name| !name.contains('/'));
        let name = name.ok_or_else(|| wrong("CFBundleExecutable does not name a file in Contents/MacOS".into()))?;
        let executable = path.join("Contents/MacOS").join(name);
        let libraries = info.get("OSBundleLibraries").and_then(Value::as_dictionary).into_iter().flatten();
        let libraries = libraries
            .map(|(identifier, version)| (identifier.clone(), version.as_string().unwrap_or_default().to_owned()));
        Ok(Bundle {
            identifier: text("CFBundleIdentifier").unwrap_or_default(),
            libraries: libraries.collect(),
            executable: std::fs::read(&executable).at(&executable)?,
            info,
        })
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
        if self.info.get("CFBundlePackageType").and_then(Value::as_string) != Some("KEXT") {
            broken("CFBundlePackageType is not KEXT".into(), "set it; kernels ignore the bundle otherwise");
        }
        let version = self.info.get("CFBundleVersion").and_then(Value::as_string).unwrap_or_default();
        if let Err(error) = version.parse::<Version>() {
            broken(format!("CFBundleVersion \"{version}\": {error}"), "write it in that form");
        }
        let personalities = self.info.get("IOKitPersonalities").and_then(Value::as_dictionary).into_iter().flatten();
        for (name, personality) in personalities {
            let entry =
                |key| personality.as_dictionary().and_then(|entries| entries.get(key)).and_then(Value::as_string);
            if entry("CFBundleIdentifier") != Some(&self.identifier) {
                broken(
                    format!("personality {name} does not have this kext's CFBundleIdentifier"),
                    "give it that one: it says which kext is loaded when the personality matches",
                );
            }
            if entry("IOClass").is_none() || entry("IOProviderClass").is_none() {
                broken(
                    format!("personality {name} has no IOClass or no IOProviderClass"),
                    "name the class to start and the class to start it on; it never matches otherwise",
                );
            }
        }
        if self.libraries.is_empty() {
            broken("OSBundleLibraries is empty".into(), "name the components that the kext imports from");
        }
        for (identifier, wanted) in &self.libraries {
            for pack in packs {
                if let Err(problem) = offered(pack, identifier, wanted) {
                    broken(problem, "name a component and version that every claimed release offers");
                    break;
                }
            }
        }
        findings
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

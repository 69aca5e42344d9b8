//! Info.plist: the template with identity, version and libraries.

use std::collections::BTreeMap;

use plist::{Dictionary, Value};

use crate::error::Error;
use crate::kext::Kext;
use crate::version::Version;

/// Reads the kext's template and adds what the build knows: `libraries` becomes OSBundleLibraries.
///
/// # Errors
/// The template is no property list, or claims what the build decides; the version is not in the strict form.
pub(crate) fn write(kext: &Kext, libraries: &BTreeMap<&str, Version>) -> Result<Vec<u8>, Error> {
    let wrong = |problem: String| Error::Description { path: kext.info_plist.clone(), problem };
    let template = Value::from_file(&kext.info_plist).map_err(|error| wrong(error.to_string()))?;
    let Value::Dictionary(template) = template else {
        return Err(wrong("the property list is not a dictionary".into()));
    };
    if let Err(error) = kext.version.parse::<Version>() {
        return Err(wrong(format!("the kext's version is \"{}\": {error}", kext.version)));
    }
    let mut info = Dictionary::new();
    for (key, value) in [
        ("CFBundleDevelopmentRegion", "English"),
        ("CFBundleExecutable", kext.name.as_str()),
        ("CFBundleIdentifier", &kext.identifier),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", &kext.name),
        ("CFBundlePackageType", "KEXT"),
        ("CFBundleShortVersionString", &kext.version),
        ("CFBundleSignature", "????"),
        ("CFBundleVersion", &kext.version),
    ] {
        info.insert(key.into(), value.into());
    }
    let libraries =
        libraries.iter().map(|(identifier, version)| ((*identifier).to_owned(), Value::String(version.to_string())));
    info.insert("OSBundleLibraries".into(), Value::Dictionary(libraries.collect()));
    for (key, value) in template {
        if info.contains_key(&key) {
            return Err(wrong(format!("{key} is set by the build; take it out")));
        }
        info.insert(key, value);
    }
    let mut bytes = Vec::new();
    Value::Dictionary(info).to_writer_xml(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

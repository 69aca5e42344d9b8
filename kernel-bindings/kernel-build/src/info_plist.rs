//! Info.plist: the template with identity and version.

use plist::{Dictionary, Value};

use crate::error::Error;
use crate::kext::Kext;

/// Reads the kext's template and adds what the build knows.
///
/// # Errors
/// The template is no property list, or claims what the build decides; the version is not in the strict form.
pub(crate) fn write(kext: &Kext) -> Result<Vec<u8>, Error> {
    let wrong = |problem: String| Error::Description { path: kext.info_plist.clone(), problem };
    let template = Value::from_file(&kext.info_plist).map_err(|error| wrong(error.to_string()))?;
    let Value::Dictionary(template) = template else {
        return Err(wrong("the property list is not a dictionary".into()));
    };
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
    for (key, value) in template {
        if info.contains_key(&key) || key == "OSBundleLibraries" {
            return Err(wrong(format!("{key} is set by the build; take it out")));
        }
        info.insert(key, value);
    }
    let mut bytes = Vec::new();
    Value::Dictionary(info).to_writer_xml(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

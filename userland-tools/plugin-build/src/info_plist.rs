//! Info.plist: what CFPlugIn finds the factory by, and the devices, which are those of the kext's property list.

use std::path::Path;

use kernel_build::Error;
use plist::{Dictionary, Value};

use crate::NAME;
use crate::link::FACTORY;
use plugin_build::slice::SLICES;

/// The bundle's identifier; the driver looks its own bundle up by it.
const IDENTIFIER: &str = "org.loopflower.plugin";
/// Where the bundle's devices are told from those of the kext, which may be there too.
const KEXT: &str = "org.loopflower.driver:";
/// Our factory, and the type that all user-space drivers are of.
const FACTORY_UUID: &str = "8C1B9E0E-6C5B-4D3A-9F43-6B7F1D0E5A27";
const TYPE_UUID: &str = "443ABAB8-E7B3-491A-B985-BEB9187030DB";

/// The property list, with the devices of the kext's at `kext`.
///
/// # Errors
/// There are none, or they are not what they must be.
pub fn write(kext: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |problem: String| Error::Description { path: kext.to_owned(), problem };
    let template = Value::from_file(kext).map_err(|why| wrong(why.to_string()))?;
    let devices = devices(&template).ok_or_else(|| wrong("no personality has Devices".to_owned()))?;
    let mut info = Dictionary::new();
    for (key, value) in [
        ("CFBundleDevelopmentRegion", "English"),
        ("CFBundleExecutable", NAME),
        ("CFBundleIdentifier", IDENTIFIER),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", NAME),
        ("CFBundlePackageType", "BNDL"),
        ("CFBundleShortVersionString", env!("CARGO_PKG_VERSION")),
        ("CFBundleSignature", "????"),
        ("CFBundleVersion", env!("CARGO_PKG_VERSION")),
        ("LSMinimumSystemVersion", SLICES[0].macos),
    ] {
        info.insert(key.into(), value.into());
    }
    let mut factories = Dictionary::new();
    factories.insert(FACTORY_UUID.into(), FACTORY.trim_start_matches('_').into());
    info.insert("CFPlugInFactories".into(), Value::Dictionary(factories));
    let mut types = Dictionary::new();
    types.insert(TYPE_UUID.into(), Value::Array(vec![FACTORY_UUID.into()]));
    info.insert("CFPlugInTypes".into(), Value::Dictionary(types));
    info.insert("Devices".into(), Value::Array(devices));
    let mut bytes = Vec::new();
    Value::Dictionary(info).to_writer_xml(&mut bytes).map_err(|why| wrong(why.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The kext's devices, with UIDs of our own.
fn devices(template: &Value) -> Option<Vec<Value>> {
    let personalities = template.as_dictionary()?.get("IOKitPersonalities")?.as_dictionary()?;
    let found = personalities.values().find_map(|one| one.as_dictionary()?.get("Devices")?.as_array())?;
    let own = |device: &Value| {
        let mut device = device.as_dictionary()?.clone();
        let uid = device.get("UID")?.as_string()?.replace(KEXT, &format!("{IDENTIFIER}:"));
        device.insert("UID".into(), uid.into());
        Some(Value::Dictionary(device))
    };
    found.iter().map(own).collect()
}

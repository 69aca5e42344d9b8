//! A bundle, read as far as it can be: what cannot be read is told and the rest goes on.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use plist::{Dictionary, Value};
use serde::Serialize;

use crate::Error;

/// The largest executable that is read, in bytes.
const LARGEST: u64 = 256 << 20;
/// What property lists of user-space audio drivers have.
const PLUGIN_KEY: &str = "CFPlugInTypes";

/// What Info.plist says; what is absent or of another type is empty.
#[derive(Clone, Debug, Default, Serialize)]
pub struct List {
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: String,
    /// OSBundleCompatibleVersion, of a kext that is a library.
    pub compatible: Option<String>,
    /// CFBundleExecutable.
    pub executable: String,
    /// OSBundleLibraries: identifiers and versions.
    pub libraries: Vec<(String, String)>,
    /// IOKitPersonalities.
    pub personalities: Vec<Personality>,
    /// CFPlugInFactories, of a user-space driver: identifiers and functions.
    pub factories: Vec<(String, String)>,
    /// CFPlugInTypes: types and the factories that make them.
    pub types: Vec<(String, Vec<String>)>,
}

/// What a kext is matched with.
#[derive(Clone, Debug, Serialize)]
pub struct Personality {
    /// Its name.
    pub name: String,
    /// IOClass.
    pub class: String,
    /// IOProviderClass.
    pub provider: String,
    /// The other entries that decide the matching, as `KEY=VALUE`: IOMatchCategory, IOPropertyMatch, IONameMatch and their kin.
    #[serde(rename = "match")]
    pub matching: Vec<String>,
}

/// The files of a bundle.
pub struct Bundle {
    /// The path as it was given.
    pub path: String,
    /// Whether it is a user-space driver.
    pub is_plugin: bool,
    /// Info.plist as it stands in the file.
    pub info: Vec<u8>,
    /// What it says.
    pub list: List,
    /// The executable, thin or universal; empty where there is none.
    pub executable: Vec<u8>,
    /// Whether `Contents/_CodeSignature/CodeResources` is there.
    pub sealed: bool,
    /// What could not be read.
    pub unreadable: Vec<String>,
}

impl Bundle {
    /// Reads the bundle at `path`.
    ///
    /// # Errors
    /// There is none: no folder, or no Info.plist in it.
    pub fn read(path: &Path) -> Result<Bundle, Error> {
        let shown = path.display().to_string();
        let none = |what: &str| {
            Error::NoBundle(format!("{shown}: {what}; a bundle is a folder with Contents/Info.plist in it"))
        };
        if !path.is_dir() {
            return Err(none(if path.exists() { "is not a folder" } else { "is absent" }));
        }
        let contents = path.join("Contents");
        let mut unreadable = Vec::new();
        let info = match file(&contents.join("Info.plist")) {
            Ok(info) => info,
            Err(_) if !contents.join("Info.plist").exists() => return Err(none("has no Contents/Info.plist")),
            Err(why) => {
                unreadable.push(format!("Info.plist: {why}"));
                Vec::new()
            }
        };
        let read =
            kernel_build::property_list::read(&info, |entries| (entries.contains_key(PLUGIN_KEY), list(entries)));
        let (has_types, list) = read.unwrap_or_else(|why| {
            unreadable.push(format!("Info.plist: {why}"));
            Default::default()
        });
        let executable = executable(&contents, &list.executable).unwrap_or_else(|why| {
            unreadable.push(why);
            Vec::new()
        });
        Ok(Bundle {
            is_plugin: has_types || path.extension().is_some_and(|extension| extension == "driver"),
            sealed: contents.join("_CodeSignature/CodeResources").is_file(),
            path: shown,
            info,
            list,
            executable,
            unreadable,
        })
    }

    /// Whether OSBundleLibraries names `identifier`.
    pub fn names(&self, identifier: &str) -> bool {
        self.list.libraries.iter().any(|(library, _)| library == identifier)
    }
}

/// The executable that Info.plist names; where it names none, the only file there is.
fn executable(contents: &Path, name: &str) -> Result<Vec<u8>, String> {
    let folder = contents.join("MacOS");
    let mut name = name.to_owned();
    if name.contains('/') {
        return Err(format!("CFBundleExecutable is \"{name}\", not the name of a file in Contents/MacOS"));
    }
    if name.is_empty() {
        let entries = fs::read_dir(&folder).map_err(|why| format!("Contents/MacOS: {why}"))?;
        let names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        match names.as_slice() {
            [only] => name.clone_from(only),
            _ => return Err("CFBundleExecutable is not said, and Contents/MacOS has not just one file".to_owned()),
        }
    }
    file(&folder.join(&name)).map_err(|why| format!("Contents/MacOS/{name}: {why}"))
}

fn file(path: &Path) -> Result<Vec<u8>, String> {
    if !fs::metadata(path).map_err(|why| why.to_string())?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|why| why.to_string())?;
    if bytes.len() as u64 > LARGEST { Err(format!("is larger than {} MiB", LARGEST >> 20)) } else { Ok(bytes) }
}

fn list(entries: &Dictionary) -> List {
    let dictionary = |key: &str| entries.get(key).and_then(Value::as_dictionary).into_iter().flatten();
    let texts = |key: &str| dictionary(key).map(|(key, value)| (key.clone(), string(Some(value)))).collect();
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|value| string(Some(value))).collect()
    };
    List {
        identifier: string(entries.get("CFBundleIdentifier")),
        version: string(entries.get("CFBundleVersion")),
        compatible: entries.get("OSBundleCompatibleVersion").map(|value| string(Some(value))),
        executable: string(entries.get("CFBundleExecutable")),
        libraries: texts("OSBundleLibraries"),
        personalities: dictionary("IOKitPersonalities").map(|(name, value)| personality(name, value)).collect(),
        factories: texts("CFPlugInFactories"),
        types: dictionary(PLUGIN_KEY).map(|(key, value)| (key.clone(), strings(value))).collect(),
    }
}

fn string(value: Option<&Value>) -> String {
    value.and_then(Value::as_string).unwrap_or_default().to_owned()
}

fn personality(name: &str, value: &Value) -> Personality {
    let entries = value.as_dictionary().cloned().unwrap_or_default();
    let decides = |key: &str| {
        key.contains("Match") || key == "IOProbeScore" || key.starts_with("idVendor") || key.starts_with("idProduct")
    };
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Dictionary(inner) => format!("{{{}}}", inner.keys().cloned().collect::<Vec<_>>().join(" ")),
        Value::Array(list) => list.iter().filter_map(Value::as_string).collect::<Vec<_>>().join(" "),
        _ => "?".to_owned(),
    };
    let matching = entries.iter().filter(|(key, _)| decides(key)).map(|(key, value)| format!("{key}={}", shown(value)));
    Personality {
        name: name.to_owned(),
        class: string(entries.get("IOClass")),
        provider: string(entries.get("IOProviderClass")),
        matching: matching.collect(),
    }
}

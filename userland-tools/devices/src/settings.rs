//! The settings: what `save` keeps. A property list, outside of the bundle, which a signature seals.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::thread;

use plist::{Dictionary, Value};
use tempfile::NamedTempFile;

use crate::control::Control;
use crate::device::Device;
use crate::error::Error;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// Stack of the thread that reads: the library's values are dropped by recursion, and a file can nest deep. Only what is
/// touched takes memory.
const STACK: usize = 1 << 30;

/// What is kept of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// Its definition, with a UID.
    pub definition: Dictionary,
    /// The controls that are not neutral, by their keys.
    pub controls: BTreeMap<String, u32>,
}

impl Saved {
    /// What is to be kept of a device.
    pub fn of(device: &Device) -> Saved {
        let changed = device.controls.iter().filter(|control| control.value != control.neutral);
        Saved {
            definition: device.definition.clone(),
            controls: changed.map(|control| (control.key.clone(), control.value)).collect(),
        }
    }

    /// The device's UID.
    pub fn uid(&self) -> &str {
        self.definition.get("UID").and_then(Value::as_string).unwrap_or_default()
    }

    fn to_value(&self) -> Value {
        let controls: Dictionary =
            self.controls.iter().map(|(key, value)| (key.clone(), Value::from(*value))).collect();
        let entries = [("Definition", self.definition.clone()), ("Controls", controls)];
        Value::Dictionary(entries.into_iter().map(|(key, value)| (key.to_owned(), Value::Dictionary(value))).collect())
    }

    /// Reads one; `place` is its path in the file.
    fn from_value(value: Value, place: &str) -> Result<Saved, String> {
        let mut entries = dictionary(value, place)?;
        let definition = entries.remove("Definition").ok_or_else(|| format!("{place}/Definition: is absent"))?;
        let definition = dictionary(definition, &format!("{place}/Definition"))?;
        if definition.get("UID").and_then(Value::as_string).is_none() {
            return Err(format!("{place}/Definition/UID: is absent or not a string"));
        }
        let controls = match entries.remove("Controls") {
            Some(controls) => dictionary(controls, &format!("{place}/Controls"))?,
            None => Dictionary::new(),
        };
        nothing_else(&entries, place)?;
        let control = |(key, value): (String, Value)| {
            let number = value.as_unsigned_integer().and_then(|number| u32::try_from(number).ok());
            match (Control::id(&key), number) {
                (None, _) => Err(format!("{place}/Controls/{key}: is not a control of a device")),
                (_, None) => Err(format!("{place}/Controls/{key}: is not a number of 32 bits")),
                (Some(_), Some(number)) => Ok((key, number)),
            }
        };
        Ok(Saved { definition, controls: controls.into_iter().map(control).collect::<Result<_, _>>()? })
    }
}

/// The settings' file.
#[derive(Clone, Debug)]
pub struct Settings {
    path: PathBuf,
}

impl Settings {
    /// The settings in this file, which need not be there.
    pub fn at(path: PathBuf) -> Settings {
        Settings { path }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is saved; `None` if nothing is.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file is not of its kind, with the key that is wrong; [`Error::Failed`] if it cannot be read.
    pub fn read(&self) -> Result<Option<Vec<Saved>>, Error> {
        let mut bytes = Vec::new();
        match File::open(&self.path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(Error::Failed(format!("{}: cannot be read: {why}", self.path.display()))),
            Ok(_) => {}
        }
        let wrong = |what: String| Error::Usage(format!("{}: {what}; nothing was changed", self.path.display()));
        if bytes.len() as u64 > LARGEST {
            return Err(wrong(format!("is larger than {} KiB, these are no settings", LARGEST >> 10)));
        }
        let reader = thread::Builder::new().stack_size(STACK).spawn(move || parse(&bytes));
        let reader = reader.map_err(|why| Error::Failed(format!("no thread to read the settings with: {why}")))?;
        reader.join().unwrap_or_else(|_| Err("cannot be read".to_owned())).map(Some).map_err(wrong)
    }

    /// Keeps these devices, in place of what was kept: all of them or, on a failure, what was there before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, devices: &[Saved]) -> Result<(), Error> {
        let failed = |why: String| Error::Failed(format!("{}: cannot be written: {why}", self.path.display()));
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|why| failed(why.to_string()))?;
        let list = Value::Array(devices.iter().map(Saved::to_value).collect());
        let list = Value::Dictionary(Dictionary::from_iter([("Devices".to_owned(), list)]));
        let mut file = NamedTempFile::new_in(folder).map_err(|why| failed(why.to_string()))?;
        plist::to_writer_xml(&mut file, &list).map_err(|why| failed(why.to_string()))?;
        readable(&file).and_then(|()| file.as_file().sync_all()).map_err(|why| failed(why.to_string()))?;
        file.persist(&self.path).map(drop).map_err(|why| failed(why.to_string()))
    }

    /// Forgets what is kept; whether anything was.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn forget(&self) -> Result<bool, Error> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(false),
            Err(why) => Err(Error::Failed(format!("{}: cannot be removed: {why}", self.path.display()))),
        }
    }
}

/// Lets everybody read the file, as preferences are; a temporary file is its owner's alone.
fn readable(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

fn parse(bytes: &[u8]) -> Result<Vec<Saved>, String> {
    let list = Value::from_reader(Cursor::new(bytes))
        .map_err(|_| "is not a property list; remove it, and save anew".to_owned())?;
    let mut entries = dictionary(list, "the property list")?;
    let Some(Value::Array(devices)) = entries.remove("Devices") else {
        return Err("Devices: is absent or not an array".to_owned());
    };
    nothing_else(&entries, "the property list")?;
    let mut read: Vec<Saved> = Vec::new();
    for (index, device) in devices.into_iter().enumerate() {
        let place = format!("Devices/{index}");
        let saved = Saved::from_value(device, &place)?;
        if read.iter().any(|other| other.uid() == saved.uid()) {
            return Err(format!("{place}/Definition/UID: {} stands there twice", saved.uid()));
        }
        read.push(saved);
    }
    Ok(read)
}

fn dictionary(value: Value, place: &str) -> Result<Dictionary, String> {
    value.into_dictionary().ok_or_else(|| format!("{place}: is not a dictionary"))
}

fn nothing_else(left: &Dictionary, place: &str) -> Result<(), String> {
    left.keys().next().map_or(Ok(()), |key| Err(format!("{place}: has an unknown key {key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let entries = [
            ("Name", Value::from("Ä & B")),
            ("UID", Value::from("b")),
            ("Channels", Value::from(2)),
            ("Rates", Value::Array(vec![Value::from(48_000)])),
            ("Hidden", Value::from(true)),
        ];
        Saved {
            definition: entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            controls: BTreeMap::from([("volume".to_owned(), 7), ("mute.2".to_owned(), 1)]),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::at(folder.path().join("new/settings.plist"));
        assert_eq!(settings.read().unwrap(), None);
        settings.write(&[saved()]).unwrap();
        assert_eq!(settings.read().unwrap(), Some(vec![saved()]));
        settings.write(&[]).unwrap();
        assert_eq!(settings.read().unwrap(), Some(vec![]));
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1, "nothing else is left there");
        assert!(settings.forget().unwrap() && !settings.forget().unwrap());
    }

    #[test]
    fn a_malformed_file_is_named_with_the_key_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::at(folder.path().join("settings.plist"));
        let definition = "<key>Definition</key><dict><key>UID</key><string>a</string></dict>";
        let device = |entries: &str| format!("<key>Devices</key><array><dict>{entries}</dict></array>");
        let depth = 20_000;
        let nested = "<array>".repeat(depth) + &"</array>".repeat(depth);
        for (list, named) in [
            ("<key>".to_owned(), "is not a property list"),
            (String::new(), "Devices: is absent"),
            ("<key>Devices</key><true/>".to_owned(), "Devices: is absent or not an array"),
            ("<key>Devices</key><array/><key>More</key><true/>".to_owned(), "unknown key More"),
            (device(""), "Devices/0/Definition: is absent"),
            (device("<key>Definition</key><dict/>"), "Devices/0/Definition/UID: is absent"),
            (device(&format!("{definition}<key>Rate</key><true/>")), "Devices/0: has an unknown key Rate"),
            (device(&format!("{definition}<key>Controls</key><array/>")), "Devices/0/Controls: is not a dictionary"),
            (
                device(&format!("{definition}<key>Controls</key><dict><key>loud</key><integer>1</integer></dict>")),
                "Devices/0/Controls/loud: is not a control",
            ),
            (
                device(&format!("{definition}<key>Controls</key><dict><key>mute</key><integer>-1</integer></dict>")),
                "Devices/0/Controls/mute: is not a number",
            ),
            (
                format!("<key>Devices</key><array><dict>{definition}</dict><dict>{definition}</dict></array>"),
                "Devices/1/Definition/UID: a stands there twice",
            ),
            (format!("<key>Devices</key>{nested}"), "Devices/0: is not a dictionary"),
        ] {
            let text = format!("<plist version=\"1.0\"><dict>{list}</dict></plist>");
            fs::write(settings.path(), &text).unwrap();
            let error = settings.read().unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(named) && error.to_string().contains("settings.plist"), "{error}");
            assert_eq!(fs::read_to_string(settings.path()).unwrap(), text);
        }
    }
}

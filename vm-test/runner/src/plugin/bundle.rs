//! Reading a user-space driver's bundle, as the HAL and CFPlugIn do before any of its code runs.

use std::fs;
use std::path::Path;

use plist::{Dictionary, Value};

use super::name;
use crate::bundle::on_a_large_stack;
use crate::{Error, file};

/// The type of user-space drivers, which CFPlugInTypes lists factories under.
const TYPE: &str = "443ABAB8-E7B3-491A-B985-BEB9187030DB";
/// The largest property list and the largest executable that are read, in bytes.
const LARGEST_LIST: u64 = 1 << 20;
const LARGEST_EXECUTABLE: u64 = 256 << 20;

/// A bundle: what the host is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Its file name without `.driver`.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: String,
    /// The function that CFPlugInFactories names for the type of user-space drivers.
    pub factory: String,
    /// Info.plist as it stands in the file.
    pub info: Vec<u8>,
    /// The executable as it stands in the file, thin or universal.
    pub executable: Vec<u8>,
}

/// Whether what is at a path is a user-space driver, not a kext: by its name, or by what its property list has.
pub fn is_plugin(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == "driver") {
        return true;
    }
    let is_one = || {
        let list = read(&path.join("Contents/Info.plist"), LARGEST_LIST).ok()?;
        Some(file::dictionary(&list).ok()?.contains_key("CFPlugInTypes"))
    };
    on_a_large_stack(path, is_one).ok().flatten().unwrap_or(false)
}

impl Bundle {
    /// Reads the bundle at `path`.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no bundle; [`Error::Refused`] where there is one that no HAL would take. Each names the
    /// entry or file, where it is, and what would help.
    pub fn read(path: &Path) -> Result<Bundle, Error> {
        on_a_large_stack(path, || Self::read_here(path))?
    }

    fn read_here(path: &Path) -> Result<Bundle, Error> {
        let shown = path.display();
        if !path.is_dir() {
            let what = file::what_is_at(path, "folder");
            return Err(Error::Usage(format!(
                "{shown}: {what}; a user-space driver is a folder NAME.driver with Contents/Info.plist in it"
            )));
        }
        let list = path.join("Contents/Info.plist");
        let info = read(&list, LARGEST_LIST).map_err(|why| {
            Error::Usage(format!("{}: {why}, so this is no bundle; a bundle has Contents/Info.plist", list.display()))
        })?;
        let refused = |what: String| Error::Refused(format!("{}: {what}", list.display()));
        let entries = file::dictionary(&info).map_err(|what| Error::Usage(format!("{}: {what}", list.display())))?;
        let text = |key: &str, help: &str| match entries.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(refused(format!("{key} is not a string with something in it; {help}"))),
            None => Err(refused(format!("has no {key}; {help}"))),
        };
        let executable = text("CFBundleExecutable", "name the file in Contents/MacOS")?;
        if executable.contains('/') {
            return Err(refused(format!(
                "CFBundleExecutable is \"{executable}\"; it must be the name of a file in Contents/MacOS, without a path"
            )));
        }
        let place = path.join("Contents/MacOS").join(&executable);
        let absent = |why| {
            let place = place.display();
            refused(format!(
                "CFBundleExecutable names \"{executable}\", but {place}: {why}; build it, or mend the name"
            ))
        };
        Ok(Bundle {
            name: name(path).ok_or_else(|| Error::Usage(format!("{shown}: has no name")))?,
            identifier: text("CFBundleIdentifier", "give the bundle one in reverse-DNS form")?,
            version: text("CFBundleVersion", "give it one of the form 1.2.3")?,
            factory: factory(&entries).map_err(refused)?,
            executable: read(&place, LARGEST_EXECUTABLE).map_err(absent)?,
            info,
        })
    }
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    if fs::metadata(path).is_err() {
        return Err(file::what_is_at(path, "file"));
    }
    let bytes = file::read(path, most).map_err(|why| why.to_string())?;
    bytes.ok_or_else(|| format!("is larger than {} KiB", most >> 10))
}

/// The function that makes user-space drivers: the first factory of their type.
fn factory(entries: &Dictionary) -> Result<String, String> {
    let dictionary = |key: &str| {
        let found =
            entries.get(key).ok_or_else(|| format!("has no {key}, so there is no factory of user-space drivers"))?;
        found.as_dictionary().ok_or_else(|| format!("{key} is not a dictionary"))
    };
    let entry = |dictionary: &'_ Dictionary, uuid: &str| {
        dictionary.iter().find(|(key, _)| key.eq_ignore_ascii_case(uuid)).map(|(_, value)| value.clone())
    };
    let listed = entry(dictionary("CFPlugInTypes")?, TYPE)
        .ok_or_else(|| format!("CFPlugInTypes does not list {TYPE}, the type of user-space drivers"))?;
    let listed = listed.as_array().and_then(|list| list.first()?.as_string()).map(str::to_owned);
    let uuid = listed.ok_or_else(|| format!("CFPlugInTypes lists no factory under {TYPE}"))?;
    let function = entry(dictionary("CFPlugInFactories")?, &uuid)
        .ok_or_else(|| format!("CFPlugInFactories has no factory {uuid}, which CFPlugInTypes lists"))?;
    function.as_string().map(str::to_owned).ok_or_else(|| format!("CFPlugInFactories/{uuid} is not a function's name"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;
    use crate::fixture;

    const GOOD: &str = "<key>CFBundleIdentifier</key><string>org.example.Driver</string>
        <key>CFBundleVersion</key><string>1.0</string>
        <key>CFBundleExecutable</key><string>Driver</string>
        <key>CFPlugInFactories</key><dict><key>A</key><string>Make</string></dict>
        <key>CFPlugInTypes</key><dict><key>443abab8-e7b3-491a-b985-beb9187030db</key><array><string>a</string></array></dict>";

    fn bundle(entries: &str) -> (TempDir, PathBuf) {
        fixture::bundle("Driver.driver", entries)
    }

    fn refusal(entries: &str) -> String {
        let (_folder, path) = bundle(entries);
        fixture::refusal(Bundle::read(&path))
    }

    #[test]
    fn the_factory_is_that_of_the_type() {
        let (_folder, path) = bundle(GOOD);
        let read = Bundle::read(&path).unwrap();
        assert_eq!(
            (read.name.as_str(), read.factory.as_str(), &read.executable[..]),
            ("Driver", "Make", &b"binary"[..])
        );
        assert!(is_plugin(&path));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(refusal("").contains("has no CFBundleExecutable; name the file"));
        assert!(
            refusal(&GOOD.replace("CFPlugInTypes", "Other")).contains("has no CFPlugInTypes, so there is no factory")
        );
        assert!(refusal(&GOOD.replace("443abab8", "00000000")).contains("does not list 443ABAB8"));
        assert!(refusal(&GOOD.replace("<key>A<", "<key>B<")).contains("has no factory a, which CFPlugInTypes lists"));
        assert!(refusal(&GOOD.replace(">Driver<", ">Other<")).contains("MacOS/Other: is absent"));
    }

    #[test]
    fn what_is_no_bundle_is_wrong_usage() {
        let folder = tempfile::tempdir().unwrap();
        for (path, named) in [
            (folder.path().join("None.driver"), "is absent"),
            (folder.path().to_owned(), "so this is no bundle"),
            (PathBuf::from("/dev/null"), "is not a folder"),
        ] {
            let error = Bundle::read(&path).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(named), "{error}");
        }
    }
}

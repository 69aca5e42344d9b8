//! Reading a kext's bundle, as kextd does before the kernel sees any of it.

use std::fs;
use std::path::{Path, PathBuf};

use plist::{Dictionary, Value as Node};
use protocol::job::Kext;
use protocol::value::Value;

use crate::{Error, file, plugin};

/// The largest property list and the largest executable that are read, in bytes.
const LARGEST_LIST: u64 = 1 << 20;
const LARGEST_EXECUTABLE: u64 = 64 << 20;
/// How deep a personality's values may nest.
const DEEPEST: u32 = 64;
/// Stack of the thread that handles property lists: the library's values are dropped by recursion, and a list of
/// [`LARGEST_LIST`] bytes can nest deep. Only what is touched takes memory.
const LIST_STACK: usize = 1 << 30;

/// A bundle: its property list's entries that the kernel gets, and its executable as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// What the kernel is told.
    pub kext: Kext,
    /// The executable's x86_64 part: a thin Mach-O, or whatever else the file is.
    pub executable: Vec<u8>,
    /// The executable's file.
    pub file: PathBuf,
}

impl Bundle {
    /// Reads the bundle at `path`.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no bundle; [`Error::Refused`] where there is one that no Mac would load. Each names
    /// the entry or file, where it is, and what would help.
    pub fn read(path: &Path) -> Result<Bundle, Error> {
        let shown = path.display();
        if !path.is_dir() {
            let what = file::what_is_at(path, "folder");
            return Err(Error::Usage(format!(
                "{shown}: {what}; a kext is a folder NAME.kext with Contents/Info.plist in it"
            )));
        }
        if plugin::is_plugin(path) {
            return Err(Error::Usage(format!("{shown}: is a user-space driver; a kext is wanted here")));
        }
        let list = path.join("Contents/Info.plist");
        let entries = read_list(&list)?;
        let refused = |what: String| Error::Refused(format!("{}: {what}", list.display()));
        let name = path
            .canonicalize()
            .ok()
            .and_then(|whole| Some(whole.file_stem()?.to_string_lossy().into_owned()))
            .ok_or_else(|| Error::Usage(format!("{shown}: has no name")))?;
        let text = |key: &str, help: &str| match entries.iter().find(|(entry, _)| entry == key) {
            Some((_, Value::String(text))) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(refused(format!("{key} is not a string with something in it; {help}"))),
            None => Err(refused(format!("has no {key}; {help}"))),
        };
        let optional = |key: &str| match entries.iter().find(|(entry, _)| entry == key) {
            Some(_) => text(key, "give the version up to which users of older ones can use it").map(Some),
            None => Ok(None),
        };
        let identifier = text("CFBundleIdentifier", "give the kext one in reverse-DNS form")?;
        let version = text("CFBundleVersion", "give it one of the form 1.2.3")?;
        let executable =
            text("CFBundleExecutable", "name the file in Contents/MacOS; a kext without code cannot be run")?;
        Ok(Bundle {
            executable: thin(path, &executable)?,
            file: path.join("Contents/MacOS").join(&executable),
            kext: Kext {
                name,
                identifier,
                version,
                compatible: optional("OSBundleCompatibleVersion")?,
                libraries: libraries(&entries).map_err(refused)?,
                personalities: personalities(&entries).map_err(refused)?,
            },
        })
    }
}

/// The entries that are looked at.
const USED: [&str; 6] = [
    "CFBundleIdentifier",
    "CFBundleVersion",
    "OSBundleCompatibleVersion",
    "CFBundleExecutable",
    "OSBundleLibraries",
    "IOKitPersonalities",
];

type Entries = Vec<(String, Value)>;

/// The executable's x86_64 part, as user space picks it for the kernel.
fn thin(bundle: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let file = read_executable(bundle, name).map_err(Error::Refused)?;
    match kext_link::fat::x86_64(&file) {
        Ok(slice) if slice.len() == file.len() => Ok(file),
        Ok(slice) => Ok(slice.to_vec()),
        Err(words) => Err(Error::Refused(format!("{}: {words}", bundle.join("Contents/MacOS").join(name).display()))),
    }
}

fn read_executable(bundle: &Path, name: &str) -> Result<Vec<u8>, String> {
    if name.contains('/') {
        return Err(format!(
            "CFBundleExecutable is \"{name}\"; it must be the name of a file in Contents/MacOS, without a path"
        ));
    }
    let place = bundle.join("Contents/MacOS").join(name);
    let absent = |why| {
        format!("CFBundleExecutable names \"{name}\", but {}: {why}; build the kext, or mend the name", place.display())
    };
    let bytes = file::read(&place, LARGEST_EXECUTABLE).map_err(|why| absent(why.to_string()))?;
    bytes.ok_or_else(|| format!("{} is larger than {} MiB; that is no kext", place.display(), LARGEST_EXECUTABLE >> 20))
}

/// OSBundleLibraries, in its order.
fn libraries(entries: &[(String, Value)]) -> Result<Vec<(String, String)>, String> {
    let Some((_, value)) = entries.iter().find(|(key, _)| key == "OSBundleLibraries") else { return Ok(Vec::new()) };
    let Value::Dictionary(wanted) = value else {
        return Err("OSBundleLibraries is not a dictionary; it maps bundle identifiers to versions".to_owned());
    };
    let one = |(identifier, version): &(String, Value)| match version.as_str() {
        Some(version) => Ok((identifier.clone(), version.to_owned())),
        None => Err(format!(
            "OSBundleLibraries has a version for {identifier} that is not a string; write <string>1.0</string>"
        )),
    };
    wanted.iter().map(one).collect()
}

/// IOKitPersonalities, in their order.
fn personalities(entries: &[(String, Value)]) -> Result<Entries, String> {
    let Some((_, value)) = entries.iter().find(|(key, _)| key == "IOKitPersonalities") else { return Ok(Vec::new()) };
    let Value::Dictionary(named) = value else {
        return Err("IOKitPersonalities is not a dictionary; it maps names to personalities".to_owned());
    };
    match named.iter().find(|(_, personality)| !matches!(personality, Value::Dictionary(_))) {
        None => Ok(named.clone()),
        Some((name, _)) => Err(format!("IOKitPersonalities/{name} is not a dictionary")),
    }
}

fn read_list(path: &Path) -> Result<Entries, Error> {
    let usage = |what: String| Error::Usage(format!("{}: {what}", path.display()));
    if fs::metadata(path).is_err() {
        let what = file::what_is_at(path, "file");
        return Err(usage(format!("{what}, so this is no kext; a kext has Contents/Info.plist")));
    }
    let bytes = file::read(path, LARGEST_LIST).map_err(|why| usage(format!("cannot be read: {why}")))?;
    let too_large = || usage(format!("is larger than {} KiB; that is no kext's property list", LARGEST_LIST >> 10));
    let bytes = bytes.ok_or_else(too_large)?;
    on_a_large_stack(path, || {
        let all = file::dictionary(&bytes).map_err(usage)?;
        entries(all).map_err(|what| Error::Refused(format!("{}: {what}", path.display())))
    })?
}

/// Does what reads and drops the property list at a path where it can nest as deep as it likes.
pub(crate) fn on_a_large_stack<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let failed = |why: &str| Error::Failed(format!("no thread to read {} with: {why}", path.display()));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(LIST_STACK).spawn_scoped(scope, work);
        thread.map_err(|why| failed(&why.to_string()))?.join().map_err(|_| failed("it ended in a panic"))
    })
}

/// The entries of a property list that this module looks at, as the kernel's collections hold them.
fn entries(all: Dictionary) -> Result<Entries, String> {
    let used: Dictionary = all.into_iter().filter(|(key, _)| USED.contains(&key.as_str())).collect();
    dictionary(&used, "", 0)
}

fn dictionary(node: &Dictionary, place: &str, depth: u32) -> Result<Entries, String> {
    node.iter()
        .map(|(key, node)| {
            let place = if place.is_empty() { key.clone() } else { format!("{place}/{key}") };
            Ok((key.clone(), value(node, &place, depth + 1)?))
        })
        .collect()
}

/// A property list's value as the kernel's collections hold it.
///
/// # Errors
/// They cannot hold it; where it stands, and what they can.
pub fn kernel_value(node: &Node) -> Result<Value, String> {
    value(node, "", 0)
}

/// A node as the kernel gets it; `place` is its path, for messages.
fn value(node: &Node, place: &str, depth: u32) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("nests deeper than {DEEPEST} levels at {place:.200}"));
    }
    match node {
        Node::Boolean(flag) => Ok(Value::Boolean(*flag)),
        Node::String(text) => Ok(Value::String(text.clone())),
        Node::Data(bytes) => Ok(Value::Data(bytes.clone())),
        Node::Array(nodes) => {
            let at = |(index, node)| value(node, &format!("{place}/{index}"), depth + 1);
            Ok(Value::Array(nodes.iter().enumerate().map(at).collect::<Result<_, _>>()?))
        }
        Node::Dictionary(entries) => Ok(Value::Dictionary(dictionary(entries, place, depth)?)),
        Node::Integer(number) => {
            let bits = number.as_signed().map(|n| n as u64).or(number.as_unsigned());
            let bits = bits.ok_or_else(|| format!("{place} is an integer of more than 64 bits"))?;
            let narrow = u32::try_from(bits).is_ok() || i32::try_from(bits as i64).is_ok();
            Ok(Value::Number(bits, if narrow { 32 } else { 64 }))
        }
        other => {
            let kind = match other {
                Node::Real(_) => "a real number",
                Node::Date(_) => "a date",
                _ => "a value of a kind",
            };
            Err(format!("{place} is {kind}, which the kernel's collections cannot hold; use an integer or a string"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;
    use crate::fixture;

    const GOOD: &str = "<key>CFBundleIdentifier</key><string>org.example.Kext</string>
        <key>CFBundleVersion</key><string>1.0.0</string>
        <key>CFBundleExecutable</key><string>Kext</string>";

    fn bundle(entries: &str) -> (TempDir, PathBuf) {
        fixture::bundle("Kext.kext", entries)
    }

    fn refusal(entries: &str) -> String {
        let (_folder, path) = bundle(entries);
        fixture::refusal(Bundle::read(&path))
    }

    #[test]
    fn entries_keep_their_order_and_types() {
        let (_folder, path) = bundle(&format!(
            "{GOOD}<key>OSBundleLibraries</key><dict><key>b</key><string>2</string><key>a</key><string>1</string></dict>
             <key>LSMinimum</key><real>1.5</real>
             <key>IOKitPersonalities</key><dict><key>One</key><dict><key>Z</key><integer>-1</integer>
             <key>A</key><array><true/><data>AQI=</data><integer>0x100000000</integer></array></dict></dict>"
        ));
        let read = Bundle::read(&path).unwrap();
        assert_eq!((read.kext.name.as_str(), &read.executable[..]), ("Kext", &b"binary"[..]));
        assert_eq!(read.kext.libraries, [("b".into(), "2".into()), ("a".into(), "1".into())]);
        let array = vec![Value::Boolean(true), Value::Data(vec![1, 2]), Value::Number(1 << 32, 64)];
        let one = vec![("Z".into(), Value::Number(u64::MAX, 32)), ("A".into(), Value::Array(array))];
        assert_eq!(read.kext.personalities, [("One".into(), Value::Dictionary(one))]);
    }

    #[test]
    fn what_is_missing_is_named_with_its_place_and_the_way_out() {
        assert!(refusal("").contains("Info.plist: has no CFBundleIdentifier; give"));
        let no_executable = GOOD.replace("CFBundleExecutable", "CFBundleOther");
        assert!(refusal(&no_executable).contains("has no CFBundleExecutable; name the file in Contents/MacOS"));
        let absent = GOOD.replace("<string>Kext<", "<string>Other<");
        assert!(refusal(&absent).contains("Contents/MacOS/Other: No such file"));
        assert!(refusal(&GOOD.replace("<string>Kext<", "<string>../Kext<")).contains("without a path"));
        assert!(
            refusal(&GOOD.replace("<string>1.0.0</string>", "<true/>")).contains("CFBundleVersion is not a string")
        );
        let real = format!(
            "{GOOD}<key>IOKitPersonalities</key><dict><key>P</key><dict><key>R</key><real>1</real></dict></dict>"
        );
        assert!(refusal(&real).contains("IOKitPersonalities/P/R is a real number"));
    }

    #[test]
    fn what_is_no_bundle_is_wrong_usage() {
        let folder = tempfile::tempdir().unwrap();
        let (_broken, broken) = bundle("<key>");
        for (path, named) in [
            (broken, "Info.plist: is not a property list"),
            (folder.path().join("None.kext"), "is absent"),
            (folder.path().to_owned(), "Contents/Info.plist: is absent"),
            (PathBuf::from("/dev/null"), "is not a folder"),
        ] {
            let error = Bundle::read(&path).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn a_list_that_nests_without_end_is_refused() {
        let depth = 60_000;
        let nest =
            format!("{GOOD}<key>IOKitPersonalities</key>{}{}", "<array>".repeat(depth), "</array>".repeat(depth));
        assert!(refusal(&nest).contains("nests deeper than 64 levels at IOKitPersonalities/0/0"));
    }
}

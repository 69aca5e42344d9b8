//! The witnesses in `kexts/`.

use std::path::{Path, PathBuf};

use kernel_build::Entry;

use crate::expect::Expectations;

/// A source in `kexts/`.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Name of the file without `.cpp`; the bundle's too.
    pub name: String,
    /// The file.
    pub source: PathBuf,
    /// The C functions that its first comment names as `entry: start stop`.
    pub entry: Option<(String, String)>,
    /// The only machine that runs it, named as `only: hosted`, where both would do the same.
    pub only: Option<String>,
    /// What the bench must report.
    pub expectations: Expectations,
}

/// The folder of the sources.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kexts")
}

/// All witnesses, by name.
///
/// # Errors
/// A source cannot be read, or a directive in it is not one.
pub fn all() -> Result<Vec<Witness>, String> {
    let folder = folder();
    let failed = |why: std::io::Error| format!("{}: {why}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "cpp")).map(read).collect()
}

fn read(source: PathBuf) -> Result<Witness, String> {
    let in_file = |why: &dyn std::fmt::Display| format!("{}: {why}", source.display());
    let text = std::fs::read_to_string(&source).map_err(|why| in_file(&why))?;
    let mut expectations = Expectations::default();
    let (mut entry, mut only) = (None, None);
    for directive in directives(&text) {
        let (key, value) =
            directive.split_once(": ").ok_or_else(|| in_file(&format!("not a directive: {directive}")))?;
        match (key, value.split_once(' ')) {
            ("entry", Some((start, stop))) => entry = Some((start.to_owned(), stop.to_owned())),
            ("only", _) => only = Some(value.to_owned()),
            _ => expectations.add(key, value).map_err(|why| in_file(&why))?,
        }
    }
    let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Witness { name, source, entry, only, expectations })
}

/// The lines of the first comment behind its first empty one.
fn directives(text: &str) -> impl Iterator<Item = &str> {
    let comment = text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim);
    comment.skip_while(|line| !line.is_empty()).skip(1)
}

impl Witness {
    /// The driver's class, `org_loopflower_witness_` and the name in camel case.
    pub fn class(&self) -> String {
        let mut class = "org_loopflower_witness_".to_owned();
        for word in self.name.split('_') {
            let mut letters = word.chars();
            class.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            class.push_str(letters.as_str());
        }
        class
    }

    /// CFBundleIdentifier.
    pub fn identifier(&self) -> String {
        format!("org.loopflower.witness.{}", self.name)
    }

    /// The entry as the build takes it.
    pub fn entry(&self) -> Option<Entry> {
        self.entry.clone().map(|(start, stop)| Entry { start, stop })
    }

    /// A property list with the personality that matches it on IOResources.
    pub fn info_plist(&self) -> String {
        let (class, identifier) = (self.class(), self.identifier());
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
	<key>IOKitPersonalities</key>
	<dict>
		<key>Witness</key>
		<dict>
			<key>CFBundleIdentifier</key>
			<string>{identifier}</string>
			<key>IOClass</key>
			<string>{class}</string>
			<key>IOMatchCategory</key>
			<string>{class}</string>
			<key>IOProviderClass</key>
			<string>IOResources</string>
		</dict>
	</dict>
</dict>
</plist>
"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_stand_behind_the_empty_line_of_the_first_comment() {
        let text = "// A driver.\n// More of it.\n//\n// ends: 1\n// log: a: b\n#include <x>\n//\n// not: this\n";
        assert_eq!(directives(text).collect::<Vec<_>>(), ["ends: 1", "log: a: b"]);
        assert_eq!(directives("#include <x>\n// ends: 1\n").count(), 0);
    }

    #[test]
    fn every_witness_says_what_must_be_seen() {
        let all = all().unwrap();
        assert!(all.len() > 15, "only {} witnesses", all.len());
        for witness in all {
            assert!(witness.expectations.ends().is_some(), "{}: how it ends is missing", witness.name);
        }
    }
}

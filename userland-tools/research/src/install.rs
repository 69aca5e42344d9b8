//! What a release asks of whoever installs a driver there: signature, approval, restart, place.

use std::fmt;

use serde::Serialize;

use crate::Error;
use crate::advice::{Way, advice, of_version};
use crate::sheet::{self, Source};
use crate::steps::{self, Step};
use crate::timeline::list_sources;
use crate::version::Version;

/// The two kinds of drivers that are installed, as the table of ways and as people call them.
pub(crate) const DRIVERS: [(&str, &str); 2] = [("kext", "The kext"), ("plug-in", "The plug-in")];

/// What an installation needs. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Needs {
    /// "loopflower install 1".
    pub format: &'static str,
    /// The version.
    pub os: String,
    /// The processor, where one was given.
    pub arch: Option<String>,
    /// The kinds of drivers, those that work first, with what they need and how they are installed.
    pub drivers: Vec<Way>,
    /// The page of the book for a test guest of it: "macos-10.13".
    pub page: String,
    /// What the page says, for this version.
    pub steps: Vec<Step>,
    /// Where it comes from.
    pub sources: Vec<Source>,
    #[serde(skip)]
    version: Version,
}

/// What an installation on a version of the system needs, on a processor, "x86_64" or "arm64", or on both.
///
/// # Errors
/// Nothing is known of `os`, or there is none for the processor.
pub fn needs(os: &str, arch: Option<&str>) -> Result<Needs, Error> {
    let version = Version::parse(os)?;
    let mut drivers = advice(Some(os), arch)?.ways;
    drivers.retain(|way| DRIVERS.iter().any(|(name, _)| *name == way.way));
    for way in &mut drivers {
        way.statements.retain(|one| one.kind != "cannot");
    }
    let said = drivers.iter().flat_map(|way| way.verdicts.iter().chain(&way.statements));
    let said = said.flat_map(|one| &one.sources);
    let (page, steps) = (format!("macos-{}", steps::page_of(&version)), steps::on(&version));
    let sources = sheet::named(said.chain(steps.iter().flat_map(|step| &step.sources)).copied());
    let (os, arch) = (os.to_owned(), arch.map(str::to_owned));
    Ok(Needs { format: "loopflower install 1", os, arch, drivers, page, steps, sources, version })
}

impl fmt::Display for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arch = self.arch.as_ref().map(|arch| format!(", {arch}")).unwrap_or_default();
        let mut out = format!("what an installation needs on {}{arch}\n", self.version);
        self.drivers.iter().for_each(|way| of_version(&mut out, way, &self.version, self.arch.is_none()));
        steps::listed(&mut out, &self.version, &self.steps);
        list_sources(&mut out, &self.sources);
        formatter.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_says_what_it_asks_for_and_the_others_do_not() {
        for (os, has, lacks) in [
            ("10.6", &["setkernelbootarchitecture", "No code signature"][..], &["Developer ID", "approval"][..]),
            ("10.8", &["unsigned kexts load"], &["setkernelbootarchitecture", "Developer ID"]),
            ("10.10", &["kext-dev-mode=1"], &["System Integrity"]),
            ("10.11", &["System Integrity Protection disabled"], &["user's approval"]),
            ("10.13", &["user's approval"], &["Notarization", "kmutil"]),
            ("11", &["kmutil load -p", "A restart", "Notarization"], &["kext-dev-mode"]),
            ("14.4", &["killall"], &["setkernelbootarchitecture"]),
        ] {
            let text = needs(os, Some("x86_64").filter(|_| os != "10.6")).unwrap().to_string();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for one in has {
                assert!(text.contains(one), "{os}: {one} in {text}");
            }
            for one in lacks {
                assert!(!text.contains(one), "{os}: no {one} in {text}");
            }
        }
        assert!(needs("10.5", None).is_err() && needs("10.9", Some("arm64")).is_err());
    }

    #[test]
    fn the_steps_of_the_page_follow_with_the_release_in_them() {
        for (os, page) in [("10.6", "10.6"), ("10.14.5", "10.14"), ("11", "11"), ("26", "12")] {
            let needs = needs(os, None).unwrap();
            assert_eq!(needs.page, format!("macos-{page}"));
            let text = needs.to_string();
            assert!(text.contains(&format!("in the book: macos-{page}\n")), "{text}");
            assert!(text.contains(&format!("--os {os}\n")) && !text.contains("RELEASE"), "{text}");
        }
    }

    #[test]
    fn nothing_else_than_drivers_and_what_they_need_is_said() {
        let all = needs("15", None).unwrap();
        assert_eq!(all.drivers.len(), 2);
        assert!(all.drivers.iter().flat_map(|way| &way.statements).all(|one| one.kind != "cannot"));
        assert!(!all.sources.is_empty());
    }
}

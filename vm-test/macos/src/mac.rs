//! What a Mac says of itself, and what of it stands in the way of a run.

use std::fmt;

use runner::Error;
use serde::{Deserialize, Serialize};

use crate::Duty;
use crate::ssh::{Lost, SHORT, Ssh};

/// Where the programs are that a run needs; a shell over ssh has a shorter path.
pub const PATH: &str = "PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH; export PATH; ";
/// Kilobytes that a run writes at most: bundle, tool, and sound both ways.
const WANTED_KB: u64 = 256 << 10;
/// The programs of every release that a run needs.
const TOOLS: [&str; 6] = ["kextutil", "kextload", "kextunload", "kextstat", "ioreg", "tar"];

/// Asks for all that is looked at, one `key=value` a line.
const QUESTIONS: &str = r#"
echo "release=$(sw_vers -productVersion 2>/dev/null)"
echo "build=$(sw_vers -buildVersion 2>/dev/null)"
echo "kernel=$(/usr/bin/uname -s) $(/usr/bin/uname -r)"
echo "processor=$(/usr/bin/uname -m)"
echo "model=$(/usr/sbin/sysctl -n hw.model 2>/dev/null)"
echo "free=$(df -Pk /tmp | awk 'NR == 2 { print $4 }')"
echo "sip=$(csrutil status 2>/dev/null | head -n 1)"
echo "consent=$(spctl kext-consent status 2>/dev/null | head -n 1)"
echo "boot-args=$(nvram boot-args 2>/dev/null | cut -f 2)"
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo "root=yes"; fi
for tool in kextutil kextload kextunload kextstat kmutil ioreg ioclasscount log tar; do
  if command -v $tool > /dev/null 2>&1; then echo "tool=$tool"; fi
done
"#;

/// A Mac as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mac {
    /// ProductVersion: "10.11.6"; empty if it has no `sw_vers`.
    pub release: String,
    /// BuildVersion.
    pub build: String,
    /// Kernel and its release: "Darwin 15.6.0".
    pub kernel: String,
    /// The kernel's processor: "x86_64", or "i386" for a 32-bit kernel.
    pub processor: String,
    /// hw.model.
    pub model: String,
    /// Kilobytes free below /tmp.
    pub free_kb: u64,
    /// What `csrutil status` says; empty before 10.11.
    pub sip: String,
    /// What `spctl kext-consent status` says; empty before 10.13.
    pub consent: String,
    /// The kernel's boot arguments.
    pub boot_args: String,
    /// Whether commands can be run as root without a password.
    pub is_root: bool,
    /// The programs that there are.
    pub tools: Vec<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is as it must be.
    Fine,
    /// A run works without it, with less.
    Advice,
    /// No run works.
    Missing,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What: "release".
    pub what: &'static str,
    /// How it is.
    pub is: String,
    /// How much that matters.
    pub weight: Weight,
    /// What to do about it; empty if nothing.
    pub next: String,
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Weight::Fine => "ok",
            Weight::Advice => "advice",
            Weight::Missing => "MISSING",
        })
    }
}

/// Where to read what a test guest of a release takes.
fn steps(release: &str) -> String {
    format!(
        "all that a test guest of {release} takes: loopflower install --check --os {release}, and the book's page of {release}"
    )
}

impl Mac {
    /// Asks a Mac.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn ask(ssh: &Ssh) -> Result<Mac, Lost> {
        Ok(Mac::parse(&ssh.run(&format!("{PATH}{QUESTIONS}"), SHORT)?.out))
    }

    fn parse(answers: &str) -> Mac {
        let mut mac = Mac::default();
        for (key, value) in answers.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim().to_owned();
            match key {
                "release" => mac.release = value,
                "build" => mac.build = value,
                "kernel" => mac.kernel = value,
                "processor" => mac.processor = value,
                "model" => mac.model = value,
                "free" => mac.free_kb = value.parse().unwrap_or_default(),
                "sip" => mac.sip = value,
                "consent" => mac.consent = value,
                "boot-args" => mac.boot_args = value,
                "root" => mac.is_root = true,
                "tool" => mac.tools.push(value),
                // A login message.
                _ => {}
            }
        }
        mac
    }

    /// Major and minor version: (10, 11); (11, 0) and the like count as (11, 0).
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut parts = self.release.split('.').map_while(|part| part.parse().ok());
        Some((parts.next()?, parts.next().unwrap_or(0)))
    }

    /// Whether it has this program.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|known| known == tool)
    }

    /// Whether kexts are loaded by kmutil: since 11.
    pub fn has_collections(&self) -> bool {
        self.version().is_some_and(|version| version >= (11, 0))
    }

    /// All that was looked at, for a run as root by `has_password` or without.
    pub fn findings(&self, has_password: bool) -> Vec<Finding> {
        let finding =
            |what, is: &str, weight, next: &str| Finding { what, is: is.to_owned(), weight, next: next.to_owned() };
        let fine = |what, is: &str| finding(what, is, Weight::Fine, "");
        let missing = |what, is: &str, next: &str| finding(what, is, Weight::Missing, next);
        let mut all = vec![self.release_finding()];
        all.push(match self.processor.as_str() {
            "x86_64" => fine("processor", "x86_64"),
            "i386" => missing("processor", "the kernel is a 32-bit one", "start the 64-bit kernel: hold 6 and 4 at power-on, or: sudo systemsetup -setkernelbootarchitecture x86_64"),
            other => missing("processor", other, "take a Mac or guest with an Intel processor"),
        });
        all.push(if self.is_root {
            fine("root", "commands run as root without a password")
        } else if has_password {
            fine("root", "commands run as root by the target's password")
        } else {
            missing(
                "root",
                "sudo wants a password",
                "add password = \"…\" to the target's file, or let this user use sudo without one",
            )
        });
        let lacking: Vec<&str> = TOOLS.into_iter().filter(|tool| !self.has(tool)).collect();
        all.push(match lacking.as_slice() {
            [] => fine("programs", "all that a run needs"),
            some => missing(
                "programs",
                &format!("there is no {}", some.join(", ")),
                "these come with every macOS; see that this is one",
            ),
        });
        all.push(if self.free_kb >= WANTED_KB {
            fine("space", &format!("{} MB free in /tmp", self.free_kb >> 10))
        } else {
            missing(
                "space",
                &format!("{} MB free in /tmp", self.free_kb >> 10),
                &format!("make {} MB free", WANTED_KB >> 10),
            )
        });
        if self.version() >= Some((10, 11)) {
            all.push(self.sip_finding());
        }
        if self.version() >= Some((10, 13)) && self.version() < Some((11, 0)) {
            let is_off = self.consent.to_ascii_uppercase().contains("DISABLED");
            all.push(if is_off {
                fine("approval of kexts", "not asked for")
            } else {
                finding(
                    "approval of kexts",
                    if self.consent.is_empty() { "not known" } else { &self.consent },
                    Weight::Advice,
                    "approve the kext in System Preferences once, or in Recovery: spctl kext-consent disable",
                )
            });
        }
        let keeps_panics = ["keepsyms=1", "serial="].iter().all(|word| self.boot_args.contains(word));
        all.push(if keeps_panics {
            fine("boot-args", &self.boot_args)
        } else {
            finding(
                "boot-args",
                &self.boot_args,
                Weight::Advice,
                "to see a panic at once: sudo nvram boot-args=\"-v keepsyms=1 serial=3\", then restart",
            )
        });
        all
    }

    fn release_finding(&self) -> Finding {
        let (weight, next) = match self.version() {
            Some((10, minor @ 6..)) => (Weight::Fine, steps(&format!("10.{minor}"))),
            Some((11, _)) => (Weight::Fine, steps("11")),
            Some((12.., _)) => {
                (Weight::Missing, "take 10.6 to 11; for 12 and later there is the user-space driver".to_owned())
            }
            Some(_) => (Weight::Missing, "take 10.6 to 11: before 10.6 there is no 64-bit kernel".to_owned()),
            None => (Weight::Missing, "there is no sw_vers, so this is no Mac; mend the address".to_owned()),
        };
        let is = format!("{} ({}), {} {}", self.release, self.build, self.kernel, self.model);
        Finding { what: "release", is: is.trim_end().to_owned(), weight, next }
    }

    fn sip_finding(&self) -> Finding {
        let status = self.sip.trim_start_matches("System Integrity Protection status:").trim();
        let is_off = status.starts_with("disabled") || status.starts_with("unknown");
        let next = "in Recovery: csrutil disable, then restart (an unsigned kext loads only so)";
        Finding {
            what: "system integrity protection",
            is: if status.is_empty() { "not known".to_owned() } else { status.to_owned() },
            weight: if is_off { Weight::Fine } else { Weight::Missing },
            next: if is_off { String::new() } else { next.to_owned() },
        }
    }

    /// Whether it has the release that a run is for, as `who` says: "10.11", or "11" for every 11.x.
    ///
    /// # Errors
    /// [`Error::Missing`]: it has another.
    pub fn is_release(&self, target: &str, who: &str, wanted: Option<&str>) -> Result<(), Error> {
        let Some(wanted) = wanted else { return Ok(()) };
        let has = self.release == wanted || self.release.starts_with(&format!("{wanted}."));
        let release = &self.release;
        if has {
            Ok(())
        } else {
            Err(Error::Missing(format!(
                "target {target}: is {release}, and {who} says {wanted}; take another target, or mend {who}"
            )))
        }
    }

    /// Whether a run with this duty can begin: a user-space driver needs nothing of what only kexts need.
    ///
    /// # Errors
    /// [`Error::Missing`]: the first thing that is in the way, with what to do.
    pub fn check(&self, target: &str, has_password: bool, duty: Duty) -> Result<(), Error> {
        let findings = self.findings(has_password);
        let is_needed = |finding: &&Finding| duty != Duty::MeasurePlugIn || ["root", "space"].contains(&finding.what);
        let mut missing = findings.iter().filter(|finding| finding.weight == Weight::Missing).filter(is_needed);
        missing.next().map_or(Ok(()), |finding| {
            Err(Error::Missing(format!("target {target}: {}: {}; {}", finding.what, finding.is, finding.next)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EL_CAPITAN: &str = "Welcome\nrelease=10.11.6\nbuild=15G31\nkernel=Darwin 15.6.0\nprocessor=x86_64\nmodel=iMac11,3\nfree=900000\n\
        sip=System Integrity Protection status: disabled.\nconsent=\nboot-args=-v keepsyms=1 serial=3\nroot=yes\ntool=kextutil\ntool=kextload\n\
        tool=kextunload\ntool=kextstat\ntool=ioreg\ntool=tar\n";

    fn missing(answers: &str) -> Vec<&'static str> {
        let findings = Mac::parse(answers).findings(false);
        findings.iter().filter(|finding| finding.weight == Weight::Missing).map(|finding| finding.what).collect()
    }

    #[test]
    fn what_only_kexts_need_is_not_in_the_way_of_a_user_space_driver() {
        let answers = EL_CAPITAN.replace("10.11.6", "12.4").replace("status: disabled", "status: enabled");
        let mac = Mac::parse(&answers.replace("x86_64", "arm64").replace("tool=kextload\n", ""));
        assert!(mac.check("mac", false, Duty::MeasureKext).is_err());
        assert!(mac.check("mac", false, Duty::MeasurePlugIn).is_ok());
        let why = Mac::parse(&answers.replace("free=900000", "free=9000")).check("mac", false, Duty::MeasurePlugIn);
        assert!(why.unwrap_err().to_string().contains("make 256 MB free"));
    }

    #[test]
    fn a_mac_that_is_prepared_lacks_nothing() {
        let mac = Mac::parse(EL_CAPITAN);
        assert_eq!(mac.version(), Some((10, 11)));
        assert!(mac.findings(false).iter().all(|finding| finding.weight == Weight::Fine));
        let steps = |release: &str| Mac::parse(&EL_CAPITAN.replace("10.11.6", release)).findings(false)[0].next.clone();
        for (release, os) in [("10.6.8", "10.6"), ("10.11.6", "10.11"), ("11.7.10", "11")] {
            assert!(steps(release).contains(&format!("loopflower install --check --os {os},")), "{}", steps(release));
        }
        assert!(mac.check("x", false, Duty::Job).is_ok());
    }

    #[test]
    fn another_release_than_the_wanted_is_told() {
        let mac = Mac::parse(EL_CAPITAN);
        assert!(mac.is_release("x", "--os", Some("10.11")).is_ok() && mac.is_release("x", "--os", None).is_ok());
        let why = mac.is_release("x", "its table", Some("10.1")).unwrap_err().to_string();
        assert_eq!(why, "target x: is 10.11.6, and its table says 10.1; take another target, or mend its table");
    }

    #[test]
    fn each_thing_in_the_way_is_named_with_what_to_do() {
        let without = |from: &str, to: &str| missing(&EL_CAPITAN.replace(from, to));
        assert_eq!(without("disabled.", "enabled."), ["system integrity protection"]);
        assert_eq!(without("10.11.6", "12.4"), ["release"]);
        assert_eq!(without("10.11.6", "10.5.8"), ["release"]);
        assert_eq!(without("=x86_64", "=i386"), ["processor"]);
        assert_eq!(without("free=900000", "free=10"), ["space"]);
        assert_eq!(without("root=yes", ""), ["root"]);
        assert_eq!(without("tool=kextutil\n", ""), ["programs"]);
        let why = Mac::parse(&EL_CAPITAN.replace("disabled.", "enabled."))
            .check("el-capitan", false, Duty::Job)
            .unwrap_err()
            .to_string();
        assert_eq!(
            why,
            "target el-capitan: system integrity protection: enabled.; in Recovery: csrutil disable, then restart (an unsigned kext \
             loads only so)"
        );
        assert_eq!(missing(""), ["release", "processor", "root", "programs", "space"]);
    }
}

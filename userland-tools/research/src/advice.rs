//! How to get at the system's audio on a release: what works there, what it needs, and what it cannot do.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::Error;
use crate::sheet::{self, Source, entries, rows};
use crate::text::{WIDTH, wrapped};
use crate::timeline::{list_sources, said};
use crate::version::{FIRST_ON_ARM, Period, Version};

const WAYS: &str = include_str!("../data/ways.tsv");

/// The ways, as the table and people call them.
const NAMES: [(&str, &str); 5] = [
    ("kext", "kext (IOAudioFamily)"),
    ("plug-in", "plug-in (AudioServerPlugIn)"),
    ("screencapturekit", "ScreenCaptureKit"),
    ("process-tap", "process taps"),
    ("audiodriverkit", "AudioDriverKit"),
];

/// Kinds of statements that say whether a way is one.
const VERDICTS: [&str; 3] = ["works", "unproven", "no"];

/// The processors of Macs that macOS 11 and later have.
pub const ARCHS: [&str; 2] = ["x86_64", "arm64"];

/// A statement about a way.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// "kext", "plug-in", "screencapturekit", "process-tap" or "audiodriverkit".
    pub way: &'static str,
    /// "works", "unproven" or "no": whether it is a way; or "needs", "install", "cannot".
    pub kind: &'static str,
    /// The first version for which it holds.
    pub from: &'static str,
    /// The last; none while it still holds.
    pub to: Option<&'static str>,
    /// The only processor for which it holds, if there is one: "x86_64" or "arm64".
    pub arch: Option<&'static str>,
    /// The statement.
    pub statement: &'static str,
    /// "inferred" from other facts, "reported" by others, or "unproven"; none where it is known.
    pub certainty: Option<&'static str>,
    /// Names of sources.
    pub sources: Vec<&'static str>,
}

impl Statement {
    pub(crate) fn period(&self) -> Period {
        Period::of(self.from, self.to.unwrap_or(""))
    }

    fn is_verdict(&self) -> bool {
        VERDICTS.contains(&self.kind)
    }
}

/// All statements, in the order of the file.
pub fn statements() -> impl Iterator<Item = Statement> {
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    rows(WAYS).map(move |[way, kind, from, to, arch, statement, certainty, source]| Statement {
        way,
        kind,
        from,
        to: some(to),
        arch: some(arch),
        statement,
        certainty: some(certainty),
        sources: entries(source, ","),
    })
}

/// What is advised. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Advice {
    /// "loopflower capture-advice 1".
    pub format: &'static str,
    /// The version, where one was given; without, what is advised for every release.
    pub os: Option<String>,
    /// The processor, where one was given.
    pub arch: Option<String>,
    /// The ways, those that work first.
    pub ways: Vec<Way>,
    /// Where it comes from.
    pub sources: Vec<Source>,
    #[serde(skip)]
    version: Option<Version>,
}

/// A way to the system's audio.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// Its name in the table ("process-tap").
    pub way: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whether it is one, several statements where that changed within the release.
    pub verdicts: Vec<Statement>,
    /// What it needs, how it is installed and what it cannot do; none where it is no way.
    pub statements: Vec<Statement>,
}

/// The advice for a version of the system and a processor, "x86_64" or "arm64"; for all of them where none is given.
///
/// # Errors
/// Nothing is known of `os`, or there is none for the processor.
pub fn advice(os: Option<&str>, arch: Option<&str>) -> Result<Advice, Error> {
    let version = os.map(Version::parse).transpose()?;
    if let (Some(version), Some("arm64")) = (&version, arch)
        && version.is_before(&Period::of(FIRST_ON_ARM, "").from)
    {
        let why = format!("release {version} is for Intel only; Apple silicon begins with {FIRST_ON_ARM}");
        return Err(Error::NoFacts(why));
    }
    let holds = |one: &Statement| {
        version.as_ref().is_none_or(|version| one.period().touches(version))
            && (arch.is_none() || one.arch.is_none() || one.arch == arch)
    };
    let all: Vec<Statement> = statements().filter(holds).collect();
    let mut ways: Vec<Way> = NAMES.iter().map(|(way, name)| of_way(way, name, &all)).collect();
    if version.is_some() {
        ways.sort_by_key(|way| way.verdicts.iter().map(|one| rank(one.kind)).min());
    }
    let said = ways.iter().flat_map(|way| way.verdicts.iter().chain(&way.statements));
    let sources = sheet::named(said.flat_map(|one| one.sources.iter().copied()));
    let text = |given: Option<&str>| given.map(str::to_owned);
    Ok(Advice { format: "loopflower capture-advice 1", os: text(os), arch: text(arch), ways, sources, version })
}

fn of_way(way: &'static str, name: &'static str, all: &[Statement]) -> Way {
    let of_it = || all.iter().filter(|one| one.way == way).cloned();
    let verdicts: Vec<Statement> = of_it().filter(Statement::is_verdict).collect();
    let is_none = verdicts.iter().all(|one| one.kind == "no");
    let statements = of_it().filter(|one| !one.is_verdict() && !is_none).collect();
    Way { way, name, verdicts, statements }
}

/// Ways that work come first, those that are none last.
fn rank(verdict: &str) -> usize {
    VERDICTS.iter().position(|known| *known == verdict).unwrap_or(VERDICTS.len())
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        match &self.version {
            Some(version) => {
                let arch = self.arch.as_ref().map(|arch| format!(", {arch}")).unwrap_or_default();
                let _ = writeln!(out, "the system's audio on {version}{arch}");
                self.ways.iter().for_each(|way| of_version(&mut out, way, version, self.arch.is_none()));
                list_sources(&mut out, &self.sources);
            }
            None => self.overview(&mut out),
        }
        formatter.write_str(&out)
    }
}

impl Advice {
    /// A line for each release, with a column for each way.
    fn overview(&self, out: &mut String) {
        let titles: Vec<&str> = self.ways.iter().map(|way| way.way).collect();
        let _ = writeln!(out, "release  {}", columns(&titles));
        for release in Version::releases() {
            let cells: Vec<String> = self.ways.iter().map(|way| cell(way, &release)).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let _ = writeln!(out, "{release:7}  {}", columns(&cells));
        }
        out.push_str(
            "\nwhat each needs on a release, and where that is known from: loopflower capture-advice --os RELEASE\n",
        );
    }
}

fn columns(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:18}")).collect();
    cells.concat().trim_end().to_owned()
}

/// Whether a way is one on a release, in a word or two.
fn cell(way: &Way, release: &Version) -> String {
    let here = way.verdicts.iter().filter(|one| one.period().touches(release));
    let word = |one: &Statement| match (one.kind, one.period().part_of(release)) {
        ("no", part) if !part.is_empty() => None,
        (kind, part) if part.is_empty() => Some(kind.to_owned()),
        (kind, part) => Some(format!("{kind} {part}")),
    };
    let words: Vec<String> = here.filter_map(word).collect();
    if words.is_empty() { "no".to_owned() } else { words.join(", ") }
}

/// What is said of a way on a version; of which processor it is true only if `says_arch`.
pub(crate) fn of_version(out: &mut String, way: &Way, version: &Version, says_arch: bool) {
    let _ = writeln!(out, "\n{}", way.name);
    for one in way.verdicts.iter().chain(&way.statements) {
        let arch =
            one.arch.filter(|_| says_arch).map(|arch| if arch == "arm64" { "on Apple silicon" } else { "on Intel" });
        let part = Some(one.period().part_of(version)).filter(|part| !part.is_empty());
        let when: Vec<String> = arch.map(str::to_owned).into_iter().chain(part).collect();
        let when = if when.is_empty() { String::new() } else { format!("{}: ", when.join(", ")) };
        let text = format!("{when}{}{} [{}]", one.statement, said(one.certainty), one.sources.join(", "));
        let mut kind = one.kind;
        for line in wrapped(&text, WIDTH - 12) {
            let _ = writeln!(out, "  {kind:9} {line}");
            kind = "";
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_statement_is_of_a_way_and_has_a_source() {
        let known: BTreeSet<&str> = sheet::sources().map(|source| source.source).collect();
        for one in statements() {
            assert!(NAMES.iter().any(|(way, _)| *way == one.way), "{one:?}");
            assert!(one.is_verdict() || ["needs", "install", "cannot"].contains(&one.kind), "{one:?}");
            assert!(one.arch.is_none_or(|arch| ARCHS.contains(&arch)), "{one:?}");
            let certainty = [None, Some("inferred"), Some("reported"), Some("unproven")];
            assert!(certainty.contains(&one.certainty), "{one:?}");
            assert!(!one.sources.is_empty() && one.sources.iter().all(|source| known.contains(source)), "{one:?}");
            one.period();
        }
    }

    #[test]
    fn each_way_has_one_verdict_at_any_time() {
        let updates = ["12.2", "12.3", "14.1", "14.2", "14.3", "14.4"].map(|text| Version::parse(text).unwrap());
        let moments = Version::releases().filter(|release| !["12", "14"].contains(&release.to_string().as_str()));
        for moment in moments.chain(updates) {
            for (way, _) in NAMES {
                let here = statements().filter(|one| one.way == way && one.is_verdict());
                let here: Vec<Statement> = here.filter(|one| one.period().touches(&moment)).collect();
                assert_eq!(here.len(), 1, "{way} on {moment}: {here:?}");
            }
        }
    }

    #[test]
    fn what_is_no_way_needs_nothing_and_what_works_comes_first() {
        let old = advice(Some("10.6"), None).unwrap();
        assert_eq!(old.ways[0].way, "kext");
        assert!(old.ways.iter().filter(|way| way.verdicts[0].kind == "no").all(|way| way.statements.is_empty()));
        let new = advice(Some("15"), Some("arm64")).unwrap();
        let words: Vec<&str> = new.ways.iter().map(|way| way.verdicts[0].kind).collect();
        assert_eq!(words, ["works", "works", "works", "unproven", "no"]);
        let kext = new.ways.iter().find(|way| way.way == "kext").unwrap();
        assert!(kext.statements.iter().any(|one| one.statement.contains("Reduced Security")));
        let intel = advice(Some("15"), Some("x86_64")).unwrap();
        assert!(!intel.ways.iter().flat_map(|way| &way.statements).any(|one| one.arch == Some("arm64")));
    }

    #[test]
    fn there_is_no_apple_silicon_before_11() {
        assert!(matches!(advice(Some("10.15"), Some("arm64")), Err(Error::NoFacts(_))));
        assert!(matches!(advice(Some("16"), None), Err(Error::UnknownRelease { .. })));
        assert!(advice(None, None).unwrap().to_string().lines().any(|line| line.starts_with("14       unproven")));
    }
}

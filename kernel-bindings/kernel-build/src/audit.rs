//! Whether a finished kext keeps every rule of the kernels that it is for. Part of every build; also for any bundle.

mod bundle;
mod code;
mod image;
mod instructions;
mod linking;
mod names;
mod stack;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use abi::Release;
use abi::pack::Pack;

use crate::error::Error;
use crate::version::Version;

pub(crate) use image::Image;

/// A rule of the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Info.plist is one that kernels accept.
    Bundle,
    /// Each release's linker takes the kext.
    Link,
    /// The executable is not larger than it may be.
    Size,
    /// No runtime support that kernels lack: unwinder, atexit, guards, type information.
    ForbiddenSymbol,
    /// Only what must be is visible to other kexts, unless it is a library.
    Export,
    /// All instructions can be found and decoded.
    Code,
    /// No instruction that the oldest 64-bit Mac lacks.
    InstructionSet,
    /// No access below the stack pointer, where interrupts write.
    RedZone,
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Rule::Bundle => "bundle",
            Rule::Link => "link",
            Rule::Size => "size",
            Rule::ForbiddenSymbol => "forbidden symbol",
            Rule::Export => "export",
            Rule::Code => "code",
            Rule::InstructionSet => "instruction set",
            Rule::RedZone => "red zone",
        })
    }
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// Where: the symbol's Mach-O name, if it is about one.
    pub symbol: Option<String>,
    /// Bytes from the start of `symbol`, if it is about a place in a function.
    pub offset: Option<u64>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl Finding {
    fn new(rule: Rule, problem: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { rule, symbol: None, offset: None, problem: problem.into(), fix: fix.into() }
    }

    fn at_symbol(self, symbol: &str) -> Finding {
        Finding { symbol: Some(symbol.to_owned()), ..self }
    }

    fn at(self, symbol: &str, offset: u64) -> Finding {
        Finding { offset: Some(offset), ..self.at_symbol(symbol) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.rule)?;
        match (&self.symbol, self.offset) {
            (Some(symbol), Some(offset)) => write!(formatter, "{symbol}+{offset:#x}: ")?,
            (Some(symbol), None) => write!(formatter, "{symbol}: ")?,
            (None, _) => {}
        }
        write!(formatter, "{}\n    {}", self.problem, self.fix.replace('\n', "\n    "))
    }
}

/// The releases that an audit asks, read once.
pub struct Releases {
    packs: Vec<Vec<u8>>,
}

impl Releases {
    /// Makes the packs of `releases`.
    pub fn new(releases: &[Release]) -> Releases {
        Releases { packs: releases.iter().map(|&release| abi::pack::build(release)).collect() }
    }

    /// What OSBundleLibraries has to name for `imports`: components, each with a version that all these releases offer.
    pub fn libraries_for(&self, imports: &[&str]) -> BTreeMap<String, Version> {
        self.with(|packs| {
            let needed = crate::libraries::needed(imports, packs).into_iter();
            needed.map(|(identifier, version)| (identifier.to_owned(), version)).collect()
        })
    }

    /// Hands the packs to `use_packs`.
    pub(crate) fn with<T>(&self, use_packs: impl FnOnce(&[&Pack<'_>]) -> T) -> T {
        let packs: Vec<Pack<'_>> = self.packs.iter().filter_map(|bytes| Pack::from_bytes(bytes).ok()).collect();
        use_packs(&packs.iter().collect::<Vec<_>>())
    }
}

/// Audits the kext at `bundle` for `releases`; its executable may have `max_size` bytes. The findings are in the order of
/// the rules, then by place; none means that it holds.
///
/// # Errors
/// There is no bundle at `bundle`, or it cannot be read. What is wrong with a bundle that is there is a finding.
pub fn audit(bundle: &Path, releases: &Releases, max_size: u64) -> Result<Vec<Finding>, Error> {
    let bundle = bundle::Bundle::read(bundle)?;
    let mut findings = releases.with(|packs| {
        let mut findings = bundle.list.check(packs);
        findings.extend(linking::check(&bundle, packs));
        findings
    });
    let size = bundle.executable.len() as u64;
    if size > max_size {
        let problem = format!("the executable has {size} bytes, {max_size} are allowed");
        findings.push(Finding::new(Rule::Size, problem, "find what grew: llvm-nm --size-sort lists the functions"));
    }
    findings.extend(executable(&bundle.executable, bundle.list.is_library));
    findings.sort_by(|a, b| (a.rule, &a.symbol, a.offset).cmp(&(b.rule, &b.symbol, b.offset)));
    Ok(findings)
}

/// What the rules for names and code say of an executable, whatever the release: a thin x86_64 file of a kext that is a library
/// or none.
pub fn executable(file: &[u8], is_library: bool) -> Vec<Finding> {
    let image = match Image::read(file) {
        Ok(image) => image,
        Err(error) => return vec![Finding::new(Rule::Code, error.to_string(), "build the kext again")],
    };
    let code = code::Code::read(&image);
    let mut findings = names::check(&image, is_library);
    findings.extend(code.check());
    findings.extend(instructions::check(&code));
    findings.extend(stack::check(&code));
    findings
}

/// What the rules for Info.plist say of one, whatever the release.
///
/// # Errors
/// It is no property list, or not a dictionary.
pub fn info_plist(list: &[u8]) -> Result<Vec<Finding>, String> {
    Ok(bundle::List::read(list)?.check(&[]))
}

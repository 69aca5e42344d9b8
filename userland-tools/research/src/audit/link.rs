//! Each release's kernel, asked: does it resolve the libraries and link the kext, in its own words.

use abi::Release;
use abi::pack::{Component, Pack};
use kext_link::dependencies::{Request, library_refused, order};
use kext_link::link::{Library, Linked, Slot};
use kext_link::{Indirect, KextLibrary, PackLibrary, Rules, WEAK_FILLER, fat};
use serde::Serialize;

use super::bundle::Bundle;

/// Where kexts are linked for, each so far from the next; any will do that is a kernel's, within reach of its symbols.
const BASE: u64 = 0xffff_ff80_0100_0000;
const STRIDE: u64 = 0x0100_0000;
/// Where the kernel's symbols are said to be: nothing is going to run.
const SYMBOLS: u64 = 0xffff_ff80_1000_0000;
const SYMBOL_SIZE: u64 = 16;
/// The address for weak imports that nothing exports.
const FILLER: u64 = SYMBOLS - SYMBOL_SIZE;
/// How identifiers of Apple's families begin.
const FAMILIES: &str = "com.apple.iokit.";

/// What a release does with the kext.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The release.
    pub release: &'static str,
    /// The processor.
    pub arch: &'static str,
    /// "links", "patched" (it links, and slots of its vtables are filled anew), "refused"; where no rules of a linker are known:
    /// "exported" (everything it imports is there), "missing" (something is not), "unknown" (no facts about some of it), "unread"
    /// (what it imports could not be read).
    pub outcome: &'static str,
    /// How many slots are filled anew.
    pub patched_slots: u32,
    /// The refusal in the words of the release's kernel, line by line.
    pub message: Vec<String>,
    /// What to do about it.
    pub way_out: Option<String>,
    /// Imports that nobody exports there.
    pub missing: Vec<String>,
    /// What the linker logs although it takes the kext, and what it gets wrong.
    pub warnings: Vec<String>,
}

impl Verdict {
    /// One that says nothing yet.
    pub fn new(release: Release, arch: &'static str, outcome: &'static str) -> Verdict {
        Verdict {
            release: release.name(),
            arch,
            outcome,
            patched_slots: 0,
            message: Vec::new(),
            way_out: None,
            missing: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether the kext is not taken, or cannot be.
    pub fn is_refusal(&self) -> bool {
        matches!(self.outcome, "refused" | "missing")
    }
}

/// A kext and its libraries as a release links them.
pub struct Done {
    /// Each with its identifier, the kext itself last.
    pub kexts: Vec<(String, Linked)>,
}

/// What the kernel itself offers to its linker alone.
struct Filler;

impl Library for Filler {
    fn identifier(&self) -> &'static str {
        "__kernel__"
    }

    fn export(&self, name: &str) -> Option<u64> {
        (name == WEAK_FILLER).then_some(FILLER)
    }

    fn vtable(&self, _name: &str) -> Option<Vec<Slot>> {
        None
    }

    fn is_final(&self, _class: &str) -> bool {
        false
    }
}

/// The symbol of `pack` that is said to be at an address.
pub fn symbol_at<'p>(pack: &'p Pack<'_>, address: u64) -> Option<&'p str> {
    let index = address.checked_sub(SYMBOLS)? / SYMBOL_SIZE;
    pack.symbols.get(usize::try_from(index).ok()?).map(|symbol| symbol.name)
}

/// Whether `symbol` may come from the family `identifier`, of which there are no facts: by the word that its name has.
pub fn may_be_of(symbol: &str, identifier: &str) -> bool {
    let word = identifier.rsplit('.').next().unwrap_or_default();
    let word = word.strip_prefix("IO").unwrap_or(word);
    let word = word.strip_suffix("Family").unwrap_or(word);
    word.len() > 1 && symbol.contains(word)
}

/// Families that kexts name and nobody knows, with what is taken to be theirs.
fn stand_ins<'b>(pack: &Pack<'b>, kexts: &'b [&Bundle], imports: &'b [String]) -> Pack<'b> {
    let mut pack = pack.clone();
    for (identifier, version) in kexts.iter().flat_map(|kext| &kext.list.libraries) {
        let known = pack.components.iter().any(|component| component.identifier == identifier)
            || kexts.iter().any(|kext| kext.list.identifier == *identifier);
        if known || !identifier.starts_with(FAMILIES) {
            continue;
        }
        let is_exported =
            |name: &str| pack.symbol(name).is_some_and(|at| !pack.symbols[at as usize].exported_by.is_empty());
        let names: Vec<&str> = imports
            .iter()
            .map(String::as_str)
            .filter(|name| may_be_of(name, identifier) && !is_exported(name))
            .collect();
        pack = pack.with_component(Component { identifier, version, compatible: version }, &names);
    }
    pack
}

/// Links `kexts` (the one that is asked about last) on the release of `pack`, and hands what came of it to `look`.
pub fn verdict(
    release: Release,
    pack: &Pack<'_>,
    kexts: &[&Bundle],
    imports: &[String],
    look: impl FnOnce(&Pack<'_>, &Done),
) -> Verdict {
    let mut verdict = Verdict::new(release, "x86_64", "refused");
    // A kext with a component's identifier takes its place, as a Mac's own family does.
    let pack = pack.without(|component| kexts.iter().any(|kext| kext.list.identifier == component));
    let pack = stand_ins(&pack, kexts, imports);
    match link(&pack, kexts) {
        Ok(done) => {
            let linked = done.kexts.last().map(|(_, linked)| linked);
            verdict.patched_slots = linked.map_or(0, |linked| linked.patched_slots);
            verdict.warnings = linked.map_or_else(Vec::new, |linked| linked.warnings.clone());
            verdict.outcome = if verdict.patched_slots > 0 { "patched" } else { "links" };
            look(&pack, &done);
        }
        Err((message, way_out)) => {
            verdict.message = message.lines().map(str::to_owned).collect();
            verdict.way_out = way_out;
        }
    }
    let faults =
        kexts.last().and_then(|kext| fat::x86_64(&kext.executable).ok()).zip(Rules::for_release(release.name()));
    for fault in faults.map_or_else(Vec::new, |(file, rules)| kext_link::check(file, &rules)) {
        if fault.manner == kext_link::Manner::Trap && !verdict.warnings.contains(&fault.message) {
            verdict.warnings.push(fault.message);
        }
    }
    verdict
}

type Refused = (String, Option<String>);

/// Resolves and links as the release's kernel does.
fn link(pack: &Pack<'_>, kexts: &[&Bundle]) -> Result<Done, Refused> {
    let rules = Rules::for_release(pack.release).ok_or_else(|| ("no linker's rules are known".to_owned(), None))?;
    let requests: Vec<Request<'_>> = kexts
        .iter()
        .map(|kext| Request {
            identifier: &kext.list.identifier,
            name: &kext.list.executable,
            version: &kext.list.version,
            compatible: kext.list.compatible.as_deref(),
            libraries: &kext.list.libraries,
            uuid: fat::x86_64(&kext.executable).ok().and_then(Request::uuid_of),
        })
        .collect();
    let ordered = order(&requests, kexts.len() - 1, pack).map_err(|words| (words, None))?;
    let mut done = Done { kexts: Vec::new() };
    let wanted = &kexts[kexts.len() - 1].list.identifier;
    for (place, index) in ordered.into_iter().enumerate() {
        let kext = kexts[index];
        let file = fat::x86_64(&kext.executable).map_err(|words| (words.to_owned(), None))?;
        let linked = link_one(pack, rules, (kext, kexts), file, &done, BASE + place as u64 * STRIDE);
        let linked = linked.map_err(|(message, way_out)| match &kext.list.identifier {
            library if library == wanted => (message, way_out),
            library => (library_refused(library, wanted, &message), way_out),
        })?;
        done.kexts.push((kext.list.identifier.clone(), linked));
    }
    Ok(done)
}

/// Links against what the kext names itself, and sees the vtables of what that needs.
fn link_one(
    pack: &Pack<'_>,
    rules: Rules,
    (kext, kexts): (&Bundle, &[&Bundle]),
    file: &[u8],
    done: &Done,
    base: u64,
) -> Result<Linked, Refused> {
    let names = |identifier: &str| kext.names(identifier);
    let is_done = |known: &Bundle| done.kexts.iter().any(|(identifier, _)| *identifier == known.list.identifier);
    let indirect = |identifier: &str| kexts.iter().any(|known| is_done(known) && known.names(identifier));
    let address = |symbol: u32| SYMBOLS + u64::from(symbol) * SYMBOL_SIZE;
    let components = pack.components.iter().filter(|it| names(it.identifier) || indirect(it.identifier));
    let components: Vec<PackLibrary<'_>> =
        components.filter_map(|component| PackLibrary::find(pack, component.identifier, address)).collect();
    let before: Vec<KextLibrary<'_>> = done.kexts.iter().map(|(name, linked)| KextLibrary::new(name, linked)).collect();
    let known = components.iter().map(|library| library as &dyn Library);
    let known: Vec<&dyn Library> = known.chain(before.iter().map(|library| library as &dyn Library)).collect();
    let indirect: Vec<Indirect<'_>> = known.iter().map(|library| Indirect(*library)).collect();
    let mut libraries: Vec<&dyn Library> = (known.iter().zip(&indirect))
        .map(|(direct, indirect)| if names(direct.identifier()) { *direct } else { indirect as &dyn Library })
        .collect();
    libraries.push(&Filler);
    kext_link::link(file, &rules, &kext.list.identifier, &libraries, base).map_err(|refusal| {
        let origin = if refusal.origin.is_empty() { String::new() } else { format!("{}: ", refusal.origin) };
        let lines: Vec<String> = refusal.message.lines().map(|line| format!("{origin}{line}")).collect();
        (lines.join("\n"), Some(refusal.detail))
    })
}

//! Compares what a compiler makes of the headers with the facts of every claimed release.
use crate::facts::{Facts, ReleaseFacts};
use crate::probe;
use crate::readback::Readback;
use crate::{Clang, Error};
use abi::Release;
use abi::tables::Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// What the comparison with one release gave.
#[derive(Debug)]
pub struct Outcome {
    /// The release.
    pub release: Release,
    /// How many sizes, offsets and values were compared.
    pub numbers: usize,
    /// How many vtables, those of metaclasses included.
    pub tables: usize,
    /// How many slots in them.
    pub slots: usize,
    /// Slots of the headers that the release's linker replaces by name, as `old -> new`, each once.
    pub patched: BTreeSet<String>,
    /// What is not as it must be.
    pub failures: Vec<String>,
}

/// The outcomes of all claimed releases, oldest first.
#[derive(Debug)]
pub struct Report(pub Vec<Outcome>);

impl Report {
    /// Whether nothing failed.
    pub fn holds(&self) -> bool {
        self.0.iter().all(|outcome| outcome.failures.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.0 {
            let Outcome { release, numbers, tables, slots, patched, failures } = outcome;
            writeln!(
                f,
                "{release:>5}: {numbers} sizes, offsets and values, {slots} slots in {tables} vtables; {} patched by name, {} wrong",
                patched.len(),
                failures.len()
            )?;
            for slot in patched {
                writeln!(f, "         patched: {slot}")?;
            }
            for failure in failures {
                writeln!(f, "         WRONG: {failure}")?;
            }
        }
        Ok(())
    }
}

/// Compiles the headers in the folder `include` once and compares the result with every claimed release.
///
/// # Errors
/// The headers do not compile, or the probe's object file is not as expected. That something is not as it must be is in
/// the report.
pub fn check(facts: &Facts, include: &Path, clang: &Clang) -> Result<Report, Error> {
    let mut expressions = BTreeMap::new();
    for release in &facts.releases {
        for (about, quantity) in probe::quantities(facts, release)? {
            expressions.insert(about, quantity.expression);
        }
    }
    let bases = bases(facts);
    let source = probe::source(expressions.values().map(String::as_str), &bases);
    let object = clang.compile(include, &source)?;
    let readback = Readback::open(&object)?;
    let numbers = readback.numbers(probe::NUMBERS, expressions.len())?;
    let numbers = expressions.into_keys().zip(numbers).collect();
    let mut tables = BTreeMap::new();
    for base in &bases {
        tables.insert(base.as_str(), readback.table(&probe::table_symbol(base))?);
    }
    let outcomes = facts.releases.iter().map(|release| compare(facts, release, &numbers, &tables));
    Ok(Report(outcomes.collect::<Result<_, _>>()?))
}

/// The classes and metaclasses whose tables are looked at.
fn bases(facts: &Facts) -> Vec<String> {
    let known = &facts.oldest().classes;
    let with_metaclass = probe::classes().filter(|name| known.get(name).is_some_and(|class| class.has_metaclass));
    let metaclasses = with_metaclass.map(|name| format!("{name}::MetaClass"));
    probe::classes().map(str::to_owned).chain(metaclasses).collect()
}

fn compare(
    facts: &Facts,
    release: &ReleaseFacts,
    numbers: &BTreeMap<String, u64>,
    tables: &BTreeMap<&str, Vec<&str>>,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome {
        release: release.release,
        numbers: 0,
        tables: tables.len(),
        slots: 0,
        patched: BTreeSet::new(),
        failures: Vec::new(),
    };
    for (about, quantity) in probe::quantities(facts, release)? {
        outcome.numbers += 1;
        let (wanted, found) = (quantity.value, numbers.get(&about).copied());
        if found != Some(wanted) {
            let found = found.map_or("none".to_owned(), |n| n.to_string());
            outcome.failures.push(format!("{about}: {wanted} on this release, {found} by the headers"));
        }
    }
    for (base, ours) in tables {
        compare_table(base, ours, &table(facts.oldest(), base), &table(release, base), &mut outcome);
    }
    Ok(outcome)
}

/// The vtable of a class or metaclass on a release; empty where it is not there.
fn table(release: &ReleaseFacts, base: &str) -> Vec<Slot> {
    let (name, of_metaclass) = base.strip_suffix("::MetaClass").map_or((base, false), |name| (name, true));
    match release.classes.get(name) {
        Some(class) if of_metaclass => release.classes.metaclass_vtable(class),
        Some(class) => release.classes.vtable(class),
        None => Vec::new(),
    }
}

/// Compares the table that the compiler makes for a subclass of `base`, slot by slot.
fn compare_table(base: &str, ours: &[&str], oldest: &[Slot], theirs: &[Slot], outcome: &mut Outcome) {
    // The subclass ends with the one function that it adds.
    let inherited = ours.len().saturating_sub(1);
    if inherited != theirs.len() {
        let wrong = format!("vtable of {base}: {} slots on this release, {inherited} by the headers", theirs.len());
        outcome.failures.push(wrong);
    }
    for (index, (ours, theirs)) in ours[..inherited].iter().zip(theirs).enumerate() {
        outcome.slots += 1;
        let known = oldest.get(index).filter(|known| is_as_known(ours, known));
        if is_as_known(ours, theirs) || known.is_some_and(|known| known.is_pure) {
            // What was pure when the kext was built, the kext defines itself.
            continue;
        }
        let wanted = theirs.emitted();
        if known.is_some_and(|known| is_patched(known, theirs)) {
            outcome.patched.insert(format!("{ours} -> {wanted}"));
        } else {
            let wrong = format!("vtable of {base}, slot {index}: {wanted} on this release, {ours} by the headers");
            outcome.failures.push(wrong);
        }
    }
}

/// Whether the compiler's slot of a subclass is what the facts say that a subclass gets.
fn is_as_known(ours: &str, slot: &Slot) -> bool {
    // A destructor is the subclass's own, the complete one first, then the deleting one.
    match ["D1Ev", "D0Ev"].into_iter().find(|variant| slot.symbol.ends_with(variant)) {
        Some(variant) => ours.ends_with(variant),
        None => ours == slot.emitted(),
    }
}

/// Whether the kernel's linker turns the oldest release's slot into this release's: the pad has become a method, or the
/// same method is now defined by another class of the line.
fn is_patched(oldest: &Slot, now: &Slot) -> bool {
    if oldest.introduced_by != now.introduced_by {
        return false;
    }
    if oldest.is_reserved() { !now.is_reserved() } else { oldest.method == now.method }
}

//! `loopflower kpi`: what the bench's kernel interface covers, and what Apple's is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use abi::Release;
use abi::pack::Pack;
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use kpi::coverage::Status;
use kpi::registry::Part;
use plugin_image::{Image, Import};
use runner::Error;
use runner::bundle::Bundle;
use runner::plugin;
use runner::stand_in::with_stand_ins;
use verbs::audit::{self, Audit};
use verbs::research::{self, Diff, Search, Show, Timeline};

use crate::arguments::releases;
use crate::hosted;

/// What the machines are made of.
const PARTS: [Part; 5] = [kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART, kpi::kext::PART, ioaudio::PART];

#[derive(Debug, Subcommand)]
pub enum Kpi {
    /// Tell for each symbol of the kernel whether the bench has it: implemented, pad (a slot that nobody may call) or trap (a
    /// call stops the run with its name)
    Coverage(Coverage),
    /// Show what is known of a symbol, a class or one of its members: signature, vtable slot, layout, releases, component,
    /// deprecation
    Show(Show),
    /// Tell what came, went and moved from one release to another: exports, classes, slots, fields, sizes, deprecation
    Diff(Diff),
    /// Find symbols, classes, constants and registry keys by a part of their names
    Search(Search),
    /// Tell what a kext uses, where that exists, and on which releases it links by their own linkers' rules; or what a user-space
    /// driver is made of
    Audit(Audit),
    /// Tell what was deprecated, signed, approved and installed how, release by release
    Timeline(Timeline),
}

#[derive(Debug, Args)]
pub struct Coverage {
    /// Only what this kext imports; of a user-space driver, what the host of those has of the libraries that it imports
    bundle: Option<PathBuf>,

    /// The release whose symbols are meant
    #[arg(long, value_name = "RELEASE", default_value = "10.9", value_parser = releases())]
    os: Release,

    /// Form of the table on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON list, an object a symbol
    Json,
}

/// A line of the table.
struct Row {
    symbol: String,
    /// Identifier of the bundle that exports it; none does where it is absent.
    component: Option<String>,
    status: Status,
}

/// Does what the subcommand says.
pub fn run(verb: &Kpi) -> anyhow::Result<bool> {
    match verb {
        Kpi::Coverage(arguments) => coverage(arguments),
        Kpi::Show(arguments) => research::show(arguments),
        Kpi::Diff(arguments) => research::diff(arguments),
        Kpi::Search(arguments) => research::search(arguments),
        Kpi::Audit(arguments) => {
            let names = |all: Vec<(&'static str, _)>| all.into_iter().map(|(name, _)| name).collect();
            let implemented: Option<BTreeSet<&str>> = hosted::implemented().map(names);
            match implemented {
                Some(implemented) => audit::audit(arguments, Some(&|name| implemented.contains(name))),
                None => audit::audit(arguments, None),
            }
        }
        Kpi::Timeline(arguments) => research::timeline(arguments),
    }
}

fn coverage(arguments: &Coverage) -> anyhow::Result<bool> {
    if let Some(path) = arguments.bundle.as_deref().filter(|path| plugin::is_plugin(path)) {
        let rows = of_plugin(path)?;
        return tell(&match arguments.format {
            Format::Human => human_of_plugin(&rows, path),
            Format::Json => json(&rows),
        });
    }
    let bytes = abi::pack::build(arguments.os);
    let pack = Pack::from_bytes(&bytes).context("the release's pack")?;
    let rows = match &arguments.bundle {
        Some(path) => {
            let bundle = Bundle::read(path)?;
            let extended = with_stand_ins(&pack, &[&bundle]);
            let extended = extended.as_deref().map(Pack::from_bytes).transpose().context("the pack with stand-ins")?;
            of_bundle(extended.as_ref().unwrap_or(&pack), path, &bundle)?
        }
        None => of_release(&pack),
    };
    let text = match arguments.format {
        Format::Human => human(&rows, arguments),
        Format::Json => json(&rows),
    };
    tell(&text)
}

fn tell(text: &str) -> anyhow::Result<bool> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the table")?;
    Ok(true)
}

/// What a user-space driver imports, by name, with the library that it names.
fn of_plugin(path: &Path) -> anyhow::Result<Vec<Row>> {
    let bundle = plugin::Bundle::read(path)?;
    let image = Image::read(&bundle.executable);
    let image = image.map_err(|why| Error::Refused(format!("{}: its executable: {why}", path.display())))?;
    let implemented = hosted::implemented().ok_or_else(|| {
        Error::Usage(format!("{}: the host of user-space drivers, of which this tells, needs Linux", path.display()))
    })?;
    let row = |import: &Import| {
        let known =
            implemented.iter().any(|(symbol, _)| *symbol == import.symbol) && !hosted::only_stops(&import.symbol);
        let component = Some(import.library.clone()).filter(|library| !library.is_empty());
        let status = if known { Status::Implemented } else { Status::Trap };
        Row { symbol: import.symbol.clone(), component, status }
    };
    let mut rows: Vec<Row> = image.imports.iter().map(row).collect();
    rows.sort_by(|left, right| left.symbol.cmp(&right.symbol));
    rows.dedup_by(|left, right| left.symbol == right.symbol);
    Ok(rows)
}

fn human_of_plugin(rows: &[Row], path: &Path) -> String {
    let (mut text, traps) = lines(rows, "(it names no library)");
    let (total, traps) = (rows.len(), traps.get(&Status::Trap).copied().unwrap_or(0));
    let shown = path.display();
    let _ = writeln!(text, "{total} imports of {shown}: {} implemented, {traps} traps", total - traps);
    text
}

/// Everything that a component exports, component by component.
fn of_release(pack: &Pack<'_>) -> Vec<Row> {
    let statuses = kpi::coverage::of(pack, &PARTS);
    let of_component = |(index, component): (usize, &abi::pack::Component<'_>)| {
        let exports = pack.symbols.iter().zip(&statuses);
        let exports = exports.filter(move |(symbol, _)| symbol.exported_by.contains(&(index as u8)));
        let row = |(symbol, status): (&abi::pack::Symbol<'_>, &Status)| Row {
            symbol: symbol.name.to_owned(),
            component: Some(component.identifier.to_owned()),
            status: *status,
        };
        exports.map(row).collect::<Vec<_>>()
    };
    pack.components.iter().enumerate().flat_map(of_component).collect()
}

/// What a kext imports, by name. Where several components export a symbol, the one that the kext names counts.
fn of_bundle(pack: &Pack<'_>, path: &Path, bundle: &Bundle) -> anyhow::Result<Vec<Row>> {
    let refused = |why: String| Error::Refused(format!("{}: {why}", path.display()));
    let imports = runner::imports::imports(&bundle.executable).map_err(refused)?;
    let statuses = kpi::coverage::of(pack, &PARTS);
    let named = |identifier: &str| bundle.kext.libraries.iter().any(|(library, _)| library == identifier);
    let row = |symbol: &str| {
        let index = pack.symbol(symbol).map(|index| index as usize);
        let mut owners: Vec<&str> = index.map_or(Vec::new(), |index| {
            let owners = pack.symbols[index].exported_by.iter();
            owners.map(|&owner| pack.components[usize::from(owner)].identifier).collect()
        });
        owners.sort_by_key(|owner| !named(owner));
        let component = owners.first().map(|&owner| owner.to_owned());
        let unknown = if kpi::coverage::is_pad(symbol) { Status::Pad } else { Status::Trap };
        let status = index.filter(|_| component.is_some()).map_or(unknown, |index| statuses[index]);
        Row { symbol: symbol.to_owned(), component, status }
    };
    Ok(imports.iter().map(|symbol| row(symbol)).collect())
}

fn human(rows: &[Row], arguments: &Coverage) -> String {
    let (mut text, counts) = lines(rows, "(no component exports it)");
    let count = |status| counts.get(&status).copied().unwrap_or(0);
    let subject = match &arguments.bundle {
        Some(bundle) => format!("imports of {}", bundle.display()),
        None => "exports".to_owned(),
    };
    let (implemented, pads, traps) = (count(Status::Implemented), count(Status::Pad), count(Status::Trap));
    let total = rows.len();
    let _ = writeln!(
        text,
        "{total} {subject} on {}: {implemented} implemented, {pads} pads, {traps} traps",
        arguments.os.name()
    );
    let unknown = rows.iter().filter(|row| row.component.is_none()).count();
    if unknown > 0 {
        let _ = writeln!(text, "{unknown} of them no component of {} exports", arguments.os.name());
    }
    text
}

/// A line for each row, and how many there are of each kind. `nobody` is said where no component has it.
fn lines(rows: &[Row], nobody: &str) -> (String, BTreeMap<Status, usize>) {
    /// Longer names push their line's other columns out.
    const WIDEST: usize = 72;
    let component = |row: &'_ Row| row.component.clone().unwrap_or_else(|| nobody.to_owned());
    let symbols = rows.iter().map(|row| row.symbol.len()).max().unwrap_or(0).min(WIDEST);
    let components = rows.iter().map(|row| component(row).len()).max().unwrap_or(0);
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{:symbols$}  {:components$}  {}", row.symbol, component(row), row.status.name());
        *counts.entry(row.status).or_default() += 1;
    }
    (text, counts)
}

fn json(rows: &[Row]) -> String {
    let row = |row: &Row| serde_json::json!({ "symbol": row.symbol, "component": row.component, "status": row.status.name() });
    let list: Vec<_> = rows.iter().map(row).collect();
    format!("{:#}\n", serde_json::Value::Array(list))
}

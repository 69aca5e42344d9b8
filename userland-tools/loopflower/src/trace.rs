//! `loopflower trace`: what a driver and the kernel call of each other, as views, and what differs between two traces.

use std::path::{Path, PathBuf};

use runner::{Error, output};
use trace_views::{Trace, Way, difference, functions, read};

use crate::arguments::{EXIT_CODES, Format, Run};
use crate::outputs::{self, Named};
use crate::{places, run};

/// The page's file.
const PAGE: &str = "index.html";
/// The functions that are told on standard output.
const MOST_CALLED: usize = 12;

/// Arguments of `loopflower trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Views {
    /// The options of `loopflower run`; in place of a bundle, a trace that it wrote (FILE.jsonl)
    #[command(flatten)]
    run: Run,

    /// A second trace (FILE.jsonl): what differs between the two is told, and no view is made
    #[arg(value_name = "TRACE", requires = "bundle")]
    other: Option<PathBuf>,

    /// Folder for the views, made if need be: a page, and tables as CSV [default: run/trace in the target folder]
    #[arg(long, value_name = "DIR", conflicts_with = "other")]
    out: Option<PathBuf>,
}

/// Makes views of a run or of a trace, or compares two traces; whether the run held, or the traces are the same.
pub fn trace(mut arguments: Views) -> anyhow::Result<bool> {
    let subject = arguments.run.bundle.clone().filter(|path| is_trace(path));
    match (&subject, &arguments.other) {
        (Some(old), Some(new)) => compare(old, new),
        (None, Some(new)) => Err(Error::Usage(format!(
            "{}: two traces can be compared, and the first is none; their names end with .jsonl",
            new.display()
        ))
        .into()),
        (Some(path), None) => {
            let out = arguments.out.unwrap_or_else(|| places::run().join("trace"));
            prepare(&out)?;
            view(path, &name(path), &out, arguments.run.format)?;
            Ok(true)
        }
        (None, None) => {
            let out = arguments.out.unwrap_or_else(|| places::run().join("trace"));
            let path = arguments.run.aids.record(out.join("trace.jsonl"))?;
            prepare(&out)?;
            let driver = arguments.run.bundle.clone().or(arguments.run.kext.clone()).map_or_else(places::kext, Ok)?;
            let read = [Named { option: "the bundle", path: &driver }];
            outputs::check(&read, &[Named { option: "--out", path: &out.join(PAGE) }])?;
            let held = run::run(&arguments.run)?;
            view(&path, &name(&driver), &out, arguments.run.format)?;
            Ok(held)
        }
    }
}

fn is_trace(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "jsonl")
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Makes the folder for the views, and sees that they can be written there.
fn prepare(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).map_err(|why| Error::Usage(format!("--out {}: {why}", out.display())))?;
    Ok(output::check(&out.join(PAGE))?)
}

/// Writes the views of the trace at `path`, and tells it in short: behind a report in JSON not on standard output.
fn view(path: &Path, title: &str, out: &Path, format: Format) -> anyhow::Result<()> {
    let trace = read(path)?;
    for (name, bytes) in trace.files(title)? {
        output::write_all(&out.join(name), &bytes)?;
    }
    let text = format!("{}  page      {}\n", short(&trace), out.join(PAGE).display());
    match format {
        Format::Human => print!("{text}"),
        Format::Json => eprint!("{text}"),
    }
    Ok(())
}

/// The most called functions, a line each.
fn short(trace: &Trace) -> String {
    let functions = functions(trace);
    let most = functions.iter().take(MOST_CALLED).map(|function| {
        let way = if function.way == Way::In { "in " } else { "out" };
        format!("  {:>7}   {way} {}\n", function.calls, function.name)
    });
    let head = format!("  traced    {} calls of {} functions\n", trace.calls.len(), functions.len());
    std::iter::once(head).chain(most).collect()
}

fn compare(old: &Path, new: &Path) -> anyhow::Result<bool> {
    let found = difference(&read(old)?, &read(new)?);
    if found.text.is_empty() {
        println!("the traces say the same");
    } else {
        println!("--- {}\n+++ {}", old.display(), new.display());
        print!("{}", found.text);
        println!("{} lines are gone, {} have come", found.gone, found.come);
    }
    Ok(found.text.is_empty())
}

//! `loopflower run --machine macos` and `loopflower vm`.

mod targets;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use macos::{Carrier, Finding, Target, Weight};
use runner::Error;

pub use targets::{Given, run};

use crate::arguments::{CARRIER, EXIT_CODES};
use crate::places;

/// Seconds that a run on a Mac may take, and how many more it then has to clean up.
pub const TIMEOUT: u64 = 900;
pub const CLEAN_UP: u64 = 1200;

/// Verbs of `loopflower vm`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Say what a Mac or guest lacks for runs, and what to do about it
    #[command(after_help = EXIT_CODES)]
    Check {
        /// ssh://USER@HOST, a file of targets, FILE#NAME, or a name (or all) of loopflower-targets.toml
        target: String,
    },
}

/// Looks at targets; whether runs can begin there.
pub fn look(verb: &Verb) -> anyhow::Result<bool> {
    let Verb::Check { target } = verb;
    let mut missing = false;
    let targets = macos::find(target)?;
    for target in &targets {
        let lines = match macos::check(target) {
            Ok(findings) => {
                missing |= findings.iter().any(|finding| finding.weight == Weight::Missing);
                findings.iter().map(line).collect::<String>()
            }
            // One that cannot be asked does not keep the others from it.
            Err(Error::Missing(why)) if targets.len() > 1 => {
                missing = true;
                format!("  {:<8}answer: {why}\n", Weight::Missing)
            }
            Err(other) => return Err(other.into()),
        };
        write!(std::io::stdout(), "{}\n{lines}", target.name).context("cannot write what was found")?;
    }
    if missing {
        Err(Error::Missing("no run works there before what is MISSING is mended".to_owned()).into())
    } else {
        Ok(true)
    }
}

fn line(finding: &Finding) -> String {
    let Finding { what, is, weight, next } = finding;
    let next = if next.is_empty() { String::new() } else { format!("          {next}\n") };
    format!("  {weight:<8}{what}: {is}\n{next}")
}

/// This program, as the one that carries a run out.
pub fn carrier() -> anyhow::Result<Carrier> {
    let program = std::env::current_exe().context("cannot find the program that carries the run out")?;
    Ok(Carrier { program, subcommand: CARRIER.to_owned() })
}

/// The folder for what is fetched from a target.
pub fn fetched(target: &Target) -> anyhow::Result<PathBuf> {
    let folder = places::run().join("macos").join(file_name(target));
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    Ok(folder)
}

/// A target's name as a part of a file's.
fn file_name(target: &Target) -> String {
    target.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect()
}

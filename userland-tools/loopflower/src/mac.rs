//! `loopflower run --machine macos` and `loopflower vm`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use abi::Release;
use anyhow::Context;
use clap::Subcommand;
use macos::{Carrier, Duty, Finding, MacOs, Subject, Target, Weight};
use runner::Error;
use runner::bundle::Bundle;
use runner::progress::Progress;
use runner::run::{Finished, Options, run as run_job};

use crate::arguments::{CARRIER, EXIT_CODES, Run, Scenario};
use crate::places;
use crate::run::options;

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
    for target in macos::find(target)? {
        let findings = macos::check(&target)?;
        missing |= findings.iter().any(|finding| finding.weight == Weight::Missing);
        let lines = findings.iter().map(line).collect::<String>();
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

/// Runs each scenario on each target.
pub fn run(arguments: &Run, done: &mut dyn FnMut(Finished)) -> anyhow::Result<()> {
    let usage = |what: &str| Error::Usage(what.to_owned());
    let word =
        arguments.target.as_deref().ok_or_else(|| usage("--machine macos wants a --target; one is ssh://USER@HOST"))?;
    let aids = [("--trace", arguments.aids.trace().is_some()), ("--debug", arguments.aids.debug)];
    let bench = [("--library", !arguments.libraries.is_empty()), ("--boot-args", !arguments.boot_args.is_empty())];
    if let Some((option, _)) = aids.iter().chain(&bench).find(|(_, asked)| *asked) {
        return Err(usage(&format!("{option} is for the machines of the bench, not for a Mac")).into());
    }
    let targets = macos::find(word)?;
    for scenario in &arguments.scenario {
        if !matches!(scenario, Scenario::Load | Scenario::Loop) {
            return Err(
                usage("a Mac loads and loops; other scenarios need the bench's clock: take hosted or vm").into()
            );
        }
    }
    for target in &targets {
        for scenario in &arguments.scenario {
            done(one(arguments, target, scenario)?);
        }
    }
    Ok(())
}

fn one(arguments: &Run, target: &Target, scenario: &Scenario) -> anyhow::Result<Finished> {
    let options = options(arguments, scenario)?;
    let timeout = arguments.timeout.unwrap_or(TIMEOUT);
    let bundle = Bundle::read(&options.kext)?;
    let agent = target.agent.clone().map_or_else(places::agent, Ok)?;
    if *scenario == Scenario::Loop && !agent.is_file() {
        let shown = agent.display();
        return Err(Error::Missing(format!("our tool for Macs {shown} is missing; type: cargo xtask build")).into());
    }
    let fetched = fetched(target)?;
    let subject = Subject {
        bundle: options.kext.clone(),
        identifier: bundle.kext.identifier,
        agent,
        fetched,
        timeout,
        os: arguments.os.map(Release::name),
        duty: Duty::Job,
    };
    let mut machine = MacOs::new(target.clone(), subject, carrier()?);
    let progress = Progress::new(&format!("macos ({})", target.name));
    let options = Options { timeout: timeout + CLEAN_UP, ..options };
    let finished = run_job(&options, &mut machine, &mut |event| progress.watch(event));
    progress.finish();
    Ok(finished?)
}

/// This program, as the one that carries a run out.
pub fn carrier() -> anyhow::Result<Carrier> {
    let program = std::env::current_exe().context("cannot find the program that carries the run out")?;
    Ok(Carrier { program, subcommand: CARRIER.to_owned() })
}

/// The folder for what is fetched from a target.
pub fn fetched(target: &Target) -> anyhow::Result<PathBuf> {
    let name: String =
        target.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    let folder = places::run().join("macos").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    Ok(folder)
}

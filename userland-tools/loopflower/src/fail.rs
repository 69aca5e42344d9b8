//! `loopflower run --fail-each`.

use std::fmt::Write as _;
use std::io::Write;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use anyhow::Context;
use runner::fail::{Done, Failed, Outcome, fail_each};
use runner::progress::Progress;

use crate::arguments::{Format, Run, Scenario};
use crate::run::{bench, options};

/// Seconds of wall-clock time that a machine gets, unless others are asked for: it does many cases.
const TIMEOUT: u64 = 600;
/// Failures that are shown.
const SHOWN: usize = 20;

/// Fails every `every`-th call; whether the kext survived all of them.
pub fn run(arguments: &Run, every: u32) -> anyhow::Result<bool> {
    let mut options = options(arguments, &Scenario::Load)?;
    options.timeout = arguments.timeout.unwrap_or(TIMEOUT);
    let jobs = available_parallelism().map_or(1, NonZeroUsize::get) as u32;
    let progress = Progress::of_points(0);
    let power_on = || bench(arguments);
    let failed = fail_each(&options, every, jobs, &power_on, &mut |done, all| progress.of(done, all));
    progress.finish();
    let failed = failed?;
    let text = match arguments.format {
        Format::Human => render(&failed)?,
        Format::Json => serde_json::to_string(&failed)? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the result")?;
    Ok(failed.held())
}

fn render(failed: &Failed) -> anyhow::Result<String> {
    let mut text = String::new();
    for failure in &failed.failures {
        writeln!(text, "FAILED: {failure}")?;
    }
    let wrong: Vec<&Done> = failed.cases.iter().filter(|done| matches!(done.outcome, Outcome::Failed { .. })).collect();
    for done in wrong.iter().take(SHOWN) {
        let Done { case, outcome: Outcome::Failed { why } } = done else { continue };
        let chain = case.chain.join(" < ");
        writeln!(text, "FAILED: call {} of {} to {} from {chain} fails", case.call, case.calls, case.function)?;
        for why in why {
            writeln!(text, "        {why}")?;
        }
    }
    if wrong.len() > SHOWN {
        writeln!(text, "and {} more", wrong.len() - SHOWN)?;
    }
    let (survived, missed) = (failed.count(&Outcome::Survived), failed.count(&Outcome::NotReached));
    let verdict = if failed.held() { "held" } else { "FAILED" };
    writeln!(
        text,
        "{verdict}: {} sites call what may fail; {survived} failures survived, {} not, {missed} did not come about",
        failed.sites,
        wrong.len()
    )?;
    Ok(text)
}

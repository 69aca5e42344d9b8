//! `cargo xtask test`: format, lints, every test, and one closing line.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::process::{Failure, Outcome, cargo, root, run, target};
use crate::{build, setup};

/// Crates that are only ever built for other targets, by `cargo xtask build` and `cargo xtask tool`.
const CROSS_ONLY: &[&str] = &["driver", "guest", "mac-command"];

/// Crates that are made of Linux's memory maps and signals, those whose tests run on machines that are, and one that reads the
/// time of an Intel processor.
const LINUX_ONLY: &[&str] = &["machine", "stepper", "plugin-host", "witnesses", "loopflower", "io-bench"];

/// What is looked at as a Mac's compiler sees it: the command for Macs, and the bench on them.
const FOR_MACS: &[&str] = &["mac-command", "devices", "loopflower", "kernel-build", "xtask"];

/// The module of the tests that loom explores.
const ORDERS: &str = "orders";

/// Runs the tests whose names contain the filter; without one, everything.
///
/// # Errors
/// Wrong usage, something missing, or a check that failed.
pub fn test(arguments: &[String]) -> Outcome {
    if let Some(extra) = arguments.get(1) {
        return Err(Failure::usage(format!("`test` takes one filter, but got `{extra}` as well")));
    }
    setup::for_tests()?;
    build::for_tests()?;
    let filter = arguments.first();
    if filter.is_none() {
        step("format", &mut cargo(["fmt", "--all", "--check"]))?;
        step("lints", workspace(&mut cargo(["clippy", "--quiet", "--all-targets"])).args(["--", "-D", "warnings"]))?;
        // Beside the lints' own, so that no other crate is looked at again; any file will do to be carried inside.
        let mut alone = cargo(["clippy", "--quiet", "--all-targets", "--features=loopflower/inside"]);
        workspace(alone.env("LOOPFLOWER_INSIDE", root().join("LICENSE-MIT")));
        step("the command that is handed out", alone.args(["--", "-D", "warnings"]))?;
        let mut mac = cargo(["clippy", "--quiet", "--target", setup::MACS[0]]);
        mac.args(FOR_MACS.iter().flat_map(|name| ["--package", name]));
        step("what runs on Macs", mac.args(["--", "-D", "warnings"]))?;
    }
    let mut tests = cargo(["test", "--no-fail-fast"]);
    workspace(&mut tests).args(filter).args(["--", "--test-threads", &threads()]);
    let (count, succeeded) = counted("tests", &mut tests)?;
    let (orders, explored) = match filter {
        Some(filter) if !filter.contains(ORDERS) => (Count::default(), true),
        _ => counted("orders of threads", &mut orders(filter))?,
    };
    let (count, succeeded) = (count.and(orders), succeeded && explored);
    println!("\n{} passed, {} failed", count.passed, count.failed);
    match (succeeded, count) {
        (true, Count { passed: 0, .. }) => {
            Err(Failure::failed(format!("no test ran; is `{}` part of a test's name?", filter.map_or("", |f| f))))
        }
        (true, _) => Ok(()),
        (false, Count { failed: 0, .. }) => Err(Failure::failed("the tests did not all build or run".to_owned())),
        (false, _) => Err(Failure { code: 1, message: None }),
    }
}

fn workspace(command: &mut Command) -> &mut Command {
    let elsewhere = if cfg!(target_os = "linux") { &[] } else { LINUX_ONLY };
    command.arg("--workspace").args(CROSS_ONLY.iter().chain(elsewhere).flat_map(|name| ["--exclude", name]))
}

/// How many tests run at once: twice as many as there are processors, since half of them wait for machines.
fn threads() -> String {
    std::thread::available_parallelism().map_or(2, |processors| 2 * processors.get()).to_string()
}

/// The engine's lock-free parts in every order that threads can run in: built for loom, apart from all else.
fn orders(filter: Option<&String>) -> Command {
    let mut tests = cargo(["test", "--package", "engine", "--lib", "--", filter.map_or(ORDERS, |filter| filter)]);
    tests.env("RUSTFLAGS", "--cfg loom").env("CARGO_TARGET_DIR", target().join("loom"));
    tests
}

fn step(name: &str, command: &mut Command) -> Outcome {
    println!("== {name}");
    run(command).map_err(|failure| Failure { message: Some(format!("{name}: failed, see above")), ..failure })
}

/// Tests that passed and failed, over all test programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
}

impl Count {
    fn and(self, other: Count) -> Count {
        Count { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// Adds a line `test result: ok. 3 passed; 0 failed; …`; other lines count nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let words: Vec<&str> = result.split([' ', ';']).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u32>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// Runs cargo's tests, shows their output as it comes, and counts.
fn counted(name: &str, command: &mut Command) -> Result<(Count, bool), Failure> {
    println!("== {name}");
    let cannot = |why| Failure::missing(format!("cannot run cargo test: {why}"));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let mut count = Count::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(cannot)?;
            count.add(&line);
            println!("{line}");
        }
    }
    Ok((count, child.wait().map_err(cannot)?.success()))
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn results_of_all_test_programs_add_up() {
        let mut count = Count::default();
        count.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        count.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        count.add("test judge::tests::one_flipped_bit ... ok");
        assert_eq!(count, Count { passed: 13, failed: 2 });
    }
}

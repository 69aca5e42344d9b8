//! What one IO cycle of a stereo client costs in the hosted machine: what the family does for it, and what the driver does.
//!
//! The machine takes the time of a client's calls and of the driver's functions in them, side by side in one run: a cycle's is the
//! median of all. valgrind counts the instructions of two runs that differ in length only; what they differ in is that of cycles.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{RATE, RUNS, Times, held, measure, noise};
use crate::process::{Failure, Outcome, on_path, target};

/// Lengths of the two sounds, in seconds.
const LENGTHS: [u32; 2] = [2, 6];
/// Frames of a cycle.
const FRAMES: u32 = 512;
/// What a cycle may take above the driver's own time, in ns.
const PROMISED: f64 = 1000.0;
/// Where a client's calls enter the kernel; each cycle has one for its output and one for its input.
const CALLS: &[&str] = &["kpi::iokit::connection::trap"];
/// What the family calls the driver by: to clip and to convert.
const DRIVER: &[&str] = &["ioaudio::stream::output::clip_from", "ioaudio::stream::input::convert_vbr"];

/// Instructions of a run, or of a cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    all: f64,
    calls: f64,
    driver: f64,
}

/// Measures and prints.
///
/// # Errors
/// A run does not hold, or what it does is not found in what valgrind has counted.
pub fn cycle(folder: &Path) -> Outcome {
    let sound = folder.join("cycle.wav");
    let write = |seconds| {
        let failed = |why| Failure::failed(format!("cannot write {}: {why}", sound.display()));
        fs::write(&sound, noise(seconds)).map_err(failed)
    };
    write(LENGTHS[1])?;
    let runs = (0..RUNS).map(|_| measure("hosted", &sound, folder)).collect::<Result<Vec<Times>, _>>()?;
    let cycles: Option<Vec<[f64; 3]>> = runs.iter().map(|times| times.cycle).collect();
    let cycles =
        cycles.ok_or_else(|| Failure::failed("the hosted machine did not take the time of IO cycles".to_owned()))?;
    let title = "hosted: one IO cycle of a stereo client";
    println!("\n{title:<44} {:>9} {:>9} {:>9} {:>12}", "least", "most", "promised", "instructions");
    let counts = if on_path("valgrind") { Some(counts(write, &sound, folder)?) } else { None };
    let rows = [
        ("a client's calls: output and input", counts.map(|it| it.calls), None),
        ("of these the driver's", counts.map(|it| it.driver), None),
        ("above the driver's", counts.map(|it| it.calls - it.driver), Some(PROMISED)),
    ];
    for (index, (what, instructions, promised)) in rows.into_iter().enumerate() {
        let times = cycles.iter().map(|cycle| cycle[index]);
        let (least, most) = (times.clone().fold(f64::INFINITY, f64::min), times.fold(0.0, f64::max));
        let promised = promised.map(|ns| format!("{ns:.0} ns")).unwrap_or_default();
        let instructions = instructions.map(|count| format!("{count:.0}")).unwrap_or_default();
        println!("  {what:<42} {least:>6.0} ns {most:>6.0} ns {promised:>9} {instructions:>12}");
    }
    match counts {
        Some(counts) => println!("  {:<42} {:>42.0}", "all, with the client and its thread", counts.all),
        None => println!("  instructions are not counted: valgrind is missing; type: sudo apt-get install valgrind"),
    }
    Ok(())
}

/// Instructions of a cycle.
fn counts(write: impl Fn(u32) -> Outcome, sound: &Path, folder: &Path) -> Result<Counts, Failure> {
    let mut counts = Vec::new();
    for seconds in LENGTHS {
        write(seconds)?;
        counts.push(counted(sound, folder)?);
    }
    let cycles = f64::from((LENGTHS[1] - LENGTHS[0]) * RATE / FRAMES);
    let per_cycle = |of: fn(&Counts) -> f64| (of(&counts[1]) - of(&counts[0])) / cycles;
    Ok(Counts { all: per_cycle(|it| it.all), calls: per_cycle(|it| it.calls), driver: per_cycle(|it| it.driver) })
}

/// Counts the instructions of a run.
fn counted(sound: &Path, folder: &Path) -> Result<Counts, Failure> {
    let place = folder.join("instructions");
    let failed = |why| Failure::failed(format!("cannot use {}: {why}", place.display()));
    // What an earlier run has left would be counted too.
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).map_err(failed)?;
    let mut command = Command::new("valgrind");
    command.args(["-q", "--tool=callgrind", "--trace-children=yes"]);
    command.arg(format!("--callgrind-out-file={}/%p", place.display()));
    command.arg(target().join("release/loopflower")).args(["run", "--machine", "hosted", "--input"]).arg(sound);
    held(command.arg("--output").arg(folder.join("loop.wav")), "hosted")?;
    for file in fs::read_dir(&place).map_err(failed)? {
        let text = fs::read_to_string(file.map_err(failed)?.path()).map_err(failed)?;
        if text.lines().any(|line| line.starts_with("cmd:") && line.contains("__machine")) {
            return read(&text).map_err(Failure::failed);
        }
    }
    Err(Failure::failed(format!("there is nothing of the machine in {}", place.display())))
}

/// Adds up what callgrind has written: all, and what was spent in calls of the functions above.
fn read(text: &str) -> Result<Counts, String> {
    let mut names = BTreeMap::new();
    let mut spent: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut all, mut called, mut is_call) = (0.0, "", false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            full(&mut names, name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = full(&mut names, name);
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: f64 = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0.0);
            if is_call {
                *spent.entry(called).or_default() += cost;
            } else {
                all += cost;
            }
            is_call = false;
        }
    }
    let of = |functions: &[&str]| {
        let one = |name: &&str| spent.get(name).copied().ok_or_else(|| format!("no run calls {name} any more"));
        functions.iter().map(one).sum::<Result<f64, String>>()
    };
    Ok(Counts { all, calls: of(CALLS)?, driver: of(DRIVER)? })
}

/// A function's name, which callgrind writes once, with a number that stands for it from then on.
fn full<'a>(names: &mut BTreeMap<&'a str, &'a str>, text: &'a str) -> &'a str {
    match text.split_once(' ') {
        Some((number, name)) => {
            names.insert(number, name);
            name
        }
        None => names.get(text).copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, read};

    #[test]
    fn what_calls_have_cost_is_no_cost_of_the_caller() {
        let text = "cmd: loopflower __machine x\nfn=(1) main\n1 10\ncfn=(2) kpi::iokit::connection::trap\ncalls=2 5\n+1 700\n\
                    fn=(2)\n5 100\ncfn=(3) ioaudio::stream::output::clip_from\ncalls=1 9\n* 300\n\
                    cfn=(4) ioaudio::stream::input::convert_vbr\ncalls=1 9\n* 200\ncfn=(3)\ncalls=1 9\n* 50\n";
        assert_eq!(read(text), Ok(Counts { all: 110.0, calls: 700.0, driver: 550.0 }));
        assert!(read("fn=(1) main\n1 10\n").unwrap_err().contains("connection::trap"));
    }
}

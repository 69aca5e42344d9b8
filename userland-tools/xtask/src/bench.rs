//! `cargo xtask bench`: how long a run takes, beside what DESIGN.md promises.
//!
//! Wall-clock times of a machine that does other things too mean little: the smallest of several runs is shown, with the
//! largest beside it.

mod cycle;
mod io;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

pub use io::io;

use crate::process::{Failure, Outcome, target};

/// Runs of each case.
const RUNS: usize = 7;
const SECONDS: u32 = 10;
/// Scenarios in one boot of the VM, and the most they may take, in ms.
const SCENARIOS: usize = 100;
const ALL_SCENARIOS: f64 = 10_000.0;
const RATE: u32 = 44_100;

/// A machine and the most its run may take, in ms: power-on to kext started (if promised), the whole run.
const CASES: [(&str, Option<f64>, f64); 2] = [("vm", Some(150.0), 3000.0), ("hosted", Some(5.0), 500.0)];

/// Measures runs with ten seconds of stereo sound, many scenarios in one boot, and one IO cycle.
///
/// # Errors
/// A run does not hold.
pub fn bench() -> Outcome {
    let folder = target().join("bench");
    let failed = |why| Failure::failed(format!("cannot write into {}: {why}", folder.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    let sound = folder.join("sound.wav");
    fs::write(&sound, noise(SECONDS)).map_err(failed)?;
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        format!("{SECONDS} s of stereo at {RATE} Hz, {RUNS} runs"),
        "least",
        "most",
        "promised"
    );
    for (machine, started, whole) in CASES {
        let times = (0..RUNS).map(|_| measure(machine, &sound, &folder)).collect::<Result<Vec<_>, _>>()?;
        row(machine, "power-on to kext started", times.iter().map(|time| time.started), started);
        row(machine, "whole run", times.iter().map(|time| time.whole), Some(whole));
    }
    let boot = many_scenarios()?;
    row("vm", &format!("{SCENARIOS} times scenario A"), std::iter::once(boot), Some(ALL_SCENARIOS));
    cycle::cycle(&folder)
}

/// Wall-clock time of many scenarios in one boot of the VM, in ms.
fn many_scenarios() -> Result<f64, Failure> {
    let mut command = Command::new(target().join("release/loopflower"));
    command.args(["run", "--machine", "vm", "--timeout", "600"]).args(["--scenario", "A"].repeat(SCENARIOS));
    let begin = Instant::now();
    held(&mut command, "vm")?;
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}

/// Runs our command without its report, to an end that holds.
fn held(command: &mut Command, machine: &str) -> Outcome {
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::failed(format!("a run in the {machine} machine did not hold ({status})"))),
        Err(why) => Err(Failure::missing(format!("cannot run {}: {why}", command.get_program().display()))),
    }
}

fn row(machine: &str, what: &str, times: impl Iterator<Item = f64> + Clone, promised: Option<f64>) {
    let least = times.clone().fold(f64::INFINITY, f64::min);
    let most = times.fold(0.0, f64::max);
    let promised = promised.map(|time| format!("{time:.0} ms")).unwrap_or_default();
    // A tenth counts where the promise is small.
    let digits = usize::from(most < 100.0);
    println!("{:<44} {least:>6.digits$} ms {most:>6.digits$} ms {promised:>9}", format!("{machine}: {what}"));
}

/// Wall-clock times of a run, in ms.
struct Times {
    /// From power-on to the kext's start.
    started: f64,
    /// All of it.
    whole: f64,
    /// An IO cycle in ns, where the machine has a clock: a client's calls, the driver's part of them, and the difference.
    cycle: Option<[f64; 3]>,
}

/// One run with a sound.
fn measure(machine: &str, sound: &Path, folder: &Path) -> Result<Times, Failure> {
    let timings: PathBuf = folder.join("timings.json");
    let mut command = Command::new(target().join("release/loopflower"));
    command.args(["run", "--machine", machine, "--input"]).arg(sound).arg("--timings").arg(&timings);
    held(command.arg("--output").arg(folder.join("loop.wav")), machine)?;
    let text = fs::read_to_string(&timings).unwrap_or_default();
    let number = |key: &str| -> Option<f64> {
        let rest = text.split_once(&format!("\"{key}\":"))?.1.trim_start();
        rest.split([',', '}', '\n']).next()?.trim().parse().ok()
    };
    match (number("power_on_to_started"), number("whole")) {
        (Some(started), Some(whole)) => {
            let cycle = ["calls", "driver", "above"].map(number);
            let cycle =
                if let [Some(calls), Some(driver), Some(above)] = cycle { Some([calls, driver, above]) } else { None };
            Ok(Times { started, whole, cycle })
        }
        _ => Err(Failure::failed(format!("{} does not hold the timings", timings.display()))),
    }
}

/// A 16-bit stereo WAV file of noise, the same each time.
fn noise(seconds: u32) -> Vec<u8> {
    let bytes = seconds * RATE * 4;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 4).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    let mut noise = 1u32;
    for _ in 0..bytes / 2 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        file.extend_from_slice(&((noise >> 16) as u16).to_le_bytes());
    }
    file
}

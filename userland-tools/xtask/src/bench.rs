//! `cargo xtask bench`: how long a run takes, beside what DESIGN.md promises.
//!
//! Wall-clock times of a machine that does other things too mean little: the smallest of several runs is shown, with the
//! largest beside it.

mod io;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use io::io;

use crate::process::{Failure, Outcome, target};

/// Runs of each case.
const RUNS: usize = 7;
const SECONDS: u32 = 10;
const RATE: u32 = 44_100;

/// A machine and the most its run may take, in ms: power-on to kext started (if promised), the whole run.
const CASES: [(&str, Option<f64>, f64); 2] = [("vm", Some(150.0), 3000.0), ("hosted", None, 500.0)];

/// Measures runs with ten seconds of stereo sound.
///
/// # Errors
/// A run does not hold.
pub fn bench() -> Outcome {
    let folder = target().join("bench");
    let failed = |why| Failure::failed(format!("cannot write into {}: {why}", folder.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    let sound = folder.join("sound.wav");
    fs::write(&sound, ten_seconds()).map_err(failed)?;
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        format!("{SECONDS} s of stereo at {RATE} Hz, {RUNS} runs"),
        "least",
        "most",
        "promised"
    );
    for (machine, started, whole) in CASES {
        let times = (0..RUNS).map(|_| measure(machine, &sound, &folder)).collect::<Result<Vec<_>, _>>()?;
        row(machine, "power-on to kext started", times.iter().map(|time| time.0), started);
        row(machine, "whole run", times.iter().map(|time| time.1), Some(whole));
    }
    Ok(())
}

fn row(machine: &str, what: &str, times: impl Iterator<Item = f64> + Clone, promised: Option<f64>) {
    let least = times.clone().fold(f64::INFINITY, f64::min);
    let most = times.fold(0.0, f64::max);
    let promised = promised.map(|time| format!("{time:.0} ms")).unwrap_or_default();
    println!("{:<44} {least:>6.0} ms {most:>6.0} ms {promised:>9}", format!("{machine}: {what}"));
}

/// One run: power-on to kext started, and the whole, in ms.
fn measure(machine: &str, sound: &Path, folder: &Path) -> Result<(f64, f64), Failure> {
    let timings: PathBuf = folder.join("timings.json");
    let mut command = Command::new(target().join("release/loopflower"));
    command.args(["run", "--machine", machine, "--input"]).arg(sound).arg("--timings").arg(&timings);
    command.arg("--output").arg(folder.join("loop.wav")).stdout(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => (),
        Ok(status) => return Err(Failure::failed(format!("a run in the {machine} machine did not hold ({status})"))),
        Err(why) => return Err(Failure::missing(format!("cannot run loopflower: {why}"))),
    }
    let text = fs::read_to_string(&timings).unwrap_or_default();
    let number = |key: &str| {
        let rest = text.split_once(&format!("\"{key}\":"))?.1.trim_start();
        rest.split([',', '}', '\n']).next()?.trim().parse().ok()
    };
    match (number("power_on_to_started"), number("whole")) {
        (Some(started), Some(whole)) => Ok((started, whole)),
        _ => Err(Failure::failed(format!("{} does not hold the timings", timings.display()))),
    }
}

/// A 16-bit stereo WAV file of noise, the same each time.
fn ten_seconds() -> Vec<u8> {
    let bytes = SECONDS * RATE * 4;
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

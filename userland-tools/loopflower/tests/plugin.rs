//! Our own user-space driver, as it ships, on the host of such drivers.
//! What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use tempfile::TempDir;

fn driver() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap();
    target.join("plugin/Loopflower.driver")
}

fn run(bundle: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopflower")).arg("run").arg(bundle).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Writes a file of random bits as floats, NaNs and all; the bits.
fn noise(path: &Path, rate: u32) -> Vec<u32> {
    let spec = WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut writer = WavWriter::create(path, spec).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bits = Vec::new();
    for _ in 0..80_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bits.push((state >> 32) as u32);
        writer.write_sample(f32::from_bits(*bits.last().unwrap())).unwrap();
    }
    writer.finalize().unwrap();
    bits
}

#[test]
fn any_bits_come_back_at_every_rate_and_buffer_size() {
    let folder = TempDir::new().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    for (rate, frames) in [(44_100, "512"), (48_000, "16"), (96_000, "4096"), (192_000, "333")] {
        let wanted = noise(&input, rate);
        let files = ["--input", input.to_str().unwrap(), "--output", output.to_str().unwrap(), "--io-frames", frames];
        let done = run(&driver(), &files);
        assert_eq!(done.status.code(), Some(0), "{rate} Hz, {frames} frames: {}", text(&done));
        let returned = WavReader::open(&output).unwrap().into_samples::<f32>().map(|sample| sample.unwrap().to_bits());
        assert!(returned.eq(wanted), "{rate} Hz, {frames} frames: the output file differs from the input");
    }
}

#[test]
fn one_seed_is_one_report() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("out.wav");
    let arguments = ["--seed", "7", "--format", "json", "--output", output.to_str().unwrap()];
    let (first, second) = (run(&driver(), &arguments), run(&driver(), &arguments));
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    assert_eq!(text(&first), text(&second));
}

#[test]
fn every_scenario_of_user_space_drivers_holds() {
    for scenario in ["B1", "B2", "S5", "fuzz"] {
        let done = run(&driver(), &["--scenario", scenario]);
        assert_eq!(done.status.code(), Some(0), "{scenario}: {}", text(&done));
    }
}

#[test]
fn scenarios_of_kexts_are_refused() {
    let done = run(&driver(), &["--scenario", "S1"]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(text(&done).contains("scenario S1 is for kexts"), "{}", text(&done));
}

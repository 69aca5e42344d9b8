//! The main job, as a user does it: our own kext on both machines, sounds of every kind, several releases.
//! What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use tempfile::TempDir;

const MACHINES: [&str; 2] = ["hosted", "vm"];
const RELEASES: [&str; 4] = ["10.6", "10.9", "10.14", "11"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopflower")).arg("run").args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// A kind of file, and how its samples come from random bits.
struct Kind {
    rate: u32,
    channels: u16,
    bits: u16,
    format: SampleFormat,
}

const KINDS: [Kind; 4] = [
    Kind { rate: 44_100, channels: 2, bits: 32, format: SampleFormat::Float },
    Kind { rate: 192_000, channels: 1, bits: 32, format: SampleFormat::Float },
    Kind { rate: 192_000, channels: 2, bits: 24, format: SampleFormat::Int },
    Kind { rate: 44_100, channels: 1, bits: 16, format: SampleFormat::Int },
];

impl Kind {
    /// Writes a file of random bits; what must come back of it, as bits of Float32.
    fn write(&self, path: &Path) -> Vec<u32> {
        let spec = WavSpec {
            channels: self.channels,
            sample_rate: self.rate,
            bits_per_sample: self.bits,
            sample_format: self.format,
        };
        let mut writer = WavWriter::create(path, spec).unwrap();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut wanted = Vec::new();
        for _ in 0..20_000 * u32::from(self.channels) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bits = (state >> 32) as u32;
            if self.format == SampleFormat::Float {
                writer.write_sample(f32::from_bits(bits)).unwrap();
                wanted.push(bits);
            } else {
                let integer = bits as i32 >> (32 - self.bits);
                writer.write_sample(integer).unwrap();
                wanted.push(((f64::from(integer) / f64::from(1_u32 << (self.bits - 1))) as f32).to_bits());
            }
        }
        writer.finalize().unwrap();
        wanted
    }
}

#[test]
fn every_sound_comes_back_bit_for_bit_on_every_machine_and_release() {
    let folder = TempDir::new().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    for kind in &KINDS {
        let wanted = kind.write(&input);
        for machine in MACHINES {
            for os in RELEASES {
                let files = ["--input", input.to_str().unwrap(), "--output", output.to_str().unwrap()];
                let done = run(&[&["--machine", machine, "--os", os][..], &files].concat());
                let what = format!("{} Hz, {} channels, {} bits, {machine}, {os}", kind.rate, kind.channels, kind.bits);
                assert_eq!(done.status.code(), Some(0), "{what}: {}", text(&done));
                let mut reader = WavReader::open(&output).unwrap();
                let spec = reader.spec();
                assert_eq!((spec.sample_rate, spec.channels), (kind.rate, kind.channels), "{what}");
                let returned: Vec<u32> = reader.samples::<f32>().map(|sample| sample.unwrap().to_bits()).collect();
                assert!(returned == wanted, "{what}: the output file differs from the input");
                fs::remove_file(&output).unwrap();
            }
        }
    }
}

#[test]
fn one_seed_is_one_report() {
    for machine in MACHINES {
        let folder = TempDir::new().unwrap();
        let output = folder.path().join("out.wav");
        let arguments = ["--machine", machine, "--seed", "7", "--format", "json", "--output", output.to_str().unwrap()];
        let (first, second) = (run(&arguments), run(&arguments));
        assert_eq!(first.status.code(), Some(0), "{}", text(&first));
        assert_eq!(text(&first), text(&second), "{machine}");
    }
}

#[test]
fn a_load_leaves_nothing() {
    for machine in MACHINES {
        let done = run(&["--machine", machine, "--scenario", "load"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    }
}

#[test]
fn without_qemu_the_vm_says_what_to_install() {
    let done = Command::new(env!("CARGO_BIN_EXE_loopflower")).arg("run").env("PATH", "/nowhere").output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{}", text(&done));
    assert!(text(&done).contains("apt-get install qemu-system-x86"), "{}", text(&done));
}

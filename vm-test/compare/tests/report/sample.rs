//! A comparison of two drivers that do not exist. Every figure in it is made up.

use std::fs;
use std::path::Path;

use compare::{Axis, Cause, Comparison, Figure, Kind, Reading, Series, Shape, Subject};

/// What a page must show as text.
pub const HOSTILE: &str = "<script>alert(\"A&B\")</script>";

/// Writes its report to a folder.
pub fn write(directory: &Path) {
    fs::create_dir_all(directory.join("raw")).unwrap();
    for (name, bytes) in comparison().files().unwrap() {
        fs::write(directory.join(name), bytes).unwrap();
    }
}

fn subject(name: &str, kind: Kind, os: Option<&str>) -> Subject {
    Subject {
        name: name.to_owned(),
        kind,
        identifier: format!("example.made-up.{}", name.to_lowercase()),
        version: "0.0 (made up)".to_owned(),
        os: os.map(str::to_owned),
        machine: "no machine: these figures are made up".to_owned(),
        seed: 7,
        command: "loopflower compare MadeUp.kext MadeUpToo.driver --seed 7 --out a-directory-with-a-long-name/report"
            .to_owned(),
    }
}

/// A noise that is the same everywhere: whole numbers below `limit`.
fn noise(count: u32, limit: u32) -> impl Iterator<Item = f64> {
    (0..count).scan(0x2545_f491_u32, move |noise, _| {
        *noise ^= *noise << 13;
        *noise ^= *noise >> 17;
        *noise ^= *noise << 5;
        Some(f64::from(*noise % limit))
    })
}

fn residuals(count: u32, limit: u32) -> Series {
    let points =
        (0..).map(|index| f64::from(index) * 0.085).zip(noise(count, limit).map(|late| late - f64::from(limit) / 2.0));
    Series::new("Residuals", Axis::new("time", "s"), Axis::new("residual", "ns"), Shape::Line, points.collect())
}

fn histogram(count: u32, limit: u32) -> Series {
    let width = 5000.0;
    let mut bins = [0_u32; 20];
    for late in noise(count, limit) {
        bins[(late / width) as usize] += 1;
    }
    let points = (0..).map(|index| width * (f64::from(index) + 0.5)).zip(bins.map(f64::from));
    Series::new("Lateness", Axis::new("lateness", "ns"), Axis::new("timestamps", ""), Shape::Bars, points.collect())
}

fn cost(per_channel: f64) -> Series {
    let points = [1.0, 2.0, 8.0, 16.0, 32.0, 64.0].map(|channels| (channels, 300.0 + per_channel * channels));
    let (x, y) = (Axis::new("channels", ""), Axis::new("instructions", "per cycle"));
    Series::new("By channels", x, y, Shape::Line, points.to_vec())
}

fn waveform(stale: bool) -> Series {
    let points = (0..400).map(|frame| {
        let heard = frame < 200 || stale;
        (f64::from(frame), if heard { (f64::from(frame) / 9.0).sin() * 0.8 } else { 0.0 })
    });
    let axes = (Axis::new("frame", ""), Axis::new("level", ""));
    Series::new("Around the restart", axes.0, axes.1, Shape::Line, points.collect())
}

fn late(limit: f64) -> Series {
    let points = (0..32).map(|step| f64::from(step) * 512.0).map(|late| (late, (late - limit).clamp(0.0, 512.0)));
    let (x, y) = (Axis::new("lateness", "frames"), Axis::new("lost", "frames"));
    Series::new("Loss by lateness", x, y, Shape::Dots, points.collect())
}

fn a() -> Vec<Reading> {
    vec![
        Reading::new("zero-timestamp-period", Figure::new(16_384.0).with_detail("declared", 16_384.0, "frames")),
        Reading::new(
            "timestamp-jitter-rms",
            Figure::new(28_867.5).with_series(residuals(7000, 100_000)).with_series(histogram(7000, 100_000)),
        ),
        Reading::new("timestamp-jitter-peak", Figure::new(99_999.0)),
        Reading::new("rate-accuracy", Figure::new(0.0)),
        Reading::new("stall-recovery", Figure::without(Cause::Hung, "The clock never came back in ten periods.")),
        Reading::new("round-trip", Figure::new(0.0)),
        Reading::new("late-write-tolerance", Figure::new(8192.0).with_series(late(8192.0))),
        Reading::new("bit-exactness", Figure::new(0.0).with_detail("compared", 5_242_880.0, "samples")),
        Reading::new("several-writers", Figure::new(5.96e-8)),
        Reading::new("formats-advertised", Figure::new(4.0).with_text("16, 24 and 32 bits, and floats")),
        Reading::new("restart-hygiene", Figure::new(0.0).with_series(waveform(false))),
        Reading::new("io-instructions", Figure::new(3211.0).with_series(cost(1450.5))),
        Reading::new("wired-memory", Figure::new(12_288.0)),
        Reading::new("fault-reach", Figure::new(2.0).with_text("the system")),
        Reading::new("fault-recovery", Figure::without(Cause::DoesNotApply, "The machine must be started again.")),
    ]
}

fn b() -> Vec<Reading> {
    let again = "loopflower compare MadeUpToo.driver MadeUpToo.driver --only restart-hygiene --seed 7";
    vec![
        Reading::new("zero-timestamp-period", Figure::new(4096.0).with_detail("declared", 4096.0, "frames")),
        Reading::new(
            "timestamp-jitter-rms",
            Figure::new(1443.4).with_series(residuals(7000, 20_000)).with_series(histogram(7000, 20_000)),
        ),
        Reading::new("timestamp-jitter-peak", Figure::new(19_999.0)),
        Reading::new("rate-accuracy", Figure::new(0.004)),
        Reading::new("stall-recovery", Figure::new(85.333)),
        Reading::new("round-trip", Figure::new(0.0)),
        Reading::new("late-write-tolerance", Figure::new(2048.0).with_series(late(2048.0))),
        Reading::new("bit-exactness", Figure::new(12.0).with_detail("compared", 5_242_880.0, "samples")),
        Reading::new("several-writers", Figure::without(Cause::Crashed, HOSTILE)),
        Reading::new("formats-advertised", Figure::new(1.0).with_text(HOSTILE)),
        Reading::new("restart-hygiene", Figure::new(4096.0).with_series(waveform(true)).with_command(again)),
        Reading::new("io-instructions", Figure::new(2100.0).with_series(cost(905.25))),
        Reading::new("wired-memory", Figure::new(0.0)),
        Reading::new("pageable-memory", Figure::new(1234.5)),
        Reading::new("fault-reach", Figure::new(1.0).with_text("the audio service")),
        Reading::new("fault-recovery", Figure::new(740.0)),
    ]
}

/// The comparison.
pub fn comparison() -> Comparison {
    let subjects =
        [subject("MadeUp.kext", Kind::Kext, Some("macOS 10.13")), subject("MadeUpToo.driver", Kind::PlugIn, None)];
    Comparison::of("0.0", subjects, a(), b()).unwrap()
}

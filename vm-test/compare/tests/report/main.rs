//! The report in every form, of figures that are made up.
#![forbid(unsafe_code)]

mod browser;
mod sample;

use std::fs;
use std::path::Path;

use compare::{Axis, Comparison, Figure, Reading, Series, Shape, Verdict, definitions};
use snapbox::{assert_data_eq, file};

#[test]
fn the_terminal_table_fits_a_hundred_columns() {
    let table = compare::table(&sample::comparison());
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert_data_eq!(table, file!["table.txt"].raw());
}

#[test]
fn what_is_written_is_read_again_and_is_the_same_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| directory.path().join(name));
    sample::write(&one);
    sample::write(&other);
    for name in ["result.json", "index.html", "raw/restart-hygiene-b-around-the-restart.csv"] {
        assert!(fs::read(one.join(name)).unwrap() == fs::read(other.join(name)).unwrap(), "{name}");
    }
    let read = Comparison::read(&one.join("result.json")).unwrap();
    assert_eq!(read.to_json().unwrap(), sample::comparison().to_json().unwrap());
    assert_eq!(compare::regression(&read, &sample::comparison()).unwrap(), []);
    let raw = fs::read_to_string(one.join("raw/io-instructions-a-by-channels.csv")).unwrap();
    assert!(raw.starts_with("channels,instructions (per cycle)\n1,1750.5\n2,3201\n"), "{raw}");
}

/// The report of our two drivers that is committed: `cargo xtask loopflower compare --out vm-test/compare/example`.
#[test]
fn the_committed_example_is_whole_and_its_page_is_made_of_its_result() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("example");
    let mut wanted = Comparison::read_report(&folder).unwrap().files().unwrap();
    wanted.sort();
    let listed = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut found = [listed(&folder), listed(&folder.join("raw"))].concat();
    found.retain(|path| path.is_file());
    found.sort();
    let names: Vec<_> = wanted.iter().map(|(name, _)| folder.join(name)).collect();
    assert_eq!(found, names);
    for (path, (_, bytes)) in found.iter().zip(&wanted) {
        assert!(fs::read(path).unwrap() == *bytes, "{}: type cargo xtask gen", path.display());
    }
    let size: usize = wanted.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(size < 2_000_000, "{size} bytes");
}

#[test]
fn the_table_of_changes_says_which_way_each_figure_went() {
    let old = sample::comparison();
    let mut new = old.clone();
    let round_trip = new.dimensions.iter_mut().find(|dimension| dimension.id == "round-trip").unwrap();
    round_trip.a = Figure::new(512.0);
    let changes = compare::regression(&old, &new).unwrap();
    assert!(changes.iter().any(|change| change.direction.is_worse()));
    assert_data_eq!(compare::changes(&changes), file!["changes.txt"].raw());
    assert_eq!(compare::changes(&[]), "No figure changed beyond its tolerance.\n");
}

#[test]
fn the_page_is_small_and_takes_no_text_for_markup() {
    let page = compare::page(&sample::comparison());
    assert!(page.len() < 400_000, "{} bytes", page.len());
    assert!(page.contains("&lt;script&gt;alert(&quot;A&amp;B&quot;)&lt;/script&gt;"));
    assert!(!page.contains("<script"));
    assert!(!page.contains("http://") && !page.contains("https://"));
}

#[test]
fn a_page_of_long_curves_is_under_two_megabytes() {
    let figure = |seed: u32| {
        let axis = || Axis::new("made up", "");
        let points = (0..20_000_u32).map(|x| (f64::from(x), f64::from(x.wrapping_mul(0x9e37_79b1 ^ seed) >> 8)));
        Figure::new(1.0).with_series(Series::new("Long", axis(), axis(), Shape::Line, points.collect()))
    };
    let readings = |seed| definitions::all().map(|of| Reading::new(of.id, figure(seed))).collect();
    let long = Comparison::of("0.0", sample::comparison().subjects, readings(0), readings(1)).unwrap();
    let page = compare::page(&long);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn the_page_says_every_figure_and_verdict() {
    let comparison = sample::comparison();
    let page = compare::page(&comparison);
    for dimension in &comparison.dimensions {
        assert!(page.contains(&format!("id=\"{}\"", dimension.id)), "{}", dimension.id);
    }
    for said in [
        "16\u{202f}384",
        "the audio service",
        "never came back",
        "--only</span> <span class=\"word\">restart-hygiene</span>",
        "macOS 10.13",
    ] {
        assert!(page.contains(said), "{said}");
    }
    for verdict in [Verdict::AIsBetter, Verdict::BIsBetter, Verdict::Same, Verdict::Differ, Verdict::NotComparable] {
        assert!(page.contains(verdict.words()), "{}", verdict.words());
    }
}

#[test]
fn files_that_are_no_results_are_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("result.json");
    let refusal = |text: &str| {
        fs::write(&path, text).unwrap();
        let error = Comparison::read(&path).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    assert!(refusal("sound").contains("result.json: not a result of `loopflower compare`"));
    assert!(refusal("{}").contains("not a result of `loopflower compare`"));
    assert!(refusal("{\"schema\": 9}").contains("a result of schema 9; this program reads schema 1"));
    assert!(refusal("{\"schema\": 1}").contains("not a whole result"));
    assert_eq!(Comparison::read(&directory.path().join("absent.json")).unwrap_err().exit_code(), 2);
}

//! Writes what is generated in this crate: the report's JSON schema and the sample recording. `cargo xtask gen` runs it.
//!
//! The sample is a chord arpeggio of plucked strings by the Karplus-Strong method: noise in a loop of a period's length that
//! averages neighbours as it goes round. Integers only, so that it is the same everywhere.
#![forbid(unsafe_code)]

use std::path::Path;

use runner::report::Report;

const RATE: u32 = 44_100;
const FRAMES: usize = 70_560;

/// Period in frames, first frame, weight in the left and in the right channel (of 16).
const NOTES: [(usize, usize, i32, i32); 8] = [
    (337, 0, 10, 6),
    (268, 6_600, 6, 10),
    (225, 13_200, 11, 5),
    (169, 19_800, 5, 11),
    (134, 26_400, 9, 7),
    (169, 33_000, 4, 12),
    (225, 39_600, 12, 4),
    (112, 46_200, 8, 8),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report))? + "\n";
    std::fs::write(here.join("report.schema.json"), schema)?;
    let spec =
        hound::WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(here.join("samples/strings.wav"), spec)?;
    for frame in strings() {
        for sample in frame {
            writer.write_sample(sample)?;
        }
    }
    Ok(writer.finalize()?)
}

/// The sound: left and right.
fn strings() -> Vec<[i16; 2]> {
    let mut mixed = vec![[0_i32; 2]; FRAMES];
    let mut noise = 0x2545_f491_u32;
    for (period, first, left, right) in NOTES {
        let mut string: Vec<i32> = (0..period)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                (noise % 24_001) as i32 - 12_000
            })
            .collect();
        // What is constant would ring on.
        let mean = string.iter().sum::<i32>() / period as i32;
        for sample in &mut string {
            *sample -= mean;
        }
        for (index, frame) in mixed[first..].iter_mut().enumerate() {
            let (at, next) = (index % period, (index + 1) % period);
            frame[0] += string[at] * left / 16;
            frame[1] += string[at] * right / 16;
            string[at] = (string[at] + string[next]) * 493 / 1000;
        }
    }
    let fade = |frame: usize| (FRAMES - frame).min(4096) as i32;
    let sample = |value: i32, frame| (value * fade(frame) / 4096).clamp(-32_768, 32_767) as i16;
    mixed.iter().enumerate().map(|(index, frame)| frame.map(|value| sample(value, index))).collect()
}

#[cfg(test)]
mod tests {
    use super::strings;

    #[test]
    fn the_committed_sample_is_the_generated_one() {
        let mut reader = hound::WavReader::new(&include_bytes!("../samples/strings.wav")[..]).unwrap();
        let committed: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(committed, strings().concat());
    }
}

//! A small picture of a sound for the terminal, in braille patterns of 2 × 4 dots.

/// Dots of a pattern from top to bottom, left column and right column.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The waveform in `rows` lines of `columns` patterns: for each dot column the range that the samples of all channels
/// cover there. `scale` is the value that reaches the upper edge.
pub fn waveform(samples: &[f32], channels: usize, columns: usize, rows: usize, scale: f32) -> Vec<String> {
    let (wide, high) = (columns * 2, rows * 4);
    let frames = samples.len() / channels;
    let mut patterns = vec![vec![0_u8; columns]; rows];
    for column in 0..wide {
        let (from, to) = (frames * column / wide, (frames * (column + 1) / wide).max(frames * column / wide + 1));
        let Some(piece @ [_, ..]) = samples.get(from * channels..to.min(frames) * channels) else { continue };
        let shown = piece.iter().filter(|sample| !sample.is_nan());
        let (low, top) = shown.fold((0.0_f32, 0.0_f32), |(low, top), &sample| (low.min(sample), top.max(sample)));
        for dot in row_of(top, scale, high)..=row_of(low, scale, high) {
            patterns[dot / 4][column / 2] |= DOTS[column % 2][dot % 4];
        }
    }
    let line = |row: Vec<u8>| row.into_iter().filter_map(|dots| char::from_u32(0x2800 + u32::from(dots))).collect();
    patterns.into_iter().map(line).collect()
}

/// The scale at which the loudest of these samples reaches the edge; full scale where they are louder or silent.
pub fn scale(samples: &[f32]) -> f32 {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak > 0.0 && peak < 1.0 { peak } else { 1.0 }
}

/// The dot row of a value: 0 is the top.
fn row_of(value: f32, scale: f32, high: usize) -> usize {
    let from_top = (1.0 - (value / scale).clamp(-1.0, 1.0)) / 2.0;
    ((from_top * high as u16 as f32) as usize).min(high - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_wave_looks_like_one() {
        let samples: Vec<f32> = (0..8).map(|i| if i < 4 { 1.0 } else { -1.0 }).collect();
        assert_eq!(waveform(&samples, 1, 4, 2, scale(&samples)), ["⣿⣿⠀⠀", "⠉⠉⣿⣿"]);
    }

    #[test]
    fn silence_is_a_line_and_nothing_is_nothing() {
        assert_eq!(waveform(&[0.0; 8], 2, 2, 1, 1.0), ["⠤⠤"]);
        assert_eq!(waveform(&[], 2, 2, 1, 1.0), ["⠀⠀"]);
    }

    #[test]
    fn any_sample_has_its_place() {
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
        assert_eq!(waveform(&odd, 1, 2, 1, scale(&odd)), ["⠼⡼"]);
    }
}

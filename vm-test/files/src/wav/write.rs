//! Writing WAV: Float32.

use std::path::Path;

use super::Audio;
use crate::samples::to_bytes;
use crate::{Error, output};

/// The bytes of a Float32 WAV file.
pub fn encode(audio: &Audio) -> Vec<u8> {
    let data = audio.samples.len() as u32 * 4;
    let frame = u32::from(audio.channels) * 4;
    let mut bytes = Vec::with_capacity(58 + data as usize);
    let mut word = |word: u32| bytes.extend(word.to_le_bytes());
    let name = |name: &[u8; 4]| u32::from_le_bytes(*name);
    for field in [name(b"RIFF"), 50 + data, name(b"WAVE"), name(b"fmt "), 18] {
        word(field);
    }
    // Format 3, channels; rate; bytes a second; bytes a frame, bits a sample.
    for field in [3 | u32::from(audio.channels) << 16, audio.rate, audio.rate * frame, frame | 32 << 16] {
        word(field);
    }
    bytes.extend([0, 0]);
    // Formats other than integers say their length in frames too.
    for field in [name(b"fact"), 4, audio.frames() as u32, name(b"data"), data] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(to_bytes(&audio.samples));
    bytes
}

/// Writes a Float32 WAV file, whole or not at all.
///
/// # Errors
/// [`Error::Failed`]: it cannot be written.
pub fn store(path: &Path, audio: &Audio) -> Result<(), Error> {
    output::write_all(path, &encode(audio))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Cursor;

    use super::*;

    /// Patterns that arithmetic would change: a signalling NaN, a negative zero, a denormal, an infinity.
    const PATTERNS: [u32; 4] = [0x7f80_0001, 0x8000_0000, 0x0000_0001, 0xff80_0000];

    fn audio(channels: u16) -> Audio {
        Audio { rate: 192_000, channels, samples: PATTERNS.iter().map(|&bits| f32::from_bits(bits)).collect() }
    }

    #[test]
    fn another_library_reads_the_same_bits() {
        for channels in [1, 2] {
            let mut reader = hound::WavReader::new(Cursor::new(encode(&audio(channels)))).unwrap();
            let spec = reader.spec();
            assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (channels, 192_000, 32));
            let bits: Vec<u32> = reader.samples::<f32>().map(|sample| sample.unwrap().to_bits()).collect();
            assert_eq!(bits, PATTERNS);
        }
    }

    #[test]
    fn a_stored_file_loads_again_and_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        fs::write(&path, "old").unwrap();
        store(&path, &audio(2)).unwrap();
        let read = super::super::load(&path).unwrap();
        assert_eq!(read.samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>(), PATTERNS);
    }
}

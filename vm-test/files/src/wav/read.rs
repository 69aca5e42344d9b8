//! Reading WAV: RIFF chunks, the format, and samples of every usual kind.
//!
//! A reader of our own, since 24 bits in a container of 32 are the container's upper bits, and since a file that is cut
//! short has to be named as such.

use std::path::Path;

use super::{Audio, RATES, SUPPORTED};
use crate::{Error, file};

/// The longest file that is read, in bytes: with 8-bit mono blown up to Float32 stereo both ways it still fits a machine.
const LONGEST: u64 = 256 << 20;

/// Format tags.
const INTEGER: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the format tag in the sub-format of an extensible header.
const SUB_FORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Reads a WAV file.
///
/// # Errors
/// [`Error::Usage`]: it is absent, unreadable, not a WAV, truncated or of a kind that is not supported.
pub fn load(path: &Path) -> Result<Audio, Error> {
    let usage = |what: String| Error::Usage(format!("{}: {what}", path.display()));
    let bytes = file::read(path, LONGEST).map_err(|why| usage(format!("cannot be opened: {why}; {SUPPORTED}")))?;
    let too_long = || usage(format!("is longer than {} MiB, the most that one run plays; cut it", LONGEST >> 20));
    let bytes = bytes.ok_or_else(too_long)?;
    decode(&bytes).map_err(usage)
}

/// Reads the bytes of a WAV file.
///
/// # Errors
/// What is wrong with them, to be put behind the file's name.
pub fn decode(bytes: &[u8]) -> Result<Audio, String> {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(format!("is not a WAV file; {SUPPORTED}"));
    }
    let mut format = None;
    let mut rest = &bytes[12..];
    loop {
        let Some((head, body)) = rest.split_first_chunk::<8>() else {
            let lacks = if format.is_none() { "format" } else { "samples" };
            return Err(format!("is truncated: it ends before its {lacks}"));
        };
        let (name, size) = (&head[..4], u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize);
        let Some(chunk) = body.get(..size) else {
            return Err(format!(
                "is truncated: its chunk \"{}\" says {size} bytes, the file has {} of them",
                name.escape_ascii(),
                body.len()
            ));
        };
        match (name, &format) {
            (b"fmt ", _) => format = Some(Format::read(chunk)?),
            (b"data", Some(format)) => return format.samples(chunk),
            (b"data", None) => return Err("has its samples before its format; that is no usual WAV file".to_owned()),
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(size.next_multiple_of(2)..).unwrap_or_default();
    }
}

/// A format that is supported.
struct Format {
    encoding: Encoding,
    rate: u32,
    channels: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Unsigned, 128 is silence.
    Integer8,
    Integer16,
    Integer24,
    Integer32,
    Float32,
}

impl Encoding {
    fn bytes(self) -> usize {
        match self {
            Encoding::Integer8 => 1,
            Encoding::Integer16 => 2,
            Encoding::Integer24 => 3,
            Encoding::Integer32 | Encoding::Float32 => 4,
        }
    }
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Format, String> {
        let half = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
        let cut = || format!("has a format chunk of {} bytes, which is too short", chunk.len());
        let (mut tag, channels) = (half(0).ok_or_else(cut)?, half(2).ok_or_else(cut)?);
        let rate = u32::from(half(4).ok_or_else(cut)?) | u32::from(half(6).ok_or_else(cut)?) << 16;
        let (align, bits) = (half(12).ok_or_else(cut)?, half(14).ok_or_else(cut)?);
        if tag == EXTENSIBLE {
            let (valid, sub_format) = (half(18).ok_or_else(cut)?, chunk.get(24..40).ok_or_else(cut)?);
            if valid > bits {
                return Err(format!("says {valid} valid bits in a sample of {bits}"));
            }
            // A foreign sub-format is none of the tags below.
            tag = if sub_format[2..] == SUB_FORMAT_TAIL { half(24).ok_or_else(cut)? } else { EXTENSIBLE };
        }
        let encoding = match (tag, bits) {
            (INTEGER, 8) => Encoding::Integer8,
            (INTEGER, 16) => Encoding::Integer16,
            (INTEGER, 24) => Encoding::Integer24,
            (INTEGER, 32) => Encoding::Integer32,
            (FLOAT, 32) => Encoding::Float32,
            (INTEGER, _) => return Err(format!("has {bits}-bit integer samples; {SUPPORTED}")),
            (FLOAT, _) => return Err(format!("has {bits}-bit float samples; {SUPPORTED}")),
            _ => return Err(format!("has samples of format {tag:#06x}; {SUPPORTED}")),
        };
        if !RATES.contains(&rate) {
            return Err(format!("has a sample rate of {rate} Hz; {SUPPORTED}"));
        }
        if !(1..=2).contains(&channels) {
            return Err(format!("has {channels} channels; {SUPPORTED}"));
        }
        if usize::from(align) != encoding.bytes() * usize::from(channels) {
            return Err(format!("says that {channels} samples of {bits} bits take {align} bytes"));
        }
        Ok(Format { encoding, rate, channels })
    }

    fn samples(&self, data: &[u8]) -> Result<Audio, String> {
        let frame = self.encoding.bytes() * usize::from(self.channels);
        if !data.len().is_multiple_of(frame) {
            return Err(format!("is truncated: its {} bytes of samples end within a frame", data.len()));
        }
        if data.is_empty() {
            return Err("holds no samples".to_owned());
        }
        let samples = match self.encoding {
            // The scales are powers of two: the division is exact wherever the integer is.
            Encoding::Integer8 => data.iter().map(|&byte| (f32::from(byte) - 128.0) / 128.0).collect(),
            Encoding::Integer16 => map(data, |[a, b]| f32::from(i16::from_le_bytes([a, b])) / 32_768.0),
            Encoding::Integer24 => map(data, |[a, b, c]| upper_bits([0, a, b, c])),
            Encoding::Integer32 => map(data, upper_bits),
            Encoding::Float32 => map(data, f32::from_le_bytes),
        };
        Ok(Audio { rate: self.rate, channels: self.channels, samples })
    }
}

fn map<const N: usize>(data: &[u8], sample: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    data.as_chunks::<N>().0.iter().map(|&bytes| sample(bytes)).collect()
}

/// A sample that stands in the upper bits of 32.
#[expect(clippy::cast_precision_loss, reason = "32 bits are rounded to Float32's 24, once")]
fn upper_bits(bytes: [u8; 4]) -> f32 {
    i32::from_le_bytes(bytes) as f32 / 2_147_483_648.0
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn header(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let align = channels * bits / 8;
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend([tag.to_le_bytes(), channels.to_le_bytes()].concat());
        bytes.extend([rate.to_le_bytes(), (rate * u32::from(align)).to_le_bytes()].concat());
        bytes.extend([align.to_le_bytes(), bits.to_le_bytes()].concat());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    /// A file of integers as another library writes it.
    fn written_by_hound(bits: u16, channels: u16, rate: u32, samples: &[i32]) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    proptest! {
        /// Every integer width at every rate, mono and stereo: what hound writes is read as i / 2^(bits-1).
        #[test]
        fn integers_are_read_as_fractions(
            samples in prop::collection::vec(any::<i32>(), 2..64),
            bits in prop::sample::select(vec![8_u16, 16, 24, 32]),
            channels in 1_u16..=2,
            rate in prop::sample::select(RATES.to_vec()),
        ) {
            let whole = &samples[..samples.len() / 2 * 2];
            let whole: Vec<i32> = whole.iter().map(|sample| sample >> (32 - bits)).collect();
            let audio = decode(&written_by_hound(bits, channels, rate, &whole)).unwrap();
            prop_assert_eq!((audio.rate, audio.channels), (rate, channels));
            let wanted: Vec<f32> = whole.iter().map(|&i| (f64::from(i) / f64::from(1_u32 << (bits - 1))) as f32).collect();
            prop_assert_eq!(audio.samples, wanted);
        }

        /// Float32 of any bit pattern, NaN payloads and negative zeros included, is taken over bit for bit.
        #[test]
        fn floats_keep_their_bits(patterns in prop::collection::vec(any::<u32>(), 1..64)) {
            let data: Vec<u8> = patterns.iter().flat_map(|bits| bits.to_le_bytes()).collect();
            let audio = decode(&header(FLOAT, 1, 48_000, 32, &data)).unwrap();
            let read: Vec<u32> = audio.samples.iter().map(|sample| sample.to_bits()).collect();
            prop_assert_eq!(read, patterns);
        }

        /// No bytes make it panic, and a file cut anywhere before its last sample is refused.
        #[test]
        fn any_bytes_are_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..76) {
            let _ = decode(&bytes);
            let whole = header(INTEGER, 2, 44_100, 16, &[1; 32]);
            prop_assert!(decode(&whole).is_ok());
            prop_assert!(decode(&whole[..cut]).is_err());
        }
    }

    #[test]
    fn eight_bits_are_centred_at_128() {
        let audio = decode(&header(INTEGER, 1, 44_100, 8, &[0, 64, 128, 255])).unwrap();
        assert_eq!(audio.samples, [-1.0, -0.5, 0.0, 127.0 / 128.0]);
    }

    #[test]
    fn valid_bits_of_an_extensible_container_are_the_upper_ones() {
        let mut bytes =
            b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x01\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x20\0\x16\0\x18\0".to_vec();
        bytes.extend([4, 0, 0, 0, 1, 0]);
        bytes.extend(SUB_FORMAT_TAIL);
        bytes.extend(b"LIST\x03\0\0\0abc\0data\x04\0\0\0\0\0\0\x40");
        assert_eq!(decode(&bytes).unwrap().samples, [0.5]);
    }

    #[test]
    fn what_is_not_supported_is_named_with_what_is() {
        for (bytes, named) in [
            (header(INTEGER, 2, 22_050, 16, &[0; 4]), "22050 Hz"),
            (header(INTEGER, 6, 48_000, 16, &[0; 12]), "6 channels"),
            (header(INTEGER, 0, 48_000, 16, &[0; 12]), "0 channels"),
            (header(FLOAT, 1, 48_000, 64, &[0; 8]), "64-bit float"),
            (header(INTEGER, 1, 48_000, 12, &[0; 8]), "12-bit integer"),
            (header(6, 1, 48_000, 8, &[0; 8]), "format 0x0006"),
            (b"fLaC0000WAVE".to_vec(), "not a WAV"),
        ] {
            let message = decode(&bytes).unwrap_err();
            assert!(message.contains(named), "{message}");
            assert!(message.contains(SUPPORTED), "{message}");
        }
        assert!(decode(&header(INTEGER, 1, 48_000, 16, &[])).unwrap_err().contains("no samples"));
        assert!(decode(&header(INTEGER, 2, 48_000, 16, &[0; 6])).unwrap_err().contains("end within a frame"));
    }
}

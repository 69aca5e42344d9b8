//! Writing WAV: Float32, whole or not at all.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Audio;
use crate::Error;
use crate::samples::to_bytes;

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

/// Whether a file can be put at `path`; asked before the run, which should not fail at its end for that.
///
/// # Errors
/// [`Error::Usage`]: there is no such folder, or something other than a file stands there.
pub fn check_destination(path: &Path) -> Result<(), Error> {
    let usage = |what: String| Err(Error::Usage(format!("{}: {what}", path.display())));
    if path.file_name().is_none() {
        return usage("does not name a file".to_owned());
    }
    // A device or a pipe would be replaced by the file.
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return usage("is there and is not a file; name one to write".to_owned());
    }
    let folder = folder(path);
    if folder.is_dir() { Ok(()) } else { usage(format!("there is no folder {}; make it first", folder.display())) }
}

/// Writes a Float32 WAV file: under another name first, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Failed`]: it cannot be written.
pub fn store(path: &Path, audio: &Audio) -> Result<(), Error> {
    let failed = |why: std::io::Error| Error::Failed(format!("{}: cannot be written: {why}", path.display()));
    let mut file = tempfile::Builder::new()
        .prefix(".loopflower-")
        .suffix(".wav")
        // As any new file; the umask takes its part.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder(path))
        .map_err(failed)?;
    file.write_all(&encode(audio)).map_err(failed)?;
    file.persist(path).map_err(|why| failed(why.error))?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
    }

    #[test]
    fn a_device_a_folder_and_a_missing_folder_are_no_destinations() {
        for (path, named) in
            [("/dev/null", "not a file"), ("/tmp", "not a file"), ("/no/such/x.wav", "no folder /no/such")]
        {
            let error = check_destination(Path::new(path)).unwrap_err();
            assert!(error.to_string().contains(named) && error.exit_code() == 2, "{error}");
        }
        check_destination(Path::new("new.wav")).unwrap();
    }
}

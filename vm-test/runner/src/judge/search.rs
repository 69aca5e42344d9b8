//! Where in the recording the input stands, if not where it must.

use memchr::memmem;

use super::Recording;
use crate::samples::to_bytes;

/// Frames of a window that is looked for: long enough to be found by chance nowhere else.
const WINDOW: usize = 32;
/// Windows that are tried, spread over the input, so that damage to some of it does not hide the rest.
const WINDOWS: usize = 16;
/// Places that are taken from one window; a sound that repeats itself has many.
const PLACES: usize = 8;

/// Frames of the recording at which the input's first frame may stand, from windows of the input that are found there
/// bit for bit; in ascending order.
pub fn places(recording: &Recording) -> Vec<i64> {
    let channels = recording.channels;
    let recorded = to_bytes(recording.recorded);
    let frames = recording.played.len() / channels;
    let window = WINDOW.min(frames);
    let mut places = Vec::new();
    for index in 0..WINDOWS {
        let from = (frames - window) * index / (WINDOWS - 1);
        let Some(from) = distinctive(recording.played, channels, from, window) else { continue };
        let needle = to_bytes(&recording.played[from * channels..(from + window) * channels]);
        let at_frames = memmem::find_iter(&recorded, &needle).filter(|at| at.is_multiple_of(4 * channels));
        places.extend(at_frames.take(PLACES).map(|at| (at / (4 * channels)) as i64 - from as i64));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// The first window at or after frame `from` that does not just hold one value.
fn distinctive(played: &[f32], channels: usize, from: usize, window: usize) -> Option<usize> {
    let first = from * channels;
    let bits = played.get(first)?.to_bits();
    let changes = played[first..].iter().position(|sample| sample.to_bits() != bits)? + first;
    let frames = played.len() / channels;
    // The change stands in the middle, or as near to it as the input's ends allow.
    Some((changes / channels).saturating_sub(window / 2).max(from).min(frames - window))
}

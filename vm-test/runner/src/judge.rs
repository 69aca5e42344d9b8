//! The check with eyes of its own: what came back through the driver's input is compared with what was played, bit for
//! bit, by the runner. The machine only says where both stand in time.

mod search;

use protocol::event::Looped;
use schemars::JsonSchema;
use serde::Serialize;

/// What was played and what was recorded: interleaved samples of as many channels.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'a> {
    /// Samples that were to be played.
    pub played: &'a [f32],
    /// Samples that came back.
    pub recorded: &'a [f32],
    /// Channels of both.
    pub channels: usize,
    /// Frame of `recorded` at which the first frame of `played` stands if nothing is added on the way. Negative: it was
    /// played before the recording began.
    pub expected_at: i64,
}

/// What the comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Judgement {
    /// Frames that were compared: those of the input.
    pub frames: u64,
    /// Frames by which the recording is late; `null` where the input is not found in it.
    pub lag: Option<i64>,
    /// Frames of the input that the recording does not reach.
    pub missing: u64,
    /// Samples that differ from the input at the place where it must be (lag 0).
    pub differing: u64,
    /// The first of them.
    pub first: Option<Difference>,
    /// Samples that differ from the input where it was found instead; equal to `differing` when the lag is 0.
    pub differing_at_lag: u64,
    /// Samples before and after the input that are not silence, when the lag is 0.
    pub noise: u64,
    /// The first of them; its frame counts from the input's first and is negative before it.
    pub first_noise: Option<Difference>,
    /// Whether all that was recorded is silence although the input is not.
    pub silent: bool,
}

/// One sample that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// Frame, counted from the input's first.
    pub frame: i64,
    /// Channel, counted from 0.
    pub channel: u32,
    /// What was played there; 0 outside of the input.
    pub played: Sample,
    /// What came back.
    pub returned: Sample,
}

/// A sample for reports: JSON has no NaN, and two values that print alike can differ in their bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sample {
    /// Its value in the shortest form that means it.
    pub value: String,
    /// Its bit pattern, as 0x and eight digits.
    pub bits: String,
}

impl From<f32> for Sample {
    fn from(sample: f32) -> Sample {
        Sample { value: sample.to_string(), bits: format!("{:#010x}", sample.to_bits()) }
    }
}

impl Judgement {
    /// Whether the recording is what it must be.
    pub fn holds(&self) -> bool {
        self.lag == Some(0) && self.missing == 0 && self.differing == 0 && self.noise == 0
    }
}

impl Recording<'_> {
    /// The frame of the recording where the input must stand, by what the machine says.
    pub fn place(looped: &Looped) -> i64 {
        let apart = i128::from(looped.written_from) - i128::from(looped.read_from);
        i64::try_from(apart).unwrap_or(if apart < 0 { i64::MIN / 2 } else { i64::MAX / 2 })
    }

    /// Compares.
    pub fn judge(&self) -> Judgement {
        let played = (self.played.len() / self.channels) as i64;
        let recorded = (self.recorded.len() / self.channels) as i64;
        let inside = self.compare(self.expected_at);
        let mut judgement = Judgement {
            frames: played as u64,
            lag: Some(0),
            missing: inside.missing,
            differing: inside.differing,
            first: inside.first.clone(),
            differing_at_lag: inside.differing,
            noise: 0,
            first_noise: None,
            silent: false,
        };
        if judgement.differing == 0 && judgement.missing == 0 {
            let before = self.noise(0..self.expected_at.min(recorded));
            let after = self.noise(self.expected_at + played..recorded);
            judgement.noise = before.0 + after.0;
            judgement.first_noise = before.1.or(after.1);
            return judgement;
        }
        let is_silence = |samples: &[f32]| samples.iter().all(|sample| sample.to_bits() == 0);
        if recorded > 0 && is_silence(self.recorded) && !is_silence(self.played) {
            judgement.silent = true;
            judgement.lag = None;
            return judgement;
        }
        // Where does it stand instead? Another place counts only if it explains more than the expected one does.
        let equal =
            |compared: &Compared| played as u64 * self.channels as u64 - compared.differing - compared.unreached;
        let here = equal(&inside);
        let elsewhere = search::places(self)
            .into_iter()
            .map(|place| (place, self.compare(place)))
            .max_by_key(|(place, compared)| (equal(compared), std::cmp::Reverse(place.abs_diff(self.expected_at))));
        match elsewhere {
            Some((place, compared)) if equal(&compared) > here => {
                judgement.lag = Some(place - self.expected_at);
                judgement.differing_at_lag = compared.differing;
            }
            _ if here == 0 => judgement.lag = None,
            _ => {}
        }
        judgement
    }

    /// The recorded samples where the input must stand, as far as they were recorded: what the user gets.
    pub fn returned(&self) -> &[f32] {
        let frames = self.recorded.len() / self.channels;
        let from = usize::try_from(self.expected_at).unwrap_or(0).min(frames) * self.channels;
        let length = self.played.len().min(self.recorded.len() - from);
        &self.recorded[from..from + length]
    }

    /// Compares with the input's first frame at frame `place` of the recording.
    fn compare(&self, place: i64) -> Compared {
        let mut compared = Compared::default();
        let recorded = (self.recorded.len() / self.channels) as i64;
        let played = (self.played.len() / self.channels) as i64;
        let (from, to) = (place.clamp(0, recorded), place.saturating_add(played).clamp(0, recorded));
        compared.missing = (played - (to - from)) as u64;
        compared.unreached = compared.missing * self.channels as u64;
        let skipped = if from < to { (from - place) as usize * self.channels } else { 0 };
        let wanted = &self.played[skipped..];
        let got = &self.recorded[from as usize * self.channels..to as usize * self.channels];
        for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
            if wanted.to_bits() != got.to_bits() {
                compared.differing += 1;
                compared.first.get_or_insert_with(|| self.difference(skipped + index, *wanted, *got));
            }
        }
        compared
    }

    /// Samples in these frames of the recording that are not silence, and the first of them.
    fn noise(&self, frames: std::ops::Range<i64>) -> (u64, Option<Difference>) {
        let (from, to) = (frames.start.max(0) as usize * self.channels, frames.end.max(0) as usize * self.channels);
        let Some(samples) = self.recorded.get(from..to) else { return (0, None) };
        let mut loud = samples.iter().enumerate().filter(|(_, sample)| sample.to_bits() != 0);
        let first = loud.next().map(|(index, &got)| {
            let mut difference = self.difference(from + index, 0.0, got);
            difference.frame -= self.expected_at;
            difference
        });
        (u64::from(first.is_some()) + loud.count() as u64, first)
    }

    fn difference(&self, index: usize, wanted: f32, got: f32) -> Difference {
        let (frame, channel) = ((index / self.channels) as i64, (index % self.channels) as u32);
        Difference { frame, channel, played: wanted.into(), returned: got.into() }
    }
}

/// A comparison at one place.
#[derive(Debug, Default)]
struct Compared {
    /// Frames of the input that lie outside of the recording.
    missing: u64,
    /// The same in samples.
    unreached: u64,
    differing: u64,
    first: Option<Difference>,
}

#[cfg(test)]
mod tests;

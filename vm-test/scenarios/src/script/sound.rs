//! What is played on a device, what a client hears of it, and whether the one is the other.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use kpi::global::Global;
use protocol::script;

use crate::signal::{Impulse, Noise, Ramp, Signal, Sine};

/// A signal at a rate.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Silence,
    Noise(Noise),
    Ramp,
    Impulse,
    Tone(Sine),
}

impl Source {
    /// The signal of the client of this number, on a device of `rate` Hz.
    pub fn of(signal: script::Signal, number: u32, rate: u32) -> Source {
        match signal {
            script::Signal::Silence => Source::Silence,
            script::Signal::Noise(seed) => Source::Noise(Noise(u64::from(seed.unwrap_or(number)))),
            script::Signal::Ramp => Source::Ramp,
            script::Signal::Impulse => Source::Impulse,
            script::Signal::Tone(hz) => {
                Source::Tone(Sine { period: f64::from(rate) / f64::from(hz.max(1)), amplitude: 0.5 })
            }
        }
    }
}

impl Signal for Source {
    fn at(self, frame: u64, channel: usize) -> f32 {
        match self {
            Source::Silence => 0.0,
            Source::Noise(noise) => noise.at(frame, channel),
            Source::Ramp => Ramp.at(frame, channel),
            Source::Impulse => Impulse.at(frame, channel),
            Source::Tone(sine) => sine.at(frame, channel),
        }
    }

    fn fill(self, at: u64, channels: usize, block: &mut [f32]) {
        match self {
            Source::Silence => block.fill(0.0),
            Source::Noise(noise) => noise.fill(at, channels, block),
            Source::Ramp => Ramp.fill(at, channels, block),
            Source::Impulse => Impulse.fill(at, channels, block),
            Source::Tone(sine) => sine.fill(at, channels, block),
        }
    }
}

/// Frames that one client has played in one go.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    client: u32,
    /// The engine's start that the frames belong to.
    epoch: u64,
    from: u64,
    to: u64,
    source: Source,
}

/// All that is played on a device. Clones share it.
#[derive(Clone)]
pub struct Played(Rc<Global<Vec<Stretch>>>);

impl Default for Played {
    fn default() -> Played {
        Played(Rc::new(Global::new(Vec::new())))
    }
}

impl Played {
    /// What a client plays from here on.
    pub fn player(
        &self,
        client: u32,
        channels: usize,
        source: Source,
        epoch: Rc<AtomicU64>,
    ) -> impl FnMut(u64, &mut [f32]) + 'static {
        let stretches = Rc::clone(&self.0);
        let mut fill = source.player(channels);
        let mut own: Option<usize> = None;
        move |at, block| {
            fill(at, block);
            let (epoch, to) = (epoch.load(Ordering::Relaxed), at + (block.len() / channels.max(1)) as u64);
            let mut stretches = stretches.borrow();
            match own.and_then(|own| stretches.get_mut(own)) {
                Some(last) if last.epoch == epoch && last.to == at => last.to = to,
                _ => {
                    own = Some(stretches.len());
                    stretches.push(Stretch { client, epoch, from: at, to, source });
                }
            }
        }
    }

    /// What falls into a range of frames, by the number of the client; of each client what it played last comes first.
    fn within(&self, epoch: u64, from: u64, to: u64) -> Vec<Stretch> {
        let overlaps = |it: &&Stretch| it.epoch == epoch && it.from < to && from < it.to;
        let mut found: Vec<Stretch> = self.0.borrow().iter().rev().filter(overlaps).copied().collect();
        found.sort_by_key(|it| it.client);
        found
    }
}

/// Blocks that follow each other without a gap.
struct Piece {
    epoch: u64,
    from: u64,
    samples: Vec<f32>,
}

/// What a client hears. Clones share it.
#[derive(Clone)]
pub struct Heard(Rc<Global<Vec<Piece>>>);

impl Default for Heard {
    fn default() -> Heard {
        Heard(Rc::new(Global::new(Vec::new())))
    }
}

/// How what is heard may differ from what is played.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// Frames by which it comes later.
    pub lag: u64,
    /// Whether a frame may be silent instead.
    pub or_silence: bool,
    /// Factor of the level, with an error of a tenth of a dB; `None`: none.
    pub factor: Option<f64>,
    /// Error of a sample.
    pub error: f64,
}

/// No difference at all.
const EXACT: Allowed = Allowed { lag: 0, or_silence: false, factor: None, error: 0.0 };
/// Samples that are compared at once.
const BLOCK: usize = 512;

/// What a comparison has found.
#[derive(Default)]
pub struct Compared {
    /// Frames that were heard.
    pub frames: u64,
    /// Frames among them that sound, and are right.
    pub sounding: u64,
    /// Samples that are wrong, and the first of them in words.
    pub wrong: u64,
    pub first: Option<String>,
}

impl Heard {
    /// Keeps what is read from here on, and forgets the rest.
    pub fn recorder(&self, channels: usize, epoch: Rc<AtomicU64>) -> impl FnMut(u64, &[f32]) + 'static {
        self.0.borrow().clear();
        let pieces = Rc::clone(&self.0);
        move |at, block| {
            let epoch = epoch.load(Ordering::Relaxed);
            let mut pieces = pieces.borrow();
            let end = |piece: &Piece| piece.from + (piece.samples.len() / channels.max(1)) as u64;
            match pieces.last_mut() {
                Some(piece) if piece.epoch == epoch && end(piece) == at => piece.samples.extend_from_slice(block),
                _ => pieces.push(Piece { epoch, from: at, samples: block.to_vec() }),
            }
        }
    }

    /// Compares with what was played.
    pub fn compare(&self, played: &Played, channels: usize, allowed: Allowed) -> Compared {
        let mut compared = Compared::default();
        for piece in self.0.borrow().iter() {
            let frames = (piece.samples.len() / channels.max(1)) as u64;
            let begin = piece.from.saturating_sub(allowed.lag);
            let stretches = played.within(piece.epoch, begin, (piece.from + frames).saturating_sub(allowed.lag));
            if let [only] = stretches.as_slice()
                && allowed.is_exact()
            {
                compared.take_exact(piece, channels.max(1), only);
                continue;
            }
            for (at, frame) in (piece.from..).zip(piece.samples.chunks_exact(channels.max(1))) {
                let wanted = |channel: usize| {
                    let Some(at) = at.checked_sub(allowed.lag) else { return 0.0 };
                    // A frame that a client plays again, with a smaller buffer, takes the place of the first.
                    let mut last = 0;
                    let there = stretches.iter().filter(|it| {
                        let sounds = (it.from..it.to).contains(&at) && it.client != last;
                        last = if sounds { it.client } else { last };
                        sounds
                    });
                    there.fold(0.0, |sum, it| sum + it.source.at(at, channel))
                };
                compared.take(at, frame, wanted, allowed);
            }
        }
        compared
    }

    /// Frames that were heard, and what is not silent among them.
    pub fn sound(&self, channels: usize) -> Compared {
        self.compare(&Played::default(), channels, EXACT)
    }
}

impl Compared {
    /// As [`Compared::take`] for each frame of a piece that is to be, without delay and bit for bit, what one client has played:
    /// what is as it must be is compared block by block.
    fn take_exact(&mut self, piece: &Piece, channels: usize, stretch: &Stretch) {
        let mut block = [0.0; BLOCK];
        let frames = (BLOCK / channels).max(1);
        let mut at = piece.from;
        for heard in piece.samples.chunks(frames * channels) {
            let heard = &heard[..heard.len() / channels * channels];
            let end = at + (heard.len() / channels) as u64;
            let is_played = stretch.from <= at && end <= stretch.to && !matches!(stretch.source, Source::Silence);
            let wanted = block.get_mut(..heard.len()).filter(|_| is_played);
            let is_same = wanted.is_some_and(|wanted| {
                stretch.source.fill(at, channels, wanted);
                let frames = || wanted.chunks_exact(channels);
                let sounds = frames().all(|frame| frame.iter().any(|&sample| sample != 0.0));
                sounds && heard.iter().zip(wanted.iter()).all(|(got, wanted)| got.to_bits() == wanted.to_bits())
            });
            if is_same {
                (self.frames, self.sounding) = (self.frames + end - at, self.sounding + end - at);
            } else {
                let is_in = |frame| (stretch.from..stretch.to).contains(&frame);
                for (at, frame) in (at..).zip(heard.chunks_exact(channels)) {
                    let wanted = |channel| if is_in(at) { stretch.source.at(at, channel) } else { 0.0 };
                    self.take(at, frame, wanted, EXACT);
                }
            }
            at = end;
        }
    }

    fn take(&mut self, at: u64, frame: &[f32], wanted: impl Fn(usize) -> f32, allowed: Allowed) {
        self.frames += 1;
        if allowed.or_silence && frame.iter().all(|&sample| sample == 0.0) {
            return;
        }
        let (mut sounds, mut is_right) = (false, true);
        for (channel, &got) in frame.iter().enumerate() {
            let wanted = wanted(channel);
            sounds |= wanted != 0.0;
            if !allowed.is_right(got, wanted) {
                is_right = false;
                self.wrong += 1;
                self.first.get_or_insert_with(|| format!("frame {at}, channel {channel}: {got} instead of {wanted}"));
            }
        }
        self.sounding += u64::from(sounds && is_right);
    }
}

impl Allowed {
    /// Whether it is [`EXACT`].
    fn is_exact(self) -> bool {
        self.lag == 0 && !self.or_silence && self.factor.is_none() && self.error == 0.0
    }

    fn is_right(self, got: f32, wanted: f32) -> bool {
        // A tenth of a dB, and a little for what a table of gains rounds.
        const LEVEL: f64 = 0.0117;
        if got.to_bits() == wanted.to_bits() && self.factor.is_none() {
            return true;
        }
        let (got, wanted) = (f64::from(got), f64::from(wanted) * self.factor.unwrap_or(1.0));
        let error = self.error + self.factor.map_or(0.0, |_| wanted.abs() * LEVEL + 1.0 / 8_388_608.0);
        // −0 is as good as 0.
        (got - wanted).abs() <= error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(number: u64) -> Rc<AtomicU64> {
        Rc::new(AtomicU64::new(number))
    }

    fn noise(seed: u64) -> Source {
        Source::Noise(Noise(seed))
    }

    #[test]
    fn what_is_heard_is_the_sum_of_what_is_played_in_the_same_start() {
        let (played, heard) = (Played::default(), Heard::default());
        let mut block = [0.0; 8];
        for (client, at) in [(1, 0), (1, 4), (2, 4)] {
            played.player(client, 2, noise(u64::from(client)), epoch(3))(at, &mut block);
        }
        // Frames of another start are others.
        played.player(3, 2, noise(9), epoch(2))(0, &mut block);
        let sum = |frame, channel| {
            let second = if frame >= 4 { Noise(2).at(frame, channel) } else { 0.0 };
            Noise(1).at(frame, channel) + second
        };
        let mut record = heard.recorder(2, epoch(3));
        for at in [0, 4, 8] {
            for (index, sample) in block.iter_mut().enumerate() {
                let frame = at + index as u64 / 2;
                *sample = if frame < 8 { sum(frame, index % 2) } else { 0.0 };
            }
            record(at, &block);
        }
        let compared = heard.compare(&played, 2, EXACT);
        assert_eq!((compared.frames, compared.sounding, compared.wrong), (12, 8, 0));
        assert!(heard.compare(&played, 2, Allowed { lag: 1, ..EXACT }).wrong > 0);
        assert_eq!(heard.sound(2).wrong, 16);
    }

    #[test]
    fn one_wrong_sample_among_many_blocks_is_named() {
        let (played, heard) = (Played::default(), Heard::default());
        let mut samples = [0.0; 3000];
        played.player(1, 2, noise(1), epoch(1))(10, &mut samples);
        samples[2001] += 0.25;
        // Before and behind what is played is silence.
        let all = [[0.0; 20].as_slice(), &samples, &[0.0; 10]].concat();
        heard.recorder(2, epoch(1))(0, &all);
        let compared = heard.compare(&played, 2, EXACT);
        assert_eq!((compared.frames, compared.sounding, compared.wrong), (1515, 1499, 1));
        assert!(compared.first.unwrap().starts_with("frame 1010, channel 1: "));
    }

    #[test]
    fn a_frame_that_one_client_plays_twice_is_heard_once() {
        let (played, heard) = (Played::default(), Heard::default());
        let mut block = [0.0; 4];
        played.player(1, 1, noise(1), epoch(1))(0, &mut block);
        played.player(1, 1, noise(1), epoch(1))(2, &mut block);
        let samples: Vec<f32> = (0..6).map(|frame| Noise(1).at(frame, 0)).collect();
        heard.recorder(1, epoch(1))(0, &samples);
        assert_eq!(heard.compare(&played, 1, EXACT).wrong, 0);
    }

    #[test]
    fn levels_steps_and_silence_are_allowed_where_they_are_asked_for() {
        let at = |factor, error, or_silence, got: f32| Allowed { lag: 0, or_silence, factor, error }.is_right(got, 0.5);
        assert!(at(None, 0.0, false, 0.5) && !at(None, 0.0, false, 0.499_999));
        assert!(at(Some(0.5), 0.0, false, 0.2505) && !at(Some(0.5), 0.0, false, 0.256));
        assert!(at(None, 0.001, false, 0.4995) && !at(None, 0.0, true, 0.0));
        let (played, heard) = (Played::default(), Heard::default());
        played.player(1, 1, Source::Ramp, epoch(1))(0, &mut [0.0; 4]);
        heard.recorder(1, epoch(1))(0, &[0.0; 4]);
        assert_eq!(heard.compare(&played, 1, EXACT).wrong, 4);
        assert_eq!(heard.compare(&played, 1, Allowed { or_silence: true, ..EXACT }).wrong, 0);
    }
}

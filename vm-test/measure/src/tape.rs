//! What clients record: samples by absolute frames.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

/// A recording. Clones share it: one is the client's, one the scenario's.
#[derive(Clone)]
pub struct Tape {
    channels: usize,
    pieces: Rc<RefCell<Vec<Piece>>>,
}

/// Blocks that follow each other without a gap.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Absolute frame of the first sample.
    pub from: u64,
    /// Interleaved samples.
    pub samples: Vec<f32>,
}

/// A sample that is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wrong {
    /// How many samples are wrong.
    pub count: u64,
    /// Absolute frame of the first.
    pub frame: u64,
    /// Its channel, from 0.
    pub channel: usize,
    /// What it must be.
    pub wanted: f32,
    /// What came back.
    pub got: f32,
}

impl Wrong {
    /// In words.
    pub fn in_words(&self) -> String {
        format!(
            "{} samples are wrong; the first is frame {}, channel {}: {} instead of {}",
            self.count, self.frame, self.channel, self.got, self.wanted
        )
    }
}

impl Tape {
    /// An empty one.
    pub fn new(channels: u32) -> Tape {
        Tape { channels: channels as usize, pieces: Rc::new(RefCell::new(Vec::new())) }
    }

    /// What a client records onto it.
    pub fn recorder(&self) -> impl FnMut(u64, &[f32]) + 'static {
        let (channels, pieces) = (self.channels, Rc::clone(&self.pieces));
        move |at, block| {
            let mut pieces = pieces.borrow_mut();
            match pieces.last_mut() {
                Some(piece) if piece.from + (piece.samples.len() / channels) as u64 == at => {
                    piece.samples.extend_from_slice(block);
                }
                _ => pieces.push(Piece { from: at, samples: block.to_vec() }),
            }
        }
    }

    /// Forgets what it holds.
    pub fn erase(&self) {
        self.pieces.borrow_mut().clear();
    }

    /// Frames it holds.
    pub fn frames(&self) -> u64 {
        self.pieces.borrow().iter().map(|piece| (piece.samples.len() / self.channels) as u64).sum()
    }

    /// The first frame it holds, and the first behind the last.
    pub fn range(&self) -> Option<(u64, u64)> {
        let pieces = self.pieces.borrow();
        let last = pieces.last()?;
        Some((pieces.first()?.from, last.from + (last.samples.len() / self.channels) as u64))
    }

    /// Calls `f` with each frame's number and samples.
    pub fn each(&self, mut f: impl FnMut(u64, &[f32])) {
        for piece in self.pieces.borrow().iter() {
            for (index, frame) in piece.samples.chunks_exact(self.channels).enumerate() {
                f(piece.from + index as u64, frame);
            }
        }
    }

    /// How many frames it holds of `from..to`.
    pub fn covered(&self, from: u64, to: u64) -> u64 {
        let mut frames = 0;
        self.each(|frame, _| frames += u64::from((from..to).contains(&frame)));
        frames
    }

    /// The samples of `from..to`, as far as they are there, that are not to the bit what `wanted` says; −0 is as good as 0.
    pub fn compare(&self, from: u64, to: u64, wanted: impl Fn(u64, usize) -> f32) -> Option<Wrong> {
        self.compare_by(from, to, wanted, |got, wanted| {
            got.to_bits() == wanted.to_bits() || (got.abs().to_bits() | wanted.abs().to_bits()) == 0
        })
    }

    /// As [`Tape::compare`], where −0 is not 0.
    pub fn compare_bits(&self, from: u64, to: u64, wanted: impl Fn(u64, usize) -> f32) -> Option<Wrong> {
        self.compare_by(from, to, wanted, |got, wanted| got.to_bits() == wanted.to_bits())
    }

    fn compare_by(
        &self,
        from: u64,
        to: u64,
        wanted: impl Fn(u64, usize) -> f32,
        are_same: impl Fn(f32, f32) -> bool,
    ) -> Option<Wrong> {
        let mut first: Option<Wrong> = None;
        self.each(|frame, samples| {
            if !(from..to).contains(&frame) {
                return;
            }
            for (channel, &got) in samples.iter().enumerate() {
                let wanted = wanted(frame, channel);
                if !are_same(got, wanted) {
                    first.get_or_insert(Wrong { count: 0, frame, channel, wanted, got }).count += 1;
                }
            }
        });
        first
    }

    /// The samples that are not silence.
    pub fn sound(&self) -> Option<Wrong> {
        self.compare(0, u64::MAX, |_, _| 0.0)
    }
}

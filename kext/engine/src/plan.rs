//! Plans: what the mover has to do for one call.

/// What happens to a piece of the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is zeroed.
    Silence,
    /// It is copied from the source, bit for bit.
    Copy,
}

/// A run of frames that is treated in one way. It crosses the end of neither buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What happens to it.
    pub action: Action,
    /// Its first frame in the source; 0 for silence.
    pub from: u32,
    /// Its first frame in the destination.
    pub to: u32,
    /// How many frames it has.
    pub frames: u32,
}

impl Piece {
    const NONE: Self = Self { action: Action::Silence, from: 0, to: 0, frames: 0 };

    pub(crate) const fn silence(to: u32, frames: u32) -> Self {
        Self { action: Action::Silence, from: 0, to, frames }
    }

    pub(crate) const fn copy(from: u32, to: u32, frames: u32) -> Self {
        Self { action: Action::Copy, from, to, frames }
    }
}

/// At most three pieces, to be carried out in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan([Piece; 3]);

impl Plan {
    /// Nothing is to be done.
    pub(crate) const NOTHING: Self = Self([Piece::NONE; 3]);

    pub(crate) const fn new(pieces: [Piece; 3]) -> Self {
        Self(pieces)
    }

    /// The destination's first `frames` frames are zeroed.
    pub const fn silence(frames: u32) -> Self {
        Self([Piece::silence(0, frames), Piece::NONE, Piece::NONE])
    }

    /// The pieces that have frames.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.0.iter().filter(|piece| piece.frames > 0)
    }
}

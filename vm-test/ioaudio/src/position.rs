//! Positions in an engine's time: ring frame and loop count.

/// IOAudioEnginePosition. Zero means "not set", also where loop 0, frame 0 is meant: drivers and the family cannot tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Position {
    /// Frame in the ring.
    pub frame: u32,
    /// Loop count.
    pub lap: u32,
}

impl Position {
    /// Whether it is set.
    pub fn is_set(self) -> bool {
        self != Position::default()
    }

    /// The position `frames` later in a ring of `ring` frames (`frames` at most `ring`).
    pub fn later(self, frames: u32, ring: u32) -> Position {
        let end = u64::from(self.frame) + u64::from(frames);
        if end >= u64::from(ring) {
            Position { frame: (end - u64::from(ring)) as u32, lap: self.lap.wrapping_add(1) }
        } else {
            Position { frame: end as u32, lap: self.lap }
        }
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.lap, self.frame).cmp(&(other.lap, other.frame))
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn exact_ring_end_is_the_next_lap() {
        let at = Position { frame: 90, lap: 3 };
        assert_eq!(at.later(10, 100), Position { frame: 0, lap: 4 });
        assert_eq!(at.later(9, 100), Position { frame: 99, lap: 3 });
        assert!(at < at.later(10, 100));
        assert!(!Position::default().is_set());
    }
}

//! A loop's recording, while the machine makes it.

use protocol::event::Event;
use protocol::share::Kind;

use crate::samples::from_bytes;
use crate::share::Share;

/// Told each event as it comes and, with one of a loop's progress, what was recorded since the last: interleaved samples of the
/// device's channels.
pub type Watch<'a> = dyn FnMut(&Event, &[f32]) + 'a;

/// Hears a recording grow in the shared memory.
pub(crate) struct Ear<'a> {
    share: &'a Share,
    frame_bytes: u64,
    /// Frames that were heard.
    heard: u64,
}

impl Ear<'_> {
    /// For a recording of so many channels.
    pub(crate) fn new(share: &Share, channels: u32) -> Ear<'_> {
        Ear { share, frame_bytes: u64::from(channels) * 4, heard: 0 }
    }

    /// What was recorded between the last progress and this, if this event is progress. What cannot be read is silent here: when
    /// the machine is done, all is read once more.
    pub(crate) fn hear(&mut self, event: &Event) -> Vec<f32> {
        let Event::Progress { done, .. } = *event else { return Vec::new() };
        let bytes = |frames: u64| frames.saturating_mul(self.frame_bytes);
        let new = self.share.read_from(Kind::Output, bytes(self.heard), bytes(done.saturating_sub(self.heard)));
        self.heard = self.heard.max(done);
        new.map(|new| from_bytes(&new)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::to_bytes;
    use crate::share::{Part, Room};

    #[test]
    fn each_progress_brings_what_is_new() {
        let recorded = to_bytes(&[0.5, -0.5, 0.25, -0.25, 0.125, -0.125]);
        let share = Share::new(Room::default(), &[Part::of(Kind::Output, &recorded)]).unwrap();
        let mut ear = Ear::new(&share, 2);
        let mut hear = |done| ear.hear(&Event::Progress { done, of: 3 });
        assert_eq!(hear(1), [0.5, -0.5]);
        assert!(hear(1).is_empty());
        assert_eq!(hear(3), [0.25, -0.25, 0.125, -0.125]);
        // Whatever a machine says, there is no more than the region.
        assert!(hear(u64::MAX).is_empty());
        assert!(ear.hear(&Event::Started).is_empty());
    }
}

//! A writer and a reader at the paces and sizes that the family gives them: no frame is added, lost or silenced.

mod common;

use common::{cells, pieces, stereo};
use engine::clock::Timebase;
use engine::config::{RATES, RING_FRAMES};
use engine::plan::{Action, Plan};
use engine::{Engine, Lap};
use proptest::prelude::*;

const START: u64 = 1_000_000_007;

struct Bench {
    engine: Engine<'static>,
    rate: u32,
    timebase: Timebase,
    wake: u64,
}

impl Bench {
    fn new(rate: u32, timebase: Timebase) -> Self {
        let engine = Engine::new(stereo(rate), timebase, cells()).unwrap();
        let wake = engine.start(START).unwrap().wake;
        Self { engine, rate, timebase, wake }
    }

    /// The first tick at which the ring has come to `frame`.
    fn time(&self, frame: u64) -> u64 {
        let ticks = u128::from(frame) * 1_000_000_000 * u128::from(self.timebase.denom);
        START + ticks.div_ceil(u128::from(self.rate) * u128::from(self.timebase.numer)) as u64
    }

    /// Lets the timer fire if it is due.
    fn tick(&mut self, time: u64) {
        while time >= self.wake {
            match self.engine.next_lap(time) {
                Lap::Due(_) => {}
                Lap::Wait(wake) => self.wake = wake,
                lap => panic!("{lap:?}"),
            }
        }
    }

    /// The frames of a write that are silenced, and of those that are copied.
    fn write(&self, time: u64, start: u64, frames: u32) -> (u32, u32) {
        parts(start, frames).fold((0, 0), |sum, (first, frames)| {
            let write = self.engine.begin_write(time, first, frames).unwrap();
            let counted = count(write.plan(), sum);
            self.engine.end_write(write, || 0);
            counted
        })
    }

    /// The frames of a read that are silent, and those that are copied.
    fn read(&self, time: u64, start: u64, frames: u32) -> (u32, u32) {
        parts(start, frames).fold((0, 0), |sum, (first, frames)| {
            let read = self.engine.begin_read(time, first, frames).unwrap();
            let counted = count(read.plan(), sum);
            assert_eq!(self.engine.end_read(read, || 0), 0);
            counted
        })
    }
}

fn count(plan: &Plan<'_>, sum: (u32, u32)) -> (u32, u32) {
    pieces(plan).iter().fold(sum, |(silent, copied), piece| match piece.action {
        Action::Silence => (silent + piece.frames, copied),
        Action::Copy => (silent, copied + piece.frames),
        Action::Move(gain) => panic!("{gain:?} at unity"),
    })
}

/// The parts of a block that do not cross the ring's end, as the family splits them (the second may be empty).
fn parts(start: u64, frames: u32) -> impl Iterator<Item = (u32, u32)> {
    let first = (start % u64::from(RING_FRAMES)) as u32;
    let before = frames.min(RING_FRAMES - first);
    [(first, before), (0, frames - before)].into_iter()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_that_is_written_in_time_is_read(
        rate in prop::sample::select(&RATES[..]),
        arm in any::<bool>(),
        block in 16u32..=4096,
        margin in 0u64..64,
        lag in 0u64..6000,
        begin in 0u64..40_000,
        // How late each call is, in percent of a block.
        late in prop::collection::vec((0u64..60, 0u64..90), 40),
    ) {
        let timebase = if arm { Timebase { numer: 125, denom: 3 } } else { Timebase { numer: 1, denom: 1 } };
        let mut bench = Bench::new(rate, timebase);
        let size = u64::from(block);
        for (cycle, (write_late, read_late)) in (0u64..).zip(late) {
            let position = begin + cycle * size;
            let output = position + size + margin;
            let time = bench.time(position + size * write_late / 100);
            bench.tick(time);
            let gap = if cycle == 0 { output.min(u64::from(RING_FRAMES)) as u32 } else { 0 };
            let (silenced, copied) = bench.write(time, output, block);
            prop_assert_eq!(copied, block);
            prop_assert!(silenced <= gap);

            // All that was written is heard; before it there is silence, read from the ring or not.
            if let Some(input) = (position + size).checked_sub(size + lag) {
                let time = bench.time(position + size + size * read_late / 100);
                let first_written = begin + size + margin;
                let (silent, copied) = bench.read(time, input, block);
                prop_assert_eq!(silent + copied, block);
                prop_assert!(u64::from(silent) <= first_written.saturating_sub(input), "{} silent in {}", silent, cycle);
            }
        }
    }
}

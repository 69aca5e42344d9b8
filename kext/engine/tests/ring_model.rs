//! The ring plan against a model that knows every absolute frame.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use common::pieces;
use engine::path::{Path, cells_for};
use engine::plan::{Action, Plan};
use engine::timeline::Now;
use proptest::prelude::*;

const RING: u64 = 64;
const RATE: u32 = 48_000;

/// A path that lives as long as the test.
fn path() -> &'static Path<'static> {
    let cells = (0..cells_for(1)).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
    Box::leak(Box::new(Path::new(1, RING as u32, cells).unwrap()))
}

/// One sample a frame; never cleared but by plans, as the memory of a kext's ring.
struct Bench {
    path: &'static Path<'static>,
    memory: Vec<u64>,
    now: Now,
    /// What each frame of this run holds, by absolute number.
    model: BTreeMap<u64, u64>,
    /// The end of the newest frame written.
    newest: u64,
    next_value: u64,
}

fn execute(plan: &Plan<'_>, source: &[u64], destination: &mut [u64]) {
    for piece in pieces(plan) {
        let (from, to, frames) = (piece.from as usize, piece.to as usize, piece.frames as usize);
        match piece.action {
            Action::Silence => destination[to..to + frames].fill(0),
            Action::Copy => destination[to..to + frames].copy_from_slice(&source[from..from + frames]),
            Action::Move(gain) => panic!("{gain:?} at unity"),
        }
    }
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self {
            path: path(),
            memory: vec![u64::MAX; RING as usize],
            now: Now { position: 0, lap_start: 0, origin: 0 },
            model: BTreeMap::new(),
            newest: 0,
            next_value: 1,
        };
        bench.restart(2 * RING);
        bench
    }

    fn restart(&mut self, origin: u64) {
        self.now = Now { position: origin, lap_start: origin, origin };
        self.model.clear();
        self.newest = origin;
    }

    fn advance(&mut self, frames: u64) {
        self.now.position += frames;
        self.now.lap_start = self.now.position / RING * RING;
    }

    /// Writes so that the end is `lead` frames ahead of now; fewer frames if the range would cross the ring's begin.
    fn write(&mut self, lead: i64, frames: u64) {
        let end = self.now.position.checked_add_signed(lead).unwrap();
        let in_lap = if end.is_multiple_of(RING) { RING } else { end % RING };
        let frames = frames.min(in_lap);
        if frames == 0 {
            return;
        }
        let start = end - frames;
        let first = (start % RING) as u32;
        let mut mix = vec![u64::MAX - 1; RING as usize];
        for frame in 0..frames {
            mix[first as usize + frame as usize] = self.next_value + frame;
        }
        let write = self.path.begin_write(Some(&self.now), RATE, first, frames as u32).unwrap();
        execute(write.plan(), &mix, &mut self.memory);
        self.path.end_write(write, || 0);
        for frame in 0..frames {
            self.model.insert(start + frame, self.next_value + frame);
        }
        self.next_value += frames;
        self.newest = self.newest.max(end);
    }

    /// Reads from `lag` frames behind now and compares with the model.
    fn read(&self, lag: u64, frames: u64) -> Result<(), TestCaseError> {
        let start = self.now.position - lag;
        let frames = frames.min(RING - start % RING);
        let mut client = vec![u64::MAX; frames as usize];
        let read = self.path.begin_read(Some(&self.now), RATE, (start % RING) as u32, frames as u32).unwrap();
        execute(read.plan(), &self.memory, &mut client);
        prop_assert_eq!(self.path.end_read(read, || 0), 0);
        for (frame, sample) in (start..).zip(client) {
            let kept = frame >= self.now.origin && frame + RING >= self.newest;
            let expected = self.model.get(&frame).copied().filter(|_| kept).unwrap_or(0);
            prop_assert_eq!(sample, expected, "frame {} at {:?}", frame, self.now);
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Write { lead: i64, frames: u64 },
    Continue { frames: u64 },
    Read { lag: u64, frames: u64 },
    Restart { beyond: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (late, ahead) = (1 - RING as i64 / 4, RING as i64 / 2);
    prop_oneof![
        4 => (0..RING / 4).prop_map(Step::Advance),
        1 => (0..5 * RING).prop_map(Step::Advance),
        2 => (late..ahead, 0..=RING).prop_map(|(lead, frames)| Step::Write { lead, frames }),
        4 => (0..RING / 4).prop_map(|frames| Step::Continue { frames }),
        6 => (1..=RING, 0..=RING).prop_map(|(lag, frames)| Step::Read { lag, frames }),
        1 => (0..3 * RING).prop_map(|beyond| Step::Restart { beyond }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_get_what_was_written_or_silence(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::new();
        for step in steps {
            match step {
                Step::Advance(frames) => bench.advance(frames),
                Step::Write { lead, frames } => bench.write(lead, frames),
                Step::Continue { frames } => {
                    let lead = bench.newest as i64 - bench.now.position as i64 + frames as i64;
                    if lead > -(RING as i64) / 4 && lead < RING as i64 / 2 {
                        bench.write(lead, frames);
                    }
                }
                Step::Read { lag, frames } => bench.read(lag, frames)?,
                Step::Restart { beyond } => {
                    let reached = bench.now.position.max(bench.newest) + RING;
                    bench.restart((reached / RING + 1) * RING + beyond / RING * RING);
                }
            }
        }
        for lag in 1..=RING {
            bench.read(lag, RING)?;
        }
    }

    #[test]
    fn any_call_keeps_to_its_buffers(first in any::<u32>(), frames in any::<u32>(), at in 2 * RING..10 * RING) {
        let path = path();
        let now = Now { position: at, lap_start: at / RING * RING, origin: 2 * RING };
        let fits = u64::from(first) + u64::from(frames) <= RING;
        let write = path.begin_write(Some(&now), RATE, first, frames);
        prop_assert_eq!(write.is_ok(), fits);
        prop_assert_eq!(path.begin_read(Some(&now), RATE, first, frames).is_ok(), fits);
        if let Ok(write) = write {
            for piece in pieces(write.plan()) {
                prop_assert!(u64::from(piece.to) + u64::from(piece.frames) <= RING);
                prop_assert!(u64::from(piece.from) + u64::from(piece.frames) <= RING);
            }
        }
    }
}

#[test]
fn a_late_writer_that_continues_is_followed_for_half_a_ring() {
    let mut bench = Bench::new();
    bench.write(16, 16);
    bench.advance(16 + RING / 2);
    // Ends 24 frames behind now, beyond the quarter of a ring that any write may be late.
    bench.write(-24, 8);
    bench.read(RING / 2, 8).unwrap();
    bench.read(RING / 2 + 16, 16).unwrap();
}

#[test]
fn a_write_may_end_three_quarters_of_a_ring_ahead() {
    let mut bench = Bench::new();
    bench.advance(5);
    bench.write(47, 13);
    bench.advance(48);
    bench.read(48, 48).unwrap();
    bench.read(14, 13).unwrap();
}

#[test]
fn a_read_that_a_writer_overtakes_is_lost_where_it_was_overtaken() {
    let mut bench = Bench::new();
    bench.write(32, 32);
    bench.advance(32);
    bench.write(32, 32);
    bench.advance(32);
    let read = || bench.path.begin_read(Some(&bench.now), RATE, 0, 40).unwrap();
    let [early, during, late] = [read(), read(), read()];
    assert_eq!(bench.path.end_read(early, || 0), 0);
    let write = bench.path.begin_write(Some(&bench.now), RATE, 0, 16).unwrap();
    assert_eq!(bench.path.end_read(during, || 0), 16);
    bench.path.end_write(write, || 0);
    assert_eq!(bench.path.end_read(late, || 0), 16);
}

#[test]
fn a_write_of_an_earlier_run_that_ends_late_spoils_nothing() {
    let mut bench = Bench::new();
    let early = bench.path.begin_write(Some(&bench.now), RATE, 0, 32).unwrap();
    bench.restart(5 * RING);
    bench.write(8, 8);
    bench.path.end_write(early, || 0);
    bench.advance(8);
    bench.read(8, 8).unwrap();
    bench.read(RING, RING).unwrap();
}

//! The lock-free parts in every order that threads can run in, as loom explores them.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p engine --lib orders`

use std::sync::Arc;
use std::vec::Vec;

use loom::thread;

use crate::clock::{Pace, Pitch, Timebase};
use crate::fader::{self, Fader};
use crate::level::Side;
use crate::ring::Ring;
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::timeline::{Now, Run, Timeline};

const RING: u64 = 8;

/// Explores what two threads may see of each other, with up to three changes between them that nothing asks for: more of them
/// show nothing new here and take minutes.
fn explore(orders: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.max_branches = 100_000;
    model.check(orders);
}

#[test]
fn a_run_is_seen_whole_or_not_at_all() {
    explore(|| {
        let timeline = Arc::new(Timeline::new(RING as u32));
        let starter = Arc::clone(&timeline);
        let pace = Pace::new(48_000, RING as u32, Timebase { numer: 1, denom: 1 }, Pitch::NOMINAL).unwrap();
        timeline.start(&Run::new(&pace, 16, 16, 1000));
        let starts = thread::spawn(move || {
            starter.start(&Run::new(&pace, 32, 32, 2000));
            starter.stop();
        });
        if let Some(run) = timeline.run() {
            assert!([(16, 16, 1000), (32, 32, 2000)].contains(&(run.origin, run.base, run.anchor)), "{run:?}");
        }
        starts.join().unwrap();
        assert!(timeline.run().is_none());
    });
}

/// A place in two threads at which they may change over. loom looks for these where one writes what the other reads, but
/// overlooks a write behind a read of the same atomic by the same thread. It orders nothing.
struct Crossing(AtomicU32);

impl Crossing {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(0)))
    }

    fn write(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    fn read(&self) {
        self.0.load(Ordering::Relaxed);
    }
}

/// A place of the ring that holds nothing of this run.
const STALE: u64 = u64::MAX;

#[test]
fn a_read_gets_the_frames_that_it_names_or_is_told_of_each_that_it_does_not() {
    explore(|| {
        let ring = Arc::new(Ring::new(RING as u32));
        let slots: Arc<Vec<AtomicU64>> = Arc::new((0..RING).map(|_| AtomicU64::new(STALE)).collect());
        let now = |position: u64| Now { position, lap_start: position / RING * RING, origin: 2 * RING };
        let crossing = Crossing::new();
        let writer = thread::spawn({
            let (ring, slots, crossing) = (Arc::clone(&ring), Arc::clone(&slots), Arc::clone(&crossing));
            move || {
                // Frames 18 and 19, then 25 and 26, which leave a gap and take the place of 18.
                for (position, frame) in [(17, 18), (22, 25)] {
                    let claim = ring.claim_frames(&now(position), (frame % RING) as u32, 2).unwrap();
                    assert_eq!(claim.start, frame);
                    crossing.write();
                    let silent = claim.gaps.iter().flat_map(|gap| gap.first..gap.first + gap.frames);
                    silent.for_each(|place| slots[place as usize].store(0, Ordering::Relaxed));
                    for (place, frame) in (claim.data.first..).zip(frame..frame + 2) {
                        slots[place as usize].store(frame, Ordering::Relaxed);
                    }
                    ring.publish(claim.end);
                    crossing.write();
                }
            }
        });
        // Frames 18 and 19.
        crossing.read();
        let view = ring.view(&now(22), 2, 2).unwrap();
        assert_eq!(view.start, 18);
        let valid = view.valid;
        let read: Vec<u64> =
            (0..valid.frames).map(|at| slots[(valid.first + at) as usize].load(Ordering::Relaxed)).collect();
        crossing.read();
        let lost = ring.lost(&view);
        for (at, value) in read.into_iter().enumerate() {
            let index = view.before + at as u32;
            if index >= lost {
                assert_eq!(value, view.start + u64::from(index), "{view:?}, {lost} lost");
            }
        }
        writer.join().unwrap();
    });
}

#[test]
fn what_is_set_is_followed_in_the_end_and_never_by_halves() {
    explore(|| {
        let cells: &'static [AtomicU32] =
            (0..fader::cells_for(1)).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
        let fader: &'static Fader<'static> =
            std::boxed::Box::leak(std::boxed::Box::new(Fader::new(Side::Write, 1, cells)));
        let crossing = Crossing::new();
        let setter = thread::spawn({
            let crossing = Arc::clone(&crossing);
            move || {
                fader.set_level(1, 108).unwrap();
                crossing.write();
                fader.set_mute(0, true).unwrap();
                crossing.write();
            }
        });
        crossing.read();
        fader.follow(None, 48_000);
        let law = Side::Write.law();
        let heard = fader.at(0).gain.map_or(0.0, |gain| gain.factor(0, 0));
        assert!([1.0, law.factor(108), 0.0].contains(&heard), "{heard}");
        setter.join().unwrap();
        fader.follow(None, 48_000);
        assert!(fader.at(0).gain.is_none());
    });
}

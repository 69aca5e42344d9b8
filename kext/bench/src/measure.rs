//! Times of all shapes, taken by turns.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::case::{Block, Case};
use crate::device::Device;
use crate::memory::{Buffers, RING};

/// How often each shape has its turn.
const ROUNDS: usize = 201;
/// How many samples a turn loops, about: the same blocks for all shapes, that each finds the caches as the others do.
const TURN: u32 = 1 << 17;

/// What a case takes, in ns for a write and a read of one block.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
    /// The case.
    pub case: Case,
    /// The time.
    pub ns: f64,
    /// The time of one copy into the ring and one out of it.
    pub ns_memcpy: f64,
    /// How many times as long as the copies.
    pub ratio_to_memcpy: f64,
    /// How many times as long as copy, strided multiply and copy.
    pub ratio_to_strided: f64,
    /// Instructions for a frame written and read, if they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions_per_frame: Option<f64>,
    /// How much longer than the copies, in ns, in the quickest quarter of the turns: a difference of a few ns is soon lost in
    /// what else the machine does.
    #[serde(skip)]
    pub above: f64,
}

impl Measured {
    /// Which bound is broken, if one is.
    pub fn broken(&self) -> Option<String> {
        let (Block { channels, frames }, name) = (self.block, self.case.name());
        if self.block == Block::LARGE && self.ratio_to_memcpy > self.case.most() {
            let (ratio, most) = (self.ratio_to_memcpy, self.case.most());
            return Some(format!("{name}: {ratio:.2} times the copies of {channels} × {frames}, {most} are allowed"));
        }
        let (small, most) = Block::SMALL;
        if self.block == small && self.case == Case::Unity && self.above > most {
            let above = self.above;
            return Some(format!(
                "{name}: {above:.0} ns above the copies of {channels} × {frames}, {most} are allowed"
            ));
        }
        None
    }
}

/// One way to loop a block.
enum Shape {
    Copy,
    Strided(Vec<f32>),
    Ours(Case, Box<Device>),
}

/// A shape, and what its turns took, in ns for a block.
struct Runner {
    shape: Shape,
    times: Vec<f64>,
}

impl Runner {
    fn new(shape: Shape) -> Self {
        Self { shape, times: Vec::with_capacity(ROUNDS) }
    }

    /// Loops `cycles` blocks, the first of which is at ring frame `first`.
    fn turn(&mut self, block: Block, mut first: u32, cycles: u32, buffers: &mut Buffers) -> Result<()> {
        let began = Instant::now();
        for _ in 0..cycles {
            match &mut self.shape {
                Shape::Copy => buffers.copy(first, block.frames),
                Shape::Strided(gains) => buffers.copy_and_multiply(first, block.frames, gains),
                Shape::Ours(_, device) => device.cycle(first, block.frames, buffers)?,
            }
            first = (first + block.frames) % RING;
        }
        self.times.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(cycles));
        Ok(())
    }
}

/// How often a block size is measured before a bound counts as broken: what else a machine does only takes time.
const TRIES: usize = 5;

/// Measures every case of a block size, again if a bound does not hold; of each case the try that comes nearest to its bound
/// counts.
///
/// # Errors
/// The engine refuses a case.
pub fn measure(block: Block) -> Result<Vec<Measured>> {
    let mut best = measure_once(block)?;
    for _ in 1..TRIES {
        if best.iter().all(|measured| measured.broken().is_none()) {
            break;
        }
        for (known, again) in best.iter_mut().zip(measure_once(block)?) {
            if known.broken().is_some() && again.above < known.above {
                *known = again;
            }
        }
    }
    Ok(best)
}

fn measure_once(block: Block) -> Result<Vec<Measured>> {
    let mut buffers = Buffers::new(block.channels, block.frames);
    let gains = vec![1.0; block.channels as usize];
    let mut runners = vec![Runner::new(Shape::Copy), Runner::new(Shape::Strided(gains))];
    for case in Case::value_variants() {
        runners.push(Runner::new(Shape::Ours(*case, Box::new(Device::new(*case, block.channels)?))));
    }
    let cycles = TURN.div_ceil(block.channels * block.frames).max(2);
    let mut first = 0;
    for round in 0..ROUNDS {
        // Nobody is always the one behind a particular other.
        let count = runners.len();
        for place in 0..count {
            let step = if round % 2 == 0 { place } else { count - place };
            if let Some(runner) = runners.get_mut((round + step) % count) {
                runner.turn(block, first, cycles, &mut buffers)?;
            }
        }
        first = (first + cycles * block.frames) % RING;
    }
    let [copy, strided, ours @ ..] = runners.as_slice() else { return Ok(Vec::new()) };
    let mut measured = Vec::new();
    for runner in ours {
        let Shape::Ours(case, device) = &runner.shape else { continue };
        device.check()?;
        let beside = |other: &Runner, compare: fn(f64, f64) -> f64| {
            median(runner.times.iter().zip(&other.times).map(|(ours, theirs)| compare(*ours, *theirs)))
        };
        measured.push(Measured {
            block,
            case: *case,
            ns: median(runner.times.iter().copied()),
            ns_memcpy: median(copy.times.iter().copied()),
            ratio_to_memcpy: beside(copy, |ours, theirs| ours / theirs),
            ratio_to_strided: beside(strided, |ours, theirs| ours / theirs),
            instructions_per_frame: None,
            above: quantile(4, runner.times.iter().zip(&copy.times).map(|(ours, theirs)| ours - theirs)),
        });
    }
    Ok(measured)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(2, values)
}

/// The value that one in `part` is below.
fn quantile(part: usize, values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / part).copied().unwrap_or(f64::NAN)
}

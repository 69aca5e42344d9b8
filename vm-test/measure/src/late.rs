//! One block of output that comes late.
//!
//! A writer is on time but for one block, a reader is far enough behind to hear it nevertheless:
//!
//! ```text
//!   position at the block's first frame ──┐     ┌── the block is handed over, late
//!  ───────────────────────────────────────┼─────┼──────────────────────────────┼──► time
//!                                         └ late ┘     a reader gets to the block ┘
//! ```
//!
//! What a driver or its family does where the ring ends limits the lateness of blocks that lie there, so those are tried beside
//! others. Each try starts both clients anew: what happened before has no part in it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::signal::{Noise, Signal};
use crate::tape::{Tape, Wrong};
use crate::{Client, Device, Driver, IO_FRAMES, Late, Spec, Stop, first};

/// How exactly the limit is found, frames.
const STEP: u64 = 16;
/// Frames before the ring's end at which a block begins that lies there, at least and at most.
const BEFORE_END: [u64; 2] = [1, 8];
/// Tries to have a block begin there: a device that runs is joined to a frame or so.
const TRIES: u32 = 4;
/// Rings that have passed before the one of the late block.
const SETTLED: u64 = 2;
/// Steps below the limit that have to be good as well.
const VERIFIED: u64 = 2;

/// Where in the ring the late block lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It begins a few frames before the ring's end.
    End,
    /// In the middle.
    Middle,
}

/// What comes of output that is too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// Not all of it is read.
    Nothing,
    /// Its call is refused, and something else is heard.
    Refused,
    /// There is silence in its place.
    Silence,
    /// The sound of one ring earlier is added to it.
    Added,
    /// The sound of one ring earlier is in its place.
    Stale,
    /// The sound of one ring later is.
    Next,
    /// Something else is.
    Other,
}

impl Loss {
    fn of(wrong: &Wrong, late: Late, sound: Noise, ring: u64) -> Loss {
        let before = sound.at(wrong.frame.saturating_sub(ring), wrong.channel);
        let is = |sample: f32| sample.to_bits() == wrong.got.to_bits();
        match () {
            () if late.failed => Loss::Refused,
            () if wrong.got.abs().to_bits() == 0 => Loss::Silence,
            () if is(before) => Loss::Stale,
            () if is(before + wrong.wanted) => Loss::Added,
            () if is(sound.at(wrong.frame + ring, wrong.channel)) => Loss::Next,
            () => Loss::Other,
        }
    }

    /// What is heard.
    fn words(self) -> &'static str {
        match self {
            Loss::Nothing => "nothing is heard",
            Loss::Refused => "the call is refused",
            Loss::Silence => "silence is heard instead",
            Loss::Added => "it is heard with what was played one ring earlier added to it",
            Loss::Stale => "what was played one ring earlier is heard instead",
            Loss::Next => "what is played one ring later is heard instead",
            Loss::Other => "something else is heard",
        }
    }
}

/// A limit, and what comes of one step more.
struct Limit {
    frames: u64,
    beyond: Option<(u64, Loss)>,
}

/// The most frames of lateness up to which nothing is lost of a block in the ring's middle, and of one at its end.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let mut readings = Vec::new();
    for (dimension, place) in [("late-write-tolerance", Place::Middle), ("late-write-at-ring-end", Place::End)] {
        let Limit { frames, beyond } = limit_at(driver, &device, place)?;
        let why = match beyond {
            Some((0, loss)) => format!("Even of a block that is on time {}.", loss.words()),
            Some((late, loss)) => format!("Of a block that is {late} frames late {}.", loss.words()),
            None => String::from("Blocks may be as late as other readers and writers of the ring let them."),
        };
        readings.push(
            Reading::new(dimension, frames as f64).with_detail("ring", device.period as f64, "frames").with_why(why),
        );
    }
    Ok(readings)
}

fn limit_at(driver: &mut impl Driver, device: &Device, place: Place) -> Result<Limit, Stop> {
    // Beyond that a reader so far behind is overtaken by the writer of the next lap.
    let room = device.period.saturating_sub(4 * u64::from(IO_FRAMES));
    let (mut beyond, mut shift) = (None, 0);
    let steps = limit(room / STEP, |steps| {
        let missed = lost(driver, device, steps * STEP, place, &mut shift)?;
        beyond = missed.map(|missed| (steps * STEP, missed)).or(beyond);
        Ok(missed.is_none())
    })?;
    // The last one that was lost is the one beyond the limit: all later tries were below it.
    Ok(Limit { frames: steps.unwrap_or(0) * STEP, beyond })
}

/// The largest number up to `largest` that is good with those below it, as far as they are looked at: a few before it, and
/// those on the way to it. `None` if 0 is not.
fn limit(largest: u64, mut is_good: impl FnMut(u64) -> Result<bool, Stop>) -> Result<Option<u64>, Stop> {
    if !is_good(0)? {
        return Ok(None);
    }
    // `good` is good, `bad` is not or beyond.
    let (mut good, mut bad) = (0, largest + 1);
    loop {
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if is_good(middle)? {
                good = middle;
            } else {
                bad = middle;
            }
        }
        let mut lucky = None;
        for below in (good.saturating_sub(VERIFIED)..good).rev() {
            if !is_good(below)? {
                lucky = Some(below);
            }
        }
        let Some(below) = lucky else { return Ok(Some(good)) };
        (good, bad) = (0, below);
    }
}

/// What a reader misses of a block that is so many frames late; nothing if it hears every sample. `shift` are the frames that the
/// writer is earlier than the HAL so that its blocks lie at `place`.
fn lost(
    driver: &mut impl Driver,
    device: &Device,
    late: u64,
    place: Place,
    shift: &mut u64,
) -> Result<Option<Loss>, Stop> {
    let n = u64::from(IO_FRAMES);
    for _ in 0..TRIES {
        let (found, loss) = lost_once(driver, device, late, place, *shift)?;
        let before_end = device.period - found.from % device.period;
        if place == Place::Middle || (BEFORE_END[0]..=BEFORE_END[1]).contains(&before_end) {
            return Ok(loss);
        }
        // The next block that is as early as this one and lies right.
        let wanted = BEFORE_END[0].midpoint(BEFORE_END[1]);
        *shift = (*shift + n + before_end % n - wanted) % n;
    }
    Err(Stop::Failed("its clients' blocks begin at other frames after each start".into()))
}

/// The block that came late, and what was lost of it.
fn lost_once(
    driver: &mut impl Driver,
    device: &Device,
    late: u64,
    place: Place,
    shift: u64,
) -> Result<(Late, Option<Loss>), Stop> {
    let (sound, n, ring) = (Noise(late), u64::from(IO_FRAMES), device.period);
    let mut reader = driver.open(device, &Spec { lag: Some((late + 2 * n) as i64), ..Spec::recorder(IO_FRAMES) })?;
    let lead = n + u64::from(device.safety[1]) + shift;
    let mut writer = driver.open(device, &Spec { lead: Some(lead as i64), ..Spec::player(IO_FRAMES) })?;
    let tape = Tape::new(device.channels as u32);
    reader.record(Box::new(tape.recorder()));
    writer.play(Box::new(sound.player(device.channels)));
    reader.start()?;
    writer.start()?;
    driver.pass(device.period_ns() / 2)?;
    let lap = (writer.done().written_to / ring + SETTLED) * ring;
    writer.delay(if place == Place::End { lap + ring - 1 } else { lap + ring / 2 }, device.ns(late));
    driver.pass((SETTLED + 2) * device.period_ns() + device.ns(late))?;
    let done = writer.done();
    let gave_up = done.gave_up.or(reader.done().gave_up);
    writer.close()?;
    reader.close()?;
    driver.wait_stopped(device)?;
    if let Some(why) = gave_up {
        return Err(Stop::Failed(why));
    }
    let Some(block) = done.late else { return Err("its clients do not get to write".into()) };
    let wrong = tape.compare(block.from, block.from + n, |frame, channel| sound.at(frame, channel));
    Ok((
        block,
        match wrong {
            Some(wrong) => Some(Loss::of(&wrong, block, sound, ring)),
            None if tape.covered(block.from, block.from + n) < n => Some(Loss::Nothing),
            None => None,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_found_wherever_it_is() {
        for wanted in 0..=20 {
            assert_eq!(limit(20, |number| Ok(number <= wanted)), Ok(Some(wanted)));
        }
        assert_eq!(limit(20, |_| Ok(false)), Ok(None));
    }

    #[test]
    fn a_try_beyond_the_limit_that_is_good_by_luck_does_not_move_it() {
        let is_good = |number| Ok(number <= 4 || number == 10 || number == 6);
        assert_eq!(limit(20, is_good), Ok(Some(4)));
    }

    #[test]
    fn what_is_heard_instead_is_named() {
        let sound = Noise(1);
        let wrong = |got| Wrong { count: 1, frame: 100, channel: 0, wanted: sound.at(100, 0), got };
        let [now, before, next] = [100, 40, 160].map(|frame| sound.at(frame, 0));
        let taken = Late { from: 90, failed: false };
        let of = |got| Loss::of(&wrong(got), taken, sound, 60);
        assert_eq!(
            [0.0, before, now + before, next, 3.0].map(of),
            [Loss::Silence, Loss::Stale, Loss::Added, Loss::Next, Loss::Other]
        );
        assert_eq!(Loss::of(&wrong(0.0), Late { failed: true, ..taken }, sound, 60), Loss::Refused);
    }
}

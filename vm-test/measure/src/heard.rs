//! When what is played comes back as it was played.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::Cell;

use crate::signal::{Noise, Signal};
use crate::{Client, Device, Driver, Spec, Stop};

/// What it plays.
const SOUND: Noise = Noise(11);
/// Frames of its cycles: short ones, so that times are exact.
pub const FRAMES: u32 = 64;
/// How often it is looked whether something came back, ns.
const STEP: u64 = 100_000;

/// A client that plays and records, and knows whether the last block that came back was right.
pub struct Listener<C> {
    /// The client.
    pub client: C,
    good: Rc<Cell<u64>>,
}

/// When blocks came back right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The first time, ns.
    pub first: u64,
    /// The longest time from one to the next, ns; begins with the time from which was looked.
    pub gap: u64,
    /// How many.
    pub blocks: u64,
}

impl<C: Client> Listener<C> {
    /// Opens a client whose sound comes back `shift` frames later than it was played for, and starts it.
    pub fn start<D: Driver<Client = C>>(driver: &mut D, device: &Device, shift: i64) -> Result<Listener<C>, Stop> {
        let mut client = driver.open(device, &Spec::duplex(FRAMES))?;
        let good = Rc::new(Cell::new(0));
        let (count, channels) = (Rc::clone(&good), device.channels);
        client.play(Box::new(SOUND.player(channels)));
        client.record(Box::new(move |at, block| {
            let from = at.saturating_add_signed(-shift);
            let wanted = (0..).flat_map(|frame| (0..channels).map(move |channel| SOUND.at(from + frame, channel)));
            if block.iter().zip(wanted).all(|(got, wanted)| got.to_bits() == wanted.to_bits()) {
                count.set(count.get() + 1);
            }
        }));
        client.start()?;
        Ok(Listener { client, good })
    }

    /// Lets time pass, and notes when blocks come back right; nothing where none does.
    pub fn listen(&self, driver: &mut impl Driver, ns: u64) -> Result<Option<Heard>, Stop> {
        let (begin, before) = (driver.now(), self.good.get());
        let (mut heard, mut known, mut last): (Option<Heard>, u64, u64) = (None, before, begin);
        while driver.now() < begin + ns {
            driver.pass(STEP)?;
            if self.good.get() == known {
                continue;
            }
            let now = driver.now();
            known = self.good.get();
            let heard = heard.get_or_insert(Heard { first: now, gap: 0, blocks: 0 });
            heard.gap = heard.gap.max(now - last);
            heard.blocks = known - before;
            last = now;
        }
        Ok(heard)
    }
}

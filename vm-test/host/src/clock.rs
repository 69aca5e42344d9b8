//! The clock of an engine as its timestamps tell it.

use kpi::mach::clock;
use kpi::{mem, sched};

use crate::format::Rate;

/// Address of the loop count in the status page.
const LOOP_COUNT: usize = 4;
/// Address of the last loop's time in it.
const LAST_LOOP_TIME: usize = 8;

/// A timestamp: loop count and absolute time.
pub type Timestamp = (u64, u64);

/// The timestamp on the status page at this address; time 0 before the first.
pub fn timestamp(status: usize) -> Timestamp {
    (u64::from(mem::read::<u32>(status + LOOP_COUNT)), mem::read(status + LAST_LOOP_TIME))
}

/// The first and the last timestamp since the engine was started, and what they tell.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    ring: u64,
    rate: Rate,
    first: Timestamp,
    last: Timestamp,
    /// Timestamps seen, the first one among them.
    pub seen: u64,
    /// Largest distance of one from the ideal schedule, ns.
    pub error_ns: u64,
}

impl Clock {
    /// A clock that knows one timestamp of an engine with this ring and rate.
    pub fn new(ring: u64, rate: Rate, first: Timestamp) -> Clock {
        Clock { ring, rate, first, last: first, seen: 1, error_ns: 0 }
    }

    /// The last timestamp.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// Takes the timestamp of the status page into account.
    pub fn watch(&mut self, status: usize) {
        let now = timestamp(status);
        if now.0 == self.last.0 {
            return;
        }
        self.last = now;
        self.seen += 1;
        let ideal = self.ideal(now.0 - self.first.0);
        self.error_ns = self.error_ns.max(clock::to_ns(now.1.abs_diff(ideal)));
    }

    /// Absolute time at which a lap ends by the nominal rate, `laps` after the first timestamp.
    fn ideal(&self, laps: u64) -> u64 {
        self.first.1 + clock::from_ns(self.rate.ns(laps * self.ring))
    }

    /// The last lap's span of time and frames; by the nominal rate as long as there is none.
    fn slope(&self) -> (u64, u64) {
        match self.last.0 - self.first.0 {
            0 => (clock::from_ns(1_000_000_000), u64::from(self.rate.whole.max(1))),
            laps => (self.last.1 - self.first.1, laps * self.ring),
        }
    }

    /// Absolute time at which the engine stands at an absolute frame.
    pub fn time_of(&self, frame: u64) -> u64 {
        let (span, frames) = self.slope();
        let ahead = i128::from(frame) - i128::from(self.last.0 * self.ring);
        (i128::from(self.last.1) + ahead * i128::from(span) / i128::from(frames)) as u64
    }

    /// The absolute frame that the engine stands at now.
    pub fn position(&self) -> u64 {
        let (span, frames) = self.slope();
        let ahead = i128::from(clock::from_ns(sched::now())) - i128::from(self.last.1);
        (i128::from(self.last.0 * self.ring) + ahead * i128::from(frames) / i128::from(span.max(1))).max(0) as u64
    }
}

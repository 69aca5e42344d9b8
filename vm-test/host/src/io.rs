//! The IO thread: cycles driven by the positions that timestamps give.
//!
//! At the cycle for position `p` the thread has woken when the engine stands at `p`. It reads the `n` frames before `p`,
//! and writes the `n` frames from `p + n` on:
//!
//! ```text
//!          p − n        p          p + n      p + 2n
//!  ──────────┼──────────┼────────────┼──────────┼────►  absolute frames
//!            │  input   │            │  output  │
//! ```

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use kpi::fault::emit;
use kpi::iokit::connection::{self, Connection};
use kpi::mach::clock;
use kpi::{mem, sched};
use protocol::event::{Event, Looped};

/// What a loop comes to.
pub type Outcome = Result<Looped, String>;

/// How late a real-time thread wakes at most, ns.
const LATENESS: u64 = 40_000;
/// Progress is reported this often.
const REPORTS: u64 = 20;
/// Cycles in a row without success after which the loop is given up.
const PATIENCE: u64 = 1000;
/// Virtual time in which the engine must take its first timestamp, ns.
const FIRST_TIMESTAMP: u64 = 5_000_000_000;
/// Index of the engine user client's one trap.
const PERFORM_CLIENT_IO: u32 = 0;
/// kIOReturnSuccess.
const SUCCESS: u32 = 0;

/// Everything the IO thread needs. Addresses are of memory that outlives it: the caller waits for its end.
pub struct Cycles {
    /// The user client.
    pub connection: Connection,
    /// Address of the status page.
    pub status: usize,
    /// Ring length in frames.
    pub ring: u64,
    /// Nominal rate in Hz.
    pub rate: u64,
    /// Frames of a cycle.
    pub io_frames: u64,
    /// Channels.
    pub channels: usize,
    /// ID of the buffer set.
    pub set: u64,
    /// Samples of the output buffer.
    pub play: usize,
    /// Samples of the input buffer.
    pub record: usize,
    /// Descriptor of the output buffer.
    pub play_descriptor: usize,
    /// What to play.
    pub source: usize,
    /// Its bytes.
    pub source_bytes: usize,
    /// Where the recording goes.
    pub sink: usize,
    /// Its bytes.
    pub sink_bytes: usize,
}

/// The clock as timestamps tell it: the first and the last one.
struct Clock {
    first: (u64, u64),
    last: (u64, u64),
    seen: u64,
    error: u64,
}

impl Cycles {
    /// Cycles until everything has been played and heard.
    ///
    /// # Errors
    /// The engine took no timestamp, or refused too many cycles in a row.
    pub fn run(&self) -> Outcome {
        let begin = sched::now();
        let mut clock = self.first_timestamp()?;
        let n = self.io_frames;
        // The first cycle stands two buffers after the anchor, so that its input is not before it.
        let first = clock.first.0 * self.ring + 2 * n;
        let (written_from, read_from) = (first + n, first - n);
        // The recording ends with its region, which has room for the silence after the sound.
        let cycles = self.sink_bytes as u64 / (self.channels as u64 * 4) / n;
        let mut failed = BTreeMap::new();
        let mut in_a_row = 0;
        for cycle in 0..cycles {
            let at = first + cycle * n;
            let due = clock.time_of(at, self.ring, self.rate) + sched::random(LATENESS);
            sched::sleep_until(clock::to_ns(due));
            self.watch(&mut clock);
            let results = [self.read(at - n, cycle), self.write(at + n, cycle)];
            for result in results {
                in_a_row = if result == SUCCESS { 0 } else { in_a_row + 1 };
                if result != SUCCESS {
                    *failed.entry(result).or_insert(0) += 1;
                }
            }
            if in_a_row > PATIENCE {
                return Err(alloc::format!("{PATIENCE} IO calls in a row failed, the last with {:#x}", results[1]));
            }
            if (cycle + 1) * REPORTS / cycles != cycle * REPORTS / cycles {
                emit(&Event::Progress { done: (cycle + 1) * n, of: cycles * n });
            }
        }
        Ok(Looped {
            written_from,
            read_from,
            recorded: cycles * n,
            cycles,
            failed: failed.into_iter().collect(),
            virtual_ns: sched::now() - begin,
            timestamps: clock.seen,
            timestamp_error_ns: clock.error,
        })
    }

    /// Loop count and time on the status page, once the engine is anchored.
    fn first_timestamp(&self) -> Result<Clock, String> {
        let deadline = sched::now() + FIRST_TIMESTAMP;
        loop {
            let (lap, time) = self.timestamp();
            if time != 0 {
                return Ok(Clock { first: (lap, time), last: (lap, time), seen: 1, error: 0 });
            }
            if sched::now() > deadline {
                return Err("the engine took no timestamp within 5 s of its start".to_string());
            }
            sched::sleep_until(sched::now() + 1_000_000);
        }
    }

    fn timestamp(&self) -> (u64, u64) {
        (u64::from(mem::read::<u32>(self.status + 4)), mem::read(self.status + 8))
    }

    /// Takes a new timestamp into account.
    fn watch(&self, clock: &mut Clock) {
        let (lap, time) = self.timestamp();
        if lap == clock.last.0 {
            return;
        }
        clock.last = (lap, time);
        clock.seen += 1;
        let frames = u128::from((lap - clock.first.0) * self.ring);
        let ideal = clock.first.1 + clock::from_ns((frames * 1_000_000_000 / u128::from(self.rate)) as u64);
        clock.error = clock.error.max(clock::to_ns(time.abs_diff(ideal)));
    }

    fn trap(&self, at: u64, is_input: bool) -> u32 {
        // Absolute time of a frame, as the high and low halves of an integer.
        let interval = clock::from_ns(1_000_000_000) / self.rate;
        let (frame, lap) = (at % self.ring, at / self.ring);
        let words = [frame, lap, u64::from(is_input), self.set, interval >> 32, interval & 0xffff_ffff];
        connection::trap(self.connection, PERFORM_CLIENT_IO, words).0
    }

    fn read(&self, at: u64, cycle: u64) -> u32 {
        let result = self.trap(at, true);
        let bytes = self.io_frames as usize * self.channels * 4;
        let to = cycle as usize * bytes;
        if result == SUCCESS && to < self.sink_bytes {
            mem::copy(self.record, self.sink + to, bytes.min(self.sink_bytes - to));
        }
        result
    }

    fn write(&self, at: u64, cycle: u64) -> u32 {
        let bytes = self.io_frames as usize * self.channels * 4;
        let from = (cycle as usize * bytes).min(self.source_bytes);
        let sound = bytes.min(self.source_bytes - from);
        mem::copy(self.source + from, self.play, sound);
        mem::fill(self.play + sound, 0, bytes - sound);
        mem::write(self.play_descriptor, [bytes as u32, self.io_frames as u32]);
        self.trap(at, false)
    }
}

impl Clock {
    /// Absolute time at which the engine stands at a frame.
    fn time_of(&self, frame: u64, ring: u64, rate: u64) -> u64 {
        let laps = self.last.0 - self.first.0;
        let (span, frames) =
            if laps == 0 { (clock::from_ns(1_000_000_000), rate) } else { (self.last.1 - self.first.1, laps * ring) };
        let ahead = i128::from(frame) - i128::from(self.last.0 * ring);
        (i128::from(self.last.1) + ahead * i128::from(span) / i128::from(frames)) as u64
    }
}

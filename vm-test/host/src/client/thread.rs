//! The IO thread: cycles driven by the positions that timestamps give.
//!
//! At the cycle for position `p` the thread has woken when the engine stands at `p`. It reads the `n` frames that end `lag`
//! before `p`, and writes the `n` frames from `p + lead` on; as the HAL does it, for an engine without safety offsets:
//!
//! ```text
//!          p − n        p          p + n      p + 2n
//!  ──────────┼──────────┼────────────┼──────────┼────►  absolute frames
//!            │  input   │            │  output  │
//! ```

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use kpi::global::Global;
use kpi::iokit::connection::{self, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::mach::clock;
use kpi::sched;

use super::shared::{Notice, Phase, Shared};
use super::{SET, call, method};
use crate::buffer::UserBuffer;
use crate::clock::{Clock, timestamp};
use crate::engine::Engine;
use crate::format::Rate;

/// Calls in a row without success after which the client gives up.
const PATIENCE: u64 = 1000;
/// Virtual time in which the engine must take its first timestamp, ns.
const FIRST_TIMESTAMP: u64 = 5_000_000_000;
/// Step in which timestamps and notifications are waited for, ns.
const STEP: u64 = 1_000_000;
/// Index of the engine user client's one trap.
const PERFORM_CLIENT_IO: u32 = 0;

/// A stream's buffer.
pub struct Side {
    pub buffer: Rc<UserBuffer>,
    /// Bytes of a cycle.
    pub bytes: usize,
    /// Samples of a cycle, as far as they are of 4 bytes.
    pub samples: usize,
}

/// What an IO thread is made of.
pub struct Parts {
    pub connection: Connection,
    pub engine: Engine,
    pub status: usize,
    pub port: u64,
    pub event: u64,
    pub io_frames: u64,
    pub lead: i64,
    pub lag: i64,
    pub cycles: Option<u64>,
    pub lateness: u64,
    pub returns: bool,
    pub output: Option<Side>,
    pub input: Option<Side>,
    pub shared: Rc<Global<Shared>>,
}

/// The thread's own state.
pub struct Io {
    parts: Parts,
    ring: u64,
    /// Absolute time of a frame.
    interval: u64,
    clock: Clock,
    /// Position of the next cycle.
    next: u64,
    /// Virtual time of the start.
    begun: u64,
    failed_in_a_row: u64,
    /// Samples on their way.
    block: Vec<f32>,
}

/// How a run of cycles ended.
enum End {
    /// It was told to stop, or has done all its cycles.
    Idle,
    /// The engine was paused.
    Paused,
    /// It makes no sense to go on; in words.
    GaveUp(String),
}

impl Io {
    pub fn new(parts: Parts) -> Io {
        let samples = parts.output.iter().chain(&parts.input).map(|side| side.samples).max().unwrap_or(0);
        Io {
            ring: 1,
            interval: 0,
            clock: Clock::new(1, Rate::hz(1), (0, 0)),
            next: 0,
            begun: 0,
            failed_in_a_row: 0,
            block: vec![0.0; samples],
            parts,
        }
    }

    /// Cycles whenever it is told to, until it is told to end.
    pub fn run(mut self) {
        let event = self.parts.event;
        loop {
            let phase = self.parts.shared.borrow().phase;
            match phase {
                Phase::Ended => break,
                Phase::Idle => {
                    self.parts.shared.borrow().at_rest = true;
                    sched::wake(event, true, 0);
                    sched::wait(event, "its client to start", None);
                }
                Phase::Running => self.run_once(),
            }
        }
        drop(self);
        sched::wake(event, true, 0);
    }

    fn run_once(&mut self) {
        let ended = match self.begin() {
            Ok(()) => self.cycles(),
            Err(why) => End::GaveUp(why),
        };
        let ended = match ended {
            End::Paused if self.parts.returns => self.come_back(),
            other => other,
        };
        let mut shared = self.parts.shared.borrow();
        match ended {
            End::Paused => return,
            End::GaveUp(why) => shared.done.gave_up = Some(why),
            End::Idle => {}
        }
        if shared.phase == Phase::Running {
            shared.phase = Phase::Idle;
        }
    }

    /// Reads what the engine says of itself, waits for its anchor, and chooses the first position.
    fn begin(&mut self) -> Result<(), String> {
        self.begun = sched::now();
        let (engine, n) = (self.parts.engine, self.parts.io_frames);
        let rate = engine.rate();
        self.ring = engine.ring().max(1);
        self.interval = clock::from_ns(1_000_000_000) / u64::from(rate.whole.max(1));
        self.clock = Clock::new(self.ring, rate, self.first_timestamp()?);
        self.failed_in_a_row = 0;
        // The first cycle stands two buffers after the anchor, so that its input is not before it; in an engine that runs
        // already, two buffers after now.
        let anchored = self.clock.last().0 * self.ring + 2 * n;
        let position = self.clock.position();
        self.next = if position + n <= anchored { anchored } else { position + 2 * n };
        let mut shared = self.parts.shared.borrow();
        shared.done.written_from = None;
        shared.done.read_from = None;
        Ok(())
    }

    /// Loop count and time on the status page, once the engine is anchored.
    fn first_timestamp(&self) -> Result<(u64, u64), String> {
        let deadline = sched::now() + FIRST_TIMESTAMP;
        loop {
            let gone = connection::client(self.parts.connection).err();
            if let Some(gone) = gone {
                return Err(format!("the device is gone: {gone}"));
            }
            let found = timestamp(self.parts.status);
            if found.1 != 0 {
                return Ok(found);
            }
            if sched::now() > deadline || self.parts.shared.borrow().phase != Phase::Running {
                return Err("the engine took no timestamp within 5 s of its start".into());
            }
            sched::sleep_until(sched::now() + STEP);
        }
    }

    fn cycles(&mut self) -> End {
        let n = self.parts.io_frames;
        let mut cycle = 0;
        let lateness = self.parts.lateness.min(self.clock_ns(n) / 4);
        while self.parts.cycles.is_none_or(|all| cycle < all) {
            if !self.wait_for_position(lateness) {
                return End::Idle;
            }
            // The status page is unmapped with the connection.
            if let Err(gone) = connection::client(self.parts.connection) {
                return End::GaveUp(format!("the device is gone: {gone}"));
            }
            self.clock.watch(self.parts.status);
            self.catch_up();
            let at = self.next as i64;
            let results = [self.read(at - self.parts.lag - n as i64), self.write(at + self.parts.lead)];
            if let Some(ended) = self.note(results) {
                return ended;
            }
            self.next += n;
            cycle += 1;
        }
        End::Idle
    }

    fn clock_ns(&self, frames: u64) -> u64 {
        clock::to_ns(self.interval * frames)
    }

    /// Waits for the time of the next cycle; false when the thread is to stop.
    fn wait_for_position(&self, lateness: u64) -> bool {
        let late = if lateness == 0 { 0 } else { sched::random(lateness) };
        let due = clock::deadline(self.clock.time_of(self.next)) + late;
        loop {
            let until = {
                let shared = self.parts.shared.borrow();
                if shared.phase != Phase::Running {
                    return false;
                }
                due.max(shared.stalled_until)
            };
            sched::wait(self.parts.event, "its next IO cycle", Some(until));
            if sched::now() >= due.max(self.parts.shared.borrow().stalled_until) {
                return self.parts.shared.borrow().phase == Phase::Running;
            }
        }
    }

    /// A thread that comes more than a cycle late goes on with the cycle that is due now.
    fn catch_up(&mut self) {
        let (n, now) = (self.parts.io_frames, self.clock.position());
        if now > self.next + n {
            self.next += (now - self.next) / n * n;
            self.parts.shared.borrow().done.overloads += 1;
        }
    }

    /// Takes the results of a cycle into account; says how the run ends, if it does.
    fn note(&mut self, results: [Option<IOReturn>; 2]) -> Option<End> {
        let mut shared = self.parts.shared.borrow();
        shared.done.cycles += 1;
        shared.done.timestamps = self.clock.seen;
        shared.done.timestamp_error_ns = self.clock.error_ns;
        shared.done.ns = sched::now() - self.begun;
        while let Some(notice) = Notice::receive(self.parts.port) {
            shared.notices.push(notice);
        }
        let taken = |result: Option<IOReturn>| result.is_some_and(IOReturn::is_success);
        shared.done.frames_read += if taken(results[0]) { self.parts.io_frames } else { 0 };
        shared.done.frames_written += if taken(results[1]) { self.parts.io_frames } else { 0 };
        for result in results.into_iter().flatten() {
            if result.is_success() {
                self.failed_in_a_row = 0;
                continue;
            }
            if result == IOReturn::OFFLINE && self.parts.returns {
                return Some(End::Paused);
            }
            self.failed_in_a_row += 1;
            *shared.done.failed.entry(result.0).or_insert(0) += 1;
            if result == IOReturn::NO_DEVICE || result == connection::DEAD {
                return Some(End::GaveUp(format!("the device is gone: {result}")));
            }
            if self.failed_in_a_row > PATIENCE {
                return Some(End::GaveUp(format!(
                    "{PATIENCE} IO calls in a row failed, the last with {:#x}",
                    result.0
                )));
            }
        }
        None
    }

    /// After a pause: waits for the engine to resume and starts again, as the HAL does.
    fn come_back(&mut self) -> End {
        loop {
            if self.parts.shared.borrow().phase != Phase::Running {
                return End::Idle;
            }
            if self.is_resumed() {
                break;
            }
            sched::wait(self.parts.event, "its engine to resume", Some(sched::now() + STEP));
        }
        match call(self.parts.connection, method::START, &[]) {
            Ok(()) => {
                self.parts.shared.borrow().done.starts += 1;
                End::Paused
            }
            Err(error) => End::GaveUp(format!("starting again after a pause: {error}")),
        }
    }

    /// Whether the last of the notifications about the engine's state says that it can be started.
    fn is_resumed(&self) -> bool {
        let mut shared = self.parts.shared.borrow();
        while let Some(notice) = Notice::receive(self.parts.port) {
            shared.notices.push(notice);
        }
        let about_state =
            |notice: &&Notice| matches!(notice, Notice::Started | Notice::Stopped | Notice::Paused | Notice::Resumed);
        // A port holds few messages: where the last one was dropped, the state itself tells.
        match shared.notices.iter().rev().find(about_state) {
            Some(Notice::Paused) => self.parts.engine.state() != crate::engine::PAUSED,
            _ => true,
        }
    }

    fn trap(&self, at: u64, is_input: bool) -> IOReturn {
        let (frame, lap) = (at % self.ring, at / self.ring);
        let words = [frame, lap, u64::from(is_input), SET, self.interval >> 32, self.interval & 0xffff_ffff];
        connection::trap(self.parts.connection, PERFORM_CLIENT_IO, words)
    }

    /// Reads a block; `None` where the client does not record, or there is nothing yet.
    fn read(&mut self, from: i64) -> Option<IOReturn> {
        let samples = self.parts.input.as_ref()?.samples;
        let at = u64::try_from(from).ok()?;
        let result = self.trap(at, true);
        if result.is_success() {
            let mut shared = self.parts.shared.borrow();
            shared.done.read_from.get_or_insert(at);
            shared.done.read_to = at + self.parts.io_frames;
            if let (Some(sink), Some(side)) = (&mut shared.sink, &self.parts.input) {
                side.buffer.take(&mut self.block[..samples]);
                sink(at, &self.block[..samples]);
            }
        }
        Some(result)
    }

    /// Writes a block; `None` where the client does not play, or it is before the beginning.
    fn write(&mut self, from: i64) -> Option<IOReturn> {
        let side = self.parts.output.as_ref()?;
        let at = u64::try_from(from).ok()?;
        {
            let mut shared = self.parts.shared.borrow();
            let block = &mut self.block[..side.samples];
            match &mut shared.source {
                Some(source) => source(at, block),
                None => block.fill(0.0),
            }
            side.buffer.put(block);
            shared.done.written_from.get_or_insert(at);
            shared.done.written_to = at + self.parts.io_frames;
        }
        side.buffer.describe(side.bytes, self.parts.io_frames as u32);
        Some(self.trap(at, false))
    }
}

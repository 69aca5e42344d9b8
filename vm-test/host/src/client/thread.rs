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
use core::sync::atomic::{AtomicU64, Ordering};

use kpi::global::Global;
use kpi::iokit::connection::{self, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::mach::clock;
use kpi::{cost, sched};

use super::shared::{Notice, Phase, Shared};
use super::side::Side;
use super::{call, method};
use crate::clock::{Clock, timestamp};
use crate::engine::Engine;
use crate::epoch;
use crate::format::Rate;
use crate::hal::{Late, Offline, Spec};

/// Calls in a row without success after which the client gives up.
const PATIENCE: u64 = 1000;
/// Virtual time in which the engine must take its first timestamp, ns.
const FIRST_TIMESTAMP: u64 = 5_000_000_000;
/// Step in which timestamps and notifications are waited for, ns.
const STEP: u64 = 1_000_000;
/// Time between two tries to start again, ns.
const RETRY: u64 = 100_000_000;
/// Index of the engine user client's one trap.
pub const PERFORM_CLIENT_IO: u32 = 0;

/// What an IO thread is made of.
pub struct Parts {
    pub connection: Connection,
    pub engine: Engine,
    pub status: usize,
    pub port: u64,
    pub event: u64,
    pub lead: i64,
    pub lag: i64,
    pub spec: Spec,
    pub output: Option<Side>,
    pub input: Option<Side>,
    pub shared: Rc<Global<Shared>>,
    pub epoch: Rc<AtomicU64>,
}

/// The thread's own state.
pub struct Io {
    parts: Parts,
    ring: u64,
    /// Frames of a cycle.
    frames: u64,
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
    /// It has started again after a pause.
    Back,
    /// It makes no sense to go on; in words.
    GaveUp(String),
}

impl Io {
    pub fn new(parts: Parts) -> Io {
        let samples = parts.output.iter().chain(&parts.input).map(|side| side.samples).max().unwrap_or(0);
        Io {
            ring: 1,
            frames: u64::from(parts.spec.io_frames),
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
            End::Paused => self.come_back(),
            other => other,
        };
        let mut shared = self.parts.shared.borrow();
        match ended {
            End::Back => return,
            End::GaveUp(why) => shared.done.gave_up = Some(why),
            End::Idle | End::Paused => {}
        }
        if shared.phase == Phase::Running {
            shared.phase = Phase::Idle;
        }
    }

    /// Reads what the engine says of itself, waits for its anchor, and chooses the first position.
    fn begin(&mut self) -> Result<(), String> {
        self.begun = sched::now();
        let (engine, n) = (self.parts.engine, self.frames);
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
        self.parts.epoch.store(epoch::joined(engine, self.clock.last()), Ordering::Relaxed);
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
        let n = self.frames;
        let mut cycle = 0;
        let lateness = self.parts.spec.lateness.min(self.clock_ns(n) / 4);
        while self.parts.spec.cycles.is_none_or(|all| cycle < all) {
            if !self.wait_for_position(lateness) {
                return End::Idle;
            }
            // The status page is unmapped with the connection.
            if let Err(gone) = connection::client(self.parts.connection) {
                return End::GaveUp(format!("the device is gone: {gone}"));
            }
            let before = self.clock.last();
            self.clock.watch(self.parts.status);
            if self.clock.last() != before
                && let Some(follower) = &mut self.parts.shared.borrow().follower
            {
                follower(self.clock.last());
            }
            self.catch_up();
            let at = self.next as i64;
            let results = [self.read(at - self.parts.lag - n as i64), self.write(at + self.parts.lead)];
            if let Some(ended) = self.note(results) {
                return ended;
            }
            self.next += n;
            if results[1] == Some(IOReturn::ISO_TOO_OLD) && self.parts.spec.when_late == Late::Resync {
                self.next = self.clock.position() + n;
            }
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
        let (n, now) = (self.frames, self.clock.position());
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
        shared.done.frames_read += if taken(results[0]) { self.frames } else { 0 };
        shared.done.frames_written += if taken(results[1]) { self.frames } else { 0 };
        for result in results.into_iter().flatten() {
            if result.is_success() {
                self.failed_in_a_row = 0;
                continue;
            }
            match self.parts.spec.when_offline {
                Offline::Return if result == IOReturn::OFFLINE => return Some(End::Paused),
                Offline::Rest if result == IOReturn::OFFLINE => return Some(End::Idle),
                _ => {}
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
        match self.reform().and_then(|()| self.start_again()) {
            Ok(()) => {
                self.parts.shared.borrow().done.starts += 1;
                End::Back
            }
            Err(why) => End::GaveUp(why),
        }
    }

    /// After a change of format: registers buffers anew where they have to be of another size.
    fn reform(&mut self) -> Result<(), String> {
        // Who is gone has no format.
        if connection::client(self.parts.connection).is_err() {
            return Ok(());
        }
        let (connection, shared) = (self.parts.connection, &self.parts.shared);
        for side in [&mut self.parts.output, &mut self.parts.input].into_iter().flatten() {
            if side.reform(connection, self.parts.spec.io_frames, shared)? {
                shared.borrow().done.reformed += 1;
                self.block.resize(self.block.len().max(side.samples), 0.0);
            }
        }
        Ok(())
    }

    fn start_again(&self) -> Result<(), String> {
        let mut left = self.parts.spec.retries;
        loop {
            match call(self.parts.connection, method::START, &[]) {
                Ok(()) => return Ok(()),
                Err(_) if left > 0 => sched::sleep_until(sched::now() + RETRY),
                Err(error) => return Err(format!("starting again after a pause: {error}")),
            }
            left -= 1;
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
            // An engine that is gone is not asked.
            Some(Notice::Paused) if connection::client(self.parts.connection).is_ok() => {
                self.parts.engine.state() != crate::engine::PAUSED
            }
            _ => true,
        }
    }

    fn trap(&self, at: u64, is_input: bool, set: u64) -> IOReturn {
        let (frame, lap) = (at % self.ring, at / self.ring);
        let words = [frame, lap, u64::from(is_input), set, self.interval >> 32, self.interval & 0xffff_ffff];
        cost::io(|| connection::trap(self.parts.connection, PERFORM_CLIENT_IO, words))
    }

    /// Reads a block; `None` where the client does not record, or there is nothing yet.
    fn read(&mut self, from: i64) -> Option<IOReturn> {
        let (samples, set) = self.parts.input.as_ref().map(|side| (side.samples, side.set))?;
        let at = u64::try_from(from).ok()?;
        let result = self.trap(at, true, set);
        if result.is_success() {
            let mut shared = self.parts.shared.borrow();
            shared.done.read_from.get_or_insert(at);
            shared.done.read_to = at + self.frames;
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
            shared.done.written_to = at + self.frames;
        }
        side.buffer.describe(side.bytes, self.frames as u32);
        let end = at + self.frames;
        let delay = self.parts.shared.borrow().delay.take_if(|(frame, _)| *frame < end);
        if let Some((_, ns)) = delay {
            sched::sleep_until(clock::deadline(self.clock.time_of(at)) + ns);
        }
        let result = self.trap(at, false, side.set);
        if delay.is_some() {
            self.parts.shared.borrow().done.late = Some((at, result.0));
        }
        Some(result)
    }
}

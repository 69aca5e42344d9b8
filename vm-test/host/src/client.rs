//! A client of an engine as coreaudiod is one: a connection with buffers, and an IO thread with a time constraint.
//!
//! ```text
//!  scenario ──► Client ── open, map, register, start, stop, close ──► user client of the engine
//!                 │ shared: what to do, what to play, what was done
//!                 └► IO thread ── trap: read, write ──────────────────► user client of the engine
//! ```

mod misdeed;
mod shared;
mod side;
mod thread;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use kpi::global::Global;
use kpi::iokit::connection::{self, Call, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::task;
use kpi::mach::port;
use kpi::sched::{self, Priority};

use self::shared::{Phase, Shared};
use self::side::{Registered, Side};
use self::thread::{Io, Parts};
use crate::clock::{Timestamp, timestamp};
use crate::engine::Engine;
use crate::hal::Spec;
use crate::stream::Stream;

pub use self::shared::{Notice, Sink, Source};

/// Selectors of the engine's user client.
mod method {
    /// (stream, address, size, set).
    pub const REGISTER_BUFFER: u32 = 0;
    /// (address, set).
    pub const UNREGISTER_BUFFER: u32 = 1;
    /// ().
    pub const START: u32 = 3;
    /// ().
    pub const STOP: u32 = 4;
}

/// Memory type of the status page.
const STATUS: u32 = 0;
/// Notifications of all types.
const ALL_NOTIFICATIONS: u32 = 0;
/// The set of the output.
const SET: u64 = 1;
/// An IO thread whose events scenarios wait for; no other event has these bits.
const EVENT: u64 = 0x6861_6c00_0000_0000;

/// IO threads that there are.
static THREADS: AtomicU32 = AtomicU32::new(0);

/// How many IO threads there are.
pub(crate) fn threads() -> u32 {
    THREADS.load(Ordering::Relaxed)
}

/// What a client has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// IO cycles.
    pub cycles: u64,
    /// Absolute frame of the first one written since the last start; the same for those below.
    pub written_from: Option<u64>,
    /// The first frame behind the last one written.
    pub written_to: u64,
    /// The first frame read.
    pub read_from: Option<u64>,
    /// The first frame behind the last one read.
    pub read_to: u64,
    /// Frames whose writing succeeded, in all.
    pub frames_written: u64,
    /// Frames whose reading succeeded, in all.
    pub frames_read: u64,
    /// IO calls that failed, by what they returned.
    pub failed: BTreeMap<u32, u64>,
    /// Times that it came too late for a cycle and went on with a later one.
    pub overloads: u64,
    /// Times that a change of format had it register a buffer anew.
    pub reformed: u64,
    /// Times that it was started, by the scenario or by itself after a pause.
    pub starts: u64,
    /// Timestamps seen since the last start.
    pub timestamps: u64,
    /// Largest distance of one of them from the ideal schedule, ns.
    pub timestamp_error_ns: u64,
    /// ns from the last start to the last cycle.
    pub ns: u64,
    /// The block that was handed over late because of [`Client::delay`]: its first frame, and what the call returned.
    pub late: Option<(u64, u32)>,
    /// Why it gave up, in words.
    pub gave_up: Option<String>,
}

/// A client of an engine. It is closed when it is dropped.
pub struct Client {
    engine: Engine,
    spec: Spec,
    connection: Connection,
    port: u64,
    shared: Rc<Global<Shared>>,
    epoch: Rc<AtomicU64>,
    event: u64,
    /// Address of the status page; 0 before it is mapped.
    status: usize,
    has_thread: bool,
    is_open: bool,
}

impl Client {
    /// Opens a client of an engine: connects, maps the status page, registers buffers, and has an IO thread ready.
    ///
    /// # Errors
    /// A step that the engine refused, in words.
    pub fn open(engine: Engine, spec: &Spec) -> Result<Client, String> {
        of_process(spec.entitled, || Client::connect(engine, spec))
    }

    fn connect(engine: Engine, spec: &Spec) -> Result<Client, String> {
        let streams = Streams::of(engine, spec)?;
        let connection =
            connection::open(engine.service, 0).map_err(|error| format!("opening the user client: {error}"))?;
        let port = port::new();
        let mut client = Client {
            engine,
            spec: spec.clone(),
            connection,
            port,
            shared: Rc::new(Global::new(Shared::default())),
            epoch: Rc::new(AtomicU64::new(0)),
            event: EVENT | port,
            status: 0,
            has_thread: false,
            is_open: true,
        };
        connection::set_notification_port(connection, port, ALL_NOTIFICATIONS, 0)
            .map_err(|error| format!("registering a notification port: {error}"))?;
        let (status, _length) =
            connection::map(connection, STATUS, 0).map_err(|error| format!("mapping the status page: {error}"))?;
        client.status = status;
        client.set_up(streams)?;
        Ok(client)
    }

    /// Registers buffers and has an IO thread ready.
    fn set_up(&mut self, streams: Streams) -> Result<(), String> {
        let (connection, spec) = (self.connection, &self.spec);
        let side = |stream: Option<Stream>, set| match stream {
            Some(stream) => Side::register(connection, stream, spec.io_frames, set, &self.shared).map(Some),
            None => Ok(None),
        };
        let output = side(streams.output, SET)?;
        let input = side(streams.input, spec.input_set)?;
        let offset = |key| self.engine.number(key).unwrap_or(0) as i64 + i64::from(spec.safety_offset);
        let margin = i64::from(spec.margin.unwrap_or(spec.io_frames));
        let parts = Parts {
            connection,
            engine: self.engine,
            status: self.status,
            port: self.port,
            event: self.event,
            lead: spec.lead.unwrap_or_else(|| margin + offset("IOAudioEngineSampleOffset")),
            lag: spec.lag.unwrap_or_else(|| offset("IOAudioEngineInputSampleOffset")),
            spec: spec.clone(),
            output,
            input,
            shared: Rc::clone(&self.shared),
            epoch: Rc::clone(&self.epoch),
        };
        self.has_thread = true;
        THREADS.fetch_add(1, Ordering::Relaxed);
        let io = move || of_process(parts.spec.entitled, || Io::new(parts).run());
        sched::spawn("com.apple.audio.IOThread", Priority::RealTime, Box::new(io));
        Ok(())
    }

    /// Takes another IO buffer size: stops, registers its buffers anew, and starts again if it ran.
    ///
    /// # Errors
    /// A step that the engine refused, in words.
    pub fn resize(&mut self, io_frames: u32) -> Result<(), String> {
        let streams = Streams::of(self.engine, &self.spec)?;
        let ran = self.is_running();
        if ran {
            self.stop()?;
        }
        self.end_thread();
        if let Some((step, error)) = self.unregister().first() {
            return Err(format!("{step}: {error}"));
        }
        self.spec.io_frames = io_frames;
        self.shared.borrow().phase = Phase::Idle;
        of_process(self.spec.entitled, || self.set_up(streams))?;
        if ran { self.start() } else { Ok(()) }
    }

    /// What it is like.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Its engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether its IO thread cycles, or waits for its engine to resume.
    pub fn is_running(&self) -> bool {
        self.shared.borrow().phase == Phase::Running
    }

    /// The number of the engine's start that what it plays and records belongs to: absolute frames begin anew with each. It is
    /// kept true while IO goes on.
    pub fn epoch(&self) -> Rc<AtomicU64> {
        Rc::clone(&self.epoch)
    }

    /// Has it play what `source` fills in, instead of silence.
    pub fn play(&self, source: impl FnMut(u64, &mut [f32]) + 'static) {
        let old = self.shared.borrow().source.replace(Box::new(source));
        drop(old);
    }

    /// Has what it records go to `sink`.
    pub fn record(&self, sink: impl FnMut(u64, &[f32]) + 'static) {
        let old = self.shared.borrow().sink.replace(Box::new(sink));
        drop(old);
    }

    /// Has each new timestamp that its IO thread sees go to `sink`, which must neither wait nor ask the client.
    pub fn follow(&self, sink: impl FnMut(Timestamp) + 'static) {
        let old = self.shared.borrow().follower.replace(Box::new(sink));
        drop(old);
    }

    /// Starts IO.
    ///
    /// # Errors
    /// The engine refused.
    pub fn start(&self) -> Result<(), String> {
        self.call(method::START, &[]).map_err(|error| format!("starting: {error}"))?;
        {
            let mut shared = self.shared.borrow();
            shared.done.starts += 1;
            shared.phase = Phase::Running;
            shared.at_rest = false;
        }
        sched::wake(self.event, true, 0);
        Ok(())
    }

    /// Stops IO: no call of the IO thread is under way any more when it returns.
    ///
    /// # Errors
    /// The engine refused.
    pub fn stop(&self) -> Result<(), String> {
        self.rest();
        self.call(method::STOP, &[]).map_err(|error| format!("stopping: {error}"))
    }

    /// Calls a method, as the process that it is.
    fn call(&self, selector: u32, scalars: &[u64]) -> Result<(), IOReturn> {
        of_process(self.spec.entitled, || call(self.connection, selector, scalars))
    }

    /// Waits until the IO thread has stopped by itself.
    pub fn wait(&self) {
        while !self.shared.borrow().at_rest {
            sched::wait(self.event, "an IO thread to stop", None);
        }
    }

    /// Has the IO thread stop.
    fn rest(&self) {
        {
            let mut shared = self.shared.borrow();
            if shared.phase == Phase::Running {
                shared.phase = Phase::Idle;
            }
        }
        sched::wake(self.event, true, 0);
        self.wait();
    }

    /// Has the IO thread do nothing for a time, as one that is held up: it comes back too late and goes on with the cycle
    /// that is due then.
    pub fn stall(&self, ns: u64) {
        self.shared.borrow().stalled_until = sched::now() + ns;
    }

    /// Has the IO thread hand over the block that holds `frame`, or the next one, only `ns` after the engine's position is at the
    /// block's first frame. It does nothing until then, and goes on with the cycle that is due then.
    pub fn delay(&self, frame: u64, ns: u64) {
        self.shared.borrow().delay = Some((frame, ns));
    }

    /// The timestamp on the status page now: loop count and absolute time, which is 0 before the first and once the engine is
    /// gone.
    pub fn timestamp(&self) -> Timestamp {
        // The page is unmapped with the connection.
        if connection::client(self.connection).is_ok() { timestamp(self.status) } else { (0, 0) }
    }

    /// What it has done so far.
    pub fn done(&self) -> Done {
        self.shared.borrow().done.clone()
    }

    /// The notifications that came since the last time, oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = core::mem::take(&mut self.shared.borrow().notices);
        notices.extend(core::iter::from_fn(|| Notice::receive(self.port)));
        notices
    }

    /// Stops if it runs, unregisters its buffers, disconnects.
    ///
    /// # Errors
    /// What the engine refused, in words.
    pub fn close(mut self) -> Result<(), String> {
        self.end()
    }

    /// Ends as a process does that crashes: the kernel closes what it had open.
    ///
    /// # Errors
    /// The connection was not open any more.
    pub fn die(mut self) -> Result<(), String> {
        self.end_thread();
        self.is_open = false;
        let died = connection::die(self.connection).map_err(|error| format!("ending: {error}"));
        port::destroy(self.port);
        died
    }

    /// Unregisters all buffers; what was refused.
    fn unregister(&mut self) -> Vec<(&'static str, IOReturn)> {
        let registered = core::mem::take(&mut self.shared.borrow().registered);
        of_process(self.spec.entitled, || {
            let refusals = registered.iter().filter_map(|buffer| buffer.unregister(self.connection).err());
            refusals.map(|error| ("unregistering a buffer", error)).collect()
        })
    }

    fn end_thread(&mut self) {
        if core::mem::take(&mut self.has_thread) {
            self.rest();
            self.shared.borrow().phase = Phase::Ended;
            sched::wake(self.event, true, 0);
            while Rc::strong_count(&self.shared) > 1 {
                sched::wait(self.event, "an IO thread to end", None);
            }
            THREADS.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn end(&mut self) -> Result<(), String> {
        if !core::mem::take(&mut self.is_open) {
            return Ok(());
        }
        self.end_thread();
        let mut problems = Vec::new();
        if self.shared.borrow().done.starts > 0 {
            problems.extend(self.call(method::STOP, &[]).err().map(|error| ("stopping", error)));
        }
        problems.extend(self.unregister());
        problems.extend(connection::close(self.connection).err().map(|error| ("closing the user client", error)));
        port::destroy(self.port);
        // An engine that is gone took the connection with it.
        problems.retain(|(_, error)| *error != connection::DEAD);
        let texts: Vec<String> = problems.into_iter().map(|(step, error)| format!("{step}: {error}")).collect();
        if texts.is_empty() { Ok(()) } else { Err(texts.join("; ")) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A scenario that ends early has said why already.
        let _ = self.end();
    }
}

/// The streams that a client uses.
#[derive(Clone, Copy)]
struct Streams {
    output: Option<Stream>,
    input: Option<Stream>,
}

impl Streams {
    fn of(engine: Engine, spec: &Spec) -> Result<Streams, String> {
        let output = if spec.plays { Some(engine.output()?) } else { None };
        let input = if spec.records { Some(engine.input()?) } else { None };
        Ok(Streams { output, input })
    }
}

/// Does something as a process that has the entitlement of the HAL's host, or as one that has none.
fn of_process<R>(is_entitled: bool, work: impl FnOnce() -> R) -> R {
    if is_entitled { work() } else { task::as_stranger(work) }
}

/// Calls a method that takes scalars and returns nothing.
fn call(connection: Connection, selector: u32, scalars: &[u64]) -> Result<(), IOReturn> {
    let call = Call { scalars, ..Call::default() };
    connection::call(connection, selector, &call).map(|_| ())
}

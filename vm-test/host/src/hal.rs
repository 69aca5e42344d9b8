//! The HAL's part: opens an engine, sets its rate, registers buffers, lets the IO thread run, closes.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use kpi::global::Global;
use kpi::iokit::connection::{self, Call, Connection};
use kpi::iokit::{matching, properties};
use kpi::libkern::{dictionary, number};
use kpi::mach::port;
use kpi::object::Obj;
use kpi::sched::{self, Priority};
use kpi::{heap, mem};
use protocol::event::Looped;
use protocol::job::Loop;

use crate::io::{Cycles, Outcome};

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
/// The HAL puts input and output of one IO context into one set.
const SET: u64 = 1;
/// Bytes of a buffer's descriptor.
pub const HEADER: usize = 16;
const DONE: u64 = 0x6861_6c00;
/// Virtual time after Stop in which the engine really stops: some laps of the longest ring.
const AFTER_STOP: u64 = 2_000_000_000;

/// An engine's stream as the HAL knows it.
struct Stream {
    service: Obj,
    id: u32,
    channels: u32,
}

/// Plays `input` into the engine's output and records its input into `output`, both interleaved Float32.
///
/// # Errors
/// A step that the engine refused, in words.
pub fn run_loop(engine: Obj, parameters: &Loop, input: &[u8], output: &mut [u8]) -> Result<Looped, String> {
    let streams = matching::registered("IOAudioStream");
    let find = |direction: u64, name: &str| {
        let service = streams.iter().copied().find(|&stream| belongs(stream, engine, direction));
        service.map(describe).ok_or_else(|| format!("the engine has no {name} stream"))
    };
    let (out, in_) = (find(0, "output")?, find(1, "input")?);
    for (stream, name) in [(&out, "output"), (&in_, "input")] {
        if stream.channels != parameters.channels {
            return Err(format!(
                "the {name} stream has {} channels, the sound {}",
                stream.channels, parameters.channels
            ));
        }
    }
    set_rate(engine, &out, parameters.rate)?;
    let connection = connection::open(engine, 0).map_err(|error| format!("opening the user client: {error:?}"))?;
    let port = port::new();
    let result = connection::set_notification_port(connection, port, ALL_NOTIFICATIONS, 0)
        .map_err(|error| format!("registering a notification port: {error:?}"))
        .and_then(|()| connected(engine, connection, (&out, &in_), parameters, input, output));
    let closed = connection::close(connection).map_err(|error| format!("closing the user client: {error:?}"));
    port::destroy(port);
    let looped = result?;
    closed.map(|()| looped)
}

/// Calls a method that takes scalars and returns nothing.
fn call(connection: Connection, selector: u32, scalars: &[u64], what: &str) -> Result<(), String> {
    let call = Call { scalars, ..Call::default() };
    connection::call(connection, selector, &call).map_err(|error| format!("{what}: {error:?}"))?;
    Ok(())
}

fn belongs(stream: Obj, engine: Obj, direction: u64) -> bool {
    ioaudio::service::GET_PROVIDER.call_obj(stream, &[]) == engine
        && properties::get_number(stream, "IOAudioStreamDirection") == Some(direction)
}

fn describe(service: Obj) -> Stream {
    let format = properties::get(service, "IOAudioStreamFormat");
    let channels = number::value(dictionary::get(format, "IOAudioStreamNumChannels")) as u32;
    let id = properties::get_number(service, "IOAudioStreamID").unwrap_or(0) as u32;
    Stream { service, id, channels }
}

/// The HAL changes the nominal rate by setting the stream's format with a rate in its dictionary.
fn set_rate(engine: Obj, stream: &Stream, rate: u32) -> Result<(), String> {
    if nominal_rate(engine) == rate {
        return Ok(());
    }
    let format = dictionary::copy(properties::get(stream.service, "IOAudioStreamFormat"));
    let wanted = dictionary::new();
    dictionary::put(wanted, "IOAudioSampleRateWholeNumber", number::new(u64::from(rate), 32));
    dictionary::put(wanted, "IOAudioSampleRateFraction", number::new(0, 32));
    dictionary::put(format, "IOAudioSampleRate", wanted);
    let request = dictionary::new();
    dictionary::put(request, "IOAudioStreamFormat", format);
    let result = properties::set_properties(stream.service, request);
    request.release();
    result.map_err(|error| format!("the device refused a rate of {rate} Hz: {error:?}"))?;
    match nominal_rate(engine) {
        now if now == rate => Ok(()),
        now => Err(format!("the device took a rate of {rate} Hz but says {now} Hz")),
    }
}

fn nominal_rate(engine: Obj) -> u32 {
    let rate = properties::get(engine, "IOAudioSampleRate");
    number::value(dictionary::get(rate, "IOAudioSampleRateWholeNumber")) as u32
}

/// User memory of one buffer: descriptor and samples.
pub struct UserBuffer {
    /// Address of the descriptor.
    pub address: usize,
    size: usize,
}

impl UserBuffer {
    fn new(bytes: u32) -> UserBuffer {
        let size = HEADER + bytes as usize;
        let address = heap::allocate(size, 4096);
        let buffer = UserBuffer { address, size };
        buffer.describe(bytes, 0);
        buffer
    }

    /// Writes the descriptor: actual bytes and frames, total and nominal bytes.
    pub fn describe(&self, bytes: u32, frames: u32) {
        mem::write(self.address, [bytes, frames, self.size as u32, (self.size - HEADER) as u32]);
    }

    /// Address of the samples.
    pub fn data(&self) -> usize {
        self.address + HEADER
    }
}

impl Drop for UserBuffer {
    fn drop(&mut self) {
        heap::free(self.address, self.size);
    }
}

fn connected(
    engine: Obj,
    connection: Connection,
    streams: (&Stream, &Stream),
    parameters: &Loop,
    input: &[u8],
    output: &mut [u8],
) -> Result<Looped, String> {
    let (status, _length) =
        connection::map(connection, STATUS, 0).map_err(|error| format!("mapping the status page: {error:?}"))?;
    let bytes = parameters.io_frames * parameters.channels * 4;
    let (play, record) = (UserBuffer::new(bytes), UserBuffer::new(bytes));
    for (buffer, stream) in [(&play, streams.0), (&record, streams.1)] {
        buffer.describe(bytes, parameters.io_frames);
        let arguments = [u64::from(stream.id), buffer.address as u64, buffer.size as u64, SET];
        call(connection, method::REGISTER_BUFFER, &arguments, "registering a buffer")?;
    }
    call(connection, method::START, &[], "starting")?;
    let ring = properties::get_number(engine, "IOAudioEngineNumSampleFramesPerBuffer").unwrap_or(0);
    let cycles = Cycles {
        connection,
        status,
        ring,
        rate: u64::from(parameters.rate),
        io_frames: u64::from(parameters.io_frames),
        channels: parameters.channels as usize,
        set: SET,
        play: play.data(),
        record: record.data(),
        play_descriptor: play.address,
        source: input.as_ptr() as usize,
        source_bytes: input.len(),
        sink: output.as_mut_ptr() as usize,
        sink_bytes: output.len(),
    };
    let outcome = on_io_thread(cycles);
    let mut problems: Vec<String> = Vec::new();
    problems.extend(outcome.as_ref().err().cloned());
    for (selector, arguments, what) in [
        (method::STOP, Vec::new(), "stopping"),
        (method::UNREGISTER_BUFFER, [play.address as u64, SET].to_vec(), "unregistering the output buffer"),
        (method::UNREGISTER_BUFFER, [record.address as u64, SET].to_vec(), "unregistering the input buffer"),
    ] {
        problems.extend(call(connection, selector, &arguments, what).err());
    }
    sched::sleep_until(sched::now() + AFTER_STOP);
    match (outcome, problems.is_empty()) {
        (Ok(looped), true) => Ok(looped),
        _ => Err(problems.join("; ")),
    }
}

/// Runs the cycles on a thread with a time constraint and waits for it.
fn on_io_thread(cycles: Cycles) -> Outcome {
    let result: Arc<Global<Option<Outcome>>> = Arc::new(Global::new(None));
    let there = Arc::clone(&result);
    sched::spawn(
        "com.apple.audio.IOThread",
        Priority::RealTime,
        Box::new(move || {
            let outcome = cycles.run();
            *there.borrow() = Some(outcome);
            sched::wake(DONE, true, 0);
        }),
    );
    loop {
        if let Some(outcome) = result.borrow().take() {
            return outcome;
        }
        sched::wait(DONE, "the IO thread", None);
    }
}

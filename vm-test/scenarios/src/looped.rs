//! `loop`: plays the input region into an engine's output and records its input into the output region.

use alloc::format;
use alloc::string::String;

use host::hal::Offline;
use host::{Bench, Client, Engine, Rate, Spec, Stop};
use kpi::fault::emit;
use kpi::{cost, mem};
use protocol::event::{Event, Looped};
use protocol::job::Loop;

/// Plays and records until the output region is full.
pub fn run(bench: &mut Bench, parameters: &Loop, device: Option<&str>) -> Result<(), Stop> {
    bench.load()?;
    let engine = match device {
        Some(uid) => Engine::all().into_iter().find(|engine| engine.uid() == uid),
        None => Engine::all().into_iter().next(),
    };
    let engine = engine.ok_or("no such audio engine was published, so there is nothing to loop through")?;
    for stream in [engine.output()?, engine.input()?] {
        let channels = stream.format().channels;
        if channels != parameters.channels {
            let direction = stream.direction;
            return Err(
                format!("the {direction} stream has {channels} channels, the sound {}", parameters.channels).into()
            );
        }
    }
    engine.set_rate(Rate::hz(parameters.rate))?;
    let (input, output) = (bench.input(), bench.take_output());
    let n = u64::from(parameters.io_frames);
    let frame_bytes = parameters.channels as usize * 4;
    let cycles = (output.len() / frame_bytes) as u64 / n;
    let spec =
        Spec { when_offline: Offline::GoOn, lead: Some(n as i64), lag: Some(0), ..Spec::duplex(parameters.io_frames) };
    let client = Client::open(engine, &spec.with_cycles(cycles))?;
    client.play(player(input, frame_bytes));
    client.record(recorder(output, parameters.clone(), cycles * n));
    if parameters.timed {
        cost::begin_timing();
    }
    client.start()?;
    client.wait();
    let timed = cost::end_timing();
    let done = client.done();
    let mut problems: alloc::vec::Vec<String> = done.gave_up.clone().into_iter().collect();
    problems.extend(client.close().err());
    engine.wait_stopped()?;
    if !problems.is_empty() {
        return Err(problems.join("; ").into());
    }
    if let Some(timed) = timed {
        emit(&Event::Timed(timed));
    }
    emit(&Event::Looped(Looped {
        written_from: done.written_from.unwrap_or(0),
        read_from: done.read_from.unwrap_or(0),
        recorded: cycles * n,
        cycles,
        failed: done.failed.into_iter().collect(),
        virtual_ns: done.ns,
        timestamps: done.timestamps,
        timestamp_error_ns: done.timestamp_error_ns,
        latency: engine.latency().iter().chain(&engine.safety()).sum(),
    }));
    Ok(())
}

/// Plays the input, then silence.
fn player(input: &'static [u8], frame_bytes: usize) -> impl FnMut(u64, &mut [f32]) {
    let mut first = None;
    move |at, block| {
        let from = ((at - *first.get_or_insert(at)) as usize * frame_bytes).min(input.len());
        let sound = size_of_val(block).min(input.len() - from);
        block.fill(0.0);
        mem::copy(input[from..].as_ptr() as usize, block.as_mut_ptr() as usize, sound);
    }
}

/// Records so many frames into the output, and says how far it is.
fn recorder(output: &'static mut [u8], parameters: Loop, of: u64) -> impl FnMut(u64, &[f32]) {
    let frame_bytes = parameters.channels as usize * 4;
    let mut first = None;
    move |at, block| {
        let begin = at - *first.get_or_insert(at);
        let to = (begin as usize * frame_bytes).min(output.len());
        let sound = size_of_val(block).min(output.len() - to);
        mem::copy(block.as_ptr() as usize, output[to..].as_mut_ptr() as usize, sound);
        let done = begin + (size_of_val(block) / frame_bytes) as u64;
        if parameters.tells(done, of) {
            emit(&Event::Progress { done, of });
        }
    }
}

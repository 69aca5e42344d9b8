//! What a driver publishes and holds: S19, S20, B10.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use host::{Bench, Client, Engine, Spec, Stop};
use kpi::heap;
use kpi::iokit::matching;
use protocol::value::Value;

use crate::choice::{IO_FRAMES, channels, first, loopbacks, rest};
use crate::signal::{Noise, Signal};

/// kIOAudioNewClockDomain: none was set.
const NO_DOMAIN: u64 = 0xffff_ffff;

/// S19: engines that run on one clock say so by one clock domain, which is no address in the kernel.
pub fn clock_domains(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let engines = Engine::all();
    let domains: Vec<Option<u64>> = engines.iter().map(|engine| engine.number("IOAudioEngineClockDomain")).collect();
    let first = domains.first().copied().flatten();
    let text = format!(
        "{} engines, {}",
        engines.len(),
        if domains.iter().all(|it| *it == first) { "one domain" } else { "several domains" }
    );
    bench.check(
        "one clock, one domain",
        domains.iter().all(|domain| *domain == first) && first.is_some_and(|it| it != NO_DOMAIN),
        text,
    );
    // What the family makes of an address, and other usual ways to make a number of one.
    let services = matching::all_services();
    let is_address =
        |domain: u64| services.iter().any(|service| (0..8).any(|shift| (service.0 >> shift) as u32 == domain as u32));
    let bad = engines.iter().zip(&domains).find(|(_, domain)| domain.is_some_and(is_address));
    let text = bad.map_or_else(
        || "none is made of an address".into(),
        |(engine, _)| format!("the domain of {} is made of an address", engine.name()),
    );
    bench.check("no address is published", bad.is_none(), text);
    Ok(())
}

/// Bytes that an engine may hold beside its ring: tables, statistics.
const BESIDE: u64 = 64 << 10;
/// Bytes that the family and the kernel hold for a service of any kind.
const SERVICE: u64 = 2 << 10;

/// S20: an engine holds its ring, and while it plays the family's mix buffer; 64 KiB beside these are enough for everything else.
/// A second copy of the ring costs 4 MiB of wired memory with 64 channels.
pub fn wired_memory(bench: &mut Bench) -> Result<(), Stop> {
    let (_, before) = heap::usage();
    bench.load()?;
    let engines = loopbacks()?;
    let bytes = |engine: &Engine| engine.ring() * u64::from(channels(*engine).unwrap_or(0)) * 4;
    let rings: u64 = engines.iter().map(bytes).sum();
    let services = matching::all_services().len() as u64;
    let idle_allowed = rings + engines.len() as u64 * BESIDE + services * SERVICE;
    let (_, idle) = heap::usage();
    let text =
        |what: &str, used: u64, allowed: u64| format!("{} KiB {what}, allowed are {} KiB", used >> 10, allowed >> 10);
    bench.check("at rest", idle - before <= idle_allowed, text("at rest", idle - before, idle_allowed));
    let Some(&largest) = engines.iter().max_by_key(|engine| bytes(engine)) else {
        return Err("there is no engine".into());
    };
    let client = Client::open(largest, &Spec::duplex(IO_FRAMES))?;
    client.start()?;
    rest(largest.lap_ns());
    let buffers = 2 * (u64::from(IO_FRAMES * channels(largest)? * 4) + (8 << 10));
    let (_, busy) = heap::usage();
    client.close()?;
    largest.wait_stopped()?;
    let allowed = bytes(&largest) + buffers + 2 * SERVICE;
    let used = busy.saturating_sub(idle);
    bench.check("more while the largest engine plays", used <= allowed, text("more", used, allowed));
    Ok(())
}

/// The property with an engine's statistics.
const STATISTICS: &str = "Statistics";

/// What an engine counts, by the names that drivers give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    written: Option<u64>,
    read: Option<u64>,
    late: Option<u64>,
    silent: Option<u64>,
    starts: Option<u64>,
}

impl Counted {
    fn of(engine: Engine) -> Option<Counted> {
        let all = engine.property(STATISTICS)?;
        let any = |keys: &[&str]| keys.iter().find_map(|key| all.get(key)).and_then(Value::as_number);
        Some(Counted {
            written: any(&["FramesWritten", "FramesIn"]),
            read: any(&["FramesRead", "FramesOut"]),
            late: any(&["LateWrites"]),
            silent: any(&["SilentReads"]),
            starts: any(&["Starts"]),
        })
    }
}

/// B10: what goes on in a device can be seen: its statistics agree with what clients did. What they are called is no convention
/// of Apple's, so that a driver without them is not blamed.
pub fn statistics(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let channels = channels(engine)?;
    // Before the first start nothing has been counted, and need not be published.
    let nothing = Counted { written: Some(0), read: Some(0), late: Some(0), silent: Some(0), starts: Some(0) };
    let before = Counted::of(engine).unwrap_or(nothing);
    let run = |spec: &Spec| -> Result<(host::client::Done, Counted), Stop> {
        let client = Client::open(engine, spec)?;
        client.play(Noise(10).player(channels as usize));
        client.start()?;
        rest(3 * engine.lap_ns());
        client.stop()?;
        let done = client.done();
        client.close()?;
        engine.wait_stopped()?;
        Ok((done, Counted::of(engine).unwrap_or_default()))
    };
    let (done, on_time) = run(&Spec::duplex(IO_FRAMES))?;
    if Counted::of(engine).is_none() {
        return Err(Stop::NotApplicable(format!("the engine has no property {STATISTICS}")));
    }
    agree(bench, "frames written", (before.written, on_time.written), Some(done.frames_written));
    agree(bench, "frames read", (before.read, on_time.read), Some(done.frames_read));
    agree(bench, "starts", (before.starts, on_time.starts), Some(1));
    agree(bench, "late writes of a client that is on time", (before.late, on_time.late), Some(0));
    let (_, late) = run(&Spec::player(IO_FRAMES).with_lead(-2 * i64::from(IO_FRAMES)))?;
    agree(bench, "late writes of one that is late", (on_time.late, late.late), None);
    let (_, silent) = run(&Spec::recorder(IO_FRAMES))?;
    agree(bench, "silent reads without a writer", (late.silent, silent.silent), None);
    Ok(())
}

/// Compares what was counted with what was done; where that is not known to the number, it is not nothing.
fn agree(bench: &mut Bench, name: &str, counted: (Option<u64>, Option<u64>), done: Option<u64>) {
    let text: String;
    let held = match (counted, done) {
        ((Some(before), Some(after)), Some(done)) => {
            text = format!("{} were counted, {done} were done", after.wrapping_sub(before));
            after.wrapping_sub(before) == done
        }
        ((Some(before), Some(after)), None) => {
            text = format!("{} were counted", after.wrapping_sub(before));
            after > before
        }
        _ => {
            text = "it is not counted".into();
            false
        }
    };
    bench.check(name, held, text);
}

//! What the agent does, by its first argument.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use protocol::job::Loop;
use serde::Serialize;
use sound::{Description, Device, Direction, Flow, Level, Meters, Session};

use crate::Failure;
use crate::arguments::Arguments;
use crate::core_audio::CoreAudio;
use crate::registry::Entry;
use crate::system::{self, File};

const USAGE: &str = "\
usage: loopflower-agent <verb>

  loop --uid UID --rate HZ --channels N --io-frames N --recorded FRAMES INPUT OUTPUT
                   play INPUT into the device and record what comes back
  play --uid UID --channels N [--rate HZ] [--io-frames N] FILE
  record --uid UID --frames N [--rate HZ] [--io-frames N] FILE
  measure --uid UID
                   what a comparison of drivers takes from a device that loops
  driver [--class CLASS]
                   a kext's service in the registry with all below it, as JSON; CLASS is org_loopflower_driver_Root unless it is said
  devices          all devices, as JSON
  set --uid UID [--rate HZ] [--side input|output] [--channel N] [--volume 0..1] [--mute on|off]
                   channel 0, which is the default, is all of them

Files are interleaved Float32 without a header. Events and results are JSON, one a line.
exit codes: 0 it held, 1 the Mac refused or failed, 2 wrong usage, 70 a defect of ours
";

/// The class of our kext's service.
const ROOT: &str = "org_loopflower_driver_Root";
/// Frames that are recorded at most: a file of them must have room in memory.
const MOST_BYTES: u64 = 4 << 30;

/// What `play` and `record` say at their end.
#[derive(Serialize)]
struct Said {
    frames: u64,
    cycles: u64,
    overloads: u64,
    missed: u64,
    /// Of each channel, over all of it.
    levels: Vec<Level>,
}

/// Does what the arguments ask for.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failure> {
    let (&verb, rest) =
        arguments.split_first().ok_or_else(|| Failure::usage(format!("needs what to do\n\n{USAGE}")))?;
    match verb {
        "loop" => loop_through(rest),
        "play" => play(rest),
        "record" => record(rest),
        "measure" => measure(rest),
        "driver" => driver(rest),
        "devices" => devices(rest),
        "set" => set(rest),
        "help" | "--help" | "-h" => system::say(USAGE),
        other => Err(Failure::usage(format!("there is no verb {other}\n\n{USAGE}"))),
    }
}

fn loop_through(rest: &[&str]) -> Result<(), Failure> {
    let options = ["--uid", "--rate", "--channels", "--io-frames", "--recorded"];
    let arguments = Arguments::read("loop", rest, &options, &["INPUT", "OUTPUT"])?;
    let channels: u32 = arguments.needed_number("--channels")?;
    let sound = sound_of(arguments.file(0), channels)?;
    let parameters = Loop {
        rate: arguments.needed_number("--rate")?,
        channels,
        frames: sound.len() as u64 / u64::from(channels),
        io_frames: arguments.needed_number("--io-frames")?,
        timed: false,
    };
    let mut tape = tape(arguments.needed_number("--recorded")?, channels as usize)?;
    let hal = CoreAudio::open();
    let device = Device::with_uid(&hal, arguments.needed("--uid")?)?;
    let output = File::create(arguments.file(1))?;
    let mut unsaid = Ok(());
    let mut say = |event: &protocol::event::Event| {
        let said = system::say(&(event.to_line() + "\n"));
        if unsaid.is_ok() {
            unsaid = said;
        }
    };
    sound::loop_through(&device, &parameters, &sound, &mut tape, &mut say)?;
    output.write(&bytes(&tape))?;
    unsaid
}

fn play(rest: &[&str]) -> Result<(), Failure> {
    let options = ["--uid", "--channels", "--rate", "--io-frames"];
    let arguments = Arguments::read("play", rest, &options, &["FILE"])?;
    let channels: u32 = arguments.needed_number("--channels")?;
    let sound = sound_of(arguments.file(0), channels)?;
    let hal = CoreAudio::open();
    let device = set_up(&hal, &arguments)?;
    let session = sound::play(&device, &sound, channels as usize, &mut || Flow::On)?;
    tell(session, sound.len() as u64 / u64::from(channels), levels(&sound, channels as usize))
}

fn record(rest: &[&str]) -> Result<(), Failure> {
    let options = ["--uid", "--frames", "--rate", "--io-frames"];
    let arguments = Arguments::read("record", rest, &options, &["FILE"])?;
    let frames = arguments.needed_number("--frames")?;
    let hal = CoreAudio::open();
    let device = set_up(&hal, &arguments)?;
    let channels = device.channels(Direction::Input)?;
    let mut tape = tape(frames, channels)?;
    let output = File::create(arguments.file(0))?;
    let (session, recorded) = sound::record(&device, &mut tape, &mut |_| Flow::On)?;
    output.write(&bytes(&tape))?;
    tell(session, recorded, levels(&tape, channels))
}

fn measure(rest: &[&str]) -> Result<(), Failure> {
    let arguments = Arguments::read("measure", rest, &["--uid"], &[])?;
    let hal = CoreAudio::open();
    let device = Device::with_uid(&hal, arguments.needed("--uid")?)?;
    let mut said = Ok(());
    sound::measure(&device, &mut |reading| {
        if said.is_ok() {
            said = system::say(&(protocol::event::Event::Reading(reading).to_line() + "\n"));
        }
    });
    said
}

fn driver(rest: &[&str]) -> Result<(), Failure> {
    let arguments = Arguments::read("driver", rest, &["--class"], &[])?;
    let entry = Entry::of_class(arguments.text("--class").unwrap_or(ROOT))?;
    system::say(&(json(&entry)? + "\n"))
}

fn devices(rest: &[&str]) -> Result<(), Failure> {
    Arguments::read("devices", rest, &[], &[])?;
    let hal = CoreAudio::open();
    let all = Device::all(&hal)?.iter().map(Description::of).collect::<Result<Vec<_>, _>>()?;
    system::say(&(json(&all)? + "\n"))
}

fn set(rest: &[&str]) -> Result<(), Failure> {
    let options = ["--uid", "--rate", "--side", "--channel", "--volume", "--mute"];
    let arguments = Arguments::read("set", rest, &options, &[])?;
    let side = match arguments.text("--side").unwrap_or("output") {
        "input" => Direction::Input,
        "output" => Direction::Output,
        other => return Err(Failure::usage(format!("--side {other}: it is input or output"))),
    };
    let mute = match arguments.text("--mute") {
        None => None,
        Some("on") => Some(true),
        Some("off") => Some(false),
        Some(other) => return Err(Failure::usage(format!("--mute {other}: it is on or off"))),
    };
    let channel = arguments.number("--channel")?.unwrap_or(0);
    let volume = arguments.number("--volume")?;
    let hal = CoreAudio::open();
    let device = set_up(&hal, &arguments)?;
    if let Some(volume) = volume {
        device.set_volume(side, channel, volume)?;
    }
    if let Some(mute) = mute {
        device.set_mute(side, channel, mute)?;
    }
    system::say(&(json(&Description::of(&device)?)? + "\n"))
}

/// The device that is named, set as the options say.
fn set_up<'a>(hal: &'a CoreAudio, arguments: &Arguments<'_>) -> Result<Device<'a, CoreAudio>, Failure> {
    let device = Device::with_uid(hal, arguments.needed("--uid")?)?;
    if let Some(rate) = arguments.number("--rate")? {
        device.set_rate(rate)?;
    }
    if let Some(frames) = arguments.number("--io-frames")? {
        device.set_io_frames(frames)?;
    }
    Ok(device)
}

/// The samples of a file of whole frames of so many channels.
fn sound_of(path: &str, channels: u32) -> Result<Vec<f32>, Failure> {
    if channels == 0 {
        return Err(Failure::usage("--channels 0: a sound has at least one"));
    }
    let bytes = system::contents(path)?;
    let frame = 4 * channels as usize;
    if !bytes.len().is_multiple_of(frame) {
        return Err(Failure::usage(format!(
            "{path} has {} bytes, which are no whole frames of {channels} channels of Float32",
            bytes.len()
        )));
    }
    Ok(bytes.as_chunks().0.iter().map(|&sample| f32::from_le_bytes(sample)).collect())
}

/// Silence for so many frames.
fn tape(frames: u64, channels: usize) -> Result<Vec<f32>, Failure> {
    let samples = frames.checked_mul(channels as u64).filter(|samples| samples.saturating_mul(4) <= MOST_BYTES);
    samples.map(|samples| vec![0.0; samples as usize]).ok_or_else(|| {
        Failure::usage(format!("{frames} frames of {channels} channels are more than {} GiB", MOST_BYTES >> 30))
    })
}

fn bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().map(|sample| sample.to_le_bytes()).collect::<Vec<_>>().into_flattened()
}

fn levels(samples: &[f32], channels: usize) -> Vec<Level> {
    let meters = Meters::new(channels);
    meters.measure(samples);
    meters.take().collect()
}

fn tell(session: Session, frames: u64, levels: Vec<Level>) -> Result<(), Failure> {
    let Session { cycles, overloads, missed, .. } = session;
    system::say(&(json(&Said { frames, cycles, overloads, missed, levels })? + "\n"))
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|why| Failure { code: 70, words: format!("cannot be said in JSON: {why}") })
}

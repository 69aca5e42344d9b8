//! Configuration at run time: `devices`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::{Bench, Client, Root, Spec, Stop};
use kpi::iokit::ioreturn::IOReturn;
use protocol::event::Event;
use protocol::value::Value;

use crate::choice::{IO_FRAMES, channels, first, rest};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// The device that comes and goes.
const UID: &str = "org.loopflower.test:guest";
/// Laps of the playing device between two steps.
const LAPS: u64 = 2;
/// Virtual time in which what was started is registered, ns.
pub const SETTLED: u64 = 100_000_000;

/// `devices`: an administrator adds, changes and removes a device while another one plays, which plays on to the bit and in
/// time; clients of the device that goes are told so; what is no request, or of somebody who may not, changes nothing.
pub fn while_playing(bench: &mut Bench) -> Result<(), Stop> {
    let playing = first(bench)?;
    let root = root()?;
    let channels = channels(playing)?;
    let client = Client::open(playing, &Spec::duplex(IO_FRAMES))?;
    let tape = Tape::new(channels);
    client.play(Noise(7).player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    let lap = playing.lap_ns();
    rest(LAPS * lap);

    let before = state(root);
    bench.check("a device is added", ask(root, "AddDevice", guest(2)).is_ok() && root.engine(UID).is_some(), UID);
    let one = visitor(root)?;
    rest(LAPS * lap);
    let changed = ask(root, "ChangeDevice", guest(4));
    rest(SETTLED);
    let now = root.engine(UID).ok_or("the device that was changed is gone")?;
    let has = crate::choice::channels(now)?;
    let text = format!("{} with {has} channels", in_words(changed));
    bench.check("a device is changed", changed.is_ok() && has == 4, text);
    ended(bench, "a client of the device that was changed", one);
    let two = visitor(root)?;
    rest(LAPS * lap);
    let removed = ask(root, "RemoveDevice", Value::string(UID));
    let text = format!("{}, {} devices are left", in_words(removed), root.devices().len());
    bench.check("a device is removed", removed.is_ok() && state(root) == before, text);
    ended(bench, "a client of the device that was removed", two);
    refusals(bench, root)?;

    rest(LAPS * lap);
    let done = client.done();
    client.close()?;
    let from = done.written_from.unwrap_or(0);
    let wrong = tape.compare(from, done.read_to, |frame, channel| Noise(7).at(frame, channel));
    let text =
        wrong.map_or_else(|| format!("{} frames came back", tape.covered(from, done.read_to)), |it| it.in_words());
    bench.check("the other device plays on to the bit", wrong.is_none() && tape.covered(from, done.read_to) > 0, text);
    let late = format!("{} late cycles, {} failed", done.overloads, done.failed.values().sum::<u64>());
    bench.check("and in time", done.overloads == 0 && done.failed.is_empty() && done.gave_up.is_none(), late);
    Ok(())
}

/// What is refused, with the answer that is due, while one device is there beside the personality's.
fn refusals(bench: &mut Bench, root: Root) -> Result<(), Stop> {
    ask(root, "AddDevice", guest(2)).map_err(|error| format!("adding the device again: {error}"))?;
    let before = state(root);
    let definition = |entries: &[(&str, Value)]| Value::dictionary(entries.iter().cloned());
    let (bad, taken, absent) = (IOReturn::BAD_ARGUMENT, IOReturn::EXCLUSIVE_ACCESS, IOReturn::NOT_FOUND);
    let other = || with(guest(2), "UID", Some(Value::string("org.loopflower.test:none")));
    let cases = [
        ("a UID that is taken", definition(&[("AddDevice", guest(2))]), taken),
        ("a change of an unknown UID", definition(&[("ChangeDevice", other())]), absent),
        ("a removal of an unknown UID", definition(&[("RemoveDevice", Value::string("none"))]), absent),
        ("a removal of a number", definition(&[("RemoveDevice", Value::number(2))]), bad),
        ("no dictionary", Value::string("AddDevice"), bad),
        ("an empty dictionary", definition(&[]), bad),
        ("two requests", definition(&[("RemoveDevice", Value::string(UID)), ("AddDevice", other())]), bad),
        ("an unknown request", definition(&[("StopDevice", Value::string(UID))]), IOReturn::UNSUPPORTED),
        ("a definition that is a text", definition(&[("AddDevice", Value::string("x"))]), bad),
        ("no name", definition(&[("AddDevice", with(other(), "Name", None))]), bad),
        ("no channels", definition(&[("ChangeDevice", with(guest(2), "Channels", Some(Value::number(0))))]), bad),
        ("an unknown key", definition(&[("AddDevice", with(other(), "Colour", Some(Value::number(1))))]), bad),
    ];
    let mut wrong: Vec<String> = Vec::new();
    let asked = cases.len();
    for (what, request, due) in cases {
        let answer = root.request(&request);
        if answer != Err(due) {
            wrong.push(format!("{what} is answered with {}, not {due}", in_words(answer)));
        }
        if state(root) != before {
            wrong.push(format!("{what} has changed something"));
        }
    }
    let text = wrong.first().map_or_else(|| format!("{asked} requests"), ToString::to_string);
    bench.check("what cannot be is refused and changes nothing", wrong.is_empty(), text);
    let answer = root.request_as_user(&definition(&[("RemoveDevice", Value::string(UID))]));
    let held = answer == Err(IOReturn::NOT_PRIVILEGED) && state(root) == before;
    bench.check("a plain user is refused", held, in_words(answer));
    Ok(())
}

/// The root service.
///
/// # Errors
/// The kext has none: not applicable.
pub fn root() -> Result<Root, Stop> {
    Root::find().ok_or_else(|| Stop::NotApplicable("the kext has no root service of Loopflower's class".to_string()))
}

/// A request by an administrator.
pub fn ask(root: Root, key: &str, value: Value) -> Result<(), IOReturn> {
    root.request(&Value::dictionary([(key, value)]))
}

/// All devices with all that the registry shows of them, but for what counts on.
pub fn state(root: Root) -> Vec<Event> {
    let mut entries = root.entries();
    for entry in &mut entries {
        if let Event::Entry { properties: Value::Dictionary(entries), .. } = entry {
            entries.retain(|(key, _)| key != "Statistics");
        }
    }
    entries
}

/// The definition of the device that comes and goes.
pub fn guest(channels: u32) -> Value {
    Value::dictionary([
        ("Name", Value::string("Guest")),
        ("UID", Value::string(UID)),
        ("Channels", Value::number(channels)),
        ("RingFrames", Value::number(4096)),
    ])
}

/// A definition with another value under a key, or without the key.
pub fn with(mut definition: Value, key: &str, value: Option<Value>) -> Value {
    if let Value::Dictionary(entries) = &mut definition {
        entries.retain(|(own, _)| own != key);
        entries.extend(value.map(|value| (key.to_string(), value)));
    }
    definition
}

/// A client that plays on the device that comes and goes, as soon as its streams are there.
fn visitor(root: Root) -> Result<Client, Stop> {
    rest(SETTLED);
    let engine = root.engine(UID).ok_or("the device is not in the registry")?;
    let channels = channels(engine)?;
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Noise(8).player(channels as usize));
    client.start()?;
    Ok(client)
}

/// Whether a client has seen that its device is gone.
fn ended(bench: &mut Bench, name: &str, client: Client) {
    client.wait();
    let done = client.done();
    let ran = format!("{} cycles, then: {}", done.cycles, done.gave_up.as_deref().unwrap_or("nothing"));
    let closed = client.close();
    let held = done.cycles > 0 && done.gave_up.is_some() && closed.is_ok();
    bench.check(name, held, closed.err().unwrap_or(ran));
}

fn in_words(answer: Result<(), IOReturn>) -> String {
    answer.map_or_else(|error| error.to_string(), |()| "done".to_string())
}

//! Mutes: S18.

use alloc::format;

use host::control::{INPUT, MUTE, OUTPUT, TOGGLE};
use host::{Bench, Client, Control, Engine, Spec, Stop};

use crate::choice::{IO_FRAMES, channels, loopbacks, rest};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// A ramp's length in parts of a second: 10 ms.
const RAMP: u64 = 100;

/// S18: the output's mute silences what is written while it is on, the input's what is read, for everything else is somebody's
/// sound; and each channel has mutes of its own that act on it alone.
pub fn mutes(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let mut engines = loopbacks()?;
    engines.retain(|engine| [OUTPUT, INPUT].iter().any(|&usage| !engine.controls_of(TOGGLE, MUTE, usage).is_empty()));
    engines.sort_by_key(|engine| channels(*engine).unwrap_or(u32::MAX));
    let Some(&engine) = engines.first() else { return Err(Stop::NotApplicable("no engine has a mute".into())) };
    let channels = channels(engine)?;
    for (usage, name) in [(OUTPUT, "output"), (INPUT, "input")] {
        let mutes = engine.controls_of(TOGGLE, MUTE, usage);
        for channel in 0..=channels {
            let Some(&mute) = mutes.iter().find(|mute| mute.channel == channel) else {
                let what = if channel == 0 {
                    "there is none for all channels".into()
                } else {
                    format!("channel {channel} has none")
                };
                bench.check(&format!("mutes of the {name}"), false, what);
                break;
            };
            // The master, the first channel and the last tell it all.
            if channel < 2 || channel == channels {
                toggled(bench, engine, mute, &format!("mute of the {name}, channel {channel}"))?;
            }
        }
    }
    Ok(())
}

/// Turns a mute on and off while noise is played half a ring ahead of where it is read.
fn toggled(bench: &mut Bench, engine: Engine, mute: Control, name: &str) -> Result<(), Stop> {
    let (channels, lap) = (channels(engine)?, engine.lap_ns());
    let ahead = engine.ring() as i64 / 2;
    let spec = Spec::duplex(IO_FRAMES).with_lead(ahead);
    let (client, tape) = (Client::open(engine, &spec)?, Tape::new(channels));
    client.play(Noise(18).player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    // Where the next frame is that the mute can act on: one that is not written yet, or one that is not read yet.
    let reach = |client: &Client| if mute.usage == OUTPUT { client.done().written_to } else { client.done().read_to };
    let begun = client.done().written_from;
    rest(2 * lap);
    let on = reach(&client);
    mute.set(1)?;
    rest(lap);
    let off = reach(&client);
    mute.set(0)?;
    rest(2 * lap);
    let done = client.done();
    client.close()?;
    engine.wait_stopped()?;
    let from = begun.or(done.written_from).unwrap_or(0);
    let ramp = u64::from(engine.rate().whole) / RAMP + 4 * u64::from(IO_FRAMES);
    let noise = |frame, channel| Noise(18).at(frame, channel);
    let acts = |channel: usize| mute.channel == 0 || mute.channel as usize == channel + 1;
    let muted = |frame, channel| if acts(channel) { 0.0 } else { noise(frame, channel) };
    let before = tape.compare(from, on, noise);
    let while_on = tape.compare(on + ramp, off, muted);
    let after = tape.compare(off + ramp, done.read_to, noise);
    for (when, wrong, frames) in [
        ("before", before, tape.covered(from, on)),
        ("while on", while_on, tape.covered(on + ramp, off)),
        ("after", after, tape.covered(off + ramp, done.read_to)),
    ] {
        let text = wrong.map_or_else(|| format!("{frames} frames are as they must be"), |wrong| wrong.in_words());
        bench.check(&format!("{name}, {when}"), wrong.is_none() && frames > 0, text);
    }
    Ok(())
}

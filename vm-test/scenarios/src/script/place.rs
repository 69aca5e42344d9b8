//! Which engine, which control, how long: what the words of a scenario mean on the kext that is loaded.

use alloc::format;
use alloc::string::{String, ToString};

use host::{Engine, Format, Stop, format as formats};
use kpi::iokit::registry;
use protocol::proof::SampleFormat;
use protocol::script::{Control, Device, Time, Unit};

use super::Trouble;
use crate::choice::loopbacks;

/// The engine of a device; the first that loops where none is named.
pub fn engine(device: Option<&Device>) -> Result<Engine, Trouble> {
    let engines = loopbacks().map_err(|stop| match stop {
        Stop::Failed(text) | Stop::NotApplicable(text) => Trouble::Refused(text),
    })?;
    let found = match device {
        None => engines.first(),
        Some(Device::Number(number)) => engines.get((*number as usize).saturating_sub(1)),
        Some(Device::Named(name)) => engines.iter().find(|engine| engine.uid() == *name || engine.name() == *name),
    };
    let count = engines.len();
    found.copied().ok_or_else(|| match device {
        Some(Device::Number(number)) if count > 0 => {
            let text = format!("there is no device {number}: the kext has {count} that loop");
            Trouble::Stop(Stop::NotApplicable(text))
        }
        Some(Device::Named(name)) => Trouble::Refused(format!("no device that loops has the UID or name \"{name}\"")),
        _ => Trouble::Refused("no device loops".to_string()),
    })
}

/// An engine that is looked at again and again: it is looked for anew only when the registry is another.
#[derive(Default)]
pub struct Seen(Option<(u32, Engine)>);

impl Seen {
    /// As [`engine`], with the same device each time.
    pub fn engine(&mut self, device: Option<&Device>) -> Result<Engine, Trouble> {
        let generation = registry::generation();
        if let Some((_, engine)) = self.0.filter(|&(at, engine)| at == generation && engine.is_registered()) {
            return Ok(engine);
        }
        let engine = engine(device)?;
        self.0 = Some((generation, engine));
        Ok(engine)
    }
}

/// The control of an engine.
pub fn control(engine: Engine, control: &Control) -> Result<host::Control, Trouble> {
    let codes = control.codes.map(u32::from_be_bytes);
    let is_it = |it: &host::Control| [it.kind, it.sub_type, it.usage] == codes && it.channel == control.channel;
    engine.controls().into_iter().find(is_it).ok_or_else(|| {
        let [kind, sub_type, usage] = codes.map(formats::code_text);
        let text = format!("{} has no control {kind}/{sub_type}/{usage}/{}", engine.name(), control.channel);
        Trouble::Stop(Stop::NotApplicable(text))
    })
}

/// A time in ns.
pub fn ns(time: Time, engine: impl FnOnce() -> Result<Engine, Trouble>) -> Result<u64, Trouble> {
    let unit = match time.unit {
        Unit::Microseconds => 1000,
        Unit::Milliseconds => 1_000_000,
        Unit::Seconds => 1_000_000_000,
        Unit::Frames => {
            let rate = engine()?.rate();
            // Of many frames, so that nothing is lost by rounding.
            return Ok((u128::from(rate.ns(time.thousandths)) / 1000) as u64);
        }
        Unit::Laps => engine()?.lap_ns(),
    };
    Ok((u128::from(time.thousandths) * u128::from(unit) / 1000) as u64)
}

/// Whether a format is of this kind.
pub fn is_of(format: &Format, wanted: SampleFormat) -> bool {
    let width = if wanted == SampleFormat::Int24In32 { 32 } else { wanted.bits() };
    format.is_float() == (wanted == SampleFormat::Float32)
        && u32::from(format.bit_depth) == wanted.bits()
        && u32::from(format.bit_width) == width
}

/// A format of this kind as the HAL asks for it: as the engine offers it, or else what comes nearest to an offer.
pub fn physical(engine: Engine, wanted: SampleFormat, channels: Option<u32>) -> Result<Format, String> {
    let output = engine.output()?;
    let now = output.format();
    let channels = channels.unwrap_or(now.channels);
    let offered = output.formats().into_iter().find(|format| is_of(format, wanted) && format.channels == channels);
    let integer = wanted != SampleFormat::Float32;
    Ok(offered.unwrap_or(Format {
        channels,
        representation: if integer { formats::SIGNED } else { formats::FLOAT },
        bit_depth: wanted.bits() as u8,
        bit_width: if wanted == SampleFormat::Int24In32 { 32 } else { wanted.bits() as u8 },
        alignment: u8::from(wanted == SampleFormat::Int24In32),
        ..now
    }))
}

//! What programs ask of a kext's device, and what they read of it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::format::{LINEAR, SIGNED};
use host::{Engine, Format, Rate};

/// The ends of all ranges of rates, Hz.
pub fn rates(engine: Engine) -> Result<Vec<f64>, String> {
    Ok(engine.output()?.rates().into_iter().map(hertz).collect())
}

/// A rate in Hz.
pub fn hertz(rate: Rate) -> f64 {
    f64::from(rate.whole) + f64::from(rate.fraction) / f64::from(u32::MAX)
}

/// Asks for a rate as the HAL does.
pub fn rate(engine: Engine, hertz: f64) -> Result<(), String> {
    let whole = libm::floor(hertz);
    let fraction = (hertz - whole) * f64::from(u32::MAX);
    let stream = engine.output()?;
    stream.set_format(&stream.format(), Some(Rate { whole: whole as u32, fraction: fraction as u32 }))
}

/// Formats that the family mixes.
pub fn formats(engine: Engine) -> Result<Vec<Format>, String> {
    let mut formats = engine.output()?.formats();
    formats.retain(|format| format.mixable && format.sample_format == LINEAR);
    formats.retain(|format| format.is_float() || format.representation == SIGNED);
    Ok(formats)
}

/// A format as measurements see it.
pub fn described((index, format): (usize, Format)) -> measure::Format {
    let step = if format.is_float() { 0.0 } else { libm::ldexp(1.0, 1 - i32::from(format.bit_depth)) };
    measure::Format { index, name: format.to_string(), step }
}

/// Sets a format on both streams.
pub fn format(engine: Engine, wanted: &Format) -> Result<(), String> {
    let (output, input) = (engine.output()?, engine.input()?);
    output.set_format(wanted, None)?;
    if input.format() == *wanted { Ok(()) } else { input.set_format(wanted, None) }
}

/// Asks for 3 channels of 20 bits.
pub fn odd_format(engine: Engine) -> Result<(), String> {
    let stream = engine.output()?;
    let odd = Format { channels: 3, representation: SIGNED, bit_depth: 20, bit_width: 24, ..stream.format() };
    stream.set_format(&odd, None)
}

/// Rate, formats and values of controls.
pub fn state(engine: Engine) -> Result<Vec<(String, String)>, String> {
    let mut state = Vec::from([
        ("rate".into(), engine.rate().to_string()),
        ("ring".into(), engine.ring().to_string()),
        ("output".into(), engine.output()?.format().to_string()),
        ("input".into(), engine.input()?.format().to_string()),
    ]);
    state.extend(engine.controls().into_iter().map(|control| (control.name(), format!("{}", control.value()))));
    Ok(state)
}

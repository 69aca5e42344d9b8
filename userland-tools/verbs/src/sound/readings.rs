//! `loopflower measure`: what a comparison of drivers takes from a device, as readings.

use std::io::Write as _;

use anyhow::Context;
use protocol::measure::{Cause, Reading};

use super::{Live, Measure};
use crate::Format;

/// Measures a device of a HAL and says its readings as they come; whether it did nothing that no driver may do.
///
/// # Errors
/// There is no such device, or the readings cannot be said.
pub fn measure(arguments: &Measure, hal: &Live) -> anyhow::Result<bool> {
    let device = hal.device(arguments.device.as_deref())?;
    let (mut is_sound, mut said) = (true, Ok(()));
    sound::measure(&device, &mut |reading| {
        is_sound &= reading.finding.as_ref().is_none_or(|finding| finding.cause != Cause::WrongAnswer);
        if said.is_ok() {
            said = say(&reading, arguments.format);
        }
    });
    said.map(|()| is_sound)
}

fn say(reading: &Reading, format: Format) -> anyhow::Result<()> {
    let line = match format {
        Format::Json => serde_json::to_string(reading).context("a reading as JSON")? + "\n",
        Format::Human => in_words(reading),
    };
    std::io::stdout().write_all(line.as_bytes()).context("cannot write the readings")
}

/// The figure, or why there is none, and what it is made of.
fn in_words(reading: &Reading) -> String {
    let mut text = format!("{:<28}", reading.dimension);
    match (reading.value, &reading.finding) {
        (Some(value), _) => text += &value.to_string(),
        (None, Some(finding)) => text += &finding.text,
        (None, None) => text += "no figure",
    }
    text += "\n";
    for detail in &reading.details {
        text += format!("  {}: {} {}", detail.name, detail.value, detail.unit).trim_end();
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_in_words_has_its_figure_or_why_there_is_none() {
        let reading = Reading::new("bit-exactness", 2.0).with_detail("with buffers of 16", 2.0, "wrong samples");
        let wanted = "bit-exactness               2\n  with buffers of 16: 2 wrong samples\n";
        assert_eq!(in_words(&reading), wanted);
        let reading = Reading::without("round-trip", Cause::WrongAnswer, "a pulse did not come back");
        assert_eq!(in_words(&reading), "round-trip                  a pulse did not come back\n");
    }
}

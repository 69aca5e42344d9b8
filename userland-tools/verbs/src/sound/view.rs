//! Levels for a terminal, drawn over and over in one place; a line each elsewhere.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use anyhow::Context;
use sound::Level;

use crate::Format;

/// Columns of a bar, and what its left end stands for, in decibels of full scale.
const COLUMNS: u32 = 40;
const LOWEST: f32 = -60.0;

/// The levels of a device's channels.
pub(super) struct View {
    is_terminal: bool,
    is_silent: bool,
    /// Lines that were drawn last.
    drawn: usize,
    /// The largest of each channel.
    peaks: Vec<f32>,
    problem: Option<io::Error>,
}

impl View {
    pub(super) fn new(format: Format) -> View {
        let is_silent = matches!(format, Format::Json);
        View { is_terminal: io::stdout().is_terminal(), is_silent, drawn: 0, peaks: Vec::new(), problem: None }
    }

    /// Shows the levels of a moment.
    pub(super) fn show(&mut self, at: f64, levels: &[Level]) {
        self.peaks.resize(levels.len().max(self.peaks.len()), 0.0);
        for (peak, level) in self.peaks.iter_mut().zip(levels) {
            *peak = peak.max(level.peak);
        }
        if self.is_silent {
            return;
        }
        let text = if self.is_terminal { drawing(levels, self.drawn) } else { line(at, levels) };
        self.drawn = levels.len();
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.problem = self.problem.take().or(written.err());
    }

    /// What each channel's peak was in all that time.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.problem.map_or(Ok(()), Err).context("cannot write the levels")?;
        if self.is_silent {
            return Ok(());
        }
        let peaks: Vec<String> = self.peaks.iter().map(|peak| decibels(*peak)).collect();
        writeln!(io::stdout(), "peaks     {}", peaks.join("  ")).context("cannot write the levels")
    }
}

/// A magnitude in decibels.
fn decibels(magnitude: f32) -> String {
    if magnitude > 0.0 { format!("{:.1} dB", Level::decibels(magnitude)) } else { "silent".to_owned() }
}

/// A line of text.
fn line(at: f64, levels: &[Level]) -> String {
    let levels: Vec<String> = levels.iter().map(|level| decibels(level.peak)).collect();
    format!("{at:8.2} s {}\n", levels.join("  "))
}

/// A bar for each channel, over the last ones.
fn drawing(levels: &[Level], drawn: usize) -> String {
    let mut text = if drawn > 0 { format!("\x1b[{drawn}A") } else { String::new() };
    for (channel, level) in levels.iter().enumerate() {
        let bar = "█".repeat(columns(level.rms)) + &"░".repeat(columns(level.peak).saturating_sub(columns(level.rms)));
        let _ = writeln!(text, "\r\x1b[K{:3} {bar:<1$} {2}", channel + 1, COLUMNS as usize, decibels(level.peak));
    }
    text
}

/// How long a magnitude's bar is.
fn columns(magnitude: f32) -> usize {
    let share = 1.0 - Level::decibels(magnitude).clamp(LOWEST, 0.0) / LOWEST;
    (share * COLUMNS as f32).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_lines_say_the_same() {
        let levels = [Level { peak: 1.0, rms: 0.5 }, Level::default()];
        assert_eq!(line(0.1, &levels), "    0.10 s 0.0 dB  silent\n");
        let text = drawing(&levels, 2);
        assert!(text.starts_with("\x1b[2A\r\x1b[K  1 ") && text.ends_with("silent\n"), "{text:?}");
        assert_eq!((text.matches('█').count(), text.matches('░').count()), (36, 4));
        assert_eq!((columns(0.0), columns(1.0), columns(8.0)), (0, 40, 40));
    }
}

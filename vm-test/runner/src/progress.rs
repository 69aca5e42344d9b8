//! Progress while a run lasts, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use protocol::event::Event;

/// Time between two turns of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// A line on standard error that says how far the run is; nothing where that is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins with the machine not yet running.
    pub fn new(machine: &str) -> Progress {
        let bar = ProgressBar::new_spinner().with_message(format!("starting the {machine} machine"));
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// Begins with none of `points` points done.
    pub fn of_points(points: usize) -> Progress {
        let bar = ProgressBar::new(points as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} points {wide_bar} {eta}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// So many points are done.
    pub fn at(&self, points: usize) {
        self.bar.set_position(points as u64);
    }

    /// So many of all points are done, whose number was not known at the beginning.
    pub fn of(&self, points: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.at(points);
    }

    /// Takes an event into account.
    pub fn watch(&self, event: &Event) {
        match event {
            Event::Booted { .. } => self.bar.set_message("linking the kext"),
            Event::Linked { .. } => self.bar.set_message("starting the kext"),
            Event::Started => self.bar.set_message("waiting for the device"),
            Event::Progress { done, of } => {
                if self.bar.length().is_none()
                    && let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {percent:>3}%")
                {
                    self.bar.set_style(style);
                }
                self.bar.set_length(*of);
                self.bar.set_position(*done);
                self.bar.set_message("playing and recording");
            }
            Event::Looped(_) | Event::Soaked(_) => self.bar.set_message("unloading the kext"),
            _ => {}
        }
    }

    /// Does something that writes, with the line away meanwhile.
    pub fn suspend<R>(&self, work: impl FnOnce() -> R) -> R {
        self.bar.suspend(work)
    }

    /// Takes the line away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

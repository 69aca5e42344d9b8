//! What was measured, from the reports of the runs that measured it.

use protocol::event::Event;
use protocol::measure::{Measurement, Reading};

use crate::conduct::Ending;
use crate::report::Report;

/// What came of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What was read.
    pub readings: Vec<Reading>,
    /// Dimensions of the measurement that nothing was read of.
    pub missing: Vec<&'static str>,
    /// What failed in the run, in words; `None` where nothing did.
    pub failure: Option<Failure>,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which sort of failure.
    pub conduct: Conduct,
    /// What failed, in words.
    pub text: String,
}

/// What a driver did to its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It brought it down.
    Crashed,
    /// It did not come back.
    Hung,
    /// It was refused, or broke a rule.
    Wrong,
}

impl Measured {
    /// What a run of `measurement` measured.
    pub fn of(measurement: Measurement, report: &Report) -> Measured {
        let read = |event: &Event| if let Event::Reading(reading) = event { Some(reading.clone()) } else { None };
        let readings: Vec<Reading> = report.events.iter().filter_map(read).collect();
        let is_missing = |dimension: &&str| !readings.iter().any(|reading| reading.dimension == *dimension);
        let missing = measurement.dimensions().iter().copied().filter(is_missing).collect();
        let failure = report.failures.first().map(|text| Failure {
            conduct: conduct(report),
            text: report
                .events
                .iter()
                .find_map(hangs_in)
                .map_or_else(|| text.clone(), |place| format!("{text}, in {place}")),
        });
        Measured { readings, missing, failure }
    }
}

/// The driver's function that runs and does not come back.
fn hangs_in(event: &Event) -> Option<&str> {
    let Event::Hang { threads } = event else { return None };
    let thread = threads.iter().find(|thread| thread.state == "running")?;
    let frame = thread.backtrace.first()?;
    // Where in it depends on when it was asked.
    Some(frame.split_once(" + ").map_or(frame.as_str(), |(function, _)| function))
}

fn conduct(report: &Report) -> Conduct {
    let said = |is: fn(&Event) -> bool| report.events.iter().any(is);
    let has_crashed = |event: &Event| match event {
        Event::Panic(_) => true,
        // A process says where it crashed as it says where it hangs.
        Event::Hang { threads } => threads.iter().any(|thread| thread.state == "crashed"),
        _ => false,
    };
    if said(has_crashed) {
        return Conduct::Crashed;
    }
    match report.ending {
        Some(Ending::Died(_)) => Conduct::Crashed,
        Some(Ending::TimedOut) => Conduct::Hung,
        _ if said(|event| matches!(event, Event::Hang { .. })) => Conduct::Hung,
        _ => Conduct::Wrong,
    }
}

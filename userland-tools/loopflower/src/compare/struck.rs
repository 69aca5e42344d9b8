//! What a mistake took down that the driver was made to make, and how soon there is sound after it.

use compare::{Cause, Figure, Reading};
use protocol::event::Event;
use protocol::measure::Measurement;
use runner::measure::{Conduct, Measured};
use runner::report::Report;

/// What no longer runs after a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing: the driver survived.
    Nothing,
    /// The process that has the driver, which the system starts anew.
    Service,
    /// All of it.
    System,
}

impl Reach {
    /// What the run says in which the mistake was made; `None` where it says something else.
    pub fn of(measured: &Measured, report: &Report, is_plugin: bool) -> Option<Reach> {
        if measured.readings.iter().any(|reading| reading.value.is_some()) {
            return Some(Reach::Nothing);
        }
        match measured.failure.as_ref()?.conduct {
            Conduct::Crashed if report.events.iter().any(|event| matches!(event, Event::Panic(_))) => {
                Some(Reach::System)
            }
            Conduct::Hung if !is_plugin => Some(Reach::System),
            Conduct::Crashed | Conduct::Hung => Some(Reach::Service),
            Conduct::Wrong => None,
        }
    }

    fn figure(self) -> Figure {
        let (value, text) = match self {
            Reach::Nothing => (0.0, "nothing"),
            Reach::Service => (1.0, "the audio service"),
            Reach::System => (2.0, "the system"),
        };
        Figure::new(value).with_text(text)
    }

    /// How soon there is sound; `anew` is from a start of the driver on.
    fn recovery(self, anew: &Figure, of_hang: bool) -> Figure {
        match self {
            Reach::Nothing => Figure::new(0.0),
            Reach::Service => anew.clone(),
            Reach::System => {
                let text = if of_hang {
                    "Nothing in user space ends a call that hangs in the kernel; the system has to be started anew."
                } else {
                    "The system goes down and has to be started anew."
                };
                Figure::without(Cause::Never, text)
            }
        }
    }
}

/// Puts what the mistakes came to among the readings, in which that of a start anew is that of the recovery.
pub fn complete(readings: &mut Vec<Reading>, reaches: &[(Measurement, Reach)]) {
    let Some(at) = readings.iter().position(|reading| reading.dimension == "fault-recovery") else { return };
    let anew = readings.remove(at).figure;
    let mut figures = Vec::new();
    for &(measurement, reach) in reaches {
        match measurement {
            Measurement::Fault => {
                figures.extend([("fault-reach", reach.figure()), ("fault-recovery", reach.recovery(&anew, false))]);
            }
            Measurement::Breakpoint => figures.push(("debugger-reach", reach.figure())),
            Measurement::Hang => figures.push(("hang-recovery", reach.recovery(&anew, true))),
            _ => {}
        }
    }
    if !reaches.iter().any(|(measurement, _)| *measurement == Measurement::Fault) {
        let text = "What a fault takes down was not measured.";
        figures.push(("fault-recovery", Figure::without(Cause::NotMeasured, text)));
    }
    // One that does not even start was not struck by anything.
    if anew.value.is_none() {
        for (_, figure) in &mut figures {
            *figure = anew.clone();
        }
    }
    readings.extend(figures.into_iter().map(|(dimension, figure)| Reading::new(dimension, figure)));
}

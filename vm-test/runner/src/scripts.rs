//! Scenarios from files, several in one boot of a machine. A machine that dies, or that a scenario leaves changed, is booted
//! again for the rest.

use std::time::{Duration, Instant};

use protocol::event::Event;
use protocol::script::Script;

use crate::conduct::{Ending, Told, conduct};
use crate::debug::Guide;
use crate::machine::Machine;
use crate::report::{Report, Timings};
use crate::run::{Aids, Finished, Options, Task, bundles, millis, name_of, plain_share, subject, traced};
use crate::{Error, output};

/// Runs `scripts`, whatever task `options` names, each with a report of its own; `done` gets them in order as they come. `power_on`
/// makes the machine of each boot; `watch` sees every event. A trace is that of a boot, and in the end that of the last one.
///
/// # Errors
/// Wrong usage, something missing, or a step of ours that failed. Whatever the kext or the machine does is a report.
pub fn run_scripts(
    options: &Options,
    aids: &Aids,
    scripts: &[Script],
    power_on: &dyn Fn() -> Result<Box<dyn Machine>, Error>,
    watch: &mut dyn FnMut(&Event),
    done: &mut dyn FnMut(Finished),
) -> Result<(), Error> {
    if let Some(wanted) = &aids.trace {
        output::check(&wanted.path)?;
    }
    let mut rest = scripts;
    while !rest.is_empty() {
        let begin = Instant::now();
        let options = Options { task: Task::Scripts(rest.to_vec()), ..options.clone() };
        let mut machine = power_on()?;
        let name = machine.name();
        let about = |script: &Script| {
            let task = Task::Scripts(vec![script.clone()]);
            subject(&Options { task, ..options.clone() }, name)
        };
        let (bundle, libraries) = match bundles(&options) {
            Ok(bundles) => bundles,
            Err(Error::Refused(message)) => {
                for script in rest {
                    let timings = Timings { whole: millis(begin.elapsed()), ..Timings::default() };
                    done(Finished {
                        report: about(script).refused(message.clone()),
                        sounds: None,
                        timings,
                        unwritten: None,
                    });
                }
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let kext = name_of(&bundle);
        let subjects: Vec<_> = rest.iter().map(about).collect();
        let guide = Guide::new(aids.debug, machine.as_mut(), [&bundle].into_iter().chain(&libraries))?;
        let share = plain_share(&options, aids, bundle, libraries, machine.room())?;
        let mut ends = Vec::new();
        let told = conduct(machine.as_mut(), &share, Duration::from_secs(options.timeout), &mut |event| {
            if matches!(event, Event::Over { .. }) {
                ends.push(begin.elapsed());
            }
            guide.hear(event);
            watch(event);
        })?;
        let (started, whole) = (told.until_started.map(millis), begin.elapsed());
        let (traced, mut unwritten) = traced(aids, &share);
        let parts = split(told);
        let mut before = Duration::ZERO;
        let count = parts.len();
        for (index, (part, subject)) in parts.into_iter().zip(subjects).enumerate() {
            let end = ends.get(index).copied().unwrap_or(whole);
            let took = millis(end.saturating_sub(before));
            let power_on_to_started = started.filter(|_| index == 0);
            let timings = Timings { power_on_to_started, machine: Some(took), whole: took, io_cycle: None };
            before = end;
            let report = subject.told(kext.clone(), part, options.timeout, None);
            let report = Report { trace: traced.clone(), ..report };
            let unwritten = if index + 1 == count { unwritten.take() } else { None };
            done(Finished { report, sounds: None, timings, unwritten });
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    Ok(())
}

/// What was said of each scenario that began; of the first one at least. How the machine ended is how the last one did, unless
/// that had come to its own end before.
fn split(told: Told) -> Vec<Told> {
    let part = |events: Vec<Event>| Told {
        events,
        dropped: 0,
        foreign: Vec::new(),
        ending: Ending::Said { held: false },
        stderr: String::new(),
        until_started: None,
        whole: told.whole,
    };
    let mut events = told.events.into_iter().peekable();
    let mut before = Vec::new();
    while let Some(event) = events.next_if(|event| !matches!(event, Event::Begun { .. })) {
        before.push(event);
    }
    let mut parts: Vec<Told> = Vec::new();
    let mut is_over = false;
    for event in events {
        match (event, parts.last_mut()) {
            (Event::Begun { .. }, _) => {
                is_over = false;
                parts.push(part(before.clone()));
            }
            (Event::Over { held }, Some(last)) => {
                is_over = true;
                last.ending = Ending::Said { held };
            }
            (other, Some(last)) => last.events.push(other),
            (_, None) => {}
        }
    }
    if parts.is_empty() {
        parts.push(part(before));
    }
    if let Some(last) = parts.last_mut() {
        if !is_over || !matches!(told.ending, Ending::Said { .. }) {
            last.ending = told.ending;
        }
        (last.dropped, last.foreign, last.stderr) = (told.dropped, told.foreign, told.stderr);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(events: Vec<Event>, ending: Ending) -> Told {
        let whole = Duration::ZERO;
        Told { events, dropped: 0, foreign: vec![], ending, stderr: String::new(), until_started: None, whole }
    }

    fn check(name: &str) -> Event {
        Event::Check { name: name.into(), held: true, text: String::new() }
    }

    #[test]
    fn each_scenario_has_its_events_and_its_end() {
        let booted = Event::Booted { machine: "vm".into() };
        let events = vec![
            booted.clone(),
            Event::Begun { index: 0 },
            check("a"),
            Event::Over { held: true },
            Event::Begun { index: 1 },
            check("b"),
        ];
        let parts = split(told(events, Ending::TimedOut));
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].events, [booted.clone(), check("a")]);
        assert_eq!(parts[0].ending, Ending::Said { held: true });
        assert_eq!(parts[1].events, [booted, check("b")]);
        assert_eq!(parts[1].ending, Ending::TimedOut);
    }

    #[test]
    fn a_machine_that_does_not_boot_is_the_first_ones() {
        let parts = split(told(vec![], Ending::Died("no".into())));
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].ending, Ending::Died("no".into()));
    }

    #[test]
    fn a_machine_that_dies_after_the_last_end_does_not_hold() {
        let events = vec![Event::Begun { index: 0 }, Event::Over { held: true }];
        assert_eq!(split(told(events.clone(), Ending::Died("no".into())))[0].ending, Ending::Died("no".into()));
        let held = Ending::Said { held: true };
        assert_eq!(split(told(events, Ending::Said { held: false }))[0].ending, held);
    }
}

//! Scenarios from files: their steps, carried out one after the other.
//!
//! ```text
//!  Script ──► Stage: one step after the other ──► Bench (load, unload), power, timers
//!               │ clients by name                  Engine, Stream, Control: what is set
//!               │                                  Client: what is played, recorded, started …
//!               └ expect ──► a check with the line's text as its name
//! ```

mod expect;
mod place;
mod sound;
mod stage;

use alloc::format;
use alloc::string::{String, ToString};

use host::{Bench, Stop};
use kpi::fault::emit;
use kpi::{sched, timer, trace};
use protocol::event::Event;
use protocol::script::{Expectation, Line, Script, Step};

use self::stage::Stage;

/// Why a step has not succeeded.
enum Trouble {
    /// The system refused it, in words.
    Refused(String),
    /// The scenario cannot go on.
    Stop(Stop),
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Trouble {
        Trouble::Stop(stop)
    }
}

impl From<String> for Trouble {
    fn from(text: String) -> Trouble {
        Trouble::Refused(text)
    }
}

/// Runs scenarios one after the other, each as if it were alone; whether all held. One that leaves the kernel changed is the
/// last.
pub fn run_all(bench: &mut Bench, scripts: &[Script]) -> bool {
    let mut held = true;
    for (index, script) in (0..).zip(scripts) {
        emit(&Event::Begun { index });
        sched::reseed(bench.job().seed);
        let done = run(bench, script);
        let finished = bench.finish(done);
        emit(&Event::Over { held: finished.held });
        held &= finished.held;
        if !finished.is_clean {
            break;
        }
    }
    held
}

/// Runs a scenario. What is open at its end is closed; what it has made the kernel do otherwise than usual ends with it.
pub fn run(bench: &mut Bench, script: &Script) -> Result<(), Stop> {
    let mut stage = Stage::default();
    let done = steps(bench, &mut stage, script);
    let cleared = stage.clear();
    timer::set_lateness(timer::LATENESS);
    timer::stall(0);
    done.and(cleared)
}

/// Takes the steps. One that is refused is the last, unless the next one expects an answer.
fn steps(bench: &mut Bench, stage: &mut Stage, script: &Script) -> Result<(), Stop> {
    // What the last step that is answered was refused with.
    let mut answer: Option<String> = None;
    for (index, line) in script.lines.iter().enumerate() {
        trace::step(|| name(script, line));
        let result = match &line.step {
            Step::Expect(expectation) => expect::expect(bench, stage, expectation, answer.as_deref()).map(Some),
            Step::Await(expectation) => expect::wait_for(bench, stage, expectation).map(Some),
            step => {
                let done = stage.step(bench, step);
                answer = match done {
                    Err(Trouble::Refused(why)) if is_asked(script.lines.get(index + 1)) => Some(why),
                    Err(trouble) => {
                        stop_at(bench, script, line, trouble)?;
                        return Ok(());
                    }
                    Ok(()) => None,
                };
                Ok(None)
            }
        };
        match result {
            Ok(None) => {}
            Ok(Some(found)) => bench.check(&name(script, line), found.held, found.text.to_string()),
            Err(trouble) => {
                stop_at(bench, script, line, trouble)?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Whether a line asks what the step before it was answered.
fn is_asked(next: Option<&Line>) -> bool {
    matches!(next.map(|line| &line.step), Some(Step::Expect(Expectation::Refused(_) | Expectation::Returned(_))))
}

/// A line's place and text: the name of its check, and in traces.
fn name(script: &Script, line: &Line) -> String {
    format!("{}:{} {}", script.name, line.number, line.text)
}

/// Says why a line is the last.
fn stop_at(bench: &mut Bench, script: &Script, line: &Line, trouble: Trouble) -> Result<(), Stop> {
    let place = format!("{}:{}", script.name, line.number);
    match trouble {
        Trouble::Refused(why) => {
            bench.check(&name(script, line), false, why);
            Ok(())
        }
        Trouble::Stop(Stop::Failed(why)) => Err(Stop::Failed(format!("{place}: {why}"))),
        Trouble::Stop(Stop::NotApplicable(why)) => Err(Stop::NotApplicable(format!("{place}: {why}"))),
    }
}

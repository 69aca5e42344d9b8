//! Steps that make no sense for a user-space driver, and why.

use protocol::script::{ClientFact, Count, EngineFact, Expectation, Hal, Script, Setting, State, Step};

/// Whether all steps make sense for a user-space driver.
///
/// # Errors
/// The first that does not, by its line, and why.
pub fn fits(script: &Script) -> Result<(), String> {
    let first = script.lines.iter().find_map(|line| Some((line, why_not(&line.step)?)));
    first.map_or(Ok(()), |(line, why)| {
        Err(format!("{}:{}: \"{}\" makes no sense for a user-space driver: {why}", script.name, line.number, line.text))
    })
}

fn why_not(step: &Step) -> Option<&'static str> {
    match step {
        Step::Load(load) if load.on_device => Some("it matches no device"),
        Step::Load(load) if !load.with.is_empty() => Some("it has no personality; change the Info.plist of its bundle"),
        Step::Unplug => Some("it has no hardware that is pulled out"),
        Step::Stall(None, _) | Step::Late(_) => Some("it has no timers of the kernel; stall a client instead"),
        Step::Misbehave(..) => Some("its clients reach it through the host only, which asks for nothing else"),
        Step::Open(_, hal) => options(hal),
        Step::Set(Setting::Control(..), _)
        | Step::Expect(Expectation::Control(..))
        | Step::Await(Expectation::Control(..)) => {
            Some("its controls have levels and items, not a kext's numbers; scenario notify sets them")
        }
        Step::Expect(expectation) | Step::Await(expectation) => expected(expectation),
        _ => None,
    }
}

fn options(hal: &Hal) -> Option<&'static str> {
    let Hal { device, io_frames, lead, lag, .. } = hal;
    let usual = Hal { device: device.clone(), io_frames: *io_frames, lead: *lead, lag: *lag, ..Hal::default() };
    (usual != *hal).then_some("a client of its host has a device, io-frames, a lead and a lag, and nothing else")
}

fn expected(expectation: &Expectation) -> Option<&'static str> {
    match expectation {
        Expectation::Returned(_) => Some("it returns no IOReturn; expect refused with words instead"),
        Expectation::Engine(_, EngineFact::Number(..) | EngineFact::Text(..)) => Some("it has no registry"),
        Expectation::Engine(_, EngineFact::State(State::Paused | State::Resumed)) => {
            Some("it runs or it does not: the host stops IO for changes")
        }
        Expectation::Client(_, ClientFact::Told(..)) => {
            Some("its clients are told by the host; scenario notify looks at that")
        }
        Expectation::Client(_, ClientFact::Count(Count::Failed(Some(_)), _)) => {
            Some("its operations return no IOReturn; count all that failed")
        }
        _ => None,
    }
}

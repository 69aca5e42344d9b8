//! Scenarios: programs that run inside a machine and say of a loopback driver whether it has a known defect.
//!
//! Each is named after the defect it looks for: S1 to S24 are those of Soundflower, B1 to B10 those of BlackHole. A scenario
//! knows nothing of the kext but what user space can see of it: it chooses device, rate and timebase by what is published, and
//! judges what comes back. What it requires, and why exactly so much, is said at its function.
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "frames and sample values that floats hold exactly")]

extern crate alloc;

mod choice;
mod clock;
mod devices;
mod fail;
mod formats;
mod fuzz;
mod grammar;
mod hygiene;
mod levels;
mod lifecycle;
mod load;
mod looped;
mod measured;
mod mutate;
mod mutes;
mod personality;
mod rates;
mod replay;
mod requests;
mod ring;
mod script;
mod soak;
mod sweep;

use alloc::string::ToString;

use host::{Bench, Shared, Stop};
use kpi::platform::Platform;
use measure::{signal, tape};
use protocol::event::Event;
use protocol::job::Scenario as Task;

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name: that of the defect.
    pub name: &'static str,
    /// What holds on a good driver, in a line.
    pub shows: &'static str,
    run: fn(&mut Bench) -> Result<(), Stop>,
}

/// All scenarios, in the order in which they are run and listed.
pub const ALL: &[Scenario] = &[
    Scenario { name: "S1", shows: "laps are as long as they must be in every timebase", run: clock::timebases },
    Scenario {
        name: "S2",
        shows: "timestamps stay on the ideal schedule while timers are late",
        run: clock::late_timers,
    },
    Scenario {
        name: "S3",
        shows: "the clock recovers when its timer was held up for some laps",
        run: clock::stalled_timer,
    },
    Scenario { name: "S4", shows: "the clock does not drift in an hour", run: clock::an_hour },
    Scenario { name: "S5", shows: "what was played before a stop is not heard after it", run: replay::nothing_replays },
    Scenario {
        name: "S6",
        shows: "a writer that begins anew is heard from its first block on",
        run: ring::new_writers,
    },
    Scenario {
        name: "S7",
        shows: "no reader sees samples that the volume was not applied to",
        run: ring::concurrent_volume,
    },
    Scenario { name: "S8", shows: "clients that write far ahead are mixed without echo", run: ring::far_ahead },
    Scenario { name: "S9", shows: "an engine is torn down cleanly while its timer is due", run: lifecycle::teardown },
    Scenario { name: "S10", shows: "a device that is pulled out leaves no timer behind", run: lifecycle::pulled_out },
    Scenario {
        name: "S11",
        shows: "numbers of personalities and controls are checked before use",
        run: personality::numbers_in_the_personality,
    },
    Scenario {
        name: "S12",
        shows: "sizes that overflow and values of the wrong kind are refused",
        run: personality::sizes_and_kinds,
    },
    Scenario { name: "S13", shows: "what comes back is quantised as the format says", run: formats::each_format },
    Scenario { name: "S14", shows: "both streams have one format and rate", run: formats::both_streams },
    Scenario { name: "S15", shows: "a device begins with its first format and rate", run: personality::first_offers },
    Scenario { name: "S16", shows: "levels are what their labels say", run: levels::labels },
    Scenario { name: "S17", shows: "controls act on their own device only", run: levels::own_controls },
    Scenario { name: "S18", shows: "mutes act on their own side and channel", run: mutes::mutes },
    Scenario {
        name: "S19",
        shows: "engines on one clock share a clock domain that is no address",
        run: hygiene::clock_domains,
    },
    Scenario {
        name: "S20",
        shows: "an engine holds its ring, the mix buffer and little else",
        run: hygiene::wired_memory,
    },
    Scenario { name: "S21", shows: "changes of level are ramps without clicks", run: levels::ramps },
    Scenario { name: "S22", shows: "whichever allocation fails, nothing is lost", run: lifecycle::failing_allocations },
    Scenario { name: "S23", shows: "classes have a prefix, and UIDs are unique and stable", run: personality::names },
    Scenario { name: "S24", shows: "absurd rates are refused", run: rates::absurd_rates },
    Scenario { name: "B1", shows: "timestamps that were missed are there at once", run: clock::missed_timestamps },
    Scenario { name: "B2", shows: "a reader whose writer died hears silence", run: ring::dead_writer },
    Scenario { name: "B3", shows: "clients start and stop at any time without harm", run: lifecycle::races },
    Scenario { name: "B4", shows: "several clients of an output are mixed to the bit", run: ring::mixing },
    Scenario { name: "B5", shows: "late writes are heard or silent, never something old", run: ring::late_writes },
    Scenario {
        name: "B6",
        shows: "a change of rate tells all clients, who come back at it",
        run: lifecycle::rate_change,
    },
    Scenario { name: "B9", shows: "latency and safety offset are honest and fit the ring", run: personality::latency },
    Scenario { name: "B10", shows: "statistics agree with what clients did", run: hygiene::statistics },
    Scenario {
        name: "devices",
        shows: "devices come, change and go while another one plays",
        run: devices::while_playing,
    },
    Scenario { name: "fuzz", shows: "whatever is asked for is refused or done soundly", run: fuzz::anything },
];

/// A scenario in the text format of the crate `script`.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The scenarios that are files, in the order in which they are run and listed: the sequences of steps that a device goes through
/// in its life, by the letters that golden traces have for them.
pub const FILES: &[File] = &[
    File { name: "A", text: include_str!("../files/A.scenario") },
    File { name: "B", text: include_str!("../files/B.scenario") },
    File { name: "C", text: include_str!("../files/C.scenario") },
    File { name: "D", text: include_str!("../files/D.scenario") },
    File { name: "E", text: include_str!("../files/E.scenario") },
    File { name: "F", text: include_str!("../files/F.scenario") },
    File { name: "G", text: include_str!("../files/G.scenario") },
    File { name: "H", text: include_str!("../files/H.scenario") },
    File { name: "I", text: include_str!("../files/I.scenario") },
    File { name: "J", text: include_str!("../files/J.scenario") },
    File { name: "K", text: include_str!("../files/K.scenario") },
];

/// Runs the job in the shared memory and ends the machine. The caller is on a stack of 256 KiB or more.
pub fn run(platform: &'static dyn Platform, shared: Shared) -> ! {
    kpi::fault::boot(platform);
    kpi::fault::emit(&Event::Booted { machine: platform.name().to_string() });
    let held = match Bench::boot(platform, shared) {
        Ok(mut bench) => match bench.job().scenario.clone() {
            Task::Scripts(scripts) => script::run_all(&mut bench, &scripts),
            task => {
                let done = do_job(&mut bench, task);
                bench.finish(done).held
            }
        },
        Err(text) => {
            kpi::fault::emit(&Event::Finding { text });
            false
        }
    };
    kpi::fault::emit(&Event::End { held });
    platform.exit(if held { 0 } else { kpi::fault::EXIT_FAILED })
}

fn do_job(bench: &mut Bench, task: Task) -> Result<(), Stop> {
    match task {
        Task::Load => load::run(bench),
        Task::Loop { parameters, device } => looped::run(bench, &parameters, device.as_deref()),
        Task::Requests(requests) => requests::run(bench, &requests),
        Task::Measure(which) => measured::run(bench, which),
        Task::Soak(parameters) => soak::run(bench, &parameters),
        Task::Sweep(parameters) => sweep::run(bench, &parameters),
        Task::FailEach(parameters) => fail::run(bench, &parameters),
        Task::Named(name) => {
            let scenario = ALL.iter().find(|scenario| scenario.name == name);
            let scenario = scenario.ok_or_else(|| alloc::format!("there is no scenario {name} in this machine"))?;
            (scenario.run)(bench)
        }
        // They come to their ends one by one.
        Task::Scripts(scripts) => scripts.iter().try_for_each(|script| script::run(bench, script)),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{ALL, FILES};

    #[test]
    fn names_are_unique_and_lines_are_short() {
        let names: Vec<&str> = ALL.iter().map(|it| it.name).chain(FILES.iter().map(|it| it.name)).collect();
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name}");
        }
        assert!(ALL.iter().all(|scenario| scenario.shows.len() <= 90));
    }

    #[test]
    fn each_file_reads_and_says_what_it_shows() {
        for file in FILES {
            let script = script::parse(file.name, file.text).unwrap_or_else(|error| panic!("{}:{error}", file.name));
            assert!(!script.shows.is_empty() && script.shows.len() <= 110, "{}", file.name);
            assert!(script.expects(), "{}", file.name);
        }
    }
}

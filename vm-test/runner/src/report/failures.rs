//! What failed in a run, each in a sentence, the most telling first.

use protocol::event::{Event, Left};

use super::looped;
use crate::conduct::{Ending, Told};
use crate::judge::{Difference, Judgement};

/// What the machine had to say something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What is left after a load.
    Load,
    /// A loop, too.
    Loop,
    /// A scenario's checks.
    Checks,
    /// A user-space driver: it goes with its process, so that nothing can be left of it.
    PlugIn,
    /// A loop of one.
    PlugInLoop,
    /// A scenario's checks of one.
    PlugInChecks,
    /// The steps of a scenario from a file, which may load nothing, and check nothing but that its steps succeed.
    Script,
}

/// Everything that failed. `judgement` comes with the sample rate.
pub fn failures(told: &Told, timeout: u64, judgement: Option<(&Judgement, u32)>, asked: Asked) -> Vec<String> {
    let mut failures: Vec<String> = told.events.iter().filter_map(said).collect();
    match &told.ending {
        Ending::Said { .. } => {}
        Ending::Died(cause) => failures.push(cause.clone()),
        Ending::TimedOut => failures.push(format!("stopped at the timeout of {timeout} s")),
    }
    if let Some(first) = told.foreign.first() {
        failures.push(format!("the machine said what is no event: {first}"));
    }
    if let Some((judgement, rate)) = judgement {
        failures.extend(judged(judgement, rate));
    }
    if let Some(looped) = looped(&told.events) {
        failures
            .extend(looped.failed.iter().map(|(code, times)| format!("IO calls returned {code:#010x} {times} times")));
    }
    let left = told.events.iter().find_map(|event| if let Event::Left(left) = event { Some(left) } else { None });
    failures.extend(left.and_then(Left::in_words));
    if failures.is_empty() {
        // It ended as if all were well: then all that was asked for has to be there.
        let started = told.events.contains(&Event::Started);
        // A scenario may expect that nothing is loaded.
        let may_not_load = asked == Asked::Script && told.events.iter().any(checks);
        let is_plugin = matches!(asked, Asked::PlugIn | Asked::PlugInLoop | Asked::PlugInChecks);
        let unsaid = [
            (!started && !may_not_load, "the machine does not say that the kext started"),
            (
                matches!(asked, Asked::Loop | Asked::PlugInLoop) && judgement.is_none(),
                "the machine does not say that anything was looped",
            ),
            (
                matches!(asked, Asked::Checks | Asked::PlugInChecks) && !told.events.iter().any(checks),
                "the machine does not say that it checked anything",
            ),
            (
                !is_plugin && left.is_none() && (started || !may_not_load),
                "the machine does not say what is left after unload",
            ),
            (told.ending == Ending::Said { held: false }, "the machine says that a check failed, but not which"),
        ];
        failures.extend(unsaid.into_iter().filter(|(failed, _)| *failed).map(|(_, what)| what.to_owned()));
    }
    failures
}

/// Whether this is what a scenario comes to.
fn checks(event: &Event) -> bool {
    matches!(event, Event::Check { .. } | Event::NotApplicable { .. })
}

fn said(event: &Event) -> Option<String> {
    match event {
        Event::Check { name, held: false, text } => Some(format!("{name}: {text}")),
        Event::Refused { message } => Some(message.clone()),
        Event::Panic(panic) => Some(format!("kernel panic: {}", panic.reason.replace('\n', " "))),
        Event::Finding { text } => Some(text.clone()),
        Event::Broken(broken) => Some(broken.in_words()),
        _ => None,
    }
}

fn judged(judgement: &Judgement, rate: u32) -> Vec<String> {
    let mut failures = Vec::new();
    let first = judgement.first.as_ref().map(|first| named(first, rate)).unwrap_or_default();
    if judgement.silent {
        failures.push("the recording is silence, the input is not".to_owned());
    } else {
        match judgement.lag {
            None if judgement.differing > 0 => {
                failures.push(format!(
                    "nothing of the input is in the recording; the first sample that differs is {first}"
                ));
            }
            Some(lag @ ..0) => failures.push(format!("the recording is {} frames early", -lag)),
            Some(lag @ 1..) => failures.push(format!("the recording is {lag} frames late")),
            Some(0) | None => {}
        }
        let count = judgement.differing_at_lag;
        match judgement.lag {
            Some(0) if count > 0 => failures.push(format!("{count} samples differ; the first is {first}")),
            Some(_) if count > 0 => failures.push(format!("even so {count} samples differ from the input")),
            _ => {}
        }
    }
    if judgement.missing > 0 {
        failures.push(format!("the recording lacks {} of the input's {} frames", judgement.missing, judgement.frames));
    }
    if let Some(noise) = &judgement.first_noise {
        let noise = named(noise, rate);
        failures.push(format!("{} samples around the input are not silence; the first is {noise}", judgement.noise));
    }
    failures
}

/// A difference in words: frame, time, channel, both values with their bits.
fn named(difference: &Difference, rate: u32) -> String {
    let channel = ["left", "right"].get(difference.channel as usize).copied().unwrap_or("another channel");
    // Microseconds, in whole numbers: a report holds no rounding of a machine's.
    let micros = i128::from(difference.frame) * 1_000_000 / i128::from(rate);
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!(
        "frame {} ({sign}{}.{:06} s) {channel}: played {} ({}), came back {} ({})",
        difference.frame,
        micros / 1_000_000,
        micros % 1_000_000,
        difference.played.value,
        difference.played.bits,
        difference.returned.value,
        difference.returned.bits
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::event::{Looped, Panic};

    use super::*;

    fn told(events: Vec<Event>, ending: Ending) -> Told {
        Told {
            events,
            dropped: 0,
            foreign: vec![],
            ending,
            stderr: String::new(),
            until_started: None,
            whole: Duration::ZERO,
        }
    }

    fn well() -> Vec<Event> {
        vec![Event::Started, Event::Left(Left::default())]
    }

    const HELD: Ending = Ending::Said { held: true };

    #[test]
    fn a_load_that_held_has_no_failures() {
        assert_eq!(failures(&told(well(), HELD), 1, None, Asked::Load), [""; 0]);
    }

    #[test]
    fn what_was_asked_for_and_not_said_is_a_failure() {
        for (events, ending, asked, wanted) in [
            (vec![Event::Left(Left::default())], HELD, Asked::Load, "kext started"),
            (vec![Event::Started], HELD, Asked::Load, "what is left"),
            (well(), HELD, Asked::Loop, "anything was looped"),
            (well(), HELD, Asked::Checks, "checked anything"),
            (well(), Ending::Said { held: false }, Asked::Load, "a check failed, but not which"),
            (well(), Ending::Died("ended by SIGSEGV".into()), Asked::Load, "SIGSEGV"),
            (well(), Ending::TimedOut, Asked::Load, "the timeout of 7 s"),
        ] {
            let failures = failures(&told(events, ending), 7, None, asked);
            assert!(failures.len() == 1 && failures[0].contains(wanted), "{failures:?}");
        }
    }

    #[test]
    fn a_scenario_from_a_file_may_check_nothing_or_load_nothing() {
        assert_eq!(failures(&told(well(), HELD), 1, None, Asked::Script), [""; 0]);
        let check = Event::Check { name: "x:1 expect refused".into(), held: true, text: "no".into() };
        assert_eq!(failures(&told(vec![check.clone()], HELD), 1, None, Asked::Script), [""; 0]);
        assert_eq!(failures(&told(vec![], HELD), 1, None, Asked::Script).len(), 2);
        assert_eq!(failures(&told(vec![Event::Started, check], HELD), 1, None, Asked::Script).len(), 1);
    }

    #[test]
    fn a_refusal_a_panic_a_leak_and_a_failed_call_are_named() {
        let refused = Event::Refused { message: "kxld says no".into() };
        assert_eq!(
            failures(&told(vec![refused], Ending::Said { held: false }), 1, None, Asked::Loop),
            ["kxld says no"]
        );
        let panic = Panic { reason: "divide error".into(), thread: "t".into(), inside: None, backtrace: vec![] };
        let panicked = told(vec![Event::Panic(panic)], Ending::Said { held: false });
        assert_eq!(failures(&panicked, 1, None, Asked::Loop), ["kernel panic: divide error"]);
        let left = Left { objects: vec![("Leaky".into(), 2)], blocks: 1, bytes: 64, timers: 1, threads: 0 };
        let leaked = told(vec![Event::Started, Event::Left(left)], HELD);
        assert_eq!(
            failures(&leaked, 1, None, Asked::Load),
            ["left after unload: 2 Leaky, 64 bytes in 1 blocks, 1 timers"]
        );
        let looped = Looped {
            written_from: 0,
            read_from: 0,
            recorded: 0,
            cycles: 1,
            failed: vec![(0xe000_02c2, 3)],
            virtual_ns: 0,
            timestamps: 0,
            timestamp_error_ns: 0,
            latency: 0,
        };
        let failed = told([vec![Event::Looped(looped)], well()].concat(), HELD);
        assert_eq!(failures(&failed, 1, None, Asked::Load), ["IO calls returned 0xe00002c2 3 times"]);
    }

    #[test]
    fn a_check_that_failed_is_named_and_one_that_held_is_none() {
        let check = |name: &str, held| Event::Check { name: name.into(), held, text: "5 frames".into() };
        let held = told([vec![check("echo", true)], well()].concat(), HELD);
        assert_eq!(failures(&held, 1, None, Asked::Checks), [""; 0]);
        let failed = told([vec![check("echo", false)], well()].concat(), Ending::Said { held: false });
        assert_eq!(failures(&failed, 1, None, Asked::Checks), ["echo: 5 frames"]);
        let lacking = told([vec![Event::NotApplicable { text: "no controls".into() }], well()].concat(), HELD);
        assert_eq!(failures(&lacking, 1, None, Asked::Checks), [""; 0]);
    }

    #[test]
    fn a_judgement_is_put_in_words() {
        let good = Judgement {
            frames: 9,
            lag: Some(0),
            missing: 0,
            differing: 0,
            first: None,
            differing_at_lag: 0,
            noise: 0,
            first_noise: None,
            silent: false,
        };
        let first = Some(Difference { frame: 4410, channel: 1, played: 0.5.into(), returned: (-0.5).into() });
        let flipped = Judgement { differing: 1, differing_at_lag: 1, first: first.clone(), ..good.clone() };
        assert_eq!(
            judged(&flipped, 44_100),
            [
                "1 samples differ; the first is frame 4410 (0.100000 s) right: played 0.5 (0x3f000000), came back -0.5 (0xbf000000)"
            ]
        );
        assert_eq!(
            judged(&Judgement { lag: Some(512), differing: 9, ..good.clone() }, 1),
            ["the recording is 512 frames late"]
        );
        assert_eq!(
            judged(&Judgement { missing: 3, ..good.clone() }, 1),
            ["the recording lacks 3 of the input's 9 frames"]
        );
        let silent = Judgement { silent: true, lag: None, differing: 9, ..good.clone() };
        assert_eq!(judged(&silent, 1), ["the recording is silence, the input is not"]);
        let noisy = Judgement { noise: 2, first_noise: first, ..good.clone() };
        assert!(
            judged(&noisy, 44_100)[0]
                .starts_with("2 samples around the input are not silence; the first is frame 4410")
        );
        assert_eq!(judged(&good, 1), [""; 0]);
    }
}

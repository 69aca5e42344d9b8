//! Of the format as a whole.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;
use protocol::script::{Script, Step};

use crate::{parse, print, print_step};

/// Each form of each step, as it is printed.
const ALL: &str = r#"shows "each form of each step, with \"quotes\" and \\"
late timers 3 ms
late timers usual
load as "one" on device with Devices/0/Name "A B" with Devices/0/Channels 4 with A/B 4294967295 with C true without Devices/2 with D 5000000000
unplug
unload
load
open A
open B on 2 output io-frames 300 safety-offset 64 margin 0 retries 3 wakes-late 0 us when-offline rest when-late resync sets own entitlement off
open C on "org.example: 2" input lead -512 lag 512 when-offline go-on
start A B C
record A
play A noise
play B noise 7 for 1.5 laps
play A silence for 0.001 s
play A ramp
play A impulse
play A tone 440 Hz
resize A to 1024
stall A 3 laps
stall timers 2 ms
wait 512 frames on "x"
sleep
wake
set rate 48000
set rate another on 2
set format int16
set format int24in32 9 channels on "x"
set format another
set control levl/vlme/outp/0 to -3
misbehave A descriptor
misbehave A set
misbehave A position
misbehave A lap
misbehave A stream
misbehave A buffer
misbehave A unregister
misbehave A method
misbehave A trap
misbehave A flood 50
expect returned kIOReturnOffline
expect refused "Offline"
expect devices at least 1
expect engine running
await engine on 2 stopped
expect engine rate is 48000
expect engine format float32
expect engine IOAudioEngineSampleOffset at most 64
expect engine on "x" IOAudioEngineDescription is "A B"
expect control levl/vlme/outp/0 on 2 is -3
expect A running
expect A idle
expect A gave up
expect A gave up "the device is gone"
await A cycles at least 100
expect A starts is 1
expect A late is 0
expect A failed is 0
expect A failed kIOReturnIsoTooOld at least 1
expect A timestamps at least 3
expect A frames-read at least 1
expect A frames-written at least 1
expect A on schedule
expect A on schedule within 50 us
expect A hears played
expect A hears played lag 512 at -6 dB or silence
expect A hears silence
expect A hears something
expect A told format change started stopped paused resumed
expect A told only paused
expect A told nothing
stop A B C
kill A
close B C
unload
expect nothing left
"#;

fn steps(script: &Script) -> Vec<Step> {
    script.lines.iter().map(|line| line.step.clone()).collect()
}

#[test]
fn each_form_prints_as_it_was_written() {
    let script = parse("all", ALL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(print(&script), ALL);
    for line in &script.lines {
        assert_eq!(print_step(&line.step), line.text, "line {}", line.number);
    }
}

#[test]
fn comments_blank_lines_and_defaults_are_not_printed() {
    let text = "# of nothing\n\n  load # it\nopen A both io-frames 512 sets shared entitlement on when-late go-on\n";
    let script = parse("x", text).unwrap();
    assert_eq!(print(&script), "load\nopen A\n");
    assert_eq!((script.lines[0].number, script.lines[0].text.as_str()), (3, "load"));
}

#[test]
fn a_byte_order_mark_before_the_text_is_nothing() {
    assert_eq!(parse("x", "\u{feff}load\nunload\n").map(|script| print(&script)), Ok("load\nunload\n".to_string()));
    assert!(parse("x", "load\n\u{feff}unload\n").is_err());
}

#[test]
fn errors_say_where_what_and_what_would_be_right() {
    for (text, wanted) in [
        ("lod", "1: \"lod\" is no step; the nearest is \"load\""),
        ("load\nopen A\nstart B", "3: no client is called \"B\" here; there is \"A\""),
        ("load\nopen writer\nstart wrter", "3: no client is called \"wrter\" here; the nearest is \"writer\""),
        ("load\nwait 200", "2: the end of the line is no unit; there are us, ms, s, frames, laps, frame, lap"),
        ("load\nwait 200ms", "2: \"200ms\" is no time; a time is a number and its unit, as in 200 ms or 1.5 laps"),
        ("open A", "1: the kext is not loaded here; \"load\" comes first"),
        ("load\nload", "2: the kext is loaded already; \"unload\" comes first"),
        ("load\nunplug", "2: nothing can be pulled out; \"load on device\" comes first"),
        ("load\nopen A\nopen A", "3: A is open already; \"close\" it first, or call it otherwise"),
        (
            "load\nopen engine",
            "2: no client can be called \"engine\"; a name begins with a letter, and letters, digits, _ and - follow",
        ),
        ("load\nopen A io-frames 0", "2: \"0\" is no number of frames; it is a whole number from 1 to 65536"),
        ("load\nopen A lag 1 lag 2", "2: \"lag\" is said twice; each option stands once"),
        (
            "load\nset control levl/vlme/0 to 1",
            "2: \"levl/vlme/0\" is no control; a control is its type, subtype, usage and channel, as in levl/vlme/outp/0",
        ),
        ("load now", "1: \"now\" is no part of a load; there are with, without"),
        ("unload now", "1: \"now\" is not part of this step; leave it out or put it on a line of its own"),
        (
            "load with //// 1",
            "1: \"////\" leads nowhere; keys and places stand between its slashes, as in Devices/0/Channels",
        ),
        (
            "load without Devices/",
            "1: \"Devices/\" leads nowhere; keys and places stand between its slashes, as in Devices/0/Channels",
        ),
        ("load as \"x", "1: a text does not end; it ends with a quotation mark on the same line"),
        (
            "load\nwait 1 s\nexpect refused",
            "3: no step before this one is answered; it stands right behind the step that is to be answered so",
        ),
        ("load\nawait refused", "2: what was answered does not change; write \"expect\""),
        (
            "load\nexpect engine wild",
            "2: an engine has no \"wild\"; an engine is stopped, running, paused or resumed, has a rate, a format, and properties like IOAudioEngineSampleOffset",
        ),
        ("# nothing\n", "1: the scenario has no steps; the first is usually \"load\""),
        ("load\nshows \"x\"", "2: this stands too late; \"shows\" stands once, before the steps"),
        ("load\nexpect devices 1", "2: \"1\" is no comparison; there are is, at"),
    ] {
        assert_eq!(parse("x", text).map_err(|error| error.to_string()), Err(wanted.to_string()));
    }
}

#[test]
fn what_was_refused_is_not_there() {
    let text = "load\nopen A\nexpect refused \"no\"\nopen A";
    assert!(parse("x", text).is_ok());
    assert!(parse("x", "load\nexpect refused\nopen A").is_err());
    assert!(parse("x", "load\nexpect returned kIOReturnSuccess\nopen A").is_ok());
}

/// Lines of [`ALL`] with words taken from each other.
fn mixed() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = ALL.split_ascii_whitespace().collect();
    let lines: Vec<&'static str> = ALL.lines().skip(1).collect();
    let line =
        (prop::sample::select(lines), prop::option::of((any::<prop::sample::Index>(), prop::sample::select(words))));
    let changed = line.prop_map(|(line, change)| {
        let mut words: Vec<&str> = line.split(' ').collect();
        if let Some((at, word)) = change {
            let at = at.index(words.len());
            words[at] = word;
        }
        words.join(" ")
    });
    prop::collection::vec(changed, 1..4).prop_map(|lines| {
        let before = ["load on device", "open A", "open B", "open C"];
        before.into_iter().map(String::from).chain(lines).collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC*") {
        let _ = parse("x", &text);
        let _ = parse("x", &["load\nopen A\n", &text].concat());
    }

    #[test]
    fn whatever_reads_prints_as_what_reads_the_same(text in mixed()) {
        if let Ok(script) = parse("x", &text) {
            let printed = print(&script);
            let again = parse("x", &printed);
            prop_assert_eq!(again.as_ref().map(steps).map_err(ToString::to_string), Ok(steps(&script)), "{}", printed);
        }
    }
}

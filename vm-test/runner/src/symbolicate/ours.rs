//! Panics of the bench: frames are "Kext`_function + 0x12".

use protocol::event::Event;
use serde_json::Value;

use super::kext::Kext;

/// What has frames in a JSON report of `loopflower run`: panics, broken rules, threads that hang.
pub fn panic_of_report(text: &str) -> Option<String> {
    let report: Value = serde_json::from_str(text.lines().next()?).ok()?;
    let events = report.get("events")?.as_array()?;
    let mut found: Vec<String> = Vec::new();
    for event in events {
        match serde_json::from_value(event.clone()) {
            Ok(Event::Panic(panic)) => {
                found.extend([format!("panic: {}", panic.reason), format!("on thread {}", panic.thread)]);
                found.extend(panic.backtrace);
            }
            Ok(Event::Broken(broken)) => {
                found.push(format!("broken: {}", broken.in_words()));
                found.extend(broken.backtrace);
            }
            Ok(Event::Hang { threads }) => {
                for thread in threads {
                    found.push(format!("thread {}: {}", thread.name, thread.state));
                    found.extend(thread.backtrace);
                }
            }
            _ => {}
        }
    }
    (!found.is_empty()).then(|| found.join("\n"))
}

/// Whether a text has frames of a kext.
pub fn is_panic(text: &str) -> bool {
    text.lines().any(|line| frame(line).is_some())
}

/// What is known of the frame that a line holds.
pub fn note(line: &str, kexts: &[Kext]) -> Option<(usize, String)> {
    let (image, symbol, offset) = frame(line)?;
    let kext = kexts.iter().find(|kext| kext.name == image)?;
    let address = kext.address(symbol)?.checked_add(offset)?;
    // A function has called nothing yet at its first instruction.
    Some((1, format!(" : {}", kext.describe(address, offset > 0))))
}

/// Kext, symbol and offset of a frame.
fn frame(line: &str) -> Option<(&str, &str, u64)> {
    let (image, place) = line.trim().split_once('`')?;
    let (symbol, offset) = place.rsplit_once(" + 0x")?;
    Some((image, symbol, u64::from_str_radix(offset, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_a_kext_a_symbol_and_an_offset() {
        assert_eq!(frame("    My Kext`_act + 0x1f"), Some(("My Kext", "_act", 0x1f)));
        for none in ["", "`", "Kext`_act", "Kext`_act + 0x", "Kext`_act + 0xno", "_act + 0x1"] {
            assert_eq!(frame(none), None, "{none}");
        }
    }

    #[test]
    fn a_report_in_json_holds_panics_and_broken_rules() {
        let events = r#"{"events":[{"event":"panic","reason":"why","thread":"t","inside":null,"backtrace":["K`_a + 0x1"]},
            {"event":"broken","rule":"leak","text":"what","thread":"u","function":null,"inside":null,"backtrace":["K`_b + 0x2"]}]}"#;
        let found = panic_of_report(&events.replace('\n', "")).unwrap();
        let lines = ["panic: why", "on thread t", "K`_a + 0x1", "broken: leak: what (thread u)", "K`_b + 0x2"];
        assert!(found.lines().eq(lines), "{found}");
        assert_eq!(panic_of_report(r#"{"events":[]}"#), None);
        assert_eq!(panic_of_report("{"), None);
    }
}

//! A kernel that panicked: noticed on the console, or by a report that it left.

use protocol::event::Panic;
use runner::symbolicate::{Kext, symbolicate};

/// The first words of a panic, on a console and in a report.
const MARK: &str = "panic(cpu ";

/// The panic in the text of a console or a report; `None` if there is none.
pub fn find(text: &str) -> Option<&str> {
    let start = text.rfind(MARK)?;
    Some(&text[start..])
}

/// A panic for a report, with names from the bundle where it has them.
pub fn event(text: &str, kext: Option<&Kext>) -> Panic {
    let named = kext.map(|kext| symbolicate(text, std::slice::from_ref(kext)).text);
    let text = named.as_deref().unwrap_or(text);
    let reason = text.lines().next().unwrap_or(MARK);
    let reason = reason.split_once("): ").map_or(reason, |(_, reason)| reason);
    Panic {
        reason: reason.trim_matches('"').replace("\"@", " at "),
        thread: named_after(text, "BSD process name corresponding to current thread: ").unwrap_or_default(),
        inside: None,
        backtrace: text.lines().filter_map(frame).collect(),
    }
}

fn named_after(text: &str, mark: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.split_once(mark)?.1.trim().to_owned()))
}

/// The return address of a line `frame : return address`, with what is known of it.
fn frame(line: &str) -> Option<String> {
    let (frame, address) = line.trim().split_once(" : ")?;
    (frame.starts_with("0x") && address.starts_with("0x")).then(|| address.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "noise\npanic(cpu 1 caller 0xffffff80002c268d): \"Kernel trap: page fault\"@/SourceCache/trap.c:1\n\
        Backtrace (CPU 1), Frame : Return Address\n0xffffff8012345670 : 0xffffff8000204d15 mach_kernel : _panic + 0x252\n\
        0xffffff8012345680 : 0xffffff7f80a0d123 \n\nBSD process name corresponding to current thread: coreaudiod\n";

    #[test]
    fn the_last_panic_of_a_console_is_found() {
        assert!(find(TEXT).unwrap().starts_with("panic(cpu 1"));
        assert_eq!(find("login:"), None);
    }

    #[test]
    fn reason_thread_and_frames_are_told() {
        let panic = event(find(TEXT).unwrap(), None);
        assert_eq!(
            (panic.reason.as_str(), panic.thread.as_str()),
            ("Kernel trap: page fault at /SourceCache/trap.c:1", "coreaudiod")
        );
        assert_eq!(panic.backtrace, ["0xffffff8000204d15 mach_kernel : _panic + 0x252", "0xffffff7f80a0d123"]);
    }
}

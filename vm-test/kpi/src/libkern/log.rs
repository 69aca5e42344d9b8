//! The kernel log and formatted text: IOLog, printf, snprintf, panic.

use alloc::string::{String, ToString};

use protocol::event::Event;

use crate::fault;
use crate::functions;
use crate::global::Global;
use crate::libkern::format::{Arguments, format};
use crate::mem;
use crate::sched;

/// What was logged since the last newline.
static PENDING: Global<String> = Global::new(String::new());

/// How many lines were logged, and the last one.
static SAID: Global<(u64, String)> = Global::new((0, String::new()));

/// How many lines were logged so far, and the last one.
pub fn said() -> (u64, String) {
    SAID.borrow().clone()
}

/// Adds text to the log; each whole line becomes an event.
pub fn write(text: &str) {
    let mut lines = alloc::vec::Vec::new();
    {
        let mut pending = PENDING.borrow();
        pending.push_str(text);
        while let Some(end) = pending.find('\n') {
            lines.push(pending[..end].to_string());
            pending.drain(..=end);
        }
    }
    for text in lines {
        {
            let mut said = SAID.borrow();
            *said = (said.0 + 1, text.clone());
        }
        fault::emit(&Event::Log { at: sched::now(), text });
    }
}

/// Logs one line.
pub fn line(text: &str) {
    write(text);
    write("\n");
}

extern "C" fn io_log(pattern: usize) {
    let mut arguments = Arguments::after(1);
    write(&format(&mem::c_bytes(pattern), || arguments.take()));
}

extern "C" fn printf(pattern: usize) -> i32 {
    io_log(pattern);
    0
}

extern "C" fn panic(pattern: usize) -> ! {
    let mut arguments = Arguments::after(1);
    let reason = format(&mem::c_bytes(pattern), || arguments.take());
    fault::kernel_panic(&reason)
}

extern "C" fn snprintf(to: usize, size: usize, pattern: usize) -> i32 {
    let mut arguments = Arguments::after(3);
    let text = format(&mem::c_bytes(pattern), || arguments.take());
    if let Some(room) = size.checked_sub(1) {
        let bytes: alloc::vec::Vec<u8> = text.chars().map(|c| c as u8).take(room).collect();
        mem::put(to, &bytes);
        mem::write(to + bytes.len(), 0u8);
    }
    text.chars().count() as i32
}

functions! { pub FUNCTIONS:
    "_IOLog" => io_log,
    "_kprintf" => io_log,
    "_printf" => printf,
    "_panic" => panic,
    "_snprintf" => snprintf,
}

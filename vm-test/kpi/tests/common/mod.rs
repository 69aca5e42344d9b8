//! A kernel in a test process: a platform over anonymous memory and the pack of a release. A process boots once, so every
//! scenario is a test file of its own.

use std::collections::BTreeMap;
use std::ptr::null_mut;
use std::sync::Mutex;

use kpi::class;
use kpi::heap;
use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::platform::{PAGE, Platform, Protection};
use kpi::registry::Part;
use kpi::sched;
use kpi::symbols;
use kpi::window::{SIZE, Window};
use protocol::event::Event;

/// Virtual nanoseconds of a second.
pub const SECOND: u64 = 1_000_000_000;

/// The machine under the kernel: a window of anonymous memory; event lines are kept.
struct Host {
    window: Mutex<Option<Window>>,
    lines: Mutex<Vec<String>>,
}

static HOST: Host = Host { window: Mutex::new(None), lines: Mutex::new(Vec::new()) };

impl Platform for Host {
    fn name(&self) -> &'static str {
        "test"
    }

    fn map(&self, pages: usize) -> Option<usize> {
        let address = self.window.lock().unwrap().get_or_insert_with(reserve).take(pages)?;
        self.protect(address, pages, Protection::ReadWrite);
        mem::fill(address, 0, pages * PAGE);
        Some(address)
    }

    fn protect(&self, address: usize, pages: usize, protection: Protection) {
        let flags = match protection {
            Protection::None => libc::PROT_NONE,
            Protection::Read => libc::PROT_READ,
            Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
            Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
        };
        // SAFETY: the pages lie in the window, which this process reserved.
        assert_eq!(unsafe { libc::mprotect(address as *mut libc::c_void, pages * PAGE, flags) }, 0);
    }

    fn unmap(&self, address: usize, pages: usize) {
        self.protect(address, pages, Protection::None);
        assert!(self.window.lock().unwrap().as_mut().is_some_and(|window| window.give(address, pages)));
    }

    fn emit(&self, line: &str) {
        self.lines.lock().unwrap().push(line.to_string());
    }

    fn exit(&self, code: u8) -> ! {
        for line in self.lines.lock().unwrap().iter() {
            eprintln!("{line}");
        }
        std::process::exit(i32::from(code))
    }
}

fn reserve() -> Window {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping where the system likes it.
    let base = unsafe { libc::mmap(null_mut(), SIZE, libc::PROT_NONE, flags, -1, 0) };
    assert_ne!(base, libc::MAP_FAILED);
    Window::new(base as usize, SIZE / PAGE)
}

/// Boots the kernel of a release with the test's own part.
pub fn boot(release: &str, part: Part) {
    // A machine turns Rust panics into reports; here one may come from a thread of the kernel's, off the test's stack.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        HOST.exit(101);
    }));
    let pack = abi::pack::build(release.parse().expect("a known release")).leak();
    kpi::boot(&HOST, pack, 7, &[kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART, part]).expect("the kernel boots");
}

/// The events since the start, but for log lines.
pub fn events() -> Vec<Event> {
    let lines = HOST.lines.lock().unwrap();
    let events = lines.iter().map(|line| Event::from_line(line).expect("an event"));
    events.filter(|event| !matches!(event, Event::Log { .. })).collect()
}

/// The log since the start.
pub fn log() -> Vec<String> {
    let lines = HOST.lines.lock().unwrap();
    let text = |line: &String| match Event::from_line(line) {
        Ok(Event::Log { text, .. }) => Some(text),
        _ => None,
    };
    lines.iter().filter_map(text).collect()
}

/// Lets a second of virtual time pass: whatever can run does.
pub fn settle() {
    sched::sleep_until(sched::now() + SECOND);
}

/// What there is of everything that is counted.
#[derive(Debug, PartialEq, Eq)]
pub struct Counts {
    objects: BTreeMap<String, u32>,
    memory: (u64, u64),
    threads: u32,
    timers: u32,
}

/// Counts now, but for the threads of the thread-call pool, which stay.
pub fn counts() -> Counts {
    Counts {
        objects: class::census(),
        memory: heap::usage(),
        threads: sched::count() - kpi::timer::workers(),
        timers: kpi::timer::count(),
    }
}

/// A method that a test's class overrides and the function that does it.
pub type Override = (&'static str, *const ());

/// Gives an instance a vtable of its own: that of the kernel's class with some methods overridden. `introduced_in` is any
/// class that has the methods.
pub fn override_methods(object: Obj, class_name: &'static str, overrides: &[Override]) {
    let slots = symbols::pack().class(class_name).expect("a class of the release").1.vtable.len();
    let table = heap::allocate(slots * 8, 16);
    mem::copy(object.get(0), table, slots * 8);
    for &(name, function) in overrides {
        let slot = Method::new(class_name, name).slot();
        mem::write(table + slot * 8, function as usize);
    }
    object.set(0, table);
}

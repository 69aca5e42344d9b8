//! What there is once in the process: virtual time, the way to the runner, what is known of the driver.

use std::cell::{Cell, RefCell};
use std::io::Write;

use protocol::event::Event;

use crate::trace;
use plugin_image::Image;

/// Exit code of a run in which something failed.
const FAILED: i32 = 1;
const NANOSECONDS: u64 = 1_000_000_000;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(NANOSECONDS) };
    static TIMEBASE: Cell<(u32, u32)> = const { Cell::new((1, 1)) };
    static INSIDE: Cell<Option<&'static str>> = const { Cell::new(None) };
    static STEPS: Cell<bool> = const { Cell::new(false) };
    static IMAGE: RefCell<Option<Loaded>> = const { RefCell::new(None) };
    /// The program that uses the HAL, where one does: then events are not for a runner.
    static PROGRAM: RefCell<Option<Loaded>> = const { RefCell::new(None) };
}

/// The driver's image in memory.
pub(crate) struct Loaded {
    /// Its executable's name.
    pub(crate) name: String,
    /// What it was read from.
    pub(crate) image: Image,
    /// What is added to an address as linked.
    pub(crate) slide: u64,
}

/// Virtual time since the Mac was switched on, ns.
pub(crate) fn now() -> u64 {
    NOW.get()
}

/// Lets time pass up to a moment; none if that is over.
pub(crate) fn pass_until(ns: u64) {
    NOW.set(NOW.get().max(ns));
}

/// What a tick of the mach absolute clock is: `numer / denom` nanoseconds.
pub(crate) fn timebase() -> (u32, u32) {
    TIMEBASE.get()
}

pub(crate) fn set_timebase(numer: u32, denom: u32) {
    TIMEBASE.set((numer.max(1), denom.max(1)));
}

/// Nanoseconds as ticks, rounded down.
pub(crate) fn ticks(ns: u64) -> u64 {
    let (numer, denom) = timebase();
    (u128::from(ns) * u128::from(denom) / u128::from(numer)) as u64
}

/// Ticks as nanoseconds, rounded up, so that it is time when they are over.
pub(crate) fn nanoseconds(ticks: u64) -> u64 {
    let (numer, denom) = timebase();
    (u128::from(ticks) * u128::from(numer)).div_ceil(u128::from(denom)) as u64
}

/// Says an event to the runner.
pub(crate) fn emit(event: &Event) {
    if PROGRAM.with_borrow(Option::is_some) {
        match event {
            Event::Finding { text } | Event::Log { text, .. } => eprintln!("{text}"),
            Event::Hang { threads } => {
                threads.iter().flat_map(|thread| &thread.backtrace).for_each(|frame| eprintln!("  in {frame}"));
            }
            _ => {}
        }
        return;
    }
    let line = event.to_line() + "\n";
    if std::io::stdout().write_all(line.as_bytes()).is_err() {
        // Nobody listens any more.
        std::process::exit(FAILED);
    }
}

/// Writes a line of the system's log.
pub(crate) fn log(text: &str) {
    emit(&Event::Log { at: now(), text: text.to_owned() });
}

/// Says what failed; the run goes on.
pub(crate) fn finding(text: impl Into<String>) {
    emit(&Event::Finding { text: text.into() });
}

/// Ends the run because something failed.
pub(crate) fn stop(text: impl Into<String>) -> ! {
    finding(text);
    end(false)
}

/// Ends the run.
pub(crate) fn end(held: bool) -> ! {
    trace::end();
    emit(&Event::End { held });
    std::process::exit(if held { 0 } else { FAILED })
}

/// Notes which function of the driver's is being called.
pub(crate) fn inside<R>(function: &'static str, call: impl FnOnce() -> R) -> R {
    let before = INSIDE.replace(Some(function));
    let steps = STEPS.get();
    if steps {
        stepper::run(true);
    }
    let result = call();
    if steps {
        stepper::run(false);
    }
    INSIDE.set(before);
    result
}

/// Has what the driver executes be counted from now on, as far as [`stepping`] says.
pub(crate) fn count() {
    let code = loaded(|loaded| {
        let (first, size) = loaded.image.extent();
        let begin = first.wrapping_add(loaded.slide);
        begin..begin + size
    });
    stepper::prepare(code.unwrap_or_default(), || true);
}

/// Has what the driver executes inside of `f` be stepped through.
pub(crate) fn stepping<R>(f: impl FnOnce() -> R) -> R {
    let before = STEPS.replace(true);
    let result = f();
    STEPS.set(before);
    result
}

/// The function of the driver's that is being called.
pub(crate) fn called() -> &'static str {
    INSIDE.get().unwrap_or("no function of the driver")
}

/// Keeps the loaded image.
pub(crate) fn keep(loaded: Loaded) {
    IMAGE.with_borrow_mut(|place| *place = Some(loaded));
}

/// Keeps the image of a program that uses the HAL. Standard output is the program's from now on: what there is to say goes to
/// standard error.
pub(crate) fn keep_program(loaded: Loaded) {
    PROGRAM.with_borrow_mut(|place| *place = Some(loaded));
}

/// Whose code runs, for people.
pub(crate) fn who() -> &'static str {
    if PROGRAM.with_borrow(Option::is_some) { "the program or the driver" } else { "the driver" }
}

/// Looks at the loaded image, if there is one.
pub(crate) fn loaded<R>(look: impl FnOnce(&Loaded) -> R) -> Option<R> {
    IMAGE.with_borrow(|place| place.as_ref().map(look))
}

/// An address in words that are the same in every run: "Loopflower`_f + 0x12".
pub(crate) fn place(address: u64) -> Option<String> {
    let named = |loaded: &Loaded| {
        let name = loaded.image.name_of(address.wrapping_sub(loaded.slide))?;
        Some(format!("{}`{name}", loaded.name))
    };
    loaded(named).flatten().or_else(|| PROGRAM.with_borrow(|place| place.as_ref().and_then(named)))
}

//! A rate that user space asks for stands at one place for all engines.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::iokit::{matching, properties};
use kpi::libkern::{dictionary, number};
use kpi::object::{Method, Obj};
use kpi::registry::Part;
use kpi::sched::{self, Priority};

use common::{SECOND, counts, settle, steps};
use driver::{Driver, IN_FORMAT_CHANGE};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

static GET: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine14getAudioStreamE23_IOAudioStreamDirectionj");

/// A driver that waits inside of a format change.
extern "C" fn dawdle() {
    sched::sleep_until(sched::now() + SECOND);
}

/// Two devices are asked for another rate at once: the pointer that each driver is given is the same, and shows what was asked
/// last.
#[test]
fn the_last_request_overwrites_the_rate_of_all() {
    driver::boot("10.9", PART);
    let before = counts();
    let driver = Driver::start(true);
    let other = Driver::start(true);
    let engines = matching::registered("TestEngine");
    let second = engines.into_iter().find(|&engine| engine != driver.engine).expect("two engines");
    let ask = |stream: Obj, rate: u64| {
        let request = dictionary::new();
        let rates = dictionary::new();
        dictionary::put(rates, "IOAudioSampleRateWholeNumber", number::new(rate, 32));
        let format = dictionary::copy(properties::get(stream, "IOAudioStreamFormat"));
        dictionary::put(format, "IOAudioSampleRate", rates);
        dictionary::put(request, "IOAudioStreamFormat", format);
        let result = properties::set_properties(stream, request);
        request.release();
        result
    };
    IN_FORMAT_CHANGE.store(dawdle as *const () as usize, Ordering::Relaxed);
    steps();
    let stream = GET.call_obj(second, &[0, 1]);
    let later = move || {
        sched::sleep_until(sched::now() + SECOND / 2);
        ask(stream, 96_000).expect("a rate that is offered");
    };
    sched::spawn("another HAL", Priority::Normal, Box::new(later));
    assert_eq!(ask(driver.stream(0), 44_100), Ok(()));
    settle();
    assert_eq!(steps(), ["format change at 96000 Hz", "format change at 96000 Hz"], "44,100 was overwritten");
    other.remove();
    driver.remove();
    settle();
    steps();
    assert_eq!(counts(), before, "nothing is left");
}

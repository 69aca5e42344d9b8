//! Format and rate changes that user space asks for, and those that a driver makes in the middle of one.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use std::sync::atomic::Ordering;

use kpi::functions;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::properties;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;
use protocol::value::Value;

use common::{counts, settle, step, steps};
use driver::{ANSWER, Client, Driver, IN_FORMAT_CHANGE, RATE};

static ENGINE_STATE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8getStateEv");
static HARDWARE_CHANGED: Method =
    Method::new("IOAudioStream", "__ZN13IOAudioStream21hardwareFormatChangedEPK20_IOAudioStreamFormat");

/// The driver keeps both streams alike: it changes the other one too.
extern "C" fn change_sibling(stream: Obj, format: u64) {
    static SIBLING: Method =
        Method::new("IOAudioEngine", "__ZN13IOAudioEngine14getAudioStreamE23_IOAudioStreamDirectionj");
    static DIRECTION: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream12getDirectionEv");
    static PROVIDER: Direct = Direct::new("__ZNK9IOService11getProviderEv");
    let engine = PROVIDER.call_obj(&[stream.word()]);
    let other = SIBLING.call_obj(engine, &[u64::from(1 - DIRECTION.call_u32(stream, &[])), 1]);
    step(format!("sibling {:#x}", HARDWARE_CHANGED.call_u32(other, &[format])));
}

functions! { FUNCTIONS: "test: change_sibling" => change_sibling, }

static PART: Part = Part { functions: &[FUNCTIONS], variables: &[], boot: || () };

/// A request with the stream's own format, changed by `edit`.
fn request(stream: Obj, edit: impl FnOnce(&mut Vec<(String, Value)>)) -> Result<(), IOReturn> {
    let Value::Dictionary(all) = properties::read_values(stream) else { panic!("a dictionary") };
    let format = all.into_iter().find(|(key, _)| key == "IOAudioStreamFormat").expect("a format").1;
    let Value::Dictionary(mut format) = format else { panic!("a dictionary") };
    edit(&mut format);
    properties::set_values(stream, &Value::dictionary([("IOAudioStreamFormat", Value::Dictionary(format))]))
}

fn with_rate(whole: u64, fraction: u64) -> impl FnOnce(&mut Vec<(String, Value)>) {
    let rate = Value::dictionary([
        ("IOAudioSampleRateWholeNumber", Value::Number(whole, 32)),
        ("IOAudioSampleRateFraction", Value::Number(fraction, 32)),
    ]);
    move |format| format.push(("IOAudioSampleRate".to_string(), rate))
}

fn rate(driver: &Driver) -> Value {
    let Value::Dictionary(all) = properties::read_values(driver.engine) else { panic!("a dictionary") };
    all.into_iter().find(|(key, _)| key == "IOAudioSampleRate").expect("a rate").1
}

fn whole(driver: &Driver) -> u64 {
    let Value::Dictionary(rate) = rate(driver) else { panic!("a dictionary") };
    rate[0].1.as_number().unwrap()
}

fn requests(driver: &Driver) {
    let stream = driver.stream(0);
    assert_eq!(request(stream, with_rate(96_000, 0)), Ok(()));
    assert_eq!((steps(), whole(driver)), (vec!["format change at 96000 Hz".to_string()], 96_000));
    assert_eq!(request(stream, with_rate(96_000, 0)), Ok(()), "the rate is the engine's: none is handed on");
    assert_eq!(steps(), ["format change"]);
    assert_eq!(request(stream, with_rate(300_000, 0)), Err(IOReturn::BAD_ARGUMENT));
    assert_eq!(request(stream, with_rate(192_000, 5)), Ok(()), "the fraction is not compared");
    assert_eq!(steps(), ["format change at 192000 Hz"]);
    let absent = |format: &mut Vec<(String, Value)>| format.retain(|(key, _)| key != "IOAudioStreamIsMixable");
    assert_eq!(request(stream, absent), Err(IOReturn::BAD_ARGUMENT), "not mixable, then");
    let wrong = |format: &mut Vec<(String, Value)>| {
        for (_, value) in format {
            *value = Value::string("text");
        }
    };
    assert_eq!(request(stream, wrong), Err(IOReturn::BAD_ARGUMENT));
    assert_eq!(steps(), [""; 0]);
    // A rate of 0 reaches the driver, who must refuse it.
    ANSWER.store(IOReturn::BAD_ARGUMENT.0, Ordering::Relaxed);
    assert_eq!(request(stream, with_rate(0, 1)), Err(IOReturn::BAD_ARGUMENT));
    ANSWER.store(0, Ordering::Relaxed);
    assert_eq!(steps(), ["format change at 0 Hz"]);
    assert_eq!(request(stream, with_rate(u64::from(RATE), 0)), Ok(()));
    steps();
}

/// A change while a client plays, the sibling changed from inside of it: one pause, one resume.
fn nested(driver: &Driver) {
    IN_FORMAT_CHANGE.store(change_sibling as *const () as usize, Ordering::Relaxed);
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    client.notifications();
    assert_eq!(request(driver.stream(0), with_rate(44_100, 0)), Ok(()));
    assert_eq!(steps(), ["stop", "sibling 0x0", "format change at 44100 Hz"]);
    assert_eq!(client.notifications(), [5, 1, 1, 6], "paused, two formats, resumed");
    assert_eq!(ENGINE_STATE.call_u32(driver.engine, &[]), 3);
    assert_eq!(client.write(0, 200, 1.0), IOReturn::OFFLINE);
    assert_eq!(client.start(), Ok(()));
    assert_eq!(client.write(0, 200, 1.0), IOReturn::SUCCESS);
    client.stop();
    client.close();
    for _ in 0..3 {
        driver.lap();
    }
    driver::POSITION.store(999, Ordering::Relaxed);
    settle();
    assert_eq!(ENGINE_STATE.call_u32(driver.engine, &[]), 0);
    // On a stopped engine pauses are counted and balanced.
    assert_eq!(request(driver.stream(1), with_rate(48_000, 0)), Ok(()));
    let client = Client::new(driver.engine, 100);
    assert_eq!(client.start(), Ok(()));
    assert_eq!(ENGINE_STATE.call_u32(driver.engine, &[]), 1);
    client.close();
    steps();
}

#[test]
fn formats() {
    driver::boot("10.9", PART);
    let before = counts();
    let driver = Driver::start(true);
    requests(&driver);
    nested(&driver);
    driver.remove();
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

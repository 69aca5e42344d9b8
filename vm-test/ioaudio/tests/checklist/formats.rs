//! Format and rate changes that user space asks for.

use std::sync::atomic::Ordering;

use kpi::functions;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::properties;
use kpi::object::{Direct, Method, Obj};
use protocol::value::Value;

use crate::common::{step, steps};
use crate::driver::{ANSWER, Client, IN_FORMAT_CHANGE, RATE, sample};
use crate::with_driver;

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

functions! { pub FUNCTIONS: "test: change_sibling" => change_sibling, }

type Entries = Vec<(String, Value)>;

/// A request with the stream's own format, changed by `edit`.
pub fn request(stream: Obj, edit: impl FnOnce(&mut Entries)) -> Result<(), IOReturn> {
    let Value::Dictionary(all) = properties::read_values(stream) else { panic!("a dictionary") };
    let format = all.into_iter().find(|(key, _)| key == "IOAudioStreamFormat").expect("a format").1;
    let Value::Dictionary(mut format) = format else { panic!("a dictionary") };
    edit(&mut format);
    properties::set_values(stream, &Value::dictionary([("IOAudioStreamFormat", Value::Dictionary(format))]))
}

fn with_rate(whole: u64, fraction: u64) -> impl FnOnce(&mut Entries) {
    let rate = Value::dictionary([
        ("IOAudioSampleRateWholeNumber", Value::Number(whole, 32)),
        ("IOAudioSampleRateFraction", Value::Number(fraction, 32)),
    ]);
    move |format| format.push(("IOAudioSampleRate".to_string(), rate))
}

/// 13: a rate comes with a format; one that the engine has already is not handed on.
pub fn rates(release: &str) {
    with_driver(release, true, |driver| {
        let stream = driver.stream(0);
        assert_eq!(request(stream, with_rate(96_000, 0)), Ok(()));
        assert_eq!((steps(), driver.rate()), (vec!["format change at 96000 Hz".to_string()], 96_000));
        assert_eq!(request(stream, with_rate(96_000, 0)), Ok(()));
        assert_eq!(steps(), ["format change"]);
        assert_eq!(request(stream, with_rate(300_000, 0)), Err(IOReturn::BAD_ARGUMENT));
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        assert_eq!(client.write(0, 300, 5.0), IOReturn::SUCCESS);
        client.notifications();
        IN_FORMAT_CHANGE.store(change_sibling as *const () as usize, Ordering::Relaxed);
        steps();
        assert_eq!(request(stream, with_rate(44_100, 0)), Ok(()));
        assert_eq!(steps(), ["stop", "sibling 0x0", "format change at 44100 Hz"]);
        assert_eq!(client.notifications(), [5, 1, 1, 6], "paused, two formats, resumed: the changes are nested");
        assert_eq!((driver.state(), sample(350)), (3, 0), "resumed, the buffers are cleared");
        assert_eq!(client.write(0, 200, 1.0), IOReturn::OFFLINE);
        assert_eq!(client.start(), Ok(()));
        assert_eq!(client.write(0, 200, 1.0), IOReturn::SUCCESS);
        client.close();
    });
}

/// 10: on a stopped engine a change's pause is counted and taken back, and nothing else happens to the engine.
pub fn on_stopped_engine(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        assert_eq!(client.write(0, 300, 5.0), IOReturn::SUCCESS);
        client.stop();
        driver.let_stop();
        client.notifications();
        for rate in [96_000, 48_000] {
            assert_eq!(request(driver.stream(1), with_rate(rate, 0)), Ok(()));
            assert_eq!((driver.state(), client.notifications()), (0, vec![1]), "the format's notification alone");
        }
        assert_eq!(sample(350), 5, "buffers are not cleared");
        ANSWER.store(IOReturn::NOT_READY.0, Ordering::Relaxed);
        assert_eq!(request(driver.stream(1), with_rate(96_000, 0)), Err(IOReturn::NOT_READY));
        ANSWER.store(0, Ordering::Relaxed);
        assert_eq!(client.start(), Ok(()));
        assert_eq!(driver.state(), 1);
        client.close();
        driver.let_stop();
        assert_eq!(driver.state(), 0);
    });
}

/// 26: what a dictionary may lack or get wrong.
pub fn odd_dictionaries(release: &str) {
    with_driver(release, true, |driver| {
        let stream = driver.stream(0);
        let absent = |format: &mut Entries| format.retain(|(key, _)| key != "IOAudioStreamIsMixable");
        assert_eq!(request(stream, absent), Err(IOReturn::BAD_ARGUMENT), "0: not mixable, then");
        let wrong = |format: &mut Entries| {
            for (_, value) in format {
                *value = Value::string("text");
            }
        };
        assert_eq!(request(stream, wrong), Err(IOReturn::BAD_ARGUMENT));
        assert_eq!(request(stream, Vec::clear), Err(IOReturn::BAD_ARGUMENT));
        assert_eq!(
            request(stream, with_rate(192_000, 5)),
            Err(IOReturn::BAD_ARGUMENT),
            "above the range by a fraction"
        );
        assert_eq!(request(stream, with_rate(u64::from(u32::MAX), 0)), Err(IOReturn::BAD_ARGUMENT));
        assert_eq!(steps(), [""; 0]);
        let text = Value::dictionary([("IOAudioStreamFormat", Value::string("text"))]);
        assert_eq!(properties::set_values(stream, &text), Ok(()), "not looked at");
        let rate_as_text = |format: &mut Entries| format.push(("IOAudioSampleRate".into(), Value::string("text")));
        assert_eq!(request(stream, rate_as_text), Ok(()), "no rate, then");
        assert_eq!(steps(), ["format change"]);
        // A rate of 0 passes the family's checks and reaches the driver, who must refuse it.
        let empty = |format: &mut Entries| format.push(("IOAudioSampleRate".into(), Value::dictionary([])));
        for edit in
            [Box::new(with_rate(0, 0)) as Box<dyn FnOnce(&mut Entries)>, Box::new(with_rate(0, 7)), Box::new(empty)]
        {
            ANSWER.store(IOReturn::BAD_ARGUMENT.0, Ordering::Relaxed);
            assert_eq!(request(stream, edit), Err(IOReturn::BAD_ARGUMENT));
            ANSWER.store(0, Ordering::Relaxed);
            assert_eq!(steps(), ["format change at 0 Hz"]);
        }
        assert_eq!(driver.rate(), u64::from(RATE));
        assert_eq!(request(stream, with_rate(0, 1)), Ok(()), "a driver that takes it");
        assert_eq!(driver.rate(), 0, "has no rate");
        assert_eq!(request(stream, with_rate(u64::from(RATE), 0)), Ok(()));
        steps();
    });
}

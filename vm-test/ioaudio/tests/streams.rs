//! Streams: functions instead of an engine's routines, controls, formats as dictionaries, clients of another byte order.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use kpi::functions;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{connection, properties};
use kpi::libkern::{array, dictionary, number};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;

use common::{counts, step, steps};
use driver::{Client, Driver, format, sample};

extern "C" fn first(_from: usize, _to: usize, frame: u32, frames: u32) -> u32 {
    step(format!("first {frame}+{frames}"));
    0
}

extern "C" fn second(_from: usize, _to: usize, frame: u32, frames: u32) -> u32 {
    step(format!("second {frame}+{frames}"));
    if frame == 0 { IOReturn::DEVICE_ERROR.0 } else { 0 }
}

extern "C" fn third() -> u32 {
    step("third");
    0
}

functions! { FUNCTIONS: "test: first" => first, "test: second" => second, "test: third" => third, }

static PART: Part = Part { functions: &[FUNCTIONS], variables: &[], boot: || () };

/// A stream's list of functions is called in order, until one fails, instead of clip and convert.
fn io_functions(driver: &Driver) {
    static SET_LIST: Direct =
        Direct::new("__ZN13IOAudioStream17setIOFunctionListEPKPFiPKvPvjjPK20_IOAudioStreamFormatPS_Ej");
    let list = [first as *const () as u64, 0, second as *const () as u64, third as *const () as u64];
    for stream in [0, 1] {
        SET_LIST.call(&[driver.stream(stream).word(), list.as_ptr() as u64, 4]);
    }
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    assert_eq!(client.write(0, 300, 1.0), IOReturn::SUCCESS);
    assert_eq!(steps(), ["first 300+100", "second 300+100", "third"]);
    assert_eq!(client.write(0, 950, 1.0), IOReturn::DEVICE_ERROR);
    assert_eq!(
        steps(),
        ["first 400+600", "second 400+600", "third", "first 0+50", "second 0+50"],
        "what comes after one that fails is not called"
    );
    assert_eq!(client.read(0, 200), Ok(vec![0.0; 100]));
    assert_eq!(steps(), ["first 200+100", "second 200+100", "third"]);
    assert_eq!(client.descriptor(1)[1], 100, "as many frames as were asked for");
    client.close();
    driver.let_stop();
    for stream in [0, 1] {
        SET_LIST.call(&[driver.stream(stream).word(), 0, 0]);
    }
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    assert_eq!(client.write(0, 300, 1.0), IOReturn::SUCCESS);
    assert_eq!(steps(), ["clip 300+100"], "the engine's again");
    client.close();
    driver.let_stop();
    steps();
}

/// A control for all channels is the stream's own; it is added although the answer is an error.
fn controls(driver: &Driver) {
    static ADD: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream22addDefaultAudioControlEP14IOAudioControl");
    static CREATE: Direct = Direct::new("__ZN20IOAudioToggleControl17createMuteControlEbjPKcjj");
    static PROVIDER: Direct = Direct::new("__ZNK9IOService11getProviderEv");
    let [output, input] = [*b"outp", *b"inpt"].map(|usage| u64::from(u32::from_be_bytes(usage)));
    let stream = driver.stream(0);
    let add = |channel: u64, usage: u64| {
        let control = CREATE.call_obj(&[0, channel, 0, 1, usage]);
        let result = IOReturn(ADD.call_u32(stream, &[control.word()]));
        let provider = PROVIDER.call_obj(&[control.word()]);
        control.release();
        (result, provider)
    };
    assert_eq!(add(0, output), (IOReturn::BAD_ARGUMENT, stream), "added");
    assert_eq!(add(1, output), (IOReturn::SUCCESS, driver.engine));
    assert_eq!(add(0, input), (IOReturn::ERROR, Obj::NULL), "of the other direction");
}

/// Descriptors and samples of a client that uses the other trap are swapped, for as long as it lives.
fn classic(driver: &Driver) {
    const CLASSIC: u32 = 0x1000;
    let client = Client::new(driver.engine, 100);
    client.start().unwrap();
    steps();
    let swap = |stream: usize| {
        mem::write(client.address(stream), client.descriptor(stream).map(u32::swap_bytes));
    };
    for at in (0..200).map(|sample| client.address(0) + 16 + sample * 4) {
        mem::write(at, 5f32.to_bits().swap_bytes());
    }
    swap(0);
    swap(1);
    let words = |first: u64, input: u64| [first, 0, input, 1, 0, 20_833];
    assert_eq!(connection::trap(client.connection, CLASSIC, words(300, 0)), IOReturn::SUCCESS);
    assert_eq!((steps(), sample(350)), (vec!["clip 300+100".to_string()], 5));
    assert_eq!(connection::trap(client.connection, 0, words(320, 1)), IOReturn::SUCCESS, "also by the plain trap now");
    assert_eq!(mem::read::<u32>(client.address(1) + 16), 5f32.to_bits().swap_bytes());
    assert_eq!(client.descriptor(1)[1].swap_bytes(), 100);
    client.close();
    driver.let_stop();
    steps();
}

/// Formats and rates as dictionaries, through the functions that drivers have for it.
fn dictionaries(driver: &Driver) {
    static TO: Direct = Direct::new(
        "__ZN13IOAudioStream26createDictionaryFromFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionP12OSDictionary",
    );
    static FROM: Direct = Direct::new(
        "__ZN13IOAudioStream26createFormatFromDictionaryEPK12OSDictionaryP20_IOAudioStreamFormatP29_IOAudioStreamFormatExtension",
    );
    static VALIDATE: Method = Method::new(
        "IOAudioStream",
        "__ZN13IOAudioStream14validateFormatEP20_IOAudioStreamFormatP23IOAudioStreamFormatDesc",
    );
    let (own, extension) = (format(true), [1u32, 7, 1, 8]);
    let object = TO.call_obj(&[(&raw const own) as u64, extension.as_ptr() as u64, 0]);
    assert_eq!(number::value(dictionary::get(object, "IOAudioStreamFormatFlags")), 7);
    let (mut copy, mut numbers) = (ioaudio::stream::Format::default(), [0u32, 9, 9, 9]);
    dictionary::remove(object, "IOAudioStreamFramesPerPacket");
    let at = FROM.call(&[object.word(), (&raw mut copy) as u64, numbers.as_mut_ptr() as u64]);
    assert_eq!((at, copy), ((&raw const copy) as u64, own));
    assert_eq!(mem::read::<[u32; 4]>(numbers.as_ptr() as usize), [1, 7, 9, 8], "what is not said is left alone");
    assert_ne!(FROM.call(&[object.word(), 0, 0]), 0, "a place that all share");
    object.release();
    let mut description = [0u64; 10];
    let place = description.as_mut_ptr() as u64;
    assert!(VALIDATE.call_bool(driver.stream(0), &[(&raw mut copy) as u64, place]));
    assert_eq!(mem::read::<[u32; 2]>(place as usize + 24), [8000, 0], "the least rate");
    copy.bit_width = 16;
    assert!(!VALIDATE.call_bool(driver.stream(0), &[(&raw mut copy) as u64, place]));
}

/// An offered format says what it is, whatever the one before it said; what both say is one object.
fn offered(driver: &Driver) {
    static ADD: Method = Method::new(
        "IOAudioStream",
        "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PFiPKvPvjjS2_PS_E",
    );
    let stream = driver.stream(0);
    let plain = format(true);
    let deeper = ioaudio::stream::Format { bit_depth: 24, driver_tag: 9, ..plain };
    for (format, low, high) in [(plain, 44_100u32, 44_100u32), (deeper, 44_100, 48_000), (plain, 48_000, 48_000)] {
        let [low, high] = [[low, 0], [high, 0]];
        ADD.call(stream, &[(&raw const format) as u64, low.as_ptr() as u64, high.as_ptr() as u64, 0]);
    }
    let all = properties::get(stream, "IOAudioStreamAvailableFormats");
    let said = |format: Obj, key: &str| number::value(dictionary::get(format, key));
    let rate = |format: Obj, key: &str| said(dictionary::get(format, key), "IOAudioSampleRateWholeNumber");
    let [first, second, third] = [1, 2, 3].map(|index| array::get(all, index));
    let rows = [first, second, third].map(|format| {
        let [low, high] = ["Minimum", "Maximum"].map(|end| rate(format, &format!("IOAudioStream{end}SampleRate")));
        (said(format, "IOAudioStreamBitDepth"), said(format, "IOAudioStreamDriverTag"), low, high)
    });
    assert_eq!(rows, [(32, 0, 44_100, 44_100), (24, 9, 44_100, 48_000), (32, 0, 48_000, 48_000)]);
    let is_shared = |key: &str| dictionary::get(first, key) == dictionary::get(second, key);
    assert!(is_shared("IOAudioStreamNumChannels") && is_shared("IOAudioStreamMinimumSampleRate"));
}

/// Once its streams are detached, an engine has none for any channel.
fn detached(driver: &Driver) {
    static GET: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine14getAudioStreamE23_IOAudioStreamDirectionj");
    static DETACH: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine18detachAudioStreamsEv");
    let streams = || [0, 1].map(|direction| GET.call_obj(driver.engine, &[direction, 1]));
    assert_eq!(streams(), [driver.stream(0), driver.stream(1)]);
    DETACH.call(driver.engine, &[]);
    assert_eq!(streams(), [Obj::NULL; 2]);
}

#[test]
fn streams() {
    driver::boot("10.15", PART);
    let before = counts();
    let driver = Driver::start(true);
    io_functions(&driver);
    controls(&driver);
    classic(&driver);
    dictionaries(&driver);
    offered(&driver);
    detached(&driver);
    driver.remove();
    assert_eq!(counts(), before, "nothing is left");
}

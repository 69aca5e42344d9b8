//! Controls: values, ranges, selections, and who is told.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use kpi::functions;
use kpi::iokit::connection::{self, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::properties;
use kpi::libkern::{array, dictionary, number, string};
use kpi::mach::port;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;

use common::{counts, settle, step, steps};
use driver::Driver;

const VOLUME: u64 = u32::from_be_bytes(*b"vlme") as u64;
const OUTPUT: u64 = u32::from_be_bytes(*b"outp") as u64;

static ADD: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine22addDefaultAudioControlEP14IOAudioControl");
static REMOVE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine25removeDefaultAudioControlEP14IOAudioControl");
static BEGIN: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine24beginConfigurationChangeEv");
static COMPLETE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine27completeConfigurationChangeEv");
static SET_HANDLER: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_iiES1_");
static HARDWARE_CHANGED: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl20hardwareValueChangedEP8OSObject");
static FLUSH: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl10flushValueEv");

extern "C" fn change(target: Obj, control: Obj, old: u32, new: u32) -> u32 {
    assert!(target.is("IOAudioEngine") && control.is("IOAudioControl"));
    step(format!("{} to {}", old as i32, new as i32));
    if new == 13 { IOReturn::NOT_READY.0 } else { 0 }
}

functions! { FUNCTIONS: "test: change" => change, }

static PART: Part = Part { functions: &[FUNCTIONS], variables: &[], boot: || () };

/// User space sets the value.
fn set(control: Obj, value: u64) -> Result<(), IOReturn> {
    let request = dictionary::new();
    dictionary::put(request, "IOAudioControlValue", number::new(value, 32));
    let result = properties::set_properties(control, request);
    request.release();
    result
}

fn value(control: Obj) -> Option<u64> {
    properties::get_number(control, "IOAudioControlValue")
}

fn add(driver: &Driver, control: Obj) {
    SET_HANDLER.call(control, &[change as *const () as u64, driver.engine.word()]);
    assert_eq!(ADD.call_u32(driver.engine, &[control.word()]), 0);
}

fn level(driver: &Driver) -> Obj {
    static CREATE: Direct = Direct::new("__ZN19IOAudioLevelControl19createVolumeControlEiiiiijPKcjj");
    static INFINITY: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl19addNegativeInfinityEi");
    static MAX_DB: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl8getMaxDBEv");
    static SET_MAX: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl11setMaxValueEi");
    let minus_64_db = u64::from((-64i32 << 16) as u32);
    let control = CREATE.call_obj(&[100, 0, 128, minus_64_db, 0, 2, c"Right".as_ptr() as u64, 7, OUTPUT]);
    assert!(control.is("IOAudioLevelControl"));
    for (key, expected) in [
        ("IOAudioControlSubType", VOLUME),
        ("IOAudioControlUsage", OUTPUT),
        ("IOAudioControlChannelID", 2),
        ("IOAudioControlID", 7),
        ("IOAudioControlValue", 100),
        ("IOAudioLevelControlMinValue", 0),
        ("IOAudioLevelControlMaxValue", 128),
        ("IOAudioLevelControlMinDB", minus_64_db),
        ("IOAudioLevelControlMaxDB", 0),
    ] {
        assert_eq!(properties::get_number(control, key), Some(expected), "{key}");
    }
    assert_eq!(INFINITY.call_u32(control, &[0]), 0);
    let ranges = properties::get(control, "IOAudioLevelControlRanges");
    let range = array::get(ranges, 0);
    assert_eq!(number::value(dictionary::get(range, "IOAudioLevelControlMaxDB")), 0xffff_ffff);
    add(driver, control);
    assert_eq!(properties::get_number(control, "IOAudioControlChannelNumber"), Some(2));

    assert_eq!(set(control, 128), Ok(()));
    assert_eq!(set(control, 128), Ok(()), "the same: nobody is asked");
    assert_eq!(set(control, 129), Err(IOReturn::ERROR));
    assert_eq!(set(control, u64::from(-1i32 as u32)), Err(IOReturn::ERROR));
    assert_eq!(set(control, 13), Err(IOReturn::NOT_READY), "the handler refuses");
    assert_eq!(value(control), Some(128));
    assert_eq!(set(control, 0), Ok(()), "-infinity lies between the ends here");
    let hardware = number::new(50, 32);
    assert_eq!(HARDWARE_CHANGED.call_u32(control, &[hardware.word()]), 0);
    hardware.release();
    assert_eq!(value(control), Some(50));
    assert_eq!(FLUSH.call_u32(control, &[]), 0);
    assert_eq!(steps(), ["100 to 128", "128 to 13", "128 to 0", "50 to 50"]);

    // -infinity outside of the ends can never be set.
    assert_eq!(INFINITY.call_u32(control, &[u64::from(-5i32 as u32)]), 0);
    assert_eq!(set(control, u64::from(-5i32 as u32)), Err(IOReturn::ERROR));
    SET_MAX.call(control, &[200]);
    assert_eq!(set(control, 200), Ok(()));
    assert_eq!(MAX_DB.call_u32(control, &[]), 0);
    assert_eq!(properties::set_properties(control, string::symbol("no dictionary")), Err(IOReturn::BAD_ARGUMENT));
    steps();
    control
}

fn selector(driver: &Driver) -> Obj {
    static CREATE: Direct = Direct::new("__ZN22IOAudioSelectorControl6createEijPKcjjj");
    static ADD_C: Method =
        Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl21addAvailableSelectionEiPKc");
    static REMOVE: Method =
        Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl24removeAvailableSelectionEi");
    static REPLACE: Method =
        Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl25replaceAvailableSelectionEiPKc");
    let clock = u64::from(u32::from_be_bytes(*b"clck"));
    let control = CREATE.call_obj(&[1, 0, 0, 3, clock, OUTPUT]);
    let add_selection = |value: u64, text: &std::ffi::CStr| ADD_C.call_u32(control, &[value, text.as_ptr() as u64]);
    assert_eq!(add_selection(1, c"Host"), 0);
    assert_eq!(add_selection(2, c"Adjustable"), 0);
    assert_eq!(IOReturn(add_selection(2, c"Again")), IOReturn::ERROR);
    let list = properties::get(control, "IOAudioSelectorControlAvailableSelections");
    let second = array::get(list, 1);
    let text = dictionary::get(second, "IOAudioSelectorControlSelectionDescriptionKey");
    assert_eq!(string::text(text), "Adjustable");
    add(driver, control);
    assert_eq!(properties::get_number(control, "IOAudioControlChannelNumber"), Some(0));
    assert_eq!(set(control, 2), Ok(()));
    assert_eq!(set(control, 3), Err(IOReturn::NOT_FOUND));
    assert_eq!(IOReturn(REMOVE.call_u32(control, &[3])), IOReturn::NOT_FOUND);
    assert_eq!(REMOVE.call_u32(control, &[1]), 0);
    assert_eq!(set(control, 1), Err(IOReturn::NOT_FOUND));
    assert_eq!(add_selection(1, c"Host"), 0);
    assert_eq!(set(control, 1), Ok(()));
    assert_eq!(steps(), ["1 to 2", "2 to 1"]);
    assert_eq!(REPLACE.call_u32(control, &[2, c"Other".as_ptr() as u64]), 0);
    assert_eq!(set(control, 2), Err(IOReturn::NOT_FOUND), "the description stands where the selection was");
    control
}

fn no_handler(driver: &Driver) -> Obj {
    static CREATE: Direct = Direct::new("__ZN20IOAudioToggleControl17createMuteControlEbjPKcjj");
    let control = CREATE.call_obj(&[0, 0, 0, 1, OUTPUT]);
    assert_eq!(ADD.call_u32(driver.engine, &[control.word()]), 0);
    assert_eq!(set(control, 1), Err(IOReturn::ERROR));
    assert_eq!(value(control), Some(0));
    control
}

struct Listener {
    connection: Connection,
    port: u64,
}

impl Listener {
    fn on(control: Obj) -> Listener {
        let connection = connection::open(control, 0).expect("a control opens");
        let port = port::new();
        connection::set_notification_port(connection, port, 5, 0x77).expect("any type will do");
        Listener { connection, port }
    }

    fn heard(&self) -> Vec<u32> {
        let kind = |body: Vec<u8>| {
            assert_eq!(body[4..8], [0x77, 0, 0, 0], "the reference");
            u32::from_le_bytes(body[..4].try_into().unwrap())
        };
        std::iter::from_fn(|| port::receive(self.port)).map(kind).collect()
    }
}

fn notifications(driver: &Driver, level: Obj) {
    static SET_MIN: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl11setMinValueEi");
    let listener = Listener::on(level);
    set(level, 10).unwrap();
    SET_MIN.call(level, &[1]);
    assert_eq!(listener.heard(), [0, 1]);
    BEGIN.call(driver.engine, &[]);
    set(level, 11).unwrap();
    SET_MIN.call(level, &[2]);
    set(level, 12).unwrap();
    assert!(listener.heard().is_empty(), "not during a configuration change");
    COMPLETE.call(driver.engine, &[]);
    assert_eq!(listener.heard(), [0, 1], "each kind once");
    connection::close(listener.connection).unwrap();
    port::destroy(listener.port);
    let second = Listener::on(level);
    settle();
    assert_eq!(REMOVE.call_u32(driver.engine, &[level.word()]), 0);
    settle();
    assert_eq!(connection::close(second.connection), Err(connection::DEAD), "it went with its control");
    port::destroy(second.port);
    assert_eq!(IOReturn(REMOVE.call_u32(driver.engine, &[level.word()])), IOReturn::NOT_FOUND);
}

#[test]
fn controls() {
    driver::boot("10.9", PART);
    // The symbol for the wrong argument lives on.
    string::symbol("no dictionary");
    let before = counts();
    let driver = Driver::start(true);
    let (level, selector, mute) = (level(&driver), selector(&driver), no_handler(&driver));
    notifications(&driver, level);
    for control in [level, selector, mute] {
        control.release();
    }
    steps();
    driver.remove();
    assert_eq!(counts(), before, "nothing is left");
}

//! What drivers may use and nothing in the family does: time interval filters and ports; and the engine's odds and ends.

#[path = "../../kpi/tests/common/mod.rs"]
mod common;
mod driver;

use kpi::class;
use kpi::iokit::connection::{self, Call};
use kpi::iokit::properties;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;

use common::{counts, settle, steps};
use driver::{Client, Driver};

static PART: Part = Part { functions: &[], variables: &[], boot: || () };

static NEW_TIME: Method =
    Method::new("IOAudioTimeIntervalFilter", "__ZN25IOAudioTimeIntervalFilter15newTimePositionEy");
static SPAN: Method =
    Method::new("IOAudioTimeIntervalFilter", "__ZN25IOAudioTimeIntervalFilter20getMultiIntervalTimeEv");
static RESTART: Method =
    Method::new("IOAudioTimeIntervalFilter", "__ZN25IOAudioTimeIntervalFilter18reInitialiseFilterEjj");
static INIT: Method = Method::new("IOAudioTimeIntervalFilter", "__ZN25IOAudioTimeIntervalFilter10initFilterEjj");
static INIT_IIR: Method =
    Method::new("IOAudioTimeIntervalFilterIIR", "__ZN28IOAudioTimeIntervalFilterIIR10initFilterEjjt");
static SET_NEW_FILTER: Method =
    Method::new("IOAudioTimeIntervalFilterFIR", "__ZN28IOAudioTimeIntervalFilterFIR12setNewFilterEjPKyj");

/// Places in the history of a filter.
fn history(filter: Obj) -> u32 {
    filter.get(28)
}

/// A constant interval comes out as it went in; jitter comes out smaller.
fn is_a_filter(filter: Obj, interval: u64) {
    let mut raw = 1_000_000_000;
    for _ in 0..100 {
        assert_eq!(NEW_TIME.call(filter, &[raw]), raw, "no lag");
        raw += interval;
    }
    let (mut last, mut worst) = (0, 0);
    for turn in 0..200 {
        let jitter = if turn % 2 == 0 { 1000 } else { 0 };
        let filtered = NEW_TIME.call(filter, &[raw + jitter]);
        if turn > 100 {
            worst = worst.max((filtered - last).abs_diff(interval));
        }
        last = filtered;
        raw += interval;
    }
    assert!(worst < 500, "{worst} of 1000");
}

fn iir() {
    let filter = class::instantiate("IOAudioTimeIntervalFilterIIR");
    assert!(INIT_IIR.call_bool(filter, &[20_000, 4, 4]));
    assert_eq!(history(filter), 5, "four intervals");
    is_a_filter(filter, 20_000);
    assert_eq!(RESTART.call_u32(filter, &[0, 2]), 0, "with the last interval that came out");
    assert!((19_000..21_000).contains(&filter.get::<u32>(24)));
    assert_eq!(RESTART.call_u32(filter, &[30_000, 2]), 0);
    assert_eq!(NEW_TIME.call(filter, &[5_000_000]), 5_000_000);
    assert_eq!(SPAN.call(filter, &[]), 60_000, "two intervals, one of them filled up");
    filter.release();
}

fn fir() {
    let filter = class::instantiate("IOAudioTimeIntervalFilterFIR");
    assert!(INIT.call_bool(filter, &[20_000, 1]));
    assert_eq!(history(filter), 3, "one more than an interval needs: initFilter sets a filter");
    is_a_filter(filter, 20_000);
    let taps = [1u64, 2, 1];
    assert_eq!(SET_NEW_FILTER.call_u32(filter, &[3, taps.as_ptr() as u64, 2]), 0);
    assert_eq!(history(filter), 4, "and each other one makes it longer");
    // By hand: 1/4, 1/2, 1/4 over times, then over what they are behind.
    assert_eq!(NEW_TIME.call(filter, &[100_000]), 100_000);
    assert_eq!(NEW_TIME.call(filter, &[120_100]), 120_000 + 25 + 18);
    filter.release();
}

fn port(driver: &Driver) {
    static WITH: Direct = Direct::new("__ZN11IOAudioPort14withAttributesEjPKcjP12OSDictionary");
    static ATTACH: Method =
        Method::new("IOAudioDevice", "__ZN13IOAudioDevice15attachAudioPortEP11IOAudioPortP15IORegistryEntryS3_");
    let kind = u64::from(u32::from_be_bytes(*b"outp"));
    assert!(WITH.call_obj(&[0, 0, 0, 0]).is_null(), "a type is needed");
    let port = WITH.call_obj(&[kind, c"Speaker".as_ptr() as u64, 0x7370_6b72, 0]);
    assert_eq!(properties::get_number(port, "IOAudioPortType"), Some(kind));
    assert_eq!(properties::get_text(port, "IOAudioPortName").as_deref(), Some("Speaker"));
    assert_eq!(properties::get_number(port, "IOAudioPortSubType"), Some(0x7370_6b72));
    let entries = kpi::iokit::service::clients(driver.device).len();
    assert_eq!(ATTACH.call_u32(driver.device, &[port.word(), 0, 0]), 0, "success");
    assert_eq!(kpi::iokit::service::clients(driver.device).len(), entries, "and nothing else");
    port.release();
}

/// A connection's ID, the streams' IDs, and what a user client's methods say to nonsense.
fn odds_and_ends(driver: &Driver) {
    let clients = [Client::open(driver.engine, 100), Client::open(driver.engine, 100)];
    let id = |client: &Client| {
        let call = Call { scalars_out: 1, ..Call::default() };
        connection::call(client.connection, 2, &call).expect("an ID").0[0]
    };
    assert_ne!(id(&clients[0]), id(&clients[1]));
    assert_eq!(clients[0].call(0, &[1, 2]).unwrap_err().name(), Some("kIOReturnBadArgument"), "too few scalars");
    assert_eq!(clients[0].call(6, &[]).unwrap_err().name(), Some("kIOReturnUnsupported"));
    assert_eq!(clients[0].call(5, &[0, 0, 1]), Ok(()), "the nearest start time is the asked one");
    for (direction, stream_id) in [(0, 0), (1, 1)] {
        assert_eq!(properties::get_number(driver.stream(direction), "IOAudioStreamID"), Some(stream_id));
    }
    let uid = properties::get_text(driver.engine, "IOAudioEngineGlobalUniqueID");
    assert_eq!(uid.as_deref(), Some("TestEngine:0"));
    for client in clients {
        client.close();
    }
    settle();
}

fn all(release: &str) {
    driver::boot(release, PART);
    let before = counts();
    iir();
    fir();
    let driver = Driver::start(true);
    port(&driver);
    odds_and_ends(&driver);
    driver.remove();
    settle();
    steps();
    assert_eq!(counts(), before, "nothing is left");
}

#[test]
fn parts_of_10_11() {
    all("10.11");
}

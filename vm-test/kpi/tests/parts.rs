//! Parts of IOKit one by one: the registry, locks, opening, power, memory, event sources of a kext's own.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};

use kpi::class;
use kpi::functions;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::task::{self, Task};
use kpi::iokit::{arbitration, busy, config, eventsource, memory, names, open, plane, properties, registry, resources};
use kpi::iokit::{service, workloop};
use kpi::libkern::{array, boolean, dictionary, number, string};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;
use kpi::sched::{self, Priority};
use protocol::value::Value;

use common::{SECOND, counts, define, log, settle, step, steps};

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static DEPTH: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry8getDepthEPK15IORegistryPlane");
static DETACH_ALL: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry9detachAllEPK15IORegistryPlane");
static SET_OPTIONS: Method = Method::new("OSCollection", "__ZN12OSCollection10setOptionsEjjPv");
static INIT_SOURCE: Method = Method::new("IOEventSource", "__ZN13IOEventSource4initEP8OSObjectPFvS1_zE");

extern "C" fn check_for_work(_this: Obj) -> bool {
    step(if PENDING.swap(0, Ordering::Relaxed) > 0 { "work" } else { "no work" });
    false
}

static PENDING: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_message(this: Obj, kind: u32, _provider: Obj, _argument: u64) -> IOReturn {
    step(format!("message {kind:#x}"));
    // Asked to close, the client does.
    if kind == kpi::iokit::message::IS_REQUESTING_CLOSE {
        open::close(service::provider(this), this);
    }
    IOReturn::SUCCESS
}

extern "C" fn slow_power(this: Obj, state: u64, _whom: Obj) -> u64 {
    step(format!("power {state}"));
    if state == 1 {
        let acknowledge = move || {
            sched::sleep_until(sched::now() + 1_000_000);
            step("acknowledged");
            ACKNOWLEDGE.call(&[this.word()]);
        };
        sched::spawn("hardware", Priority::Normal, Box::new(acknowledge));
    }
    // Microseconds until an acknowledgement is due.
    20_000
}

static ACKNOWLEDGE: Direct = Direct::new("__ZN9IOService24acknowledgeSetPowerStateEv");

extern "C" fn power_done(_this: Obj, before: u64) {
    step(format!("done, was {before}"));
}

/// setProperties for administrators only, as a driver would write it.
extern "C" fn set_by_administrator(this: Obj, table: Obj) -> IOReturn {
    static CURRENT_TASK: Direct = Direct::new("_current_task");
    static HAS_PRIVILEGE: Direct = Direct::new("__ZN12IOUserClient18clientHasPrivilegeEPvPKc");
    let task = CURRENT_TASK.call(&[]);
    let answer = |name: &std::ffi::CStr| IOReturn(HAS_PRIVILEGE.call(&[task, name.as_ptr() as u64]) as u32);
    assert_eq!((answer(c"local"), answer(c"nonsense")), (IOReturn::SUCCESS, IOReturn::UNSUPPORTED));
    if answer(c"root").is_success() {
        properties::set(this, "Taken", table);
    }
    answer(c"root")
}

functions! { FUNCTIONS:
    "test: set_by_administrator" => set_by_administrator,
    "test: check_for_work" => check_for_work,
    "test: note_message" => note_message,
    "test: slow_power" => slow_power,
    "test: power_done" => power_done,
}

static PART: Part = Part { functions: &[FUNCTIONS, common::FUNCTIONS], variables: &[], boot: || () };

/// Each part gets a service below the root and leaves nothing.
fn with_service(class: &str, f: impl FnOnce(Obj)) {
    let before = counts();
    let service = class::allocate(class);
    assert!(INIT.call_bool(service, &[0]));
    assert!(service::attach(service, resources::root()));
    f(service);
    service::detach(service, resources::root());
    service.release();
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

#[test]
fn parts() {
    common::boot("10.9", PART);
    define("Source", "IOEventSource", &[("__ZN13IOEventSource12checkForWorkEv", check_for_work as *const ())]);
    define("Listener", "IOService", &[("__ZN9IOService7messageEjPS_Pv", note_message as *const ())]);
    define(
        "Slow",
        "IOService",
        &[
            ("__ZN9IOService13setPowerStateEmPS_", slow_power as *const ()),
            ("__ZN9IOService15powerChangeDoneEm", power_done as *const ()),
        ],
    );
    define(
        "Settable",
        "IOService",
        &[("__ZN15IORegistryEntry13setPropertiesEP8OSObject", set_by_administrator as *const ())],
    );
    // Planes live for ever.
    plane::make("Test");
    settle();
    with_service("IOService", entries);
    with_service("IOService", tables);
    with_service("IOService", locks);
    with_service("IOService", opening);
    with_service("IOService", quiet);
    with_service("Slow", power);
    with_service("IOService", |_| memory_and_maps());
    with_service("IOService", |_| own_source());
    with_service("Settable", requests);
}

fn entries(entry: Obj) {
    static SET_LOCATION: Method =
        Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setLocationEPKcPK15IORegistryPlane");
    static GET_NAME: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry7getNameEPK15IORegistryPlane");
    static COPY_NAME: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry8copyNameEPK15IORegistryPlane");
    static SET_NAME: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry7setNameEPKcPK15IORegistryPlane");
    let name = |plane: Obj| mem::c_string(GET_NAME.call(entry, &[plane.word()]) as usize);
    assert_eq!(name(Obj::NULL), "IOService", "the class's name stands in");
    names::set(entry, "general");
    SET_NAME.call(entry, &[c"special".as_ptr() as u64, plane::service().word()]);
    assert_eq!((name(Obj::NULL).as_str(), name(plane::service()).as_str()), ("general", "special"));
    let copy = COPY_NAME.call_obj(entry, &[0]);
    assert!(copy.is("OSSymbol"));
    copy.release();
    assert_eq!(names::location_text(entry), None);
    SET_LOCATION.call(entry, &[c"1f".as_ptr() as u64, 0]);
    assert_eq!(names::location_text(entry).as_deref(), Some("1f"));

    // A second plane, and a tree in it that is walked and taken apart.
    let other = plane::make("Test");
    assert_eq!(plane::make("Test"), other);
    assert!(registry::attach_to_parent(entry, registry::root(), other));
    assert!(!registry::attach_to_parent(entry, entry, other), "not below itself");
    let leaf = class::allocate("IOService");
    assert!(INIT.call_bool(leaf, &[0]));
    assert_eq!(registry::id(leaf), 0);
    assert!(registry::attach_to_parent(leaf, entry, other));
    assert!(registry::id(leaf) > registry::id(entry));
    assert!(registry::is_child(entry, leaf, other, true) && registry::is_parent(leaf, entry, other, true));
    assert!(!registry::in_plane(leaf, plane::service()));
    let children = registry::child_iterator(entry, other);
    assert!(children.is("OSIterator"));
    children.release();
    assert_eq!(DEPTH.call(leaf, &[other.word()]) as u32, 2);
    DETACH_ALL.call(entry, &[other.word()]);
    assert!(registry::children(entry, other).is_empty() && registry::parents(leaf, other).is_empty());
    leaf.release();
}

fn tables(entry: Obj) {
    static SET_TEXT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPKcS1_");
    static SET_BOOL: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPKcb");
    static SET_DATA: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPKcPvj");
    static GET_UP: Method =
        Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11getPropertyEPKcPK15IORegistryPlanej");
    static COPY: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry12copyPropertyEPKc");
    assert!(SET_TEXT.call_bool(entry, &[c"Text".as_ptr() as u64, c"value".as_ptr() as u64]));
    assert!(properties::get(entry, "Text").is("OSSymbol"));
    assert!(SET_BOOL.call_bool(entry, &[c"Bool".as_ptr() as u64, 1]));
    assert_eq!(properties::get(entry, "Bool"), boolean::object(true));
    assert!(SET_DATA.call_bool(entry, &[c"Data".as_ptr() as u64, c"abc".as_ptr() as u64, 3]));
    assert!(properties::get(entry, "Data").is("OSData"));
    let copy = COPY.call_obj(entry, &[c"Text".as_ptr() as u64]);
    assert_eq!(string::text(copy), "value");
    copy.release();
    assert!(!properties::set(entry, "Nothing", Obj::NULL));

    // A property of an entry further up.
    properties::put(resources::root(), "Above", number::new(5, 32));
    let above = |options: u64| GET_UP.call_obj(entry, &[c"Above".as_ptr() as u64, plane::service().word(), options]);
    assert_eq!(number::value(above(3)), 5);
    assert!(above(1).is_null(), "not below");
    properties::remove(resources::root(), "Above");

    // A collection in the registry cannot be changed any more; an immutable table is copied by init.
    let list = array::new();
    properties::put(entry, "List", list);
    assert_eq!(SET_OPTIONS.call(properties::get(entry, "List"), &[0, 0, 0]) & 1, 1);
    let table = dictionary::new();
    SET_OPTIONS.call(table, &[1, 1, 0]);
    let other = class::allocate("IOService");
    assert!(INIT.call_bool(other, &[table.word()]));
    assert_ne!(properties::table(other), table);
    table.release();
    other.release();
}

fn locks(entry: Obj) {
    assert!(arbitration::lock(entry, true));
    let root = resources::root();
    let other = move || {
        assert!(arbitration::lock(root, true));
        step("other has the root");
        // The first thread holds the entry and will want the root: it is the one that can live without.
        assert!(arbitration::lock(entry, true));
        step("other has both");
        arbitration::unlock(entry);
        arbitration::unlock(root);
    };
    sched::spawn("other", Priority::Normal, Box::new(other));
    settle();
    assert!(!arbitration::lock(root, false), "waiting would never end");
    arbitration::unlock(entry);
    settle();
    assert_eq!(steps(), ["other has the root", "other has both"]);
    assert!(arbitration::lock(root, false));
    arbitration::unlock(root);
}

fn opening(entry: Obj) {
    static OPEN: Method = Method::new("IOService", "__ZN9IOService4openEPS_jPv");
    let client = |name| {
        let client = class::allocate("Listener");
        assert!(INIT.call_bool(client, &[0]) && service::attach(client, entry));
        names::set(client, name);
        client
    };
    let (first, second) = (client("first"), client("second"));
    let opens = |client: Obj, options: u64| OPEN.call_bool(entry, &[client.word(), options, 0]);
    assert!(opens(first, 0));
    assert!(open::is_open(entry, Obj::NULL) && open::is_open(entry, first) && !open::is_open(entry, second));
    assert!(!opens(second, 0), "exclusive");
    assert_eq!(steps(), ["message 0xe0000101", "message 0xe0000101"]);
    assert!(opens(second, 1), "seized");
    assert_eq!(steps(), ["message 0xe0000101", "message 0xe0000100", "message 0xe0000110"]);
    open::close(entry, second);
    assert!(!open::is_open(entry, Obj::NULL));
    steps();
    for client in [first, second] {
        service::detach(client, entry);
        client.release();
    }
}

fn quiet(entry: Obj) {
    assert!(busy::wait_quiet(entry, Some(0)));
    busy::adjust(entry, 2);
    assert_eq!((busy::count(entry), busy::count(resources::root())), (2, 1), "the provider is busy once");
    let start = sched::now();
    assert!(!busy::wait_quiet(resources::root(), Some(SECOND)));
    assert!(sched::now() >= start + SECOND);
    let other = move || busy::adjust(entry, -2);
    sched::spawn("other", Priority::Normal, Box::new(other));
    assert!(busy::wait_quiet(resources::root(), None));
    busy::adjust(entry, -1);
    assert_eq!(log(), ["IOService: bad busy count (0,-1)"]);
    let outside = class::allocate("IOService");
    assert!(INIT.call_bool(outside, &[0]));
    config::register(outside);
    assert_eq!(log().last().map(String::as_str), Some("IOService: not registry member at registerService()"));
    outside.release();
}

fn power(device: Obj) {
    static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
    static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
    static REGISTER: Method = Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
    static CHANGE: Direct = Direct::new("__ZN9IOService18changePowerStateToEm");
    static STATES: [[u64; 12]; 2] = [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0x8000, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]];
    let change = |state: u64| CHANGE.call(&[device.word(), state]) as u32;
    let states = STATES.as_ptr() as u64;
    assert_eq!(change(1), 8, "not a part of power management yet");
    PM_INIT.call(device, &[]);
    assert_eq!(IOReturn(REGISTER.call_u32(device, &[device.word(), states, 1])), IOReturn::BAD_ARGUMENT);
    assert_eq!(REGISTER.call_u32(device, &[device.word(), states, 2]), 0);
    assert_eq!(change(2), 7, "no such state");
    assert_eq!(change(1), 0);
    assert!(steps().is_empty(), "not on this thread");
    settle();
    assert_eq!(steps(), ["power 1", "acknowledged", "done, was 0"]);
    change(0);
    settle();
    assert_eq!(steps(), ["power 0", "done, was 1"], "nobody acknowledged, so it took its time");
    assert!(log().last().is_some_and(|line| line.contains("did not acknowledge power state 0")));
    change(1);
    sched::sleep_until(sched::now() + 200_000);
    PM_STOP.call(device, &[]);
    assert_eq!(steps(), ["power 1", "acknowledged", "done, was 0"], "PMstop waits for a change under way");
    assert_eq!(change(0), 8);
}

fn memory_and_maps() {
    static WITH_ADDRESS: Direct = Direct::new("__ZN18IOMemoryDescriptor11withAddressEPvyj");
    static WITH_RANGES: Direct = Direct::new("__ZN18IOMemoryDescriptor17withAddressRangesEP14IOVirtualRangejjP4task");
    static READ: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor9readBytesEyPvy");
    static WRITE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor10writeBytesEyPKvy");
    static PREPARE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor7prepareEj");
    static COMPLETE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor8completeEj");
    static MAP_ADDRESS: Method = Method::new("IOMemoryMap", "__ZN11IOMemoryMap17getVirtualAddressEv");
    static WITH_OPTIONS: Direct = Direct::new("__ZN24IOBufferMemoryDescriptor11withOptionsEjmm");
    static BYTES: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");
    static APPEND: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor11appendBytesEPKvm");
    static SET_LENGTH: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor9setLengthEm");

    let mut block = *b"0123456789";
    let at = (&raw mut block) as u64;
    let whole = WITH_ADDRESS.call_obj(&[at, 10, 3]);
    assert_eq!((PREPARE.call_u32(whole, &[0]), COMPLETE.call_u32(whole, &[0])), (0, 0));
    let map = memory::map(whole, 0, 0);
    assert_eq!(MAP_ADDRESS.call(map, &[]), at);
    assert_eq!(memory::map_range(map), (at as usize, 10));
    whole.release();
    map.release();

    // Two ranges, one behind the other.
    let ranges = [(at as usize + 6, 4usize), (at as usize, 3)];
    let pieces = WITH_RANGES.call_obj(&[ranges.as_ptr() as u64, 2, 3, 0]);
    let mut out = [0u8; 8];
    assert_eq!(READ.call(pieces, &[2, (&raw mut out) as u64, 8]), 5);
    assert_eq!(mem::bytes((&raw const out) as usize, 5), b"89012");
    assert_eq!(WRITE.call(pieces, &[3, c"xy".as_ptr() as u64, 2]), 2);
    assert_eq!(mem::bytes(at as usize, 10), b"y12345678x");
    assert_eq!(READ.call(pieces, &[7, (&raw mut out) as u64, 1]), 0, "beyond the end");
    assert!(memory::map(pieces, 0, 0).is_null());
    pieces.release();

    assert!(WITH_OPTIONS.call_obj(&[3, 0, 1]).is_null(), "no bytes asked for");
    let buffer = WITH_OPTIONS.call_obj(&[3, 5000, 1]);
    let bytes = BYTES.call(buffer, &[]) as usize;
    assert_eq!((bytes % 4096, mem::bytes(bytes, 5000)), (0, vec![0; 5000]));
    SET_LENGTH.call(buffer, &[4998]);
    assert!(APPEND.call_bool(buffer, &[c"abc".as_ptr() as u64, 3]));
    assert_eq!(mem::bytes(bytes + 4998, 2), b"ab");
    assert_eq!(memory::ranges(buffer), [(bytes, 5000)]);
    buffer.release();
}

fn own_source() {
    let work_loop = workloop::new();
    let source = class::allocate("Source");
    assert!(INIT_SOURCE.call_bool(source, &[work_loop.word(), 0]));
    workloop::add(work_loop, source).unwrap();
    assert_eq!(work_loop.get_obj(24), source, "eventChain");
    assert_eq!(eventsource::next(source), Obj::NULL);
    settle();
    steps();
    PENDING.store(1, Ordering::Relaxed);
    workloop::signal(work_loop);
    settle();
    assert_eq!(steps(), ["work"]);
    workloop::remove(work_loop, source).unwrap();
    assert_eq!(work_loop.get_obj(24), Obj::NULL);
    workloop::signal(work_loop);
    settle();
    assert!(steps().is_empty());
    source.release();
    work_loop.release();
}

fn requests(entry: Obj) {
    static MAJOR: &str = "_version_major";
    assert_eq!(mem::read::<u32>(kpi::symbols::address(MAJOR).unwrap()), 13, "10.9");
    let wanted = Value::dictionary([
        ("Text", Value::string("text")),
        ("List", Value::Array(vec![Value::Number(7, 16), Value::Boolean(true), Value::Data(vec![1, 2])])),
    ]);
    assert_eq!(properties::set_values(entry, &wanted), Err(IOReturn::NOT_PRIVILEGED));
    assert_eq!(task::as_user(|| properties::set_values(entry, &wanted)), Err(IOReturn::NOT_PRIVILEGED));
    assert_eq!(properties::read_values(entry), Value::Dictionary(Vec::new()));
    let nested = || task::as_user(|| task::as_administrator(|| properties::set_values(entry, &wanted)));
    assert_eq!(nested(), Ok(()));
    assert_eq!(task::current(), Task::KERNEL);
    assert_eq!(properties::read_values(entry), Value::dictionary([("Taken", wanted)]));
}

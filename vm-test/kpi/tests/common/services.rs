//! A root service on IOResources, a device below it with a work loop and power states of its own, and user clients of the
//! device: matched, used and terminated.

use kpi::class;
use kpi::functions;
use kpi::iokit::connection::{self, Call};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{
    arbitration, busy, catalogue, config, matching, names, properties, resources, service, terminate, workloop,
};
use kpi::libkern::{number, string};
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;
use kpi::sched;
use protocol::event::Event;
use protocol::value::Value;

use super::common::{self, SECOND, counts, define, events, log, settle, step, steps};

const BUNDLE: &str = "org.example.test";

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
static JOIN_PM_TREE: Method = Method::new("IOService", "__ZN9IOService10joinPMtreeEPS_");
static REGISTER_POWER_DRIVER: Method =
    Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
static CHANGE_POWER_STATE_TO: Direct = Direct::new("__ZN9IOService18changePowerStateToEm");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static WITH_BYTES: Direct = Direct::new("__ZN24IOBufferMemoryDescriptor9withBytesEPKvmjb");

/// IOPMPowerState: off and on.
static STATES: [[u64; 12]; 2] = [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0x8000, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]];

/// Where the device keeps its work loop: a word of IOService's that nobody uses.
const WORK_LOOP: usize = 128;

extern "C" fn refuse_start(_this: Obj, _provider: Obj) -> bool {
    step("the proud one refuses");
    false
}

extern "C" fn root_start(this: Obj, provider: Obj) -> bool {
    assert_eq!(provider, resources::nub());
    assert_eq!(service::provider(this), provider);
    assert_eq!(properties::get_text(this, "Flavour").as_deref(), Some("plain"), "the personality is the properties");
    let device = class::allocate("TestDevice");
    assert!(INIT.call_bool(device, &[0]));
    assert!(service::attach(device, this));
    assert!(service::start(device, this));
    device.release();
    step("root started");
    true
}

extern "C" fn root_stop(this: Obj, provider: Obj) {
    assert!(service::clients(this).is_empty(), "stopped after its clients");
    assert!(workloop::in_gate(service::work_loop(provider)), "in the gate of the provider's work loop");
    step("root stopped");
}

extern "C" fn device_start(this: Obj, provider: Obj) -> bool {
    this.set(WORK_LOOP, workloop::new());
    PM_INIT.call(this, &[]);
    JOIN_PM_TREE.call(provider, &[this.word()]);
    REGISTER_POWER_DRIVER.call(this, &[this.word(), STATES.as_ptr() as u64, 2]);
    CHANGE_POWER_STATE_TO.call(&[this.word(), 1]);
    step("device started");
    config::register(this);
    true
}

extern "C" fn device_power(this: Obj, state: u64, whom: Obj) -> u64 {
    assert_eq!(this, whom);
    step(format!("device told power state {state}"));
    0
}

extern "C" fn device_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

extern "C" fn will_terminate(this: Obj, provider: Obj, _options: u32) -> bool {
    step(format!("{} will terminate with {}", names::text(this), names::text(provider)));
    true
}

extern "C" fn device_stop(this: Obj, _provider: Obj) {
    PM_STOP.call(this, &[]);
    step("device stopped");
}

extern "C" fn device_free(this: Obj) {
    let work_loop = this.get_obj(WORK_LOOP);
    this.set(WORK_LOOP, Obj::NULL);
    work_loop.release();
    step("device freed");
    SUPER_FREE.call(&[this.word()]);
}

extern "C" fn client_start(this: Obj, provider: Obj) -> bool {
    assert!(provider.is("TestDevice") && names::text(this) == "TestUserClient");
    true
}

extern "C" fn client_stop(_this: Obj, provider: Obj) {
    assert!(workloop::in_gate(service::work_loop(provider)));
    step("client stopped");
}

extern "C" fn client_close(this: Obj) -> IOReturn {
    step("client closed");
    terminate::terminate(this, 0);
    IOReturn::SUCCESS
}

/// Method 0 adds two scalars, through the dispatch table that a real client hands to the default implementation.
extern "C" fn add(_target: Obj, _reference: u64, call: Obj) -> IOReturn {
    let (input, output): (usize, usize) = (call.get(32), call.get(72));
    let sum: u64 = kpi::mem::read::<u64>(input) + kpi::mem::read::<u64>(input + 8);
    kpi::mem::write(output, sum);
    IOReturn::SUCCESS
}

extern "C" fn external_method(this: Obj, selector: u32, call: Obj) -> u32 {
    static DEFAULT: Direct = Direct::new(
        "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv",
    );
    let dispatch: [u64; 3] = [add as *const () as u64, 2, 1];
    let entry = if selector == 0 { dispatch.as_ptr() as u64 } else { 0 };
    DEFAULT.call(&[this.word(), u64::from(selector), call.word(), entry, this.word(), 0]) as u32
}

extern "C" fn client_memory(_this: Obj, kind: u32, options: usize, to: usize) -> IOReturn {
    if kind != 0 {
        return IOReturn::BAD_ARGUMENT;
    }
    kpi::mem::write(options, 0x1000u32);
    kpi::mem::write(to, WITH_BYTES.call_obj(&[c"shared".as_ptr() as u64, 6, 3, 0]));
    IOReturn::SUCCESS
}

functions! { FUNCTIONS:
    "test: refuse_start" => refuse_start,
    "test: root_start" => root_start,
    "test: root_stop" => root_stop,
    "test: device_start" => device_start,
    "test: device_power" => device_power,
    "test: device_work_loop" => device_work_loop,
    "test: will_terminate" => will_terminate,
    "test: device_stop" => device_stop,
    "test: device_free" => device_free,
    "test: client_start" => client_start,
    "test: client_stop" => client_stop,
    "test: client_close" => client_close,
    "test: add" => add,
    "test: external_method" => external_method,
    "test: client_memory" => client_memory,
}

static PART: Part = Part { functions: &[FUNCTIONS, common::FUNCTIONS], variables: &[], boot: || () };

fn define_classes() {
    const START: &str = "__ZN9IOService5startEPS_";
    const STOP: &str = "__ZN9IOService4stopEPS_";
    const WILL_TERMINATE: &str = "__ZN9IOService13willTerminateEPS_j";
    define("ProudRoot", "IOService", &[(START, refuse_start as *const ())]);
    define("TestRoot", "IOService", &[(START, root_start as *const ()), (STOP, root_stop as *const ())]);
    define(
        "TestDevice",
        "IOService",
        &[
            (START, device_start as *const ()),
            (STOP, device_stop as *const ()),
            (WILL_TERMINATE, will_terminate as *const ()),
            ("__ZN9IOService13setPowerStateEmPS_", device_power as *const ()),
            ("__ZNK9IOService11getWorkLoopEv", device_work_loop as *const ()),
            ("__ZN8OSObject4freeEv", device_free as *const ()),
        ],
    );
    define(
        "TestUserClient",
        "IOUserClient",
        &[
            (START, client_start as *const ()),
            (STOP, client_stop as *const ()),
            (WILL_TERMINATE, will_terminate as *const ()),
            ("__ZN12IOUserClient11clientCloseEv", client_close as *const ()),
            (
                "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv",
                external_method as *const (),
            ),
            ("__ZN12IOUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor", client_memory as *const ()),
        ],
    );
}

fn personality(class: &str, score: u64, extra: &[(&str, Value)]) -> Value {
    let text = |text: &str| Value::String(text.to_string());
    let mut entries = vec![
        ("IOClass".to_string(), text(class)),
        ("IOProviderClass".to_string(), text("IOResources")),
        ("IOResourceMatch".to_string(), text("IOKit")),
        ("IOMatchCategory".to_string(), text("TestCategory")),
        ("IOProbeScore".to_string(), Value::Number(score, 32)),
        ("Flavour".to_string(), text("plain")),
    ];
    entries.extend(extra.iter().map(|(key, value)| ((*key).to_string(), value.clone())));
    Value::Dictionary(entries)
}

/// Runs the scenario on a release.
pub fn run(release: &str) {
    common::boot(release, PART);
    define_classes();
    settle();
    let before = counts();
    start();
    let device = matching::registered("TestDevice")[0];
    registry(device);
    user_clients(device);
    unload(device);
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

fn start() {
    let unmet = ("IOPropertyMatch", Value::Dictionary(vec![("Never".to_string(), Value::Boolean(true))]));
    let personalities = [
        ("Plain".to_string(), personality("TestRoot", 10, &[])),
        ("Missing".to_string(), personality("NoSuchClass", 5, &[])),
        ("Proud".to_string(), personality("ProudRoot", 1000, &[])),
        ("Unmet".to_string(), personality("ProudRoot", 2000, &[unmet])),
    ];
    catalogue::add(BUNDLE, &personalities);
    assert!(busy::wait_quiet(resources::root(), Some(SECOND)));
    settle();
    assert_eq!(steps(), ["the proud one refuses", "device started", "root started", "device told power state 1"]);
    let matched = Event::Matched { class: "TestRoot".to_string(), personality: "Plain".to_string() };
    assert_eq!(events(), [matched]);
    assert_eq!(log(), ["Couldn't alloc class \"NoSuchClass\"", "ProudRoot::start(IOResources) <2> failed"]);
    assert_eq!(matching::registered("TestRoot"), [], "matched, but it did not register itself");

    // The category is taken, so nothing happens when the same is added again.
    catalogue::add("org.example.other", &personalities[..1]);
    settle();
    catalogue::remove("org.example.other");
    assert!(steps().is_empty());
}

fn registry(device: Obj) {
    assert_eq!(names::text(device), "TestDevice");
    assert!(properties::put(device, "Number", number::new(7, 8)));
    assert_eq!(properties::get_number(device, "Number"), Some(7));
    properties::remove(device, "Number");
    assert_eq!(properties::get_number(device, "Number"), None);
    assert_eq!(properties::set_properties(device, Obj::NULL), Err(IOReturn::UNSUPPORTED));
    let table = string::string("no dictionary");
    assert!(matching::passive(device, properties::table(resources::nub()), false), "no criteria, no objection");
    table.release();
    assert!(arbitration::lock(device, false) && arbitration::lock(device, true));
    arbitration::unlock(device);
    arbitration::unlock(device);
}

fn user_clients(device: Obj) {
    assert_eq!(connection::open(device, 0).err(), Some(IOReturn::UNSUPPORTED), "no class is named");
    properties::put(device, "IOUserClientClass", string::string("TestUserClient"));
    let opened = connection::open(device, 0).unwrap();
    let call = |scalars, scalars_out| Call { scalars, scalars_out, ..Call::default() };
    assert_eq!(connection::call(opened, 0, &call(&[20, 22], 1)), Ok((vec![42], vec![])));
    assert_eq!(connection::call(opened, 0, &call(&[20], 1)), Err(IOReturn::BAD_ARGUMENT));
    assert_eq!(connection::call(opened, 0, &call(&[20, 22], 0)), Err(IOReturn::BAD_ARGUMENT));
    assert_eq!(connection::call(opened, 1, &call(&[], 0)), Err(IOReturn::UNSUPPORTED));
    assert_eq!(connection::trap(opened, 0, [0; 6]), IOReturn::BAD_ARGUMENT);
    assert_eq!(connection::set_notification_port(opened, 1, 0, 0), Err(IOReturn::UNSUPPORTED));
    let (address, length) = connection::map(opened, 0, 0).unwrap();
    assert_eq!(kpi::mem::bytes(address, length), b"shared");
    assert_eq!(connection::map(opened, 1, 0), Err(IOReturn::BAD_ARGUMENT));
    assert_eq!(connection::close(opened), Ok(()));
    settle();
    assert_eq!(steps(), ["client closed", "client stopped"]);
    assert_eq!(connection::call(opened, 0, &call(&[20, 22], 1)), Err(connection::DEAD));
    assert!(service::clients(device).is_empty());
}

/// kextunload while a client is open: all are taken down, from the leaves up.
fn unload(device: Obj) {
    let opened = connection::open(device, 0).unwrap();
    let (address, length) = connection::map(opened, 0, 0).unwrap();
    assert!(catalogue::terminate(BUNDLE));
    catalogue::remove(BUNDLE);
    assert_eq!(
        steps(),
        [
            "TestDevice will terminate with TestRoot",
            "TestUserClient will terminate with TestDevice",
            "client stopped",
            "device stopped",
            "root stopped",
            "device freed",
        ]
    );
    assert_eq!(connection::close(opened), Err(connection::DEAD));
    assert_eq!(kpi::mem::bytes(address, length), b"shared", "its process has it mapped still");
    assert!(busy::wait_quiet(resources::root(), Some(0)));
    assert_eq!(class::census().keys().filter(|name| name.starts_with("Test")).count(), 0);
    // Thread calls have run out too.
    sched::sleep_until(sched::now() + SECOND);
}

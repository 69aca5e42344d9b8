//! What other people's kexts need beside our own: texts of objects, paths, notifications, interest, interrupts, idleness.

mod common;

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

use kpi::class;
use kpi::coverage::{self, Status};
use kpi::functions;
use kpi::iokit::connection::{self, Call};
use kpi::iokit::interrupt::{self, Kind};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{busy, config, names, path, plane, properties, resources, service, terminate, workloop};
use kpi::libkern::{array, boolean, data, dictionary, number, serialize, set, string, unserialize};
use kpi::mach::sysctl;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;
use kpi::sched;
use kpi::symbols;

use common::{SECOND, counts, define, settle, step, steps};

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static REMOVE: Method = Method::new("IONotifier", "__ZN10IONotifier6removeEv");
static DISABLE: Method = Method::new("IONotifier", "__ZN10IONotifier7disableEv");
static ENABLE: Method = Method::new("IONotifier", "__ZN10IONotifier6enableEb");

extern "C" fn notified(target: u64, reference: u64, service: Obj, _notifier: Obj) -> bool {
    step(format!("{target} {reference} {}", names::text(service)));
    true
}

extern "C" fn interested(_target: u64, reference: u64, kind: u32, service: Obj, argument: u64, _size: u64) -> u32 {
    step(format!("{reference} {} {kind:#x} {argument}", names::text(service)));
    0
}

extern "C" fn served(owner: Obj, source: Obj, count: u32) {
    assert!(workloop::in_gate(owner) && !interrupt::in_handler());
    step(format!("{count} interrupts of {}", source.class_name()));
}

extern "C" fn filter(_owner: Obj, _source: Obj) -> bool {
    assert!(interrupt::in_handler());
    step("filter");
    OURS.load(Ordering::Relaxed) == 1
}

static OURS: AtomicU64 = AtomicU64::new(0);

extern "C" fn set_power(_this: Obj, state: u64, _whom: Obj) -> u64 {
    step(format!("power {state}"));
    0
}

extern "C" fn write_number(target: u64, reference: u64, to: Obj) -> bool {
    static ADD: Direct = Direct::new("__ZN11OSSerialize9addStringEPKc");
    assert_eq!((target, reference), (1, 2));
    ADD.call_bool(&[to.word(), c"<integer>7</integer>".as_ptr() as u64])
}

/// An IOExternalMethod: target, function (two words), flags, what goes in and what comes out.
static METHOD: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

extern "C" fn method(this: Obj, index: u32) -> usize {
    METHOD[0].store(this.word(), Ordering::Relaxed);
    if index == 0 { METHOD.as_ptr() as usize } else { 0 }
}

extern "C" fn reverse(_target: Obj, from: usize, to: usize, length: u64, size: usize) -> IOReturn {
    let mut bytes = mem::bytes(from, length as usize);
    bytes.reverse();
    mem::put(to, &bytes);
    mem::write(size, length);
    IOReturn::SUCCESS
}

extern "C" fn sum(_target: Obj, one: u64, other: u64, bytes: usize, length: u64) -> IOReturn {
    step(format!("{one} {other} {}", String::from_utf8(mem::bytes(bytes, length as usize)).unwrap()));
    IOReturn::NOT_READY
}

functions! { FUNCTIONS:
    "test: method" => method,
    "test: reverse" => reverse,
    "test: sum" => sum,
    "test: notified" => notified,
    "test: interested" => interested,
    "test: served" => served,
    "test: filter" => filter,
    "test: set_power" => set_power,
    "test: write_number" => write_number,
}

static PART: Part = Part { functions: &[FUNCTIONS, common::FUNCTIONS], variables: &[], boot: || () };

fn word(text: &CStr) -> u64 {
    text.as_ptr() as u64
}

fn service(class: &str, name: &str) -> Obj {
    let service = class::allocate(class);
    assert!(INIT.call_bool(service, &[0]));
    names::set(service, name);
    assert!(service::attach(service, resources::root()));
    service
}

fn gone(service: Obj) {
    service::detach(service, resources::root());
    service.release();
}

/// What runs leaves nothing.
fn leaving_nothing(f: impl FnOnce()) {
    let before = counts();
    f();
    settle();
    assert_eq!(counts(), before, "nothing is left");
}

#[test]
fn breadth() {
    common::boot("10.9", PART);
    define("Old", "IOUserClient", &[("__ZN12IOUserClient25getExternalMethodForIndexEj", method as *const ())]);
    define("Powered", "IOService", &[("__ZN9IOService13setPowerStateEmPS_", set_power as *const ())]);
    settle();
    coverage_tells_the_truth();
    // An entry without a name keeps its class's once it was asked for.
    names::text(resources::root());
    leaving_nothing(texts);
    leaving_nothing(paths);
    leaving_nothing(notifications);
    leaving_nothing(interest);
    leaving_nothing(interrupts);
    leaving_nothing(idleness);
    leaving_nothing(locks);
    leaving_nothing(waits);
    leaving_nothing(queues);
    leaving_nothing(comparisons);
    leaving_nothing(clients);
    leaving_nothing(results);
    leaving_nothing(numbers);
    leaving_nothing(addresses);
    leaving_nothing(bytes);
}

fn bytes() {
    let own = *b"text\0";
    let lent = Obj(call("__ZN6OSData15withBytesNoCopyEPvj", &[own.as_ptr() as u64, 5]) as usize);
    assert_eq!(call("__ZN6OSData11appendBytesEPKvj", &[lent.word(), own.as_ptr() as u64, 1]) as u8, 0, "not its own");
    let text = string::string("text");
    assert_eq!(call("__ZNK6OSData9isEqualToEPK8OSString", &[lent.word(), text.word()]) as u8, 1);
    let part = Obj(call("__ZN6OSData8withDataEPKS_jj", &[lent.word(), 1, 3]) as usize);
    call("__ZN6OSData10appendByteEhj", &[part.word(), u64::from(b'!'), 2]);
    assert_eq!(data::bytes(part), b"ext!!");
    assert_eq!(call("__ZN6OSData8withDataEPKS_jj", &[lent.word(), 3, 3]), 0, "beyond the end");
    for object in [lent, text, part] {
        object.release();
    }
}

fn addresses() {
    let buffer = Obj(call("__ZN24IOBufferMemoryDescriptor11withOptionsEjmm", &[3, 8192, 1]) as usize);
    let bytes = call("__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv", &[buffer.word()]);
    assert_eq!(call("__ZN18IOMemoryDescriptor18getPhysicalAddressEv", &[buffer.word()]), bytes);
    let mut length = 0u64;
    let mut segment = |offset: u64| {
        let name = "__ZN25IOGeneralMemoryDescriptor18getPhysicalSegmentEyPyj";
        call(name, &[buffer.word(), offset, (&raw mut length) as u64, 0])
    };
    assert_eq!((segment(100), segment(8192)), (bytes + 100, 0));
    assert_eq!(mem::read::<u64>((&raw const length) as usize), 0);
    buffer.release();
}

fn numbers() {
    let variable = |name| symbols::address(name).unwrap() as u64;
    // sysctl_oid: parent, link, number and kind, the two arguments, name, handler, format, description, version.
    let children = [0u64; 1];
    let list = children.as_ptr() as u64;
    let node = [variable("_sysctl__debug_children"), 0, 0, list, 0, word(c"driver"), 0, 0, 0, 0];
    let level = 3u32;
    let handler = variable("_sysctl_handle_int");
    let number = [list, 0, 0, (&raw const level) as u64, 0, word(c"level"), handler, 0, 0, 0];
    let oids = [node.as_ptr() as u64, number.as_ptr() as u64];
    for oid in oids {
        call("_sysctl_register_oid", &[oid]);
    }
    let name = "debug.driver.level";
    assert_eq!(sysctl::exchange(name, None), Some(Ok(vec![3, 0, 0, 0])));
    assert_eq!(sysctl::exchange(name, Some(&[5, 0, 0, 0])), Some(Ok(vec![3, 0, 0, 0])));
    assert_eq!(sysctl::exchange(name, Some(&[0; 8])), Some(Err(22)), "EINVAL: too long");
    assert_eq!(sysctl::exchange(name, None), Some(Ok(vec![5, 0, 0, 0])));
    for oid in oids {
        call("_sysctl_unregister_oid", &[oid]);
    }
    assert_eq!(sysctl::exchange(name, None), None);
}

fn clients() {
    let device = service("IOService", "Device");
    properties::put(device, "IOUserClientClass", string::symbol("Old"));
    let connection = connection::open(device, 0).unwrap();
    let set = |function: *const (), kind: u64, counts: [u64; 2]| {
        for (word, value) in METHOD[1..].iter().zip([function as u64, 0, kind, counts[0], counts[1]]) {
            word.store(value, Ordering::Relaxed);
        }
    };
    let variable = u64::from(u32::MAX);
    set(reverse as *const (), 3, [variable, 8]);
    let call = Call { bytes: b"abc", bytes_out: 8, ..Call::default() };
    assert_eq!(connection::call(connection, 0, &call), Ok((Vec::new(), b"cba".to_vec())));
    let small = Call { bytes: b"abc", bytes_out: 4, ..Call::default() };
    assert_eq!(connection::call(connection, 0, &small), Err(IOReturn::BAD_ARGUMENT), "not the size it asks for");
    set(sum as *const (), 4, [2, variable]);
    let call = Call { scalars: &[1, 2], bytes: b"xy", ..Call::default() };
    assert_eq!(connection::call(connection, 0, &call), Err(IOReturn::NOT_READY));
    assert_eq!(steps(), ["1 2 xy"]);
    assert_eq!(connection::call(connection, 1, &call), Err(IOReturn::UNSUPPORTED));
    let client = connection::client(connection).unwrap();
    connection::close(connection).unwrap();
    assert!(terminate::terminate(client, terminate::SYNCHRONOUS));
    gone(device);
}

fn results() {
    let port = kpi::mach::port::new();
    let reference = [0u64; 8];
    let at = reference.as_ptr() as u64;
    call("__ZN12IOUserClient19setAsyncReference64EPyP8ipc_portyy", &[at, port << 8, 0x11, 0x22]);
    let send = |count: u64| {
        let arguments: [u64; 2] = [7, 8];
        call("__ZN12IOUserClient17sendAsyncResult64EPyiS0_j", &[at, 5, arguments.as_ptr() as u64, count]) as u32
    };
    assert_eq!(send(17), IOReturn::MESSAGE_TOO_LARGE.0);
    assert_eq!(IOReturn(send(2)), connection::DEAD, "no such port");
    call("__ZN12IOUserClient19setAsyncReference64EPyP8ipc_portyy", &[at, port, 0x11, 0x22]);
    assert_eq!(send(2), 0);
    let message = kpi::mach::port::receive(port).unwrap();
    let word = |at: usize| u64::from_le_bytes(message[at..at + 8].try_into().unwrap());
    assert_eq!((message.len(), word(48), word(56), word(104), word(112), word(120)), (128, 0x11, 0x22, 5, 7, 8));
    kpi::mach::port::destroy(port);
}

/// A function of the kernel's by its name.
fn call(name: &'static str, arguments: &[u64]) -> u64 {
    symbols::invoke(symbols::address(name).unwrap_or_else(|| panic!("no {name}")), arguments)
}

fn locks() {
    let group = call("_lck_grp_alloc_init", &[word(c"group"), 0]);
    let lock = call("_lck_rw_alloc_init", &[group, 0]);
    call("_lck_rw_lock_shared", &[lock]);
    assert_eq!(call("_lck_rw_try_lock", &[lock, 1]) as u8, 1, "another reader");
    assert_eq!(call("_lck_rw_try_lock", &[lock, 2]) as u8, 0, "no writer");
    let other = move || {
        call("_lck_rw_lock_exclusive", &[lock]);
        step("writes");
        assert_eq!(call("_lck_rw_done", &[lock]), 2);
    };
    sched::spawn("other", sched::Priority::Normal, Box::new(other));
    settle();
    call("_lck_rw_unlock_shared", &[lock]);
    settle();
    assert!(steps().is_empty(), "somebody reads still");
    call("_lck_rw_unlock_shared", &[lock]);
    settle();
    assert_eq!(steps(), ["writes"]);
    call("_lck_rw_lock_shared", &[lock]);
    assert_eq!(call("_lck_rw_lock_shared_to_exclusive", &[lock]) as u8, 1);
    call("_lck_rw_lock_exclusive_to_shared", &[lock]);
    assert_eq!(call("_lck_rw_done", &[lock]), 1);
    call("_lck_rw_free", &[lock, group]);
    let mutex = call("_lck_mtx_alloc_init", &[group, 0]);
    call("_lck_mtx_lock", &[mutex]);
    assert_eq!(call("_lck_mtx_try_lock", &[mutex]) as u8, 0);
    let waker = move || {
        call("_lck_mtx_lock", &[mutex]);
        call("_thread_wakeup_prim", &[77, 1, 3]);
        call("_lck_mtx_unlock", &[mutex]);
    };
    sched::spawn("waker", sched::Priority::Normal, Box::new(waker));
    assert_eq!(call("_lck_mtx_sleep", &[mutex, 0, 77, 0]), 3, "what the waker says");
    let deadline = sched::now() + SECOND;
    assert_eq!(call("_lck_mtx_sleep_deadline", &[mutex, 1, 77, 0, deadline]), 1, "timed out, and unlocked");
    call("_lck_mtx_free", &[mutex, group]);
    call("_lck_grp_free", &[group]);

    let conditions = call("__ZN15IOConditionLock13withConditionEib", &[1, 0]);
    let when = move || {
        call("__ZN15IOConditionLock8lockWhenEi", &[conditions, 5]);
        step("five");
        call("__ZN15IOConditionLock10unlockWithEi", &[conditions, 6]);
    };
    sched::spawn("when", sched::Priority::Normal, Box::new(when));
    call("__ZN15IOConditionLock4lockEv", &[conditions]);
    assert_eq!(call("__ZN15IOConditionLock7tryLockEv", &[conditions]) as u8, 0);
    call("__ZN15IOConditionLock6unlockEv", &[conditions]);
    settle();
    assert!(steps().is_empty());
    call("__ZN15IOConditionLock12setConditionEi", &[conditions, 5]);
    settle();
    assert_eq!(steps(), ["five"]);
    assert_eq!(call("__ZNK15IOConditionLock12getConditionEv", &[conditions]), 6);
    Obj(conditions as usize).release();
}

fn waits() {
    let mut semaphore = 0u64;
    assert_eq!(call("_semaphore_create", &[0, (&raw mut semaphore) as u64, 0, 1]), 0);
    assert_eq!(call("_semaphore_wait", &[semaphore]), 0);
    assert_eq!(call("_semaphore_wait_noblock", &[semaphore]), 49, "KERN_OPERATION_TIMED_OUT");
    let signal = move || {
        call("_semaphore_signal", &[semaphore]);
    };
    sched::spawn("signal", sched::Priority::Normal, Box::new(signal));
    assert_eq!(call("_semaphore_wait", &[semaphore]), 0);
    call("_semaphore_destroy", &[0, semaphore]);
    // Woken between the announcement and the wait.
    assert_eq!(call("_assert_wait", &[5, 0]) as i32, -1);
    call("_thread_wakeup_prim", &[5, 0, 0]);
    assert_eq!(call("_thread_block", &[0]), 0);
    call("_assert_wait_timeout", &[5, 0, 3, 1_000_000]);
    let before = sched::now();
    assert_eq!(call("_thread_block", &[0]), 1, "THREAD_TIMED_OUT");
    assert!(sched::now() - before >= 3_000_000);
}

fn queues() {
    static ENQUEUE: Method = Method::new("IODataQueue", "__ZN11IODataQueue7enqueueEPvj");
    static DEQUEUE: Method = Method::new("IOSharedDataQueue", "__ZN17IOSharedDataQueue7dequeueEPvPj");
    static SET_PORT: Method = Method::new("IODataQueue", "__ZN11IODataQueue19setNotificationPortEP8ipc_port");
    static DESCRIPTOR: Method = Method::new("IODataQueue", "__ZN11IODataQueue19getMemoryDescriptorEv");
    let port = kpi::mach::port::new();
    let queue = Obj(call("__ZN17IOSharedDataQueue11withEntriesEjj", &[2, 8]) as usize);
    SET_PORT.call(queue, &[port]);
    let enqueue = |value: u64| ENQUEUE.call_bool(queue, &[(&raw const value) as u64, 8]);
    let dequeue = || {
        let (mut value, mut size) = (0u64, 8u32);
        let taken = DEQUEUE.call_bool(queue, &[(&raw mut value) as u64, (&raw mut size) as u64]);
        taken.then(|| (mem::read::<u64>((&raw const value) as usize), mem::read::<u32>((&raw const size) as usize)))
    };
    assert_eq!(dequeue(), None);
    assert!(enqueue(1) && enqueue(2) && enqueue(3));
    assert!(!enqueue(4), "full");
    assert!(kpi::mach::port::receive(port).is_some_and(|message| message.len() == 32));
    assert!(kpi::mach::port::receive(port).is_none(), "once, when it was empty");
    assert_eq!((dequeue(), dequeue()), (Some((1, 8)), Some((2, 8))));
    assert!(enqueue(5), "at the start again");
    assert_eq!((dequeue(), dequeue(), dequeue()), (Some((3, 8)), Some((5, 8)), None));
    let memory = DESCRIPTOR.call_obj(queue, &[]);
    assert!(memory.is("IOMemoryDescriptor"));
    memory.release();
    queue.release();
    kpi::mach::port::destroy(port);
}

fn comparisons() {
    static EQUAL: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9isEqualToEPKS_");
    static COPY: Method = Method::new("OSCollection", "__ZN12OSCollection14copyCollectionEP12OSDictionary");
    let table = |value: u64| {
        let (table, list) = (dictionary::new(), array::new());
        let number = number::new(value, 32);
        array::push(list, number);
        number.release();
        dictionary::put(table, "List", list);
        table
    };
    let (one, same, other) = (table(1), table(1), table(2));
    assert!(EQUAL.call_bool(one, &[same.word()]) && !EQUAL.call_bool(one, &[other.word()]));
    let copy = COPY.call_obj(one, &[0]);
    assert!(EQUAL.call_bool(one, &[copy.word()]));
    assert_ne!(dictionary::get(one, "List"), dictionary::get(copy, "List"), "collections are copied");
    for table in [one, same, other, copy] {
        table.release();
    }
}

/// What is said of a release without a kernel holds in one that runs.
fn coverage_tells_the_truth() {
    let parts = [kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART, PART];
    let statuses = coverage::of(symbols::pack(), &parts);
    let functions = symbols::pack().symbols.iter().enumerate();
    for (index, symbol) in functions.filter(|(_, symbol)| symbol.kind == abi::pack::SymbolKind::Function) {
        // The facts take for a function what they know nothing of.
        let is_variable = parts.iter().flat_map(|part| part.variables).any(|variable| variable.name == symbol.name);
        let is_implemented = is_variable || symbols::is_implemented(index as u32);
        assert_eq!(statuses[index] == Status::Implemented, is_implemented, "{}", symbol.name);
    }
}

fn texts() {
    static FOR_TARGET: Direct = Direct::new("__ZN12OSSerializer9forTargetEPvPFbS0_S0_P11OSSerializeES0_");
    static UNSERIALIZE: Direct = Direct::new("__Z16OSUnserializeXMLPKcPP8OSString");
    let shared = string::string("a <b> & c");
    let list = array::new();
    for member in [number::new(42, 32), boolean::object(true), data::new(b"foob"), shared.retain(), shared.retain()] {
        array::push(list, member);
        member.release();
    }
    let table = dictionary::new();
    dictionary::put(table, "List", list);
    let members = set::new();
    set::add(members, shared);
    dictionary::put(table, "Set", members);
    let text = serialize::text_of(table).unwrap();
    let expected = "<dict ID=\"0\"><key>List</key><array ID=\"1\"><integer size=\"32\" ID=\"2\">0x2a</integer><true/>\
                    <data ID=\"3\">Zm9vYg==</data><string ID=\"4\">a &lt;b&gt; &amp; c</string><reference IDREF=\"4\"/>\
                    </array><key>Set</key><set ID=\"5\"><reference IDREF=\"4\"/></set></dict>";
    assert_eq!(String::from_utf8(text.clone()).unwrap(), expected);
    let back = unserialize::parse(&text).unwrap();
    assert_eq!(serialize::text_of(back), Some(text));
    back.release();

    let own = FOR_TARGET.call_obj(&[1, write_number as *const () as u64, 2]);
    assert_eq!(serialize::text_of(own).as_deref(), Some(&b"<integer>7</integer>"[..]));
    own.release();
    let plain = class::instantiate("OSObject");
    assert_eq!(serialize::text_of(plain).unwrap(), b"<string ID=\"0\">OSObject is not serializable</string>");
    plain.release();
    table.release();
    shared.release();

    let mut error = Obj::NULL;
    let wrong = c"<dict>\n<key>a</key><array><true/></dict>";
    assert!(UNSERIALIZE.call_obj(&[word(wrong), (&raw mut error) as u64]).is_null());
    assert_eq!(string::text(error), "OSUnserializeXML: syntax error near line 2\n");
    error.release();
    let nested = format!("{}{}", "<array>".repeat(65), "</array>".repeat(65));
    assert!(unserialize::parse(nested.as_bytes()).unwrap_err().contains("maximum depth"));
    let header = b"<?xml version=\"1.0\"?><!DOCTYPE plist><plist><!-- no --><string>x</string></plist>";
    let read = unserialize::parse(header).unwrap();
    assert_eq!(string::text(read), "x");
    read.release();
}

fn paths() {
    static GET: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry7getPathEPcPiPK15IORegistryPlane");
    static SET_LOCATION: Method =
        Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setLocationEPKcPK15IORegistryPlane");
    static FROM_PATH: Direct = Direct::new("__ZN15IORegistryEntry8fromPathEPKcPK15IORegistryPlanePcPiPS_");
    let device = service("IOService", "Device");
    SET_LOCATION.call(device, &[word(c"1f"), 0]);
    let expected = "IOService:/IOPlatformExpertDevice/Device@1f";
    assert_eq!(path::of(device, plane::service()).as_deref(), Some(expected));
    let mut room = [0u8; 64];
    let mut length = room.len() as u32;
    let (to, length_at) = ((&raw mut room) as u64, (&raw mut length) as u64);
    assert!(GET.call_bool(device, &[to, length_at, plane::service().word()]));
    assert_eq!((length as usize, mem::c_string(to as usize).as_str()), (expected.len(), expected));
    mem::write(length_at as usize, 8u32);
    assert!(!GET.call_bool(device, &[to, length_at, plane::service().word()]), "no room");
    let find = |text: &CStr| FROM_PATH.call_obj(&[word(text), 0, 0, 0, 0]);
    let found = find(c"IOService:/IOPlatformExpertDevice/Device@1F");
    assert_eq!(found, device);
    found.release();
    assert!(find(c"IOService:/IOPlatformExpertDevice/Device@20").is_null());
    assert!(find(c"/IOPlatformExpertDevice").is_null(), "no plane");
    assert!(find(c"IOService:/IOPlatformExpertDevice/Device:rest").is_null(), "no room for the rest");
    walks(device);
    gone(device);
}

/// What a registry iterator hands out, one level or all below, until the registry changes.
fn walks(device: Obj) {
    static NEXT: Method = Method::new("OSIterator", "__ZN10OSIterator13getNextObjectEv");
    let below = class::allocate("IOService");
    assert!(INIT.call_bool(below, &[0]) && service::attach(below, device));
    names::set(below, "Below");
    let walk = |root: Obj, options: u64| {
        let over = "__ZN18IORegistryIterator11iterateOverEP15IORegistryEntryPK15IORegistryPlanej";
        Obj(call(over, &[root.word(), plane::service().word(), options]) as usize)
    };
    let rest = |walk: Obj| {
        let next = || NEXT.call_obj(walk, &[]).some();
        std::iter::from_fn(next).map(names::text).collect::<Vec<_>>()
    };
    let all = ["IOResources", "Device", "Below"];
    for (options, expected) in [(0, &all[..2]), (1, &all[..])] {
        let walk = walk(resources::root(), options);
        assert_eq!(rest(walk), expected);
        walk.release();
    }
    let above = walk(below, 2 | 1);
    assert_eq!(rest(above), ["Device", "IOPlatformExpertDevice", "Root"]);
    above.release();
    let stale = walk(resources::root(), 1);
    service::detach(below, device);
    below.release();
    assert_eq!(rest(stale), [""; 0], "the registry has changed");
    call("__ZN18IORegistryIterator5resetEv", &[stale.word()]);
    assert_eq!(rest(stale), all[..2]);
    stale.release();
}

fn matching(key: &str, value: &str) -> Obj {
    let table = dictionary::new();
    dictionary::put(table, key, string::symbol(value));
    table
}

fn notifications() {
    static ADD: Direct = Direct::new(
        "__ZN9IOService23addMatchingNotificationEPK8OSSymbolP12OSDictionaryPFbPvS5_PS_P10IONotifierES5_S5_i",
    );
    static WAIT: Direct = Direct::new("__ZN9IOService22waitForMatchingServiceEP12OSDictionaryy");
    let table = matching("IONameMatch", "Wanted");
    let kind = |variable| mem::read::<Obj>(symbols::variable(variable));
    let install = |variable, reference, priority: i32| {
        let words = [kind(variable).word(), table.word(), notified as *const () as u64, 1, reference];
        ADD.call_obj(&[words[0], words[1], words[2], words[3], words[4], priority as u64])
    };
    let matched = install("_gIOMatchedNotification", 1, 0);
    let urgent = install("_gIOMatchedNotification", 2, 10);
    let terminated = install("_gIOTerminatedNotification", 3, 0);
    assert!(install("_gIOGeneralInterest", 4, 0).is_null(), "no such notification");
    let (other, wanted) = (service("IOService", "Other"), service("IOService", "Wanted"));
    assert!(WAIT.call_obj(&[table.word(), SECOND]).is_null());
    config::register(other);
    config::register(wanted);
    assert_eq!(steps(), [""; 0], "not on this thread");
    let found = WAIT.call_obj(&[table.word(), SECOND]);
    assert_eq!(found, wanted);
    found.release();
    settle();
    assert_eq!(steps(), ["1 2 Wanted", "1 1 Wanted"]);
    let late = install("_gIOFirstPublishNotification", 5, 0);
    assert_eq!(steps(), ["1 5 Wanted"], "of what there is");
    assert!(DISABLE.call_bool(urgent, &[]));
    config::register(wanted);
    settle();
    assert_eq!(steps(), ["1 1 Wanted"]);
    ENABLE.call(urgent, &[1]);
    assert!(terminate::terminate(wanted, terminate::SYNCHRONOUS));
    assert_eq!(steps(), ["1 3 Wanted"]);
    for notifier in [matched, urgent, terminated, late] {
        REMOVE.call(notifier, &[]);
    }
    assert!(terminate::terminate(other, terminate::SYNCHRONOUS));
    wanted.release();
    other.release();
    table.release();
}

fn interest() {
    static REGISTER: Method =
        Method::new("IOService", "__ZN9IOService16registerInterestEPK8OSSymbolPFiPvS3_jPS_S3_mES3_S3_");
    static MESSAGE: Method = Method::new("IOService", "__ZN9IOService14messageClientsEjPvm");
    let device = service("IOService", "Device");
    let register = |variable: &str, reference: u64| {
        let kind = mem::read::<Obj>(symbols::variable(variable));
        REGISTER.call_obj(device, &[kind.word(), interested as *const () as u64, 0, reference])
    };
    let (general, busyness) = (register("_gIOGeneralInterest", 1), register("_gIOBusyInterest", 2));
    assert!(register("_gIOMatchedNotification", 3).is_null());
    MESSAGE.call(device, &[0x77, 5, 0]);
    busy::adjust(device, 1);
    busy::adjust(device, -1);
    let expected = ["1 Device 0x77 5", "2 Device 0xe0000120 1", "2 Device 0xe0000120 0"];
    assert_eq!(steps(), expected);
    REMOVE.call(general, &[]);
    MESSAGE.call(device, &[0x77, 5, 0]);
    assert!(steps().is_empty());
    gone(device);
    REMOVE.call(busyness, &[]);
}

fn interrupts() {
    static NEW: Direct =
        Direct::new("__ZN22IOInterruptEventSource20interruptEventSourceEP8OSObjectPFvS1_PS_iEP9IOServicei");
    static NEW_FILTERED: Direct = Direct::new(
        "__ZN28IOFilterInterruptEventSource26filterInterruptEventSourceEP8OSObjectPFvS1_P22IOInterruptEventSourceiEPFbS1_PS_EP9IOServicei",
    );
    static OCCURRED: Method =
        Method::new("IOInterruptEventSource", "__ZN22IOInterruptEventSource17interruptOccurredEPvP9IOServicei");
    static ENABLE_SOURCE: Method = Method::new("IOEventSource", "__ZN13IOEventSource6enableEv");
    let (nub, work_loop) = (service("IOService", "Nub"), workloop::new());
    interrupt::provide(nub, &[Kind::Level, Kind::Edge]);
    let action = served as *const () as u64;
    let level = NEW.call_obj(&[work_loop.word(), action, nub.word(), 0]);
    let filtered = NEW_FILTERED.call_obj(&[work_loop.word(), action, filter as *const () as u64, nub.word(), 1]);
    let software = NEW.call_obj(&[work_loop.word(), action, 0, 0]);
    assert!(NEW.call_obj(&[work_loop.word(), action, nub.word(), 2]).is_null(), "the nub has two");
    for source in [level, filtered, software] {
        workloop::add(work_loop, source).unwrap();
    }
    interrupt::raise(nub, 0).unwrap();
    settle();
    assert!(steps().is_empty(), "not enabled yet");
    ENABLE_SOURCE.call(level, &[]);
    ENABLE_SOURCE.call(filtered, &[]);
    settle();
    assert_eq!(steps(), ["1 interrupts of IOInterruptEventSource"], "it had waited");
    interrupt::raise(nub, 0).unwrap();
    settle();
    assert_eq!(steps(), ["1 interrupts of IOInterruptEventSource"], "enabled again after the action");
    interrupt::raise(nub, 1).unwrap();
    settle();
    assert_eq!(steps(), ["filter"], "somebody else's");
    OURS.store(1, Ordering::Relaxed);
    interrupt::raise(nub, 1).unwrap();
    settle();
    assert_eq!(steps(), ["filter", "1 interrupts of IOFilterInterruptEventSource"]);
    workloop::run(work_loop, || {
        OCCURRED.call(software, &[0, 0, 0]);
        OCCURRED.call(software, &[0, 0, 0]);
    });
    settle();
    assert_eq!(steps(), ["2 interrupts of IOInterruptEventSource"]);
    assert_eq!(interrupt::raise(nub, 2), Err(IOReturn::NO_INTERRUPT));
    for source in [level, filtered, software] {
        workloop::remove(work_loop, source).unwrap();
        source.release();
    }
    work_loop.release();
    gone(nub);
}

fn idleness() {
    static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
    static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
    static REGISTER: Method = Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
    static TICKLE: Method = Method::new("IOService", "__ZN9IOService14activityTickleEmm");
    static SET_PERIOD: Method = Method::new("IOService", "__ZN9IOService18setIdleTimerPeriodEm");
    static CAPABILITY: Method = Method::new("IOService", "__ZN9IOService27maxCapabilityForDomainStateEm");
    static STATES: [[u64; 12]; 3] = [
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0x4000, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0x8000, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    let device = service("Powered", "Device");
    PM_INIT.call(device, &[]);
    REGISTER.call(device, &[device.word(), STATES.as_ptr() as u64, 3]);
    assert_eq!([0, 1, 3].map(|domain| CAPABILITY.call(device, &[domain])), [0, 1, 2]);
    SET_PERIOD.call(device, &[10]);
    assert!(!TICKLE.call_bool(device, &[1, 2]), "not there yet");
    settle();
    assert_eq!(steps(), ["power 2"]);
    assert!(TICKLE.call_bool(device, &[1, 2]));
    sched::sleep_until(sched::now() + 9 * SECOND);
    TICKLE.call(device, &[1, 2]);
    sched::sleep_until(sched::now() + 8 * SECOND);
    assert!(steps().is_empty(), "it was active meanwhile");
    sched::sleep_until(sched::now() + 40 * SECOND);
    assert_eq!(steps(), ["power 1", "power 0"]);
    PM_STOP.call(device, &[]);
    gone(device);
}

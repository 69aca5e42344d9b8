//! What user space shares with a driver: user clients, results, queues, memory.

use std::sync::atomic::{AtomicU64, Ordering};

use kpi::functions;
use kpi::iokit::connection::{self, Call};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{properties, terminate};
use kpi::libkern::string;
use kpi::mem;
use kpi::object::{Method, Obj};

use crate::common::{step, steps};
use crate::{attached, call, gone};

pub fn clients() {
    let device = attached("IOService", "Device");
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

pub fn results() {
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

pub fn queues() {
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

pub fn addresses() {
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

/// An IOExternalMethod: target, function (two words), flags, what goes in and what comes out.
static METHOD: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

pub extern "C" fn method(this: Obj, index: u32) -> usize {
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

functions! { pub FUNCTIONS:
    "test: method" => method,
    "test: reverse" => reverse,
    "test: sum" => sum,
}

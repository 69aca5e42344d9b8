//! Connections of user space to user clients: what stands behind IOServiceOpen, IOConnectCallMethod, IOConnectTrap6,
//! IOConnectMapMemory, IOConnectSetNotificationPort and IOServiceClose.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::task::{self, Task};
use crate::iokit::userclient::{arguments, call_member};
use crate::iokit::{memory, properties};
use crate::libkern::string;
use crate::object::{Method, Obj};
use crate::{sched, timer};

/// A connection: user space's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection(u32);

/// MACH_SEND_INVALID_DEST: what calls on a connection return once its user client is terminated.
pub const DEAD: IOReturn = IOReturn(0x1000_0003);

/// The property that names who opened a user client, and who that is here.
const CREATOR: &str = "IOUserClientCreator";
const CREATOR_NAME: &str = "pid 100, coreaudiod";
/// The part of a map's options that is user space's to choose: caching, reading only, placement.
const USER_OPTIONS: u32 = 0x0000_0fff;

/// How long after the termination of a user client its process has its memory mapped, ns.
const MOURNING: u64 = 500_000_000;

struct Open {
    client: Obj,
    /// IOMemoryMaps that the connection holds.
    maps: Vec<Obj>,
    closed: bool,
}

struct Connections {
    open: BTreeMap<Connection, Open>,
    last: u32,
}

static CONNECTIONS: Global<Connections> = Global::new(Connections { open: BTreeMap::new(), last: 0 });

static NEW_USER_CLIENT: Method =
    Method::new("IOService", "__ZN9IOService13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient");
static EXTERNAL_METHOD: Method = Method::new(
    "IOUserClient",
    "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv",
);
static TARGET_AND_TRAP: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient24getTargetAndTrapForIndexEPP9IOServicej");
static CLIENT_MEMORY: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor");
static REGISTER_PORT: Method = Method::new("IOUserClient", "__ZN12IOUserClient24registerNotificationPortEP8ipc_portjy");
static CLIENT_CLOSE: Method = Method::new("IOUserClient", "__ZN12IOUserClient11clientCloseEv");
static CLIENT_DIED: Method = Method::new("IOUserClient", "__ZN12IOUserClient10clientDiedEv");

/// Opens a user client of a service (IOServiceOpen).
///
/// # Errors
/// What the service says.
pub fn open(service: Obj, kind: u32) -> Result<Connection, IOReturn> {
    let mut client = Obj::NULL;
    let to = (&raw mut client) as u64;
    let new = |Task(task)| NEW_USER_CLIENT.call_u32(service, &[task, task, u64::from(kind), 0, to]);
    IOReturn(task::request(new)).ok()?;
    if client.is_null() {
        return Err(IOReturn::ERROR);
    }
    properties::put(client, CREATOR, string::string(CREATOR_NAME));
    let mut connections = CONNECTIONS.borrow();
    connections.last += 1;
    let connection = Connection(connections.last);
    connections.open.insert(connection, Open { client, maps: Vec::new(), closed: false });
    Ok(connection)
}

/// Objects that user space has names for, by task and name; each is retained.
static EXPORTS: Global<BTreeMap<(u64, u64), Obj>> = Global::new(BTreeMap::new());

/// Gives a task a name for an object; the same one if it has one already.
pub fn export(task: u64, object: Obj) -> u64 {
    let mut exports = EXPORTS.borrow();
    let known =
        exports.iter().find(|((owner, _), other)| *owner == task && **other == object).map(|((_, name), _)| *name);
    let fresh = exports.keys().map(|(_, name)| name + 1).max().unwrap_or(0x1_0003);
    let name = known.unwrap_or(fresh);
    if known.is_none() {
        exports.insert((task, name), object);
    }
    drop(exports);
    if known.is_none() {
        object.retain();
    }
    name
}

/// The user client behind a connection, not retained.
///
/// # Errors
/// [`DEAD`] when it was terminated.
pub fn client(connection: Connection) -> Result<Obj, IOReturn> {
    CONNECTIONS.borrow().open.get(&connection).map(|open| open.client).ok_or(DEAD)
}

/// What goes into a method and comes out.
#[derive(Debug, Default)]
pub struct Call<'a> {
    /// Scalars in.
    pub scalars: &'a [u64],
    /// Bytes in.
    pub bytes: &'a [u8],
    /// How many scalars may come out.
    pub scalars_out: usize,
    /// How many bytes may come out.
    pub bytes_out: usize,
}

/// Calls a method (IOConnectCallMethod): the scalars and bytes that came out.
///
/// # Errors
/// What the user client says; [`DEAD`].
pub fn call(connection: Connection, selector: u32, call: &Call<'_>) -> Result<(Vec<u64>, Vec<u8>), IOReturn> {
    let client = client(connection)?;
    let mut scalars = alloc::vec![0u64; call.scalars_out];
    let mut bytes = alloc::vec![0u8; call.bytes_out];
    let mut block = [0u64; arguments::SIZE / 8];
    let block = Obj((&raw mut block) as usize);
    block.set(arguments::VERSION, 1u32);
    block.set(arguments::SELECTOR, selector);
    block.set(arguments::SCALAR_INPUT, call.scalars.as_ptr() as u64);
    block.set(arguments::SCALAR_INPUT_COUNT, call.scalars.len() as u32);
    block.set(arguments::STRUCTURE_INPUT, call.bytes.as_ptr() as u64);
    block.set(arguments::STRUCTURE_INPUT_SIZE, call.bytes.len() as u32);
    block.set(arguments::SCALAR_OUTPUT, scalars.as_mut_ptr() as u64);
    block.set(arguments::SCALAR_OUTPUT_COUNT, scalars.len() as u32);
    block.set(arguments::STRUCTURE_OUTPUT, bytes.as_mut_ptr() as u64);
    block.set(arguments::STRUCTURE_OUTPUT_SIZE, bytes.len() as u32);
    client.retain();
    let method = |_| EXTERNAL_METHOD.call_u32(client, &[u64::from(selector), block.word(), 0, 0, 0]);
    let result = task::request(method);
    client.release();
    IOReturn(result).ok()?;
    scalars.truncate(block.get::<u32>(arguments::SCALAR_OUTPUT_COUNT) as usize);
    bytes.truncate(block.get::<u32>(arguments::STRUCTURE_OUTPUT_SIZE) as usize);
    Ok((scalars, bytes))
}

/// Calls a trap (IOConnectTrap6): what it returns, or kIOReturnUnsupported where there is none; [`DEAD`].
pub fn trap(connection: Connection, index: u32, words: [u64; 6]) -> IOReturn {
    let client = match client(connection) {
        Ok(client) => client,
        Err(error) => return error,
    };
    client.retain();
    let mut target = Obj::NULL;
    let trap = TARGET_AND_TRAP.call(client, &[(&raw mut target) as u64, u64::from(index)]) as usize;
    let result = if trap == 0 || target.is_null() {
        IOReturn::BAD_ARGUMENT
    } else {
        IOReturn(call_member(target, trap + 8, &words) as u32)
    };
    client.release();
    result
}

/// Maps memory of a type (IOConnectMapMemory): address and length. There is one address space, so it is the memory itself.
///
/// # Errors
/// What the user client says; [`DEAD`].
pub fn map(connection: Connection, kind: u32, options: u32) -> Result<(usize, usize), IOReturn> {
    let client = client(connection)?;
    let (mut own_options, mut descriptor) = (0u32, Obj::NULL);
    let task = task::request(|task| task);
    let (options_at, descriptor_at) = ((&raw mut own_options) as u64, (&raw mut descriptor) as u64);
    IOReturn(CLIENT_MEMORY.call_u32(client, &[u64::from(kind), options_at, descriptor_at])).ok()?;
    if descriptor.is_null() {
        return Err(IOReturn::ERROR);
    }
    let map = memory::map(descriptor, task.0, (own_options & !USER_OPTIONS) | (options & USER_OPTIONS));
    descriptor.release();
    if map.is_null() {
        return Err(IOReturn::VM_ERROR);
    }
    let range = memory::map_range(map);
    let kept = CONNECTIONS.borrow().open.get_mut(&connection).map(|open| open.maps.push(map));
    if kept.is_none() {
        map.release();
        return Err(DEAD);
    }
    Ok(range)
}

/// Has notifications sent to a port (IOConnectSetNotificationPort).
///
/// # Errors
/// What the user client says; [`DEAD`].
pub fn set_notification_port(connection: Connection, port: u64, kind: u32, reference: u64) -> Result<(), IOReturn> {
    let client = client(connection)?;
    IOReturn(REGISTER_PORT.call_u32(client, &[port, u64::from(kind), reference])).ok()
}

/// Closes a connection (IOServiceClose).
///
/// # Errors
/// [`DEAD`] when the user client was terminated.
pub fn close(connection: Connection) -> Result<(), IOReturn> {
    end(connection, &CLIENT_CLOSE)
}

/// The process that holds a connection died.
///
/// # Errors
/// [`DEAD`] when the user client was terminated.
pub fn die(connection: Connection) -> Result<(), IOReturn> {
    end(connection, &CLIENT_DIED)
}

fn end(connection: Connection, how: &Method) -> Result<(), IOReturn> {
    let client = client(connection)?;
    client.retain();
    let first = {
        let mut connections = CONNECTIONS.borrow();
        connections.open.get_mut(&connection).is_some_and(|open| !core::mem::replace(&mut open.closed, true))
    };
    if first {
        task::request(|_| how.call(client, &[]));
    }
    // Closing may have terminated the client, which takes its references away.
    let open = CONNECTIONS.borrow().open.remove(&connection);
    if let Some(open) = open {
        release(open);
    }
    client.release();
    Ok(())
}

fn release(open: Open) {
    open.maps.into_iter().for_each(Obj::release);
    open.client.release();
}

/// destroyUserReferences: user space loses what it holds of a terminated object. What it has mapped stays until it lets go of
/// the dead connection; a process does so soon after it has heard of the end.
pub fn drop_references(object: Obj) {
    let names = EXPORTS.borrow().extract_if(.., |_, other| *other == object).count();
    (0..names).for_each(|_| object.release());
    let lost: Vec<Open> = {
        let mut connections = CONNECTIONS.borrow();
        connections.open.extract_if(.., |_, open| open.client == object).map(|(_, open)| open).collect()
    };
    for Open { client, maps, .. } in lost {
        client.release();
        if !maps.is_empty() {
            let unmap = move || maps.into_iter().for_each(Obj::release);
            timer::arm_as_ever(sched::now() + MOURNING, Box::new(unmap));
        }
    }
}

//! A connection to an engine, as IOKit.framework makes one: IOServiceOpen, IOConnectMapMemory, IOConnectCallMethod,
//! IOConnectTrap6, IOServiceClose. Each calls the user client's virtual function that the kernel would call.

use alloc::format;
use alloc::string::String;

use kpi::mach::port;
use kpi::object::{Method, Obj};
use kpi::{mem, symbols};

/// Selectors of the engine's user client.
pub mod method {
    /// (stream, address, size, set).
    pub const REGISTER_BUFFER: u32 = 0;
    /// (address, set).
    pub const UNREGISTER_BUFFER: u32 = 1;
    /// ().
    pub const START: u32 = 3;
    /// ().
    pub const STOP: u32 = 4;
}

static NEW_USER_CLIENT: Method =
    Method::new("IOService", "__ZN9IOService13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient");
static EXTERNAL_METHOD: Method = Method::new(
    "IOUserClient",
    "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv",
);
static CLIENT_MEMORY: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor");
static EXTERNAL_TRAP: Method = Method::new("IOUserClient", "__ZN12IOUserClient23getExternalTrapForIndexEj");
static REGISTER_PORT: Method = Method::new("IOUserClient", "__ZN12IOUserClient24registerNotificationPortEP8ipc_portjj");
static CLIENT_CLOSE: Method = Method::new("IOUserClient", "__ZN12IOUserClient11clientCloseEv");
static GET_BYTES: Method = Method::new("IOBufferMemoryDescriptor", "__ZN24IOBufferMemoryDescriptor14getBytesNoCopyEv");

/// The task of coreaudiod, which the kernel compares and never looks into.
const TASK: u64 = 0x6361_6400;
/// Words of IOExternalMethodArguments: 244 bytes, rounded up.
const ARGUMENT_WORDS: usize = 31;
/// Byte offsets in it.
const SCALAR_INPUT: usize = 32;
const SCALAR_INPUT_COUNT: usize = 40;

/// An open user client.
pub struct Connection {
    client: Obj,
    port: u64,
}

/// What an IO thread needs of a connection: the trap.
#[derive(Clone, Copy)]
pub struct Handle {
    object: Obj,
    function: usize,
}

impl Connection {
    /// IOServiceOpen, then a notification port.
    ///
    /// # Errors
    /// The engine's refusal.
    pub fn open(service: Obj) -> Result<Connection, String> {
        let mut opened = Obj::NULL;
        let at = (&raw mut opened) as usize;
        let result = NEW_USER_CLIENT.call_u32(service, &[TASK, TASK, 0, 0, at as u64]);
        let client: Obj = mem::read(at);
        if result != 0 || client.is_null() {
            return Err(format!("opening the engine's user client: {result:#x}"));
        }
        let port = port::new();
        let result = REGISTER_PORT.call_u32(client, &[port, 0, 0]);
        let connection = Connection { client, port };
        if result == 0 {
            return Ok(connection);
        }
        connection.close();
        Err(format!("registering a notification port: {result:#x}"))
    }

    /// IOConnectCallMethod with scalars only; the error is the IOReturn.
    ///
    /// # Errors
    /// What the method returned, as text.
    pub fn call(&self, selector: u32, scalars: &[u64]) -> Result<(), String> {
        let mut block = [0u64; ARGUMENT_WORDS];
        let at = (&raw mut block) as usize;
        mem::write(at, [1u32, selector]);
        mem::write(at + SCALAR_INPUT, scalars.as_ptr() as u64);
        mem::write(at + SCALAR_INPUT_COUNT, scalars.len() as u32);
        match EXTERNAL_METHOD.call_u32(self.client, &[u64::from(selector), at as u64, 0, 0, 0]) {
            0 => Ok(()),
            error => Err(format!("{error:#x}")),
        }
    }

    /// IOConnectMapMemory of the status page; one address space, so the map is the memory itself.
    ///
    /// # Errors
    /// The client's refusal.
    pub fn map_status(&self) -> Result<usize, String> {
        let (mut options, mut memory) = (0u32, Obj::NULL);
        let (options_at, memory_at) = ((&raw mut options) as usize, (&raw mut memory) as usize);
        let result = CLIENT_MEMORY.call_u32(self.client, &[0, options_at as u64, memory_at as u64]);
        let descriptor: Obj = mem::read(memory_at);
        if result != 0 || descriptor.is_null() {
            return Err(format!("mapping the status page: {result:#x}"));
        }
        let page = GET_BYTES.call(descriptor, &[]) as usize;
        // The client's map holds a reference of its own for as long as the engine lives, and so does the engine.
        descriptor.release();
        Ok(page)
    }

    /// The trap.
    pub fn handle(&self) -> Handle {
        let trap = EXTERNAL_TRAP.call(self.client, &[0]) as usize;
        if trap == 0 {
            return Handle { object: self.client, function: 0 };
        }
        Handle { object: mem::read(trap), function: mem::read(trap + 8) }
    }

    /// IOServiceClose.
    pub fn close(&self) {
        CLIENT_CLOSE.call(self.client, &[]);
        self.client.release();
        port::destroy(self.port);
    }
}

impl Handle {
    /// IOConnectTrap6; kIOReturnUnsupported where there is no trap.
    pub fn trap(&self, arguments: [u64; 6]) -> u32 {
        const UNSUPPORTED: u32 = 0xe000_02c7;
        if self.function == 0 {
            return UNSUPPORTED;
        }
        let mut words = [self.object.word(); 7];
        words[1..].copy_from_slice(&arguments);
        symbols::invoke(self.function, &words) as u32
    }
}

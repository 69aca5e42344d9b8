//! IOUserClient: what a user client does unless it overrides it, and the way down from `externalMethod` to older methods.

use crate::class;
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::userclient_older as older;
use crate::iokit::{connection, properties, service};
use crate::libkern::string;
use crate::mem;
use crate::object::{Method, Obj};
use crate::symbols;

/// Byte offsets in IOExternalMethodArguments.
pub(super) mod arguments {
    pub const VERSION: usize = 0;
    pub const SELECTOR: usize = 4;
    pub const SCALAR_INPUT: usize = 32;
    pub const SCALAR_INPUT_COUNT: usize = 40;
    pub const STRUCTURE_INPUT: usize = 48;
    pub const STRUCTURE_INPUT_SIZE: usize = 56;
    pub const SCALAR_OUTPUT: usize = 72;
    pub const SCALAR_OUTPUT_COUNT: usize = 80;
    pub const STRUCTURE_OUTPUT: usize = 88;
    pub const STRUCTURE_OUTPUT_SIZE: usize = 96;
    pub const SIZE: usize = 248;
}

/// `IOExternalMethod::object`.
const OBJECT: usize = 0;

/// `kIOUCVariableStructureSize`: any number will do.
pub(super) const VARIABLE: u32 = u32::MAX;
const USER_CLIENT_CLASS: &str = "IOUserClientClass";

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static INIT_WITH_TASK: Method = Method::new("IOUserClient", "__ZN12IOUserClient12initWithTaskEP4taskPvj");
static INIT_WITH_PROPERTIES: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient12initWithTaskEP4taskPvjP12OSDictionary");
static NEW_USER_CLIENT: Method = Method::new("IOService", "__ZN9IOService13newUserClientEP4taskPvjPP12IOUserClient");
static CLIENT_CLOSE: Method = Method::new("IOUserClient", "__ZN12IOUserClient11clientCloseEv");
static REGISTER_PORT: Method = Method::new("IOUserClient", "__ZN12IOUserClient24registerNotificationPortEP8ipc_portjj");
static METHOD_FOR_INDEX: Method = Method::new("IOUserClient", "__ZN12IOUserClient25getExternalMethodForIndexEj");
static ASYNC_METHOD_FOR_INDEX: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient30getExternalAsyncMethodForIndexEj");
static TARGET_AND_METHOD: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient26getTargetAndMethodForIndexEPP9IOServicej");
static TRAP_FOR_INDEX: Method = Method::new("IOUserClient", "__ZN12IOUserClient23getExternalTrapForIndexEj");

/// IOService::newUserClient: asks the older form first, then makes the class that the property names.
extern "C" fn new_user_client(this: Obj, task: u64, security: u64, kind: u32, dict: Obj, to: usize) -> IOReturn {
    let older = NEW_USER_CLIENT.call_u32(this, &[task, security, u64::from(kind), to as u64]);
    if IOReturn(older).is_success() {
        return IOReturn::SUCCESS;
    }
    let Some(name) = properties::get_text(this, USER_CLIENT_CLASS) else { return IOReturn::UNSUPPORTED };
    properties::put(this, USER_CLIENT_CLASS, string::symbol(&name));
    let client = class::allocate(&name);
    if client.is_null() {
        return IOReturn::NO_MEMORY;
    }
    let made = start_client(this, client, &[task, security, u64::from(kind), dict.word()]);
    match made {
        Ok(()) => mem::write(to, client),
        Err(_) => client.release(),
    }
    made.err().unwrap_or(IOReturn::SUCCESS)
}

fn start_client(provider: Obj, client: Obj, init: &[u64]) -> Result<(), IOReturn> {
    if !client.is("IOUserClient") {
        return Err(IOReturn::UNSUPPORTED);
    }
    if !INIT_WITH_PROPERTIES.call_bool(client, init) {
        return Err(IOReturn::BAD_ARGUMENT);
    }
    if !service::attach(client, provider) {
        return Err(IOReturn::UNSUPPORTED);
    }
    if !service::start(client, provider) {
        service::detach(client, provider);
        return Err(IOReturn::UNSUPPORTED);
    }
    Ok(())
}

extern "C" fn older_new_user_client(_this: Obj, _task: u64, _security: u64, _kind: u32, _to: usize) -> IOReturn {
    IOReturn::UNSUPPORTED
}

extern "C" fn init(this: Obj, properties: Obj) -> bool {
    !properties::table(this).is_null() || properties::init(this, properties)
}

extern "C" fn init_empty(this: Obj) -> bool {
    init(this, Obj::NULL)
}

extern "C" fn init_with_task(this: Obj, _task: u64, _security: u64, _kind: u32) -> bool {
    init(this, Obj::NULL)
}

extern "C" fn init_with_properties(this: Obj, task: u64, security: u64, kind: u32, properties: Obj) -> bool {
    INIT.call_bool(this, &[properties.word()]) && INIT_WITH_TASK.call_bool(this, &[task, security, u64::from(kind)])
}

extern "C" fn client_died(this: Obj) -> u32 {
    CLIENT_CLOSE.call_u32(this, &[])
}

/// registerNotificationPort with a 64-bit reference comes down to the older form.
extern "C" fn register_port(this: Obj, port: u64, kind: u32, reference: u64) -> u32 {
    REGISTER_PORT.call_u32(this, &[port, u64::from(kind), u64::from(reference as u32)])
}

extern "C" fn unsupported(_this: Obj) -> IOReturn {
    IOReturn::UNSUPPORTED
}

extern "C" fn none(_this: Obj) -> usize {
    0
}

/// getTargetAndMethodForIndex: the target stands in the method's first field.
extern "C" fn target_and_method(this: Obj, target: usize, index: u32) -> usize {
    let method = METHOD_FOR_INDEX.call(this, &[u64::from(index)]) as usize;
    if method != 0 {
        mem::write::<u64>(target, mem::read(method + OBJECT));
    }
    method
}

/// getAsyncTargetAndMethodForIndex: the target stands in the method's first field.
extern "C" fn target_and_async_method(this: Obj, target: usize, index: u32) -> usize {
    let method = ASYNC_METHOD_FOR_INDEX.call(this, &[u64::from(index)]) as usize;
    if method != 0 {
        mem::write::<u64>(target, mem::read(method + OBJECT));
    }
    method
}

/// exportObjectToClient: user space gets a name for an object, which the name holds.
extern "C" fn export_object(_this: Obj, task: u64, object: Obj, to: usize) -> IOReturn {
    mem::write(to, connection::export(task, object));
    IOReturn::SUCCESS
}

/// getTargetAndTrapForIndex: the target stands in the trap's first field.
extern "C" fn target_and_trap(this: Obj, target: usize, index: u32) -> usize {
    let trap = TRAP_FOR_INDEX.call(this, &[u64::from(index)]) as usize;
    if trap != 0 {
        mem::write::<u64>(target, mem::read(trap));
    }
    trap
}

/// IOUserClient::externalMethod: checks the counts that a dispatch entry asks for and calls its function; without an entry
/// it looks for an older method.
extern "C" fn external_method(this: Obj, index: u32, call: Obj, dispatch: usize, target: Obj, reference: u64) -> u32 {
    if dispatch == 0 {
        return older_method(this, index, call).0;
    }
    let checks = [
        (arguments::SCALAR_INPUT_COUNT, 8),
        (arguments::STRUCTURE_INPUT_SIZE, 12),
        (arguments::SCALAR_OUTPUT_COUNT, 16),
        (arguments::STRUCTURE_OUTPUT_SIZE, 20),
    ];
    for (given, wanted) in checks {
        let wanted: u32 = mem::read(dispatch + wanted);
        if wanted != VARIABLE && wanted != call.get::<u32>(given) {
            return IOReturn::BAD_ARGUMENT.0;
        }
    }
    match mem::read::<usize>(dispatch) {
        0 => IOReturn::NO_COMPLETION.0,
        function => symbols::invoke(function, &[target.word(), reference, call.word()]) as u32,
    }
}

fn older_method(this: Obj, index: u32, call: Obj) -> IOReturn {
    let mut target = Obj::NULL;
    let method = TARGET_AND_METHOD.call(this, &[(&raw mut target) as u64, u64::from(index)]) as usize;
    if method == 0 || target.is_null() {
        return IOReturn::UNSUPPORTED;
    }
    older::call(target, method, call)
}

/// Calls what a C++ pointer to a member function at `pointer` points to: a function, or a slot of the target's vtable.
pub(super) fn call_member(target: Obj, pointer: usize, words: &[u64]) -> u64 {
    let [function, adjust]: [u64; 2] = mem::read(pointer);
    let target = Obj((target.word() + adjust) as usize);
    let function = if function & 1 == 0 { function as usize } else { target.slot((function as usize - 1) / 8) };
    let mut all = [0; 14];
    all[0] = target.word();
    all[1..=words.len()].copy_from_slice(words);
    symbols::invoke_words(function, &all)
}

functions! { pub FUNCTIONS:
    "__ZN9IOService13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient" => new_user_client,
    "__ZN9IOService13newUserClientEP4taskPvjPP12IOUserClient" => older_new_user_client,
    "__ZN12IOUserClient4initEP12OSDictionary" => init,
    "__ZN12IOUserClient4initEv" => init_empty,
    "__ZN12IOUserClient12initWithTaskEP4taskPvj" => init_with_task,
    "__ZN12IOUserClient12initWithTaskEP4taskPvjP12OSDictionary" => init_with_properties,
    "__ZN12IOUserClient4freeEv" => service::free,
    "__ZN12IOUserClient11clientCloseEv" => unsupported,
    "__ZN12IOUserClient10clientDiedEv" => client_died,
    "__ZN12IOUserClient10getServiceEv" => none,
    "__ZN12IOUserClient24registerNotificationPortEP8ipc_portjj" => unsupported,
    "__ZN12IOUserClient24registerNotificationPortEP8ipc_portjy" => register_port,
    "__ZN12IOUserClient24getNotificationSemaphoreEjPP9semaphore" => unsupported,
    "__ZN12IOUserClient13connectClientEPS_" => unsupported,
    "__ZN12IOUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor" => unsupported,
    "__ZN12IOUserClient25getExternalMethodForIndexEj" => none,
    "__ZN12IOUserClient30getExternalAsyncMethodForIndexEj" => none,
    "__ZN12IOUserClient26getTargetAndMethodForIndexEPP9IOServicej" => target_and_method,
    "__ZN12IOUserClient31getAsyncTargetAndMethodForIndexEPP9IOServicej" => target_and_async_method,
    "__ZN12IOUserClient20exportObjectToClientEP4taskP8OSObjectPS3_" => export_object,
    "__ZN12IOUserClient23getExternalTrapForIndexEj" => none,
    "__ZN12IOUserClient24getTargetAndTrapForIndexEPP9IOServicej" => target_and_trap,
    "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv" => external_method,
}

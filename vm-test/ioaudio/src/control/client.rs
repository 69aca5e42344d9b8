//! IOAudioControlUserClient: a notification port on a control. It has no methods; values are set through the registry.

use kpi::class;
use kpi::functions;
use kpi::mach::port;
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};

use crate::behaviour;
use crate::layout::control_client::AUDIO_CONTROL;
use crate::opening;
use crate::returns::{ERROR, NO_MEMORY, SUCCESS, UNSUPPORTED};
use crate::service;

/// Where a client's notifications go (0: nowhere) and the reference they carry.
#[derive(Clone, Copy, Default)]
struct Port {
    name: u64,
    reference: u32,
}

static PORTS: Side<Port> = Side::new();

static SUPER_INIT: Direct = Direct::new("__ZN12IOUserClient12initWithTaskEP4taskPvjP12OSDictionary");
static SUPER_FREE: Direct = Direct::new("__ZN12IOUserClient4freeEv");
static SERVICE_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static INIT: Method = Method::new(
    "IOAudioControlUserClient",
    "__ZN24IOAudioControlUserClient20initWithAudioControlEP14IOAudioControlP4taskPvjP12OSDictionary",
);
static CREATE: Method = Method::new(
    "IOAudioControl",
    "__ZN14IOAudioControl16createUserClientEP4taskPvjPP24IOAudioControlUserClientP12OSDictionary",
);
static OLDER_CREATE: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl16createUserClientEP4taskPvjPP24IOAudioControlUserClient");
static ADD_CLIENT: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl13addUserClientEP24IOAudioControlUserClient");
static CLIENT_CLOSED: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl12clientClosedEP24IOAudioControlUserClient");
/// `sendChangeNotification(kind)`.
pub static SEND_CHANGE: Method =
    Method::new("IOAudioControlUserClient", "__ZN24IOAudioControlUserClient22sendChangeNotificationEj");

/// IOAudioControl::newUserClient.
extern "C" fn open(this: Obj, task: u64, security: u64, kind: u32, properties: Obj, to: usize) -> u32 {
    if opening::by_older_form(this, &[task, security, u64::from(kind), to as u64]) {
        return SUCCESS;
    }
    opening::open(
        this,
        to,
        |at| CREATE.call_u32(this, &[task, security, u64::from(kind), at as u64, properties.word()]),
        |user_client| ADD_CLIENT.call_u32(this, &[user_client.word()]),
    )
}

extern "C" fn older_open(this: Obj, task: u64, security: u64, kind: u32, to: usize) -> u32 {
    if !behaviour::now().opens_by_older_form {
        return UNSUPPORTED;
    }
    opening::open(
        this,
        to,
        |at| OLDER_CREATE.call_u32(this, &[task, security, u64::from(kind), at as u64]),
        |user_client| ADD_CLIENT.call_u32(this, &[user_client.word()]),
    )
}

extern "C" fn create(this: Obj, task: u64, security: u64, kind: u32, to: usize, properties: Obj) -> u32 {
    let user_client = with_control_and_properties(this, task, security, kind, properties);
    if user_client.is_null() {
        return NO_MEMORY;
    }
    mem::write(to, user_client);
    SUCCESS
}

extern "C" fn older_create(this: Obj, task: u64, security: u64, kind: u32, to: usize) -> u32 {
    create(this, task, security, kind, to, Obj::NULL)
}

extern "C" fn with_control(control: Obj, task: u64, security: u64, kind: u32) -> Obj {
    with_control_and_properties(control, task, security, kind, Obj::NULL)
}

extern "C" fn with_control_and_properties(control: Obj, task: u64, security: u64, kind: u32, properties: Obj) -> Obj {
    let user_client = class::instantiate("IOAudioControlUserClient");
    if INIT.call_bool(user_client, &[control.word(), task, security, u64::from(kind), properties.word()]) {
        return user_client;
    }
    user_client.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, control: Obj, task: u64, security: u64, kind: u32, properties: Obj) -> bool {
    let arguments = [this.word(), task, security, u64::from(kind), properties.word()];
    if control.is_null() || task == 0 || !SUPER_INIT.call_bool(&arguments) {
        return false;
    }
    this.set(AUDIO_CONTROL, control);
    PORTS.insert(this, Port::default());
    true
}

extern "C" fn older_init(this: Obj, control: Obj, task: u64, security: u64, kind: u32) -> bool {
    init(this, control, task, security, kind, Obj::NULL)
}

extern "C" fn free(this: Obj) {
    PORTS.remove(this);
    let own = kpi::symbols::address("__ZN12IOUserClient4freeEv").is_some();
    (if own { &SUPER_FREE } else { &SERVICE_FREE }).call(&[this.word()]);
}

/// The kind is not looked at: one port serves both.
extern "C" fn register_port(this: Obj, to: u64, _kind: u32, reference: u32) -> u32 {
    if service::is_inactive(this) {
        return ERROR;
    }
    PORTS.insert(this, Port { name: to, reference });
    SUCCESS
}

/// A message to the port: kind, the port's reference, no sender.
extern "C" fn send_change(this: Obj, kind: u32) {
    let Some(to) = PORTS.with(this, |port| *port).filter(|port| port.name != 0) else { return };
    let mut body = alloc::vec::Vec::new();
    body.extend_from_slice(&kind.to_le_bytes());
    body.extend_from_slice(&to.reference.to_le_bytes());
    body.extend_from_slice(&0u64.to_le_bytes());
    port::send(to.name, &body);
}

extern "C" fn send_value_change(this: Obj) {
    SEND_CHANGE.call(this, &[0]);
}

/// The process closed the connection, or died.
extern "C" fn close(this: Obj) -> u32 {
    let control = this.get_obj(AUDIO_CONTROL);
    if !control.is_null() {
        this.set(AUDIO_CONTROL, Obj::NULL);
        CLIENT_CLOSED.call(control, &[this.word()]);
    }
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN14IOAudioControl13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient" => open,
    "__ZN14IOAudioControl13newUserClientEP4taskPvjPP12IOUserClient" => older_open,
    "__ZN14IOAudioControl16createUserClientEP4taskPvjPP24IOAudioControlUserClientP12OSDictionary" => create,
    "__ZN14IOAudioControl16createUserClientEP4taskPvjPP24IOAudioControlUserClient" => older_create,
    "__ZN24IOAudioControlUserClient16withAudioControlEP14IOAudioControlP4taskPvj" => with_control,
    "__ZN24IOAudioControlUserClient16withAudioControlEP14IOAudioControlP4taskPvjP12OSDictionary" => with_control_and_properties,
    "__ZN24IOAudioControlUserClient20initWithAudioControlEP14IOAudioControlP4taskPvj" => older_init,
    "__ZN24IOAudioControlUserClient20initWithAudioControlEP14IOAudioControlP4taskPvjP12OSDictionary" => init,
    "__ZN24IOAudioControlUserClient4freeEv" => free,
    "__ZN24IOAudioControlUserClient24registerNotificationPortEP8ipc_portjj" => register_port,
    "__ZN24IOAudioControlUserClient22sendChangeNotificationEj" => send_change,
    "__ZN24IOAudioControlUserClient27sendValueChangeNotificationEv" => send_value_change,
    "__ZN24IOAudioControlUserClient11clientCloseEv" => close,
    "__ZN24IOAudioControlUserClient10clientDiedEv" => close,
}

//! Messages to clients.

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{keys, registry, service};
use crate::object::{Method, Obj};
use crate::symbols;

/// `kIOMessageServiceIsTerminated`.
pub const IS_TERMINATED: u32 = 0xe000_0010;
/// `kIOMessageServiceIsRequestingClose`.
pub const IS_REQUESTING_CLOSE: u32 = 0xe000_0100;
/// `kIOMessageServiceIsAttemptingOpen`.
pub const IS_ATTEMPTING_OPEN: u32 = 0xe000_0101;
/// `kIOMessageServiceWasClosed`.
pub const WAS_CLOSED: u32 = 0xe000_0110;

static MESSAGE: Method = Method::new("IOService", "__ZN9IOService7messageEjPS_Pv");
static MESSAGE_CLIENT: Method = Method::new("IOService", "__ZN9IOService13messageClientEjP8OSObjectPvm");
static MESSAGE_CLIENTS: Method = Method::new("IOService", "__ZN9IOService14messageClientsEjPvm");

/// `message`: tells `service` something about `provider`.
pub fn send(service: Obj, kind: u32, provider: Obj, argument: u64) -> IOReturn {
    IOReturn(MESSAGE.call_u32(service, &[u64::from(kind), provider.word(), argument]))
}

/// `messageClient`.
pub fn to_client(service: Obj, kind: u32, client: Obj, argument: u64) -> IOReturn {
    IOReturn(MESSAGE_CLIENT.call_u32(service, &[u64::from(kind), client.word(), argument, 0]))
}

/// `messageClients`.
pub fn to_clients(service: Obj, kind: u32, argument: u64) -> IOReturn {
    IOReturn(MESSAGE_CLIENTS.call_u32(service, &[u64::from(kind), argument, 0]))
}

extern "C" fn message(_this: Obj, _kind: u32, _provider: Obj, _argument: u64) -> IOReturn {
    IOReturn::UNSUPPORTED
}

extern "C" fn message_client(this: Obj, kind: u32, client: Obj, argument: u64, _size: u64) -> IOReturn {
    if client.is("IOService") { send(client, kind, this, argument) } else { IOReturn::BAD_ARGUMENT }
}

/// The last failure of any client, or success.
extern "C" fn message_clients(this: Obj, kind: u32, argument: u64, _size: u64) -> IOReturn {
    let mut result = IOReturn::SUCCESS;
    registry::for_each(service::clients(this), |client| {
        let answer = to_client(this, kind, client, argument);
        if !answer.is_success() {
            result = answer;
        }
    });
    result
}

/// applyToInterested: there are no interest notifiers (registerInterest is not implemented), so the clients are all.
extern "C" fn apply_to_interested(this: Obj, kind: Obj, applier: usize, context: u64) {
    if kind == keys::symbol("_gIOGeneralInterest") {
        registry::for_each(service::clients(this), |client| {
            symbols::invoke(applier, &[client.word(), context]);
        });
    }
}

functions! { pub FUNCTIONS:
    "__ZN9IOService7messageEjPS_Pv" => message,
    "__ZN9IOService13messageClientEjP8OSObjectPvm" => message_client,
    "__ZN9IOService14messageClientsEjPvm" => message_clients,
    "__ZN9IOService17applyToInterestedEPK8OSSymbolPFvP8OSObjectPvES5_" => apply_to_interested,
}

//! Messages to clients.

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{interest, keys, registry, service};
use crate::object::{Method, Obj};
use crate::symbols;

/// `kIOMessageServiceIsTerminated`.
pub const IS_TERMINATED: u32 = 0xe000_0010;
/// `kIOMessageServiceIsRequestingClose`.
pub const IS_REQUESTING_CLOSE: u32 = 0xe000_0100;
/// `kIOMessageServiceIsAttemptingOpen`.
pub const IS_ATTEMPTING_OPEN: u32 = 0xe000_0101;
/// `kIOMessageServiceBusyStateChange`.
pub const BUSY_STATE_CHANGE: u32 = 0xe000_0120;
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
    to_client_sized(service, kind, client, argument, 0)
}

/// `messageClient` with an argument that is the address of `size` bytes.
pub(super) fn to_client_sized(service: Obj, kind: u32, client: Obj, argument: u64, size: u64) -> IOReturn {
    IOReturn(MESSAGE_CLIENT.call_u32(service, &[u64::from(kind), client.word(), argument, size]))
}

/// `messageClients`.
pub fn to_clients(service: Obj, kind: u32, argument: u64) -> IOReturn {
    IOReturn(MESSAGE_CLIENTS.call_u32(service, &[u64::from(kind), argument, 0]))
}

extern "C" fn message(_this: Obj, _kind: u32, _provider: Obj, _argument: u64) -> IOReturn {
    IOReturn::UNSUPPORTED
}

/// messageClient: to a service, or to a notifier of interest.
extern "C" fn message_client(this: Obj, kind: u32, client: Obj, argument: u64, size: u64) -> IOReturn {
    if client.is("IOService") {
        send(client, kind, this, argument)
    } else if interest::is_notifier(client) {
        interest::send(client, kind, this, argument, size)
    } else {
        IOReturn::BAD_ARGUMENT
    }
}

/// messageClients: clients and then those with general interest; the last failure of any, or success.
extern "C" fn message_clients(this: Obj, kind: u32, argument: u64, size: u64) -> IOReturn {
    let mut result = IOReturn::SUCCESS;
    for_each_interested(this, keys::symbol("_gIOGeneralInterest"), |client| {
        let answer = to_client_sized(this, kind, client, argument, size);
        if !answer.is_success() {
            result = answer;
        }
    });
    result
}

/// Runs `f` on the clients, whatever the kind of interest, and then on the notifiers of that kind.
pub(super) fn for_each_interested(service: Obj, kind: Obj, mut f: impl FnMut(Obj)) {
    registry::for_each(service::clients(service), &mut f);
    registry::for_each(interest::notifiers(service, kind), f);
}

extern "C" fn apply_to_interested(this: Obj, kind: Obj, applier: usize, context: u64) {
    for_each_interested(this, kind, |client| {
        symbols::invoke(applier, &[client.word(), context]);
    });
}

functions! { pub FUNCTIONS:
    "__ZN9IOService7messageEjPS_Pv" => message,
    "__ZN9IOService13messageClientEjP8OSObjectPvm" => message_client,
    "__ZN9IOService14messageClientsEjPvm" => message_clients,
    "__ZN9IOService17applyToInterestedEPK8OSSymbolPFvP8OSObjectPvES5_" => apply_to_interested,
}

//! Opening a service for a client's exclusive use.

use crate::functions;
use crate::iokit::{arbitration, message, registry, service, state, terminate};
use crate::object::{Method, Obj};

/// `kIOServiceSeize`.
const SEIZE: u32 = 1;

static HANDLE_OPEN: Method = Method::new("IOService", "__ZN9IOService10handleOpenEPS_jPv");
static HANDLE_CLOSE: Method = Method::new("IOService", "__ZN9IOService11handleCloseEPS_j");
static HANDLE_IS_OPEN: Method = Method::new("IOService", "__ZNK9IOService12handleIsOpenEPKS_");
static IS_OPEN: Method = Method::new("IOService", "__ZNK9IOService6isOpenEPKS_");
static CLOSE: Method = Method::new("IOService", "__ZN9IOService5closeEPS_j");

/// `isOpen`: whether `client` (NULL: anybody) has the service open.
pub fn is_open(service: Obj, client: Obj) -> bool {
    IS_OPEN.call_bool(service, &[client.word()])
}

/// `handleIsOpen`, for callers that have the service locked.
pub fn handle_is_open(service: Obj, client: Obj) -> bool {
    HANDLE_IS_OPEN.call_bool(service, &[client.word()])
}

/// `close`.
pub fn close(service: Obj, client: Obj) {
    CLOSE.call(service, &[client.word(), 0]);
}

fn tell_others(service: Obj, kind: u32, client: Obj, options: u32) {
    registry::for_each(service::clients(service), |other| {
        if other != client {
            message::to_client(service, kind, other, u64::from(options));
        }
    });
}

extern "C" fn open(this: Obj, client: Obj, options: u32, argument: u64) -> bool {
    tell_others(this, message::IS_ATTEMPTING_OPEN, client, options);
    if !arbitration::lock(this, false) {
        return false;
    }
    let opened =
        !state::is_inactive(this) && HANDLE_OPEN.call_bool(this, &[client.word(), u64::from(options), argument]);
    arbitration::unlock(this);
    opened
}

/// A terminated service waits for its close before its client is stopped.
extern "C" fn close_default(this: Obj, client: Obj, options: u32) {
    let (was_open, stops) = arbitration::with(this, || {
        let was_open = handle_is_open(this, client);
        if was_open {
            HANDLE_CLOSE.call(this, &[client.word(), u64::from(options)]);
        }
        (was_open, was_open && state::is(this, state::PHASE_3))
    });
    if stops {
        terminate::schedule_stop(client, this);
    } else if was_open {
        tell_others(this, message::WAS_CLOSED, client, options);
    }
}

extern "C" fn is_open_default(this: Obj, client: Obj) -> bool {
    arbitration::with(this, || handle_is_open(this, client))
}

extern "C" fn handle_open(this: Obj, client: Obj, options: u32, _argument: u64) -> bool {
    let owner = state::owner(this);
    if !owner.is_null() {
        let asked = options & SEIZE != 0
            && message::to_client(this, message::IS_REQUESTING_CLOSE, owner, u64::from(options)).is_success();
        if !asked || !state::owner(this).is_null() {
            return false;
        }
    }
    state::set_owner(this, client);
    true
}

extern "C" fn handle_close(this: Obj, client: Obj, _options: u32) {
    if state::owner(this) == client {
        state::set_owner(this, Obj::NULL);
    }
}

extern "C" fn handle_is_open_default(this: Obj, client: Obj) -> bool {
    let owner = state::owner(this);
    if client.is_null() { !owner.is_null() } else { owner == client }
}

functions! { pub FUNCTIONS:
    "__ZN9IOService4openEPS_jPv" => open,
    "__ZN9IOService5closeEPS_j" => close_default,
    "__ZNK9IOService6isOpenEPKS_" => is_open_default,
    "__ZN9IOService10handleOpenEPS_jPv" => handle_open,
    "__ZN9IOService11handleCloseEPS_j" => handle_close,
    "__ZNK9IOService12handleIsOpenEPKS_" => handle_is_open_default,
}

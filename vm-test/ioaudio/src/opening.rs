//! Opening a user client, as engines and controls do it.

use kpi::mem;
use kpi::object::{Method, Obj};

use crate::returns::{ERROR, NO_DEVICE, SUCCESS};
use crate::service;

static OLDER_NEW_USER_CLIENT: Method =
    Method::new("IOService", "__ZN9IOService13newUserClientEP4taskPvjPP12IOUserClient");

/// newUserClient without properties: through the virtual, which subclasses may have. `arguments`: task, security, type, and
/// where the client goes.
pub(crate) fn by_older_form(owner: Obj, arguments: &[u64; 4]) -> bool {
    OLDER_NEW_USER_CLIENT.call_u32(owner, arguments) == SUCCESS
}

/// Has `create` make a client, which is given a place for it; attaches, starts and `add`s it, and puts it at `to`.
pub(crate) fn open(owner: Obj, to: usize, create: impl FnOnce(usize) -> u32, add: impl FnOnce(Obj) -> u32) -> u32 {
    if service::is_inactive(owner) {
        return NO_DEVICE;
    }
    let mut created = Obj::NULL;
    let at = (&raw mut created) as usize;
    let result = create(at);
    let user_client: Obj = mem::read(at);
    if result != SUCCESS || user_client.is_null() {
        return if result == SUCCESS { ERROR } else { result };
    }
    if !service::ATTACH.call_bool(user_client, &[owner.word()]) {
        user_client.release();
        return ERROR;
    }
    if !service::START.call_bool(user_client, &[owner.word()]) {
        service::DETACH.call(user_client, &[owner.word()]);
        user_client.release();
        return ERROR;
    }
    let added = add(user_client);
    if added == SUCCESS {
        mem::write(to, user_client);
    }
    added
}

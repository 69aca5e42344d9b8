//! Notifications of a control's user clients; during a configuration change each kind waits for its end.

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::object::{Method, Obj, Side};

use super::client;
use crate::layout::control::{IS_STARTED, USER_CLIENTS, WORK_LOOP};
use crate::layout::engine::CONFIGURATION_CHANGE_IN_PROGRESS;
use crate::returns::{BAD_ARGUMENT, SUCCESS};
use crate::service;

/// kIOAudioControlValueChangeNotification.
const VALUE_CHANGE: u32 = 0;
/// kIOAudioControlRangeChangeNotification.
const RANGE_CHANGE: u32 = 1;

static SEND_CHANGE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl22sendChangeNotificationEj");
/// `sendValueChangeNotification()`.
pub static VALUE_CHANGED: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl27sendValueChangeNotificationEv");
/// `sendQueuedNotifications()`.
pub static SEND_QUEUED: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl23sendQueuedNotificationsEv");
static REMOVE_CLIENT: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl16removeUserClientEP24IOAudioControlUserClient");

/// Kinds that wait for the end of a configuration change, each once.
static QUEUES: Side<Vec<u32>> = Side::new();

/// Drops the record of a control that is freed.
pub(super) fn forget(control: Obj) {
    QUEUES.remove(control);
}

/// The control's range or its selections have changed.
pub(super) fn range_changed(control: Obj) {
    SEND_CHANGE.call(control, &[u64::from(RANGE_CHANGE)]);
}

fn clients(control: Obj) -> Vec<Obj> {
    let set = control.get_obj(USER_CLIENTS);
    if set.is_null() { Vec::new() } else { collection::members(set) }
}

/// Nothing is sent before the first client, or while the control is not started.
extern "C" fn send_change(this: Obj, kind: u32) {
    if this.get_obj(USER_CLIENTS).is_null() || !this.get::<bool>(IS_STARTED) {
        return;
    }
    let engine = service::GET_PROVIDER.call_obj(this, &[]);
    if engine.is("IOAudioEngine") && engine.get(CONFIGURATION_CHANGE_IN_PROGRESS) {
        QUEUES.with_default(this, |queue| {
            if !queue.contains(&kind) {
                queue.push(kind);
            }
        });
        return;
    }
    for user_client in clients(this) {
        client::SEND_CHANGE.call(user_client, &[u64::from(kind)]);
    }
}

extern "C" fn send_value_change(this: Obj) {
    SEND_CHANGE.call(this, &[u64::from(VALUE_CHANGE)]);
}

extern "C" fn send_queued(this: Obj) {
    for kind in QUEUES.with_default(this, core::mem::take) {
        SEND_CHANGE.call(this, &[u64::from(kind)]);
    }
}

extern "C" fn add_client(this: Obj, user_client: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || add_action(this, user_client))
}

/// `addUserClientAction`: what the gate runs; `_addUserClientAction` is what the work loop runs, and so for the others.
extern "C" fn add_action(this: Obj, user_client: Obj) -> u32 {
    if user_client.is_null() {
        return BAD_ARGUMENT;
    }
    if this.get_obj(USER_CLIENTS).is_null() {
        this.set(USER_CLIENTS, set::new());
    }
    set::add(this.get_obj(USER_CLIENTS), user_client);
    SUCCESS
}

/// A client is forgotten and, unless that is under way, terminated.
extern "C" fn remove_client(this: Obj, user_client: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || remove_action(this, user_client))
}

extern "C" fn remove_action(this: Obj, user_client: Obj) -> u32 {
    if user_client.is_null() {
        return BAD_ARGUMENT;
    }
    user_client.retain();
    crate::device::remove_member(this.get_obj(USER_CLIENTS), user_client);
    if !service::is_inactive(user_client) {
        service::TERMINATE.call(user_client, &[0]);
    }
    user_client.release();
    SUCCESS
}

/// Terminates and forgets all clients.
pub(super) extern "C" fn detach_clients(this: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || detach_action(this))
}

extern "C" fn detach_action(this: Obj) -> u32 {
    for user_client in clients(this) {
        if !service::is_inactive(user_client) {
            service::TERMINATE.call(user_client, &[0]);
        }
    }
    let set = this.get_obj(USER_CLIENTS);
    if !set.is_null() {
        collection::flush(set);
    }
    SUCCESS
}

/// setCommandGateUsage: as for engines, a gate outlives its callers.
extern "C" fn set_command_gate_usage(_control: Obj, _increment: bool) {}

extern "C" fn client_closed(this: Obj, user_client: Obj) {
    REMOVE_CLIENT.call(this, &[user_client.word()]);
}

functions! { pub FUNCTIONS:
    "__ZN14IOAudioControl22sendChangeNotificationEj" => send_change,
    "__ZN14IOAudioControl27sendValueChangeNotificationEv" => send_value_change,
    "__ZN14IOAudioControl23sendQueuedNotificationsEv" => send_queued,
    "__ZN14IOAudioControl13addUserClientEP24IOAudioControlUserClient" => add_client,
    "__ZN14IOAudioControl16removeUserClientEP24IOAudioControlUserClient" => remove_client,
    "__ZN14IOAudioControl19addUserClientActionEP8OSObjectPvS2_S2_S2_" => add_action,
    "__ZN14IOAudioControl20_addUserClientActionEP8OSObjectPvS2_S2_S2_" => add_client,
    "__ZN14IOAudioControl22removeUserClientActionEP8OSObjectPvS2_S2_S2_" => remove_action,
    "__ZN14IOAudioControl23_removeUserClientActionEP8OSObjectPvS2_S2_S2_" => remove_client,
    "__ZN14IOAudioControl23detachUserClientsActionEP8OSObjectPvS2_S2_S2_" => detach_action,
    "__ZN14IOAudioControl19setCommandGateUsageEPS_b" => set_command_gate_usage,
    "__ZN14IOAudioControl17detachUserClientsEv" => detach_clients,
    "__ZN14IOAudioControl12clientClosedEP24IOAudioControlUserClient" => client_closed,
}

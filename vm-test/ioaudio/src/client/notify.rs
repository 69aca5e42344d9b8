//! Notifications to a client's port: one message, reused.

use kpi::functions;
use kpi::heap;
use kpi::mach::port;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{gated, life};
use crate::engine::notify::{FORMAT_CHANGE, PAUSED};
use crate::layout::client::NOTIFICATION_MESSAGE;
use crate::returns::{BAD_ARGUMENT, ERROR, NO_DEVICE, NO_MEMORY, SUCCESS};
use crate::service;

/// `sendNotification(kind)`.
pub static SEND: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient16sendNotificationEj");
/// `sendFormatChangeNotification(stream)`.
pub static SEND_FORMAT_CHANGE: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient28sendFormatChangeNotificationEP13IOAudioStream",
);
static REGISTER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient20registerNotificationEP8ipc_portj");

/// Byte offsets in IOAudioNotificationMessage: header with bits, size and port, then type, reference and sender.
mod message {
    pub const BITS: usize = 0;
    pub const SIZE_FIELD: usize = 4;
    pub const REMOTE_PORT: usize = 8;
    pub const TYPE: usize = 32;
    pub const REFERENCE: usize = 36;
    pub const SENDER: usize = 40;
    pub const SIZE: usize = 48;
}

/// MACH_MSG_TYPE_COPY_SEND.
const COPY_SEND: u32 = 19;
/// kIOAudioEngineAllNotifications.
const ALL: u32 = 0;

/// Frees the client's message.
pub(super) fn free(client: Obj) {
    let message: usize = client.get(NOTIFICATION_MESSAGE);
    if message != 0 {
        heap::free(message, message::SIZE);
        client.set(NOTIFICATION_MESSAGE, 0usize);
    }
}

/// registerNotificationPort: one port for all types.
extern "C" fn register_port(this: Obj, to: u64, kind: u32, reference: u32) -> u32 {
    if kind != ALL {
        return BAD_ARGUMENT;
    }
    gated_register(this, to, reference)
}

/// `_registerNotificationAction`: what the work loop runs.
extern "C" fn gated_register(this: Obj, to: u64, reference: u32) -> u32 {
    gated(this, || register_action(this, to, reference))
}

extern "C" fn register_action(this: Obj, to: u64, reference: u32) -> u32 {
    REGISTER.call_u32(this, &[to, u64::from(reference)])
}

/// registerNotification: port 0 ends the notifications.
extern "C" fn register(this: Obj, to: u64, reference: u32) -> u32 {
    if service::is_inactive(this) {
        return NO_DEVICE;
    }
    let mut message: usize = this.get(NOTIFICATION_MESSAGE);
    if message == 0 && to != 0 {
        message = heap::allocate(message::SIZE, 8);
        if message == 0 {
            return NO_MEMORY;
        }
        mem::fill(message, 0, message::SIZE);
        mem::write(message + message::BITS, COPY_SEND);
        mem::write(message + message::SIZE_FIELD, message::SIZE as u32);
        this.set(NOTIFICATION_MESSAGE, message);
    }
    if message != 0 {
        mem::write(message + message::REMOTE_PORT, to);
        if to != 0 {
            mem::write(message + message::REFERENCE, reference);
        }
    }
    SUCCESS
}

/// sendNotification: a client that hears of a pause stops first.
extern "C" fn send(this: Obj, kind: u32) -> u32 {
    if kind == PAUSED {
        life::stop(this);
    }
    if deliver(this, kind, 0) { SUCCESS } else { ERROR }
}

/// sendFormatChangeNotification: the sender is the stream, as user space knows it.
extern "C" fn send_format_change(this: Obj, stream: Obj) {
    if !service::is_inactive(this) && !stream.is_null() {
        deliver(this, FORMAT_CHANGE, stream.word());
    }
}

/// Sends the message; false when the port does not take it. Without a port nothing is sent.
fn deliver(client: Obj, kind: u32, sender: u64) -> bool {
    let message: usize = client.get(NOTIFICATION_MESSAGE);
    let to: u64 = if message == 0 { 0 } else { mem::read(message + message::REMOTE_PORT) };
    if to == 0 {
        return true;
    }
    mem::write(message + message::TYPE, kind);
    mem::write(message + message::SENDER, sender);
    port::send(to, &mem::bytes(message + message::TYPE, message::SIZE - message::TYPE))
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient24registerNotificationPortEP8ipc_portjj" => register_port,
    "__ZN23IOAudioEngineUserClient27_registerNotificationActionEP8OSObjectPvS2_S2_S2_" => gated_register,
    "__ZN23IOAudioEngineUserClient26registerNotificationActionEP8OSObjectPvS2_S2_S2_" => register_action,
    "__ZN23IOAudioEngineUserClient20registerNotificationEP8ipc_portj" => register,
    "__ZN23IOAudioEngineUserClient16sendNotificationEj" => send,
    "__ZN23IOAudioEngineUserClient28sendFormatChangeNotificationEP13IOAudioStream" => send_format_change,
}

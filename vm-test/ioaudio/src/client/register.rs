//! Registering a client's buffers. The forms with 32-bit addresses are refused on every release here.

use kpi::functions;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{buffer, engine, gated, is_online, lock_buffers, set, unlock_buffers};
use crate::behaviour;
use crate::engine::members;
use crate::layout::client::{CLIENT_TASK, NUM_SAMPLE_FRAMES};
use crate::layout::stream::NUM_CLIENTS;
use crate::returns::{BAD_ARGUMENT, EXCLUSIVE_ACCESS, NO_DEVICE, NOT_FOUND, SUCCESS, UNSUPPORTED};
use crate::service;
use crate::stream::Format;
use crate::stream::clients as stream_clients;

static SAFE_REGISTER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient26safeRegisterClientBuffer64EjPyjj");
static REGISTER_CLIENT_BUFFER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient22registerClientBuffer64EP13IOAudioStreamyjj");
static UNREGISTER_CLIENT_BUFFER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient24unregisterClientBuffer64EPyj");

/// registerBuffer64: the "stream" is a stream's ID.
extern "C" fn register(this: Obj, stream_id: u64, address: u64, size: u32, set_id: u32) -> u32 {
    gated_register(this, stream_id, (&raw const address) as u64, u64::from(size), u64::from(set_id))
}

/// `_registerBufferAction`: what the work loop runs; the address is where `address` points.
extern "C" fn gated_register(this: Obj, stream_id: u64, address: u64, size: u64, set_id: u64) -> u32 {
    gated(this, || register_action(this, stream_id, address, size, set_id))
}

extern "C" fn register_action(this: Obj, stream_id: u64, address: u64, size: u64, set_id: u64) -> u32 {
    let [stream_id, size, set_id] = [stream_id, size, set_id].map(|word| u64::from(word as u32));
    SAFE_REGISTER.call_u32(this, &[stream_id, address, size, set_id])
}

/// safeRegisterClientBuffer64: streams go by their IDs, so that no address of the kernel leaves it.
extern "C" fn safe_register(this: Obj, stream_id: u32, address: usize, size: u32, set_id: u32) -> u32 {
    let stream = members::stream_for_id(engine(this), stream_id);
    if stream.is_null() {
        return BAD_ARGUMENT;
    }
    let arguments = [stream.word(), mem::read::<u64>(address), u64::from(size), u64::from(set_id)];
    REGISTER_CLIENT_BUFFER.call_u32(this, &arguments)
}

/// registerClientBuffer64: the same address in the same set replaces its buffer.
extern "C" fn register_client_buffer(this: Obj, stream: Obj, address: u64, size: u32, set_id: u32) -> u32 {
    if service::is_inactive(this) {
        return NO_DEVICE;
    }
    // Below the size of a descriptor, releases before 10.12 counted frames of less than nothing.
    if stream.is_null() || address == 0 || size < buffer::HEADER {
        return BAD_ARGUMENT;
    }
    let format = Format::of(stream);
    if format.is_mixable == 0 && stream.get::<u32>(NUM_CLIENTS) != 0 {
        return EXCLUSIVE_ACCESS;
    }
    let old = set::find(this, set_id).some().and_then(|set| set::at_address(set, address));
    if old.is_some() {
        UNREGISTER_CLIENT_BUFFER.call(this, &[(&raw const address) as u64, u64::from(set_id)]);
    }
    this.set(NUM_SAMPLE_FRAMES, size);
    match buffer::new(this, this.get(CLIENT_TASK), stream, address, size) {
        Ok(buffer) if behaviour::now().checks_descriptors && !buffer::may_register(buffer, size) => {
            buffer::free(buffer);
            BAD_ARGUMENT
        }
        Ok(buffer) => join(this, stream, buffer, set_id),
        Err(error) => error,
    }
}

fn join(client: Obj, stream: Obj, buffer: Obj, set_id: u32) -> u32 {
    lock_buffers(client);
    let set = set::find_or_make(client, set_id);
    set::append(set, buffer);
    let result = if is_online(client) { stream_clients::ADD.call_u32(stream, &[buffer.word()]) } else { SUCCESS };
    if result != SUCCESS {
        set::unlink(set, buffer);
        set::tidy(client, set);
        buffer::free(buffer);
    }
    unlock_buffers(client);
    result
}

/// unregisterBuffer64.
extern "C" fn unregister(this: Obj, address: u64, set_id: u32) -> u32 {
    gated_unregister(this, (&raw const address) as u64, u64::from(set_id))
}

/// `_unregisterBufferAction`: what the work loop runs; the address is where `address` points.
extern "C" fn gated_unregister(this: Obj, address: u64, set_id: u64) -> u32 {
    gated(this, || unregister_action(this, address, set_id))
}

extern "C" fn unregister_action(this: Obj, address: u64, set_id: u64) -> u32 {
    UNREGISTER_CLIENT_BUFFER.call_u32(this, &[address, u64::from(set_id as u32)])
}

/// unregisterClientBuffer64: an empty set goes with its last buffer.
extern "C" fn unregister_client_buffer(this: Obj, address: usize, set_id: u32) -> u32 {
    if address == 0 {
        return BAD_ARGUMENT;
    }
    lock_buffers(this);
    let set = set::find(this, set_id);
    let buffer = set.some().and_then(|set| set::at_address(set, mem::read(address)));
    if let Some(buffer) = buffer {
        set::unlink(set, buffer);
        set::tidy(this, set);
        buffer::free(buffer);
    }
    unlock_buffers(this);
    if buffer.is_some() { SUCCESS } else { NOT_FOUND }
}

extern "C" fn free_buffer(_this: Obj, buffer: Obj) {
    if !buffer.is_null() {
        buffer::free(buffer);
    }
}

/// The forms with a 32-bit address.
extern "C" fn unsupported(_this: Obj) -> u32 {
    UNSUPPORTED
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient16registerBuffer64EP13IOAudioStreamyjj" => register,
    "__ZN23IOAudioEngineUserClient21_registerBufferActionEP8OSObjectPvS2_S2_S2_" => gated_register,
    "__ZN23IOAudioEngineUserClient20registerBufferActionEP8OSObjectPvS2_S2_S2_" => register_action,
    "__ZN23IOAudioEngineUserClient26safeRegisterClientBuffer64EjPyjj" => safe_register,
    "__ZN23IOAudioEngineUserClient22registerClientBuffer64EP13IOAudioStreamyjj" => register_client_buffer,
    "__ZN23IOAudioEngineUserClient18unregisterBuffer64Eyj" => unregister,
    "__ZN23IOAudioEngineUserClient23_unregisterBufferActionEP8OSObjectPvS2_S2_S2_" => gated_unregister,
    "__ZN23IOAudioEngineUserClient22unregisterBufferActionEP8OSObjectPvS2_S2_S2_" => unregister_action,
    "__ZN23IOAudioEngineUserClient24unregisterClientBuffer64EPyj" => unregister_client_buffer,
    "__ZN23IOAudioEngineUserClient16freeClientBufferEP21IOAudioClientBuffer64" => free_buffer,
    "__ZN23IOAudioEngineUserClient14registerBufferEP13IOAudioStreamPvjj" => unsupported,
    "__ZN23IOAudioEngineUserClient20registerClientBufferEP13IOAudioStreamPvjj" => unsupported,
    "__ZN23IOAudioEngineUserClient24safeRegisterClientBufferEjPvjj" => unsupported,
    "__ZN23IOAudioEngineUserClient16unregisterBufferEPvj" => unsupported,
    "__ZN23IOAudioEngineUserClient22unregisterClientBufferEPvj" => unsupported,
}

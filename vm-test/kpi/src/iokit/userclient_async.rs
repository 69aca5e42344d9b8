//! IOUserClient's asynchronous results, and the memory and names that it manages for its task.

use alloc::vec::Vec;

use crate::functions;
use crate::iokit::connection;
use crate::iokit::ioreturn::IOReturn;
use crate::mach::port;
use crate::mem;
use crate::object::{Direct, Method, Obj};

/// Words of an asynchronous reference: the port (and flags), the callback, its reference.
const PORT: usize = 0;
const CALLBACK: usize = 1;
const REFERENCE: usize = 2;
const WORDS: usize = 8;
/// Flags in the port's word.
const FLAGS: u64 = 3;
/// kIOAsyncCompletionNotificationType.
const COMPLETION: u32 = 150;
/// Arguments of a result at most.
const MOST: u32 = 16;
/// The mach message: MACH_MSG_TYPE_COPY_SEND, the header's size, OSNotificationHeader64's.
const COPY_SEND: u32 = 19;
const HEADER: usize = 32;
const NOTIFICATION: usize = 8 + WORDS * 8;

static CLIENT_MEMORY: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor");
static CREATE_MAPPING: Direct = Direct::new("__ZN18IOMemoryDescriptor19createMappingInTaskEP4taskyjyy");

/// setAsyncReference, of 32-bit words.
extern "C" fn set_reference(reference: usize, to: u64, callback: u64, context: u64) {
    for (place, word) in [(PORT, to), (CALLBACK, callback), (REFERENCE, context)] {
        mem::write(reference + place * 4, word as u32);
    }
}

extern "C" fn set_reference_64(reference: usize, to: u64, callback: u64, context: u64) {
    for (place, word) in [(PORT, to), (CALLBACK, callback), (REFERENCE, context)] {
        mem::write(reference + place * 8, word);
    }
}

extern "C" fn release_reference_64(reference: usize) {
    mem::write(reference + PORT * 8, 0u64);
}

/// Sends a result: notification header (size, type, reference), then the status and the arguments.
fn send(reference: [u64; WORDS], result: u32, arguments: &[u64]) -> IOReturn {
    let to = reference[PORT] & !FLAGS;
    let size = NOTIFICATION + 8 + arguments.len() * 8;
    let mut message: Vec<u8> = Vec::with_capacity(HEADER + size);
    for word in [COPY_SEND, (HEADER + size) as u32] {
        message.extend_from_slice(&word.to_le_bytes());
    }
    for word in [to, 0, 0] {
        message.extend_from_slice(&word.to_le_bytes());
    }
    for word in [(8 + arguments.len() * 8) as u32, COMPLETION] {
        message.extend_from_slice(&word.to_le_bytes());
    }
    for word in reference.iter().copied().chain([u64::from(result)]).chain(arguments.iter().copied()) {
        message.extend_from_slice(&word.to_le_bytes());
    }
    if port::send(to, &message) { IOReturn::SUCCESS } else { connection::DEAD }
}

fn words(at: usize, count: usize) -> Vec<u64> {
    (0..count).map(|place| mem::read(at + place * 8)).collect()
}

/// sendAsyncResult: a reference of 32-bit words.
extern "C" fn send_result(reference: usize, result: u32, arguments: usize, count: u32) -> IOReturn {
    if count > MOST {
        return IOReturn::MESSAGE_TOO_LARGE;
    }
    let word = |place: usize| u64::from(mem::read::<u32>(reference + place * 4));
    send(core::array::from_fn(word), result, &words(arguments, count as usize))
}

extern "C" fn send_result_64(reference: usize, result: u32, arguments: usize, count: u32) -> IOReturn {
    if count > MOST {
        return IOReturn::MESSAGE_TOO_LARGE;
    }
    let word = |place: usize| mem::read::<u64>(reference + place * 8);
    send(core::array::from_fn(word), result, &words(arguments, count as usize))
}

extern "C" fn release_port(_port: u64) -> IOReturn {
    IOReturn::SUCCESS
}

extern "C" fn destroy_references(object: Obj) {
    connection::drop_references(object);
}

/// mapClientMemory64: the map of what clientMemoryForType hands out.
extern "C" fn map_memory(this: Obj, kind: u32, task: u64, options: u32, at: u64) -> Obj {
    let (mut own_options, mut descriptor) = (0u32, Obj::NULL);
    let (options_at, descriptor_at) = ((&raw mut own_options) as u64, (&raw mut descriptor) as u64);
    let result = IOReturn(CLIENT_MEMORY.call_u32(this, &[kind.into(), options_at, descriptor_at]));
    let descriptor = mem::read::<Obj>(descriptor_at as usize);
    if !result.is_success() || descriptor.is_null() {
        return Obj::NULL;
    }
    let options = u64::from(mem::read::<u32>(options_at as usize) | options);
    let map = CREATE_MAPPING.call_obj(&[descriptor.word(), task, at, options, 0, 0]);
    descriptor.release();
    map
}

functions! { pub FUNCTIONS:
    "__ZN12IOUserClient17setAsyncReferenceEPjP8ipc_portPvS3_" => set_reference,
    "__ZN12IOUserClient19setAsyncReference64EPyP8ipc_portyy" => set_reference_64,
    "__ZN12IOUserClient19setAsyncReference64EPyP8ipc_portyyP4task" => set_reference_64,
    "__ZN12IOUserClient23releaseAsyncReference64EPy" => release_reference_64,
    "__ZN12IOUserClient15sendAsyncResultEPjiPPvj" => send_result,
    "__ZN12IOUserClient17sendAsyncResult64EPyiS0_j" => send_result_64,
    "__ZN12IOUserClient28sendAsyncResult64WithOptionsEPyiS0_jj" => send_result_64,
    "__ZN12IOUserClient23releaseNotificationPortEP8ipc_port" => release_port,
    "__ZN12IOUserClient21destroyUserReferencesEP8OSObject" => destroy_references,
    "__ZN12IOUserClient17mapClientMemory64EjP4taskjy" => map_memory,
}

//! Parameter buffers: extra words about the buffers of a set, which a driver's own user client may register. No method of the
//! family leads here.

use kpi::functions;
use kpi::heap;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::{PRIVATE, lock_buffers, set, unlock_buffers};
use crate::layout::client::CLIENT_TASK;
use crate::returns::{BAD_ARGUMENT, ERROR, INTERNAL_ERROR, NO_DEVICE, SUCCESS, VM_ERROR};
use crate::service;

/// Byte offsets in IOAudioClientBufferExtendedInfo64.
mod field {
    pub const BUFFER_SET_ID: usize = 0;
    pub const PARAM_BUFFER: usize = 8;
    pub const PARAM_BUFFER_DESCRIPTOR: usize = 16;
    pub const PARAM_BUFFER_MAP: usize = 24;
    pub const UNMAPPED_PARAM_BUFFER_64: usize = 48;
    pub const SIZE: usize = 64;
}

/// An IOAudioClientBufferExtendedInfo64.
pub(crate) struct Info(Obj);

/// kStreamDataDescriptorCurrentVersion.
const NEWEST_VERSION: u32 = 1;
/// kIODirectionIn.
const IN: u64 = 1;

static WITH_ADDRESS: Direct = Direct::new("__ZN18IOMemoryDescriptor16withAddressRangeEyyjP4task");
static MAP: Direct = Direct::new("__ZN18IOMemoryDescriptor3mapEj");
static PREPARE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor7prepareEj");
static COMPLETE: Method = Method::new("IOMemoryDescriptor", "__ZN18IOMemoryDescriptor8completeEj");
static MAP_ADDRESS: Direct = Direct::new("__ZN11IOMemoryMap17getVirtualAddressEv");

impl Info {
    /// Frees the record and what it holds of user space's memory.
    pub(crate) fn free(self) {
        self.0.get_obj(field::PARAM_BUFFER_MAP).release();
        if let Some(descriptor) = self.0.get_obj(field::PARAM_BUFFER_DESCRIPTOR).some() {
            COMPLETE.call(descriptor, &[0]);
            descriptor.release();
        }
        heap::free(self.0.0, field::SIZE);
    }
}

/// findExtendedInfo64: the record of a set, or NULL. The family forgets to write the set's ID, so that every record is one of
/// set 0.
extern "C" fn find(this: Obj, set_id: u32) -> Obj {
    let is_it = |info: &&Info| info.0.get::<u32>(field::BUFFER_SET_ID) == set_id;
    let found = PRIVATE.with(this, |private| private.extended.iter().find(is_it).map(|info| info.0));
    found.flatten().unwrap_or(Obj::NULL)
}

/// registerClientParameterBuffer: `parameters` points to a descriptor: version, number of streams, a word for each.
extern "C" fn register(this: Obj, parameters: usize, set_id: u32) -> u32 {
    if service::is_inactive(this) {
        return NO_DEVICE;
    }
    if parameters == 0 || mem::read::<u32>(parameters) > NEWEST_VERSION || !find(this, set_id).is_null() {
        return BAD_ARGUMENT;
    }
    lock_buffers(this);
    let set = set::find(this, set_id);
    unlock_buffers(this);
    if set.is_null() {
        return SUCCESS;
    }
    let record = Obj(heap::allocate(field::SIZE, 8));
    if record.is_null() {
        return ERROR;
    }
    mem::fill(record.0, 0, field::SIZE);
    let info = Info(record);
    let result = map(record, this.get(CLIENT_TASK), parameters);
    if result == SUCCESS {
        PRIVATE.with(this, |private| private.extended.push(info));
    } else {
        info.free();
    }
    result
}

/// Maps the client's words. Their address is read from where the descriptor is.
fn map(record: Obj, task: u64, parameters: usize) -> u32 {
    let address: u64 = mem::read(parameters);
    let streams: u32 = mem::read(parameters + 4);
    let descriptor = WITH_ADDRESS.call_obj(&[address, u64::from(streams) * 4 + 8, IN, task]);
    if descriptor.is_null() {
        return INTERNAL_ERROR;
    }
    let wired = PREPARE.call_u32(descriptor, &[0]);
    if wired != SUCCESS {
        descriptor.release();
        return wired;
    }
    record.set(field::PARAM_BUFFER_DESCRIPTOR, descriptor);
    let map = MAP.call_obj(&[descriptor.word(), 0]);
    if map.is_null() {
        return VM_ERROR;
    }
    record.set(field::PARAM_BUFFER_MAP, map);
    record.set(field::PARAM_BUFFER, MAP_ADDRESS.call(&[map.word()]));
    record.set(field::UNMAPPED_PARAM_BUFFER_64, address);
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient16findExtendedInfoEj" => find,
    "__ZN23IOAudioEngineUserClient18findExtendedInfo64Ej" => find,
    "__ZN23IOAudioEngineUserClient29registerClientParameterBufferEPvj" => register,
}

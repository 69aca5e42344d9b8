//! IOAudioClientBufferSet: the buffers of one IO context, which one trap serves together.

use kpi::class;
use kpi::functions;
use kpi::object::{Direct, Method, Obj};

use super::{buffer, lock_buffers, unlock_buffers, watchdog};
use crate::layout::buffer_set::{BUFFER_SET_ID, INPUT_BUFFER_LIST, NEXT_BUFFER_SET, OUTPUT_BUFFER_LIST, USER_CLIENT};
use crate::layout::client::CLIENT_BUFFER_SET_LIST;
use crate::layout::stream::DIRECTION;
use crate::stream::OUTPUT;

static SUPER_FREE: Direct = Direct::new("__ZN8OSObject4freeEv");
static REMOVE: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient15removeBufferSetEP22IOAudioClientBufferSet");

/// A client's sets, the newest first.
pub(crate) fn all(client: Obj) -> impl Iterator<Item = Obj> {
    let next = |set: &Obj| set.get_obj(NEXT_BUFFER_SET).some();
    core::iter::successors(client.get_obj(CLIENT_BUFFER_SET_LIST).some(), next)
}

/// A set's output buffers, in order of registration.
pub(crate) fn outputs(set: Obj) -> impl Iterator<Item = Obj> {
    buffer::list(set.get_obj(OUTPUT_BUFFER_LIST))
}

/// A set's input buffers, in order of registration.
pub(crate) fn inputs(set: Obj) -> impl Iterator<Item = Obj> {
    buffer::list(set.get_obj(INPUT_BUFFER_LIST))
}

/// A set's output buffers, then its input buffers.
pub(crate) fn buffers(set: Obj) -> impl Iterator<Item = Obj> {
    outputs(set).chain(inputs(set))
}

/// findBufferSet: the set with an ID, or NULL.
pub(super) extern "C" fn find(this: Obj, id: u32) -> Obj {
    all(this).find(|set| set.get::<u32>(BUFFER_SET_ID) == id).unwrap_or(Obj::NULL)
}

/// The set with an ID, made if there is none.
pub(super) fn find_or_make(client: Obj, id: u32) -> Obj {
    let found = find(client, id);
    if !found.is_null() {
        return found;
    }
    let set = class::instantiate("IOAudioClientBufferSet");
    set.set(BUFFER_SET_ID, id);
    set.set(USER_CLIENT, client);
    set.set(NEXT_BUFFER_SET, client.get_obj(CLIENT_BUFFER_SET_LIST));
    client.set(CLIENT_BUFFER_SET_LIST, set);
    set
}

/// Where a set's list for a stream begins.
fn list_of(stream: Obj) -> usize {
    if stream.get::<u32>(DIRECTION) == OUTPUT { OUTPUT_BUFFER_LIST } else { INPUT_BUFFER_LIST }
}

/// Appends a buffer to the list of its direction.
pub(super) fn append(set: Obj, buffer: Obj) {
    let list = list_of(buffer::stream(buffer));
    match buffer::list(set.get_obj(list)).last() {
        Some(tail) => buffer::set_next(tail, buffer),
        None => set.set(list, buffer),
    }
}

/// The buffer at an address of user space.
pub(super) fn at_address(set: Obj, address: u64) -> Option<Obj> {
    buffers(set).find(|&buffer| buffer::address(buffer) == address)
}

/// Takes a buffer out of its list.
pub(super) fn unlink(set: Obj, buffer: Obj) {
    for list in [OUTPUT_BUFFER_LIST, INPUT_BUFFER_LIST] {
        let next = buffer::next(buffer);
        if set.get_obj(list) == buffer {
            set.set(list, next);
        } else if let Some(before) = buffer::list(set.get_obj(list)).find(|&other| buffer::next(other) == buffer) {
            buffer::set_next(before, next);
        }
    }
}

/// A set without buffers goes; without outputs its watchdog is off.
pub(super) fn tidy(client: Obj, set: Obj) {
    if !set.get_obj(OUTPUT_BUFFER_LIST).is_null() {
        return;
    }
    if set.get_obj(INPUT_BUFFER_LIST).is_null() {
        REMOVE.call(client, &[set.word()]);
    } else {
        watchdog::cancel(set);
    }
}

/// removeBufferSet.
extern "C" fn remove(this: Obj, set: Obj) {
    lock_buffers(this);
    if all(this).any(|other| other == set) {
        watchdog::cancel(set);
        let next = set.get_obj(NEXT_BUFFER_SET);
        match all(this).find(|other| other.get_obj(NEXT_BUFFER_SET) == set) {
            Some(before) => before.set(NEXT_BUFFER_SET, next),
            None => this.set(CLIENT_BUFFER_SET_LIST, next),
        }
        set.release();
    }
    unlock_buffers(this);
}

/// freeClientBufferSetList: frees all buffers and lets all sets go.
pub(super) extern "C" fn free_all(this: Obj) {
    lock_buffers(this);
    while let Some(set) = this.get_obj(CLIENT_BUFFER_SET_LIST).some() {
        watchdog::cancel(set);
        for list in [OUTPUT_BUFFER_LIST, INPUT_BUFFER_LIST] {
            while let Some(buffer) = set.get_obj(list).some() {
                set.set(list, buffer::next(buffer));
                buffer::free(buffer);
            }
        }
        this.set(CLIENT_BUFFER_SET_LIST, set.get_obj(NEXT_BUFFER_SET));
        set.release();
    }
    unlock_buffers(this);
}

/// IOAudioClientBufferSet::free.
extern "C" fn free(this: Obj) {
    watchdog::forget(this);
    SUPER_FREE.call(&[this.word()]);
}

functions! { pub FUNCTIONS:
    "__ZN22IOAudioClientBufferSet4freeEv" => free,
    "__ZN23IOAudioEngineUserClient13findBufferSetEj" => find,
    "__ZN23IOAudioEngineUserClient15removeBufferSetEP22IOAudioClientBufferSet" => remove,
    "__ZN23IOAudioEngineUserClient23freeClientBufferSetListEv" => free_all,
}

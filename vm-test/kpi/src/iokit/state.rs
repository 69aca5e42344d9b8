//! The words of IOService that others ask about: `__state`, `__owner`, `__provider`. They are private in the headers, so their
//! bits are ours to choose but for those of the first state word, which `getState` shows.

use crate::object::Obj;

/// `IOService::__provider`.
const PROVIDER: usize = 48;
/// `IOService::__owner`.
const OWNER: usize = 64;
/// `IOService::__state`, two words.
const PUBLIC: usize = 72;
const PRIVATE: usize = PUBLIC + 4;

/// `getState`: the service is terminated.
pub const INACTIVE: u32 = 1;
/// `getState`: the service was registered.
pub const REGISTERED: u32 = 2;
/// `getState`: matching was done.
pub const MATCHED: u32 = 4;
/// `getState`: the service was published for the first time.
pub const FIRST_PUBLISH: u32 = 8;
/// `getState`: the service was matched for the first time.
pub const FIRST_MATCH: u32 = 16;

/// The busy count's part of the private word.
pub const BUSY_MASK: u32 = 0x3ff;
/// Matching is asked for and has not begun.
pub const NEED_CONFIG: u32 = 1 << 31;
/// Matching runs on the thread that asks for it.
pub const SYNCHRONOUS: u32 = 1 << 30;
/// Matching runs.
pub const CONFIG: u32 = 1 << 29;
/// The first phase of termination runs.
pub const PHASE_1: u32 = 1 << 27;
/// The second phase has begun.
pub const PHASE_2: u32 = 1 << 26;
/// The third phase has begun.
pub const PHASE_3: u32 = 1 << 25;
/// Made inactive from inside `requestTerminate`; phase 1 is still to come.
pub const RECURSING: u32 = 1 << 24;

/// The public word.
pub fn public(service: Obj) -> u32 {
    service.get(PUBLIC)
}

/// Sets and clears bits of the public word.
pub fn change_public(service: Obj, set: u32, clear: u32) {
    service.set(PUBLIC, (public(service) & !clear) | set);
}

/// The private word.
pub fn private(service: Obj) -> u32 {
    service.get(PRIVATE)
}

/// Sets and clears bits of the private word.
pub fn change(service: Obj, set: u32, clear: u32) {
    service.set(PRIVATE, (private(service) & !clear) | set);
}

/// Whether a bit of the private word is set.
pub fn is(service: Obj, bit: u32) -> bool {
    private(service) & bit != 0
}

/// Whether the service is terminated.
pub fn is_inactive(service: Obj) -> bool {
    public(service) & INACTIVE != 0
}

/// Who has the service open, as the default `handleOpen` keeps it.
pub fn owner(service: Obj) -> Obj {
    service.get_obj(OWNER)
}

/// Notes who has the service open.
pub fn set_owner(service: Obj, owner: Obj) {
    service.set(OWNER, owner);
}

/// Notes the provider in the object.
pub fn set_provider(service: Obj, provider: Obj) {
    service.set(PROVIDER, provider);
}

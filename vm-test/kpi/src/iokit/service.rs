//! IOService: life, place in the service plane, and what its methods do unless a driver overrides them.

use alloc::vec::Vec;

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{
    arbitration, busy, interest, interrupt, keys, open, plane, power, properties, registry, state, terminate,
};
use crate::libkern::string;
use crate::mem;
use crate::object::{Method, Obj};

static ATTACH: Method = Method::new("IOService", "__ZN9IOService6attachEPS_");
static DETACH: Method = Method::new("IOService", "__ZN9IOService6detachEPS_");
static START: Method = Method::new("IOService", "__ZN9IOService5startEPS_");
static STOP: Method = Method::new("IOService", "__ZN9IOService4stopEPS_");
static PROBE: Method = Method::new("IOService", "__ZN9IOService5probeEPS_Pi");
static GET_PROVIDER: Method = Method::new("IOService", "__ZNK9IOService11getProviderEv");
static GET_WORK_LOOP: Method = Method::new("IOService", "__ZNK9IOService11getWorkLoopEv");
static CALL_PLATFORM_FUNCTION: Method =
    Method::new("IOService", "__ZN9IOService20callPlatformFunctionEPK8OSSymbolbPvS3_S3_S3_");
static MATCH_LOCATION: Method = Method::new("IOService", "__ZN9IOService13matchLocationEPS_");
static ATTACH_TO_PARENT: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry14attachToParentEPS_PK15IORegistryPlane");
static DETACH_FROM_PARENT: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry16detachFromParentEPS_PK15IORegistryPlane");

/// `attach`.
pub fn attach(service: Obj, provider: Obj) -> bool {
    ATTACH.call_bool(service, &[provider.word()])
}

/// `detach`.
pub fn detach(service: Obj, provider: Obj) {
    DETACH.call(service, &[provider.word()]);
}

/// `start`.
pub fn start(service: Obj, provider: Obj) -> bool {
    START.call_bool(service, &[provider.word()])
}

/// `stop`.
pub fn stop(service: Obj, provider: Obj) {
    STOP.call(service, &[provider.word()]);
}

/// `probe`: the instance to start (NULL: none) and the score, which starts as `score`.
pub fn probe(service: Obj, provider: Obj, score: i32) -> (Obj, i32) {
    let mut score = score;
    let found = PROBE.call_obj(service, &[provider.word(), (&raw mut score) as u64]);
    (found, score)
}

/// `getProvider`, not retained.
pub fn provider(service: Obj) -> Obj {
    GET_PROVIDER.call_obj(service, &[])
}

/// `getWorkLoop`, not retained.
pub fn work_loop(service: Obj) -> Obj {
    GET_WORK_LOOP.call_obj(service, &[])
}

/// The clients in the service plane, not retained.
pub fn clients(service: Obj) -> Vec<Obj> {
    registry::children(service, plane::service())
}

/// The providers in the service plane, not retained; the registry's root is none.
pub fn providers(service: Obj) -> Vec<Obj> {
    let mut parents = registry::parents(service, plane::service());
    parents.retain(|&parent| parent != registry::root());
    parents
}

/// IOService::free.
pub extern "C" fn free(this: Obj) {
    interest::forget(this);
    interrupt::forget(this);
    power::forget(this);
    registry::free(this);
}

extern "C" fn probe_default(this: Obj, _provider: Obj, _score: usize) -> Obj {
    this
}

/// IOService::start.
pub extern "C" fn start_default(_this: Obj, _provider: Obj) -> bool {
    true
}

extern "C" fn stop_default(_this: Obj, _provider: Obj) {}

/// IOService::attach. Without a provider: under the registry's root.
pub extern "C" fn attach_default(this: Obj, provider: Obj) -> bool {
    let to_parent = |parent: Obj| ATTACH_TO_PARENT.call_bool(this, &[parent.word(), plane::service().word()]);
    let attached = match provider.some() {
        Some(provider) => arbitration::with(provider, || !state::is_inactive(provider) && to_parent(provider)),
        None => to_parent(registry::root()),
    };
    if attached {
        get_provider(this);
    }
    attached
}

/// IOService::detach: with the last client gone, a provider that is being terminated goes on to its end.
extern "C" fn detach_default(this: Obj, provider: Obj) {
    arbitration::lock(this, true);
    let busy = busy::count(this);
    let adjusts = busy > 0 && get_provider(this) == provider;
    DETACH_FROM_PARENT.call(this, &[provider.word(), plane::service().word()]);
    let next = get_provider(this);
    if busy > 0 && state::is(this, state::PHASE_3) && next.is_null() {
        busy::adjust_locked(this, -(busy as i32));
    }
    arbitration::unlock(this);
    if busy > 0 && adjusts && !next.is_null() {
        busy::adjust(next, 1);
    }
    arbitration::with(provider, || {
        if adjusts {
            busy::adjust_locked(provider, -1);
        }
        if state::is(provider, state::PHASE_3) && clients(provider).is_empty() {
            terminate::schedule_finalize(provider);
        }
    });
}

/// IOService::getProvider: the first parent; kept in the object too.
extern "C" fn get_provider(this: Obj) -> Obj {
    let provider = providers(this).first().copied().unwrap_or(Obj::NULL);
    state::set_provider(this, provider);
    provider
}

/// IOService::getWorkLoop: the provider's.
pub extern "C" fn get_work_loop(this: Obj) -> Obj {
    provider(this).some().map_or(Obj::NULL, work_loop)
}

extern "C" fn get_client(this: Obj) -> Obj {
    clients(this).first().copied().unwrap_or(Obj::NULL)
}

extern "C" fn provider_iterator(this: Obj) -> Obj {
    registry::parent_iterator(this, plane::service())
}

extern "C" fn client_iterator(this: Obj) -> Obj {
    registry::child_iterator(this, plane::service())
}

/// getOpenClientIterator: the clients that have the service open now.
extern "C" fn open_client_iterator(this: Obj) -> Obj {
    let mut found = clients(this);
    found.retain(|&client| open::is_open(this, client));
    registry::iterator(found)
}

/// getOpenProviderIterator: the providers that the service has open now.
extern "C" fn open_provider_iterator(this: Obj) -> Obj {
    let mut found = providers(this);
    found.retain(|&provider| open::is_open(provider, this));
    registry::iterator(found)
}

extern "C" fn apply_to_providers(this: Obj, applier: usize, context: u64) {
    registry::apply_to_parents(this, applier, context, plane::service());
}

extern "C" fn apply_to_clients(this: Obj, applier: usize, context: u64) {
    registry::apply_to_children(this, applier, context, plane::service());
}

/// `copyClientWithCategory`: the client that took a match category, retained.
pub extern "C" fn copy_client_with_category(this: Obj, category: Obj) -> Obj {
    let key = keys::symbol("_gIOMatchCategoryKey");
    let taken = |client: &Obj| !state::is_inactive(*client) && properties::get(*client, &string::text(key)) == category;
    clients(this).into_iter().find(taken).unwrap_or(Obj::NULL).retain()
}

extern "C" fn client_with_category(this: Obj, category: Obj) -> Obj {
    let client = copy_client_with_category(this, category);
    client.release();
    client
}

extern "C" fn get_state(this: Obj) -> u32 {
    state::public(this)
}

extern "C" fn is_inactive(this: Obj) -> bool {
    state::is_inactive(this)
}

extern "C" fn get_resources(_this: Obj) -> IOReturn {
    IOReturn::SUCCESS
}

extern "C" fn match_location(this: Obj, client: Obj) -> Obj {
    provider(this).some().map_or(Obj::NULL, |provider| MATCH_LOCATION.call_obj(provider, &[client.word()]))
}

/// callPlatformFunction goes up the providers; none of ours takes one.
extern "C" fn platform_function(this: Obj, name: Obj, wait: bool, a: u64, b: u64, c: u64, d: u64) -> IOReturn {
    match provider(this).some() {
        Some(provider) => {
            IOReturn(CALL_PLATFORM_FUNCTION.call_u32(provider, &[name.word(), u64::from(wait), a, b, c, d]))
        }
        None => IOReturn::UNSUPPORTED,
    }
}

extern "C" fn platform_function_c(this: Obj, name: usize, wait: bool, a: u64, b: u64, c: u64, d: u64) -> IOReturn {
    let symbol = string::symbol(&mem::c_string(name));
    let result = CALL_PLATFORM_FUNCTION.call_u32(this, &[symbol.word(), u64::from(wait), a, b, c, d]);
    symbol.release();
    IOReturn(result)
}

extern "C" fn unsupported(_this: Obj) -> IOReturn {
    IOReturn::UNSUPPORTED
}

functions! { pub FUNCTIONS:
    "__ZN9IOService4initEP12OSDictionary" => properties::init,
    "__ZN9IOService4initEP15IORegistryEntryPK15IORegistryPlane" => registry::init_from,
    "__ZN9IOService4freeEv" => free,
    "__ZN9IOService5probeEPS_Pi" => probe_default,
    "__ZN9IOService5startEPS_" => start_default,
    "__ZN9IOService4stopEPS_" => stop_default,
    "__ZN9IOService6attachEPS_" => attach_default,
    "__ZN9IOService6detachEPS_" => detach_default,
    "__ZNK9IOService11getProviderEv" => get_provider,
    "__ZNK9IOService11getWorkLoopEv" => get_work_loop,
    "__ZNK9IOService9getClientEv" => get_client,
    "__ZNK9IOService19getProviderIteratorEv" => provider_iterator,
    "__ZNK9IOService17getClientIteratorEv" => client_iterator,
    "__ZNK9IOService21getOpenClientIteratorEv" => open_client_iterator,
    "__ZNK9IOService23getOpenProviderIteratorEv" => open_provider_iterator,
    "__ZN9IOService16applyToProvidersEPFvPS_PvES1_" => apply_to_providers,
    "__ZN9IOService14applyToClientsEPFvPS_PvES1_" => apply_to_clients,
    "__ZN9IOService22copyClientWithCategoryEPK8OSSymbol" => copy_client_with_category,
    "__ZN9IOService21getClientWithCategoryEPK8OSSymbol" => client_with_category,
    "__ZNK9IOService8getStateEv" => get_state,
    "__ZNK9IOService10isInactiveEv" => is_inactive,
    "__ZN9IOService12getResourcesEv" => get_resources,
    "__ZN9IOService13matchLocationEPS_" => match_location,
    "__ZN9IOService20callPlatformFunctionEPK8OSSymbolbPvS3_S3_S3_" => platform_function,
    "__ZN9IOService20callPlatformFunctionEPKcbPvS2_S2_S2_" => platform_function_c,
    "__ZN9IOService12requestProbeEj" => unsupported,
    "__ZN9IOService23acknowledgeNotificationEPvj" => unsupported,
}

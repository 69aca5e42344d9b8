//! IOInterruptEventSource and IOFilterInterruptEventSource: work for a work loop that an interrupt announces, or software.

use crate::class;
use crate::functions;
use crate::iokit::eventsource;
use crate::iokit::interrupt::Kind;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::workloop;
use crate::libkern::osobject;
use crate::object::{Method, Obj};
use crate::symbols;

/// `IOInterruptEventSource::provider`.
const PROVIDER: usize = 72;
/// `IOInterruptEventSource::intIndex`; complemented while the source is not registered.
const INDEX: usize = 80;
/// `IOInterruptEventSource::producerCount`.
const PRODUCED: usize = 84;
/// `IOInterruptEventSource::consumerCount`.
const CONSUMED: usize = 88;
/// `IOInterruptEventSource::autoDisable`.
const AUTO_DISABLE: usize = 92;
/// `IOInterruptEventSource::explicitDisable`.
const EXPLICIT_DISABLE: usize = 93;
/// `IOFilterInterruptEventSource::filterAction`.
const FILTER: usize = 104;

static INIT: Method =
    Method::new("IOInterruptEventSource", "__ZN22IOInterruptEventSource4initEP8OSObjectPFvS1_PS_iEP9IOServicei");
static INIT_FILTER: Method = Method::new(
    "IOFilterInterruptEventSource",
    "__ZN28IOFilterInterruptEventSource4initEP8OSObjectPFvS1_P22IOInterruptEventSourceiEPFbS1_PS_EP9IOServicei",
);
static NORMAL: Method =
    Method::new("IOInterruptEventSource", "__ZN22IOInterruptEventSource23normalInterruptOccurredEPvP9IOServicei");
static DISABLING: Method =
    Method::new("IOInterruptEventSource", "__ZN22IOInterruptEventSource24disableInterruptOccurredEPvP9IOServicei");
static SIGNAL_FILTERED: Method =
    Method::new("IOFilterInterruptEventSource", "__ZN28IOFilterInterruptEventSource15signalInterruptEv");
static REGISTER: Method = Method::new("IOService", "__ZN9IOService17registerInterruptEiP8OSObjectPFvS1_PvPS_iES2_");
static UNREGISTER: Method = Method::new("IOService", "__ZN9IOService19unregisterInterruptEi");
static ENABLE: Method = Method::new("IOService", "__ZN9IOService15enableInterruptEi");
static DISABLE: Method = Method::new("IOService", "__ZN9IOService16disableInterruptEi");
static KIND: Method = Method::new("IOService", "__ZN9IOService16getInterruptTypeEiPi");

fn index(this: Obj) -> i32 {
    this.get(INDEX)
}

fn word(index: i32) -> u64 {
    u64::from(index.cast_unsigned())
}

extern "C" fn new(owner: Obj, action: usize, provider: Obj, index: i32) -> Obj {
    made(class::instantiate("IOInterruptEventSource"), |this| {
        INIT.call_bool(this, &[owner.word(), action as u64, provider.word(), word(index)])
    })
}

extern "C" fn new_filtered(owner: Obj, action: usize, filter: usize, provider: Obj, index: i32) -> Obj {
    made(class::instantiate("IOFilterInterruptEventSource"), |this| {
        INIT_FILTER.call_bool(this, &[owner.word(), action as u64, filter as u64, provider.word(), word(index)])
    })
}

fn made(this: Obj, init: impl FnOnce(Obj) -> bool) -> Obj {
    if init(this) {
        return this;
    }
    this.release();
    Obj::NULL
}

/// IOFilterInterruptEventSource::interruptEventSource: there is none without a filter.
extern "C" fn none() -> Obj {
    Obj::NULL
}

/// IOInterruptEventSource::init: registers with the provider's interrupt, if there is a provider; it is not enabled yet.
extern "C" fn init(this: Obj, owner: Obj, action: usize, provider: Obj, index: i32) -> bool {
    if !eventsource::init(this, owner, action) {
        return false;
    }
    this.set(PROVIDER, provider);
    this.set(INDEX, !index);
    this.set(EXPLICIT_DISABLE, true);
    if provider.is_null() {
        this.set(INDEX, index);
        return true;
    }
    register(this, index)
}

/// Tells the provider what to call; the source has its index from then on.
fn register(this: Obj, index: i32) -> bool {
    let provider = this.get_obj(PROVIDER);
    let mut kind = 0u32;
    if !IOReturn(KIND.call_u32(provider, &[word(index), (&raw mut kind) as u64])).is_success() {
        return false;
    }
    let is_level = kind == Kind::Level as u32;
    this.set(AUTO_DISABLE, is_level);
    let handler = this.slot(if is_level { DISABLING.slot() } else { NORMAL.slot() });
    let registered = IOReturn(REGISTER.call_u32(provider, &[word(index), this.word(), handler as u64, 0])).is_success();
    if registered {
        this.set(INDEX, index);
    }
    registered
}

fn unregister(this: Obj) {
    let (provider, index) = (this.get_obj(PROVIDER), index(this));
    if !provider.is_null() && index >= 0 {
        UNREGISTER.call(provider, &[word(index)]);
        this.set(INDEX, !index);
    }
}

extern "C" fn init_without_filter(_this: Obj) -> bool {
    false
}

extern "C" fn init_filtered(this: Obj, owner: Obj, action: usize, filter: usize, provider: Obj, index: i32) -> bool {
    if filter == 0 {
        return false;
    }
    this.set(FILTER, filter);
    init(this, owner, action, provider, index)
}

extern "C" fn free(this: Obj) {
    unregister(this);
    osobject::free(this);
}

extern "C" fn enable(this: Obj) {
    let (provider, index) = (this.get_obj(PROVIDER), index(this));
    if !provider.is_null() && index >= 0 {
        ENABLE.call(provider, &[word(index)]);
        this.set(EXPLICIT_DISABLE, false);
        eventsource::enable_default(this);
    }
}

extern "C" fn disable(this: Obj) {
    let (provider, index) = (this.get_obj(PROVIDER), index(this));
    if !provider.is_null() && index >= 0 {
        DISABLE.call(provider, &[word(index)]);
        this.set(EXPLICIT_DISABLE, true);
        eventsource::disable_default(this);
    }
}

/// setWorkLoop: off a work loop the interrupt is not registered.
extern "C" fn set_work_loop(this: Obj, work_loop: Obj) {
    if work_loop.is_null() {
        disable(this);
        unregister(this);
    }
    eventsource::set_work_loop_default(this, work_loop);
    if !work_loop.is_null() && !this.get_obj(PROVIDER).is_null() && index(this) < 0 {
        register(this, !index(this));
    }
}

extern "C" fn provider(this: Obj) -> Obj {
    this.get_obj(PROVIDER)
}

extern "C" fn get_index(this: Obj) -> i32 {
    index(this)
}

extern "C" fn auto_disable(this: Obj) -> bool {
    this.get(AUTO_DISABLE)
}

extern "C" fn filter(this: Obj) -> usize {
    this.get(FILTER)
}

/// Counts an interrupt and has the work loop look.
fn signal(this: Obj) {
    this.set(PRODUCED, this.get::<u32>(PRODUCED).wrapping_add(1));
    let work_loop = eventsource::work_loop_field(this);
    if !work_loop.is_null() {
        workloop::signal(work_loop);
    }
}

extern "C" fn interrupt_occurred(this: Obj, reference: u64, provider: Obj, index: i32) {
    let method = if auto_disable(this) && !provider.is_null() { &DISABLING } else { &NORMAL };
    method.call(this, &[reference, provider.word(), word(index)]);
}

extern "C" fn normal(this: Obj, _reference: u64, _provider: Obj, _index: i32) {
    signal(this);
}

extern "C" fn disabling(this: Obj, _reference: u64, provider: Obj, index: i32) {
    DISABLE.call(provider, &[word(index)]);
    signal(this);
}

/// Asks the driver's filter whether the interrupt is its own.
fn is_own(this: Obj) -> bool {
    symbols::invoke(this.get(FILTER), &[eventsource::owner(this).word(), this.word()]) as u8 != 0
}

extern "C" fn normal_filtered(this: Obj, _reference: u64, _provider: Obj, _index: i32) {
    if is_own(this) {
        SIGNAL_FILTERED.call(this, &[]);
    }
}

extern "C" fn disabling_filtered(this: Obj, _reference: u64, provider: Obj, index: i32) {
    if is_own(this) {
        DISABLE.call(provider, &[word(index)]);
        SIGNAL_FILTERED.call(this, &[]);
    }
}

extern "C" fn signal_filtered(this: Obj) {
    signal(this);
}

/// checkForWork: the action is told how many interrupts there were; a level interrupt is enabled again after it.
extern "C" fn check_for_work(this: Obj) -> bool {
    let (produced, consumed): (u32, u32) = (this.get(PRODUCED), this.get(CONSUMED));
    if produced != consumed {
        let (owner, count) = (eventsource::owner(this), produced.wrapping_sub(consumed));
        symbols::invoke(eventsource::action(this), &[owner.word(), this.word(), u64::from(count)]);
        this.set(CONSUMED, produced);
        if auto_disable(this) && !this.get::<bool>(EXPLICIT_DISABLE) {
            eventsource::enable(this);
        }
    }
    false
}

functions! { pub FUNCTIONS:
    "__ZN22IOInterruptEventSource20interruptEventSourceEP8OSObjectPFvS1_PS_iEP9IOServicei" => new,
    "__ZN22IOInterruptEventSource4initEP8OSObjectPFvS1_PS_iEP9IOServicei" => init,
    "__ZN22IOInterruptEventSource4freeEv" => free,
    "__ZN22IOInterruptEventSource6enableEv" => enable,
    "__ZN22IOInterruptEventSource7disableEv" => disable,
    "__ZN22IOInterruptEventSource11setWorkLoopEP10IOWorkLoop" => set_work_loop,
    "__ZN22IOInterruptEventSource12checkForWorkEv" => check_for_work,
    "__ZNK22IOInterruptEventSource11getProviderEv" => provider,
    "__ZNK22IOInterruptEventSource11getIntIndexEv" => get_index,
    "__ZNK22IOInterruptEventSource14getAutoDisableEv" => auto_disable,
    "__ZN22IOInterruptEventSource17interruptOccurredEPvP9IOServicei" => interrupt_occurred,
    "__ZN22IOInterruptEventSource23normalInterruptOccurredEPvP9IOServicei" => normal,
    "__ZN22IOInterruptEventSource24disableInterruptOccurredEPvP9IOServicei" => disabling,
    "__ZN28IOFilterInterruptEventSource20interruptEventSourceEP8OSObjectPFvS1_P22IOInterruptEventSourceiEP9IOServicei" => none,
    "__ZN28IOFilterInterruptEventSource26filterInterruptEventSourceEP8OSObjectPFvS1_P22IOInterruptEventSourceiEPFbS1_PS_EP9IOServicei" => new_filtered,
    "__ZN28IOFilterInterruptEventSource4initEP8OSObjectPFvS1_P22IOInterruptEventSourceiEP9IOServicei" => init_without_filter,
    "__ZN28IOFilterInterruptEventSource4initEP8OSObjectPFvS1_P22IOInterruptEventSourceiEPFbS1_PS_EP9IOServicei" => init_filtered,
    "__ZN28IOFilterInterruptEventSource4freeEv" => free,
    "__ZN28IOFilterInterruptEventSource15signalInterruptEv" => signal_filtered,
    "__ZNK28IOFilterInterruptEventSource15getFilterActionEv" => filter,
    "__ZN28IOFilterInterruptEventSource23normalInterruptOccurredEPvP9IOServicei" => normal_filtered,
    "__ZN28IOFilterInterruptEventSource24disableInterruptOccurredEPvP9IOServicei" => disabling_filtered,
}

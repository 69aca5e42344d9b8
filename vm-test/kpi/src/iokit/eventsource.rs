//! IOEventSource: what command gates, timers and a kext's own sources share.

use crate::functions;
use crate::iokit::workloop;
use crate::libkern::osobject;
use crate::object::{Method, Obj};
use crate::symbols;

/// `IOEventSource::eventChainNext`.
const NEXT: usize = 16;
/// `IOEventSource::owner`.
const OWNER: usize = 24;
/// `IOEventSource::action`.
const ACTION: usize = 32;
/// `IOEventSource::enabled`.
const ENABLED: usize = 40;
/// `IOEventSource::workLoop`.
const WORK_LOOP: usize = 48;

/// The kernel's own `checkForWork`s: none of them has any.
const PASSIVE: [&str; 3] = [
    "__ZN13IOEventSource12checkForWorkEv",
    "__ZN13IOCommandGate12checkForWorkEv",
    "__ZN18IOTimerEventSource12checkForWorkEv",
];

static SET_WORK_LOOP: Method = Method::new("IOEventSource", "__ZN13IOEventSource11setWorkLoopEP10IOWorkLoop");
static GET_WORK_LOOP: Method = Method::new("IOEventSource", "__ZNK13IOEventSource11getWorkLoopEv");
static SET_NEXT: Method = Method::new("IOEventSource", "__ZN13IOEventSource7setNextEPS_");
static GET_NEXT: Method = Method::new("IOEventSource", "__ZNK13IOEventSource7getNextEv");
static CHECK_FOR_WORK: Method = Method::new("IOEventSource", "__ZN13IOEventSource12checkForWorkEv");
static ENABLE: Method = Method::new("IOEventSource", "__ZN13IOEventSource6enableEv");
static DISABLE: Method = Method::new("IOEventSource", "__ZN13IOEventSource7disableEv");

/// `setWorkLoop`.
pub fn set_work_loop(source: Obj, work_loop: Obj) {
    SET_WORK_LOOP.call(source, &[work_loop.word()]);
}

/// `getWorkLoop`, not retained.
pub fn work_loop(source: Obj) -> Obj {
    GET_WORK_LOOP.call_obj(source, &[])
}

/// `setNext`.
pub fn set_next(source: Obj, next: Obj) {
    SET_NEXT.call(source, &[next.word()]);
}

/// `getNext`.
pub fn next(source: Obj) -> Obj {
    GET_NEXT.call_obj(source, &[])
}

/// `checkForWork`.
pub fn check_for_work(source: Obj) -> bool {
    CHECK_FOR_WORK.call_bool(source, &[])
}

/// `enable`.
pub fn enable(source: Obj) {
    ENABLE.call(source, &[]);
}

/// `disable`.
pub fn disable(source: Obj) {
    DISABLE.call(source, &[]);
}

/// Whether the source leaves `checkForWork` as the kernel has it.
pub fn is_passive(source: Obj) -> bool {
    let own = source.slot(CHECK_FOR_WORK.slot());
    PASSIVE.into_iter().any(|name| symbols::address(name) == Some(own))
}

/// The field `owner`.
pub fn owner(source: Obj) -> Obj {
    source.get_obj(OWNER)
}

/// The field `action`: a function's address, or 0.
pub fn action(source: Obj) -> usize {
    source.get(ACTION)
}

/// The field `enabled`.
pub fn is_enabled(source: Obj) -> bool {
    source.get(ENABLED)
}

/// The field `workLoop`.
pub fn work_loop_field(source: Obj) -> Obj {
    source.get_obj(WORK_LOOP)
}

/// IOEventSource::init.
pub extern "C" fn init(this: Obj, owner: Obj, action: usize) -> bool {
    if owner.is_null() {
        return false;
    }
    this.set(OWNER, owner);
    this.set(ACTION, action);
    this.set(ENABLED, true);
    true
}

/// IOEventSource::setWorkLoop: without one, the source is disabled too.
pub extern "C" fn set_work_loop_default(this: Obj, work_loop: Obj) {
    if work_loop.is_null() {
        disable(this);
    }
    this.set(WORK_LOOP, work_loop);
}

/// IOEventSource::enable.
pub extern "C" fn enable_default(this: Obj) {
    this.set(ENABLED, true);
}

/// IOEventSource::disable.
pub extern "C" fn disable_default(this: Obj) {
    this.set(ENABLED, false);
}

extern "C" fn check_for_work_default(_this: Obj) -> bool {
    false
}

extern "C" fn set_next_default(this: Obj, next: Obj) {
    this.set(NEXT, next);
}

extern "C" fn get_next(this: Obj) -> Obj {
    this.get_obj(NEXT)
}

extern "C" fn set_action(this: Obj, action: usize) {
    this.set(ACTION, action);
}

extern "C" fn get_action(this: Obj) -> usize {
    action(this)
}

extern "C" fn get_enabled(this: Obj) -> bool {
    is_enabled(this)
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    work_loop_field(this)
}

extern "C" fn on_thread(this: Obj) -> bool {
    work_loop_field(this).some().is_some_and(workloop::on_thread)
}

extern "C" fn close_gate(this: Obj) {
    workloop::close_gate(work_loop_field(this));
}

extern "C" fn open_gate(this: Obj) {
    workloop::open_gate(work_loop_field(this));
}

extern "C" fn try_close_gate(this: Obj) -> bool {
    workloop::try_close_gate(work_loop_field(this))
}

extern "C" fn sleep_gate(this: Obj, event: u64, _interruptible: u32) -> u32 {
    workloop::sleep_gate(work_loop_field(this), event, None)
}

extern "C" fn sleep_gate_until(this: Obj, event: u64, deadline: u64, _interruptible: u32) -> u32 {
    workloop::sleep_gate(work_loop_field(this), event, Some(deadline))
}

extern "C" fn wakeup_gate(this: Obj, event: u64, one: bool) {
    workloop::wakeup_gate(work_loop_field(this), event, one);
}

extern "C" fn signal(this: Obj) {
    workloop::signal(work_loop_field(this));
}

functions! { pub FUNCTIONS:
    "__ZN13IOEventSource4initEP8OSObjectPFvS1_zE" => init,
    "__ZN13IOEventSource4freeEv" => osobject::free,
    "__ZN13IOEventSource12checkForWorkEv" => check_for_work_default,
    "__ZN13IOEventSource11setWorkLoopEP10IOWorkLoop" => set_work_loop_default,
    "__ZNK13IOEventSource11getWorkLoopEv" => get_work_loop,
    "__ZN13IOEventSource7setNextEPS_" => set_next_default,
    "__ZNK13IOEventSource7getNextEv" => get_next,
    "__ZN13IOEventSource9setActionEPFvP8OSObjectzE" => set_action,
    "__ZNK13IOEventSource9getActionEv" => get_action,
    "__ZN13IOEventSource6enableEv" => enable_default,
    "__ZN13IOEventSource7disableEv" => disable_default,
    "__ZNK13IOEventSource9isEnabledEv" => get_enabled,
    "__ZNK13IOEventSource8onThreadEv" => on_thread,
    "__ZN13IOEventSource9closeGateEv" => close_gate,
    "__ZN13IOEventSource8openGateEv" => open_gate,
    "__ZN13IOEventSource12tryCloseGateEv" => try_close_gate,
    "__ZN13IOEventSource9sleepGateEPvj" => sleep_gate,
    "__ZN13IOEventSource9sleepGateEPvyj" => sleep_gate_until,
    "__ZN13IOEventSource10wakeupGateEPvb" => wakeup_gate,
    "__ZN13IOEventSource19signalWorkAvailableEv" => signal,
}

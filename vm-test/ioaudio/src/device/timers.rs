//! The device's timer: one event source that ticks for all targets at the shortest interval.

use alloc::vec::Vec;

use kpi::functions;
use kpi::mach::clock;
use kpi::object::{Direct, Method, Obj, Side};
use kpi::symbols;

use super::power;
use crate::layout::device::{
    CURRENT_POWER_STATE, MINIMUM_INTERVAL, PREVIOUS_TIMER_FIRE, TIMER_EVENT_SOURCE, WORK_LOOP,
};
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service;

static TIMER_NEW: Direct = Direct::new("__ZN18IOTimerEventSource16timerEventSourceEP8OSObjectPFvS1_PS_E");
static WAKE_AT: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource10wakeAtTimeEy");
static CANCEL: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource13cancelTimeoutEv");
static DISPATCH: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19dispatchTimerEventsEb");

/// `IOAudioDevice::timerFired`, the event source's action.
const FIRED: &str = "__ZN13IOAudioDevice10timerFiredEP8OSObjectP18IOTimerEventSource";

/// A target, which is retained, the function that is called with it and the device, and its interval in absolute time.
#[derive(Clone, Copy)]
struct Entry {
    target: Obj,
    function: usize,
    interval: u64,
}

/// A device's targets, in the order in which they came.
#[derive(Default)]
struct Targets {
    entries: Vec<Entry>,
    /// How often they have changed: the family walks them with an iterator that any change makes invalid.
    changes: u64,
}

static TARGETS: Side<Targets> = Side::new();

/// addTimerEvent: the same target replaces its entry.
pub(crate) extern "C" fn add(this: Obj, target: Obj, function: usize, interval: u64) -> u32 {
    if function == 0 {
        return BAD_ARGUMENT;
    }
    if source(this).is_null() {
        return ERROR;
    }
    target.retain();
    let entry = Entry { target, function, interval };
    let (replaced, count) = TARGETS.with_default(this, |targets| {
        targets.changes += 1;
        let old = targets.entries.iter_mut().find(|other| other.target == target);
        let replaced = old.map(|old| core::mem::replace(old, entry));
        if replaced.is_none() {
            targets.entries.push(entry);
        }
        (replaced, targets.entries.len())
    });
    if let Some(replaced) = replaced {
        replaced.target.release();
    }
    arm(this, interval, count == 1);
    SUCCESS
}

/// The only target starts the series; another one that wants to be called more often may bring the next tick forward.
fn arm(device: Obj, interval: u64, is_only: bool) {
    let now = clock::absolute_time();
    let pending = device.get::<u64>(PREVIOUS_TIMER_FIRE).wrapping_add(device.get(MINIMUM_INTERVAL));
    if !is_only && interval >= device.get::<u64>(MINIMUM_INTERVAL) {
        return;
    }
    device.set(MINIMUM_INTERVAL, interval);
    let wanted = now.wrapping_add(interval);
    if is_only || wanted < pending {
        device.set(PREVIOUS_TIMER_FIRE, now);
        WAKE_AT.call(source(device), &[wanted]);
    }
}

/// The event source, made when it is first needed.
fn source(device: Obj) -> Obj {
    let existing = device.get_obj(TIMER_EVENT_SOURCE);
    if !existing.is_null() {
        return existing;
    }
    let action = symbols::address(FIRED).unwrap_or_default();
    let timer = TIMER_NEW.call_obj(&[device.word(), action as u64]);
    if !timer.is_null() && service::add_event_source(device.get_obj(WORK_LOOP), timer) != 0 {
        timer.release();
        return Obj::NULL;
    }
    device.set(TIMER_EVENT_SOURCE, timer);
    timer
}

/// removeTimerEvent: the timer stops when no target is left, and slows down when the quickest is gone.
pub(crate) extern "C" fn remove(this: Obj, target: Obj) {
    let (removed, left) = TARGETS.with_default(this, |targets| {
        let at = targets.entries.iter().position(|entry| entry.target == target);
        let removed = at.map(|at| targets.entries.remove(at));
        targets.changes += u64::from(removed.is_some());
        (removed, targets.entries.iter().map(|entry| entry.interval).min())
    });
    let Some(removed) = removed else { return };
    match left {
        None => cancel(this),
        Some(interval) if interval > this.get(MINIMUM_INTERVAL) => {
            this.set(MINIMUM_INTERVAL, interval);
            WAKE_AT.call(source(this), &[this.get::<u64>(PREVIOUS_TIMER_FIRE).wrapping_add(interval)]);
        }
        Some(_) => (),
    }
    removed.target.release();
}

/// removeAllTimerEvents.
pub(crate) extern "C" fn remove_all(this: Obj) {
    cancel(this);
    let removed = TARGETS.with(this, |targets| {
        targets.changes += 1;
        core::mem::take(&mut targets.entries)
    });
    removed.unwrap_or_default().into_iter().for_each(|entry| entry.target.release());
}

fn cancel(device: Obj) {
    let timer = device.get_obj(TIMER_EVENT_SOURCE);
    if !timer.is_null() {
        CANCEL.call(timer, &[]);
    }
}

/// Drops the device's record.
pub(crate) fn forget(device: Obj) {
    remove_all(device);
    TARGETS.remove(device);
}

extern "C" fn fired(device: Obj, _source: Obj) {
    DISPATCH.call(device, &[0]);
}

/// Calls every target, whatever its own interval. While the device sleeps it does nothing unless it is forced, and the timer is
/// then not armed again.
extern "C" fn dispatch(this: Obj, force: bool) {
    if this.get::<u32>(CURRENT_POWER_STATE) == power::SLEEP && !force {
        return;
    }
    let interval: u64 = this.get(MINIMUM_INTERVAL);
    let changes = || TARGETS.with_default(this, |targets| targets.changes);
    let before = changes();
    let mut place = 0;
    // A change makes the family's iterator invalid: those that come later miss this tick.
    while before == changes()
        && let Some(entry) = TARGETS.with_default(this, |targets| targets.entries.get(place).copied())
    {
        symbols::invoke(entry.function, &[entry.target.word(), this.word()]);
        place += 1;
    }
    if TARGETS.with_default(this, |targets| !targets.entries.is_empty()) {
        let fire = this.get::<u64>(PREVIOUS_TIMER_FIRE).wrapping_add(interval);
        this.set(PREVIOUS_TIMER_FIRE, fire);
        WAKE_AT.call(source(this), &[fire.wrapping_add(this.get(MINIMUM_INTERVAL))]);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioDevice13addTimerEventEP8OSObjectPFvS1_PS_Ey" => add,
    "__ZN13IOAudioDevice16removeTimerEventEP8OSObject" => remove,
    "__ZN13IOAudioDevice20removeAllTimerEventsEv" => remove_all,
    "__ZN13IOAudioDevice19dispatchTimerEventsEb" => dispatch,
    "__ZN13IOAudioDevice10timerFiredEP8OSObjectP18IOTimerEventSource" => fired,
}

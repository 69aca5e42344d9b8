//! The device's timer: one event source that ticks for all engines at the shortest interval.

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

/// What is called at each tick.
#[derive(Clone, Copy)]
enum Event {
    /// A function of the driver's: (target, device).
    Driver(usize),
    /// An engine's own tick.
    Family(fn(Obj)),
}

struct Entry {
    target: Obj,
    event: Event,
    interval: u64,
}

static ENTRIES: Side<Vec<Entry>> = Side::new();

/// Adds the family's own tick for an engine, every `interval` of absolute time.
pub(crate) fn add(device: Obj, target: Obj, tick: fn(Obj), interval: u64) -> u32 {
    insert(device, Entry { target, event: Event::Family(tick), interval })
}

extern "C" fn add_timer_event(this: Obj, target: Obj, function: usize, interval: u64) -> u32 {
    if function == 0 {
        return BAD_ARGUMENT;
    }
    insert(this, Entry { target, event: Event::Driver(function), interval })
}

fn insert(device: Obj, entry: Entry) -> u32 {
    if source(device).is_null() {
        return ERROR;
    }
    let interval = entry.interval;
    let only = ENTRIES.with_default(device, |entries| {
        entries.retain(|other| other.target != entry.target);
        entries.push(entry);
        entries.len() == 1
    });
    let now = clock::absolute_time();
    if only {
        device.set(MINIMUM_INTERVAL, interval);
        device.set(PREVIOUS_TIMER_FIRE, now);
        WAKE_AT.call(source(device), &[now + interval]);
    } else if interval < device.get::<u64>(MINIMUM_INTERVAL) {
        let pending = device.get::<u64>(PREVIOUS_TIMER_FIRE) + device.get::<u64>(MINIMUM_INTERVAL);
        device.set(MINIMUM_INTERVAL, interval);
        if now + interval < pending {
            device.set(PREVIOUS_TIMER_FIRE, now);
            WAKE_AT.call(source(device), &[now + interval]);
        }
    }
    SUCCESS
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

/// Removes a target's tick; the timer stops when none is left.
pub(crate) extern "C" fn remove(this: Obj, target: Obj) {
    let left = ENTRIES.with_default(this, |entries| {
        entries.retain(|entry| entry.target != target);
        entries.iter().map(|entry| entry.interval).min()
    });
    match left {
        Some(interval) => this.set(MINIMUM_INTERVAL, interval),
        None => cancel(this),
    }
}

/// Removes all ticks.
pub(crate) extern "C" fn remove_all(this: Obj) {
    ENTRIES.with(this, Vec::clear);
    cancel(this);
}

fn cancel(device: Obj) {
    let timer = device.get_obj(TIMER_EVENT_SOURCE);
    if !timer.is_null() {
        CANCEL.call(timer, &[]);
    }
}

/// Drops the device's record.
pub(crate) fn forget(device: Obj) {
    ENTRIES.remove(device);
}

extern "C" fn fired(device: Obj, _source: Obj) {
    DISPATCH.call(device, &[0]);
}

/// Calls every target; while the device sleeps, only when forced, and the timer is then not armed again.
extern "C" fn dispatch(this: Obj, force: bool) {
    if this.get::<u32>(CURRENT_POWER_STATE) == power::SLEEP && !force {
        return;
    }
    let interval: u64 = this.get(MINIMUM_INTERVAL);
    let targets = ENTRIES.with_default(this, |entries| entries.iter().map(|entry| entry.target).collect::<Vec<_>>());
    for target in &targets {
        call(this, *target);
        let changed = ENTRIES.with_default(this, |entries| !entries.iter().map(|entry| &entry.target).eq(&targets));
        if changed {
            // The family's iterator is invalid now: those that come later miss this tick.
            break;
        }
    }
    let any = ENTRIES.with_default(this, |entries| !entries.is_empty());
    if any {
        let fire = this.get::<u64>(PREVIOUS_TIMER_FIRE) + interval;
        this.set(PREVIOUS_TIMER_FIRE, fire);
        WAKE_AT.call(source(this), &[fire + this.get::<u64>(MINIMUM_INTERVAL)]);
    }
}

fn call(device: Obj, target: Obj) {
    let event = ENTRIES
        .with_default(device, |entries| entries.iter().find(|entry| entry.target == target).map(|entry| entry.event));
    match event {
        Some(Event::Driver(function)) => {
            symbols::invoke(function, &[target.word(), device.word()]);
        }
        Some(Event::Family(tick)) => tick(target),
        None => (),
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioDevice13addTimerEventEP8OSObjectPFvS1_PS_Ey" => add_timer_event,
    "__ZN13IOAudioDevice16removeTimerEventEP8OSObject" => remove,
    "__ZN13IOAudioDevice20removeAllTimerEventsEv" => remove_all,
    "__ZN13IOAudioDevice19dispatchTimerEventsEb" => dispatch,
    "__ZN13IOAudioDevice10timerFiredEP8OSObjectP18IOTimerEventSource" => fired,
}

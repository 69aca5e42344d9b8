//! IOTimerEventSource: calls its action at a time, on a thread-call thread with the work loop's gate closed.

use alloc::boxed::Box;

use crate::class;
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{eventsource, workloop};
use crate::libkern::osobject;
use crate::mach::clock;
use crate::object::{Method, Obj, Side};
use crate::symbols;
use crate::timer::{self, TimerId};

/// `IOTimerEventSource::abstime`: the absolute time that was asked for, 0 for none.
const ABSOLUTE_TIME: usize = 80;
/// Nanoseconds of the units of the setTimeout and wakeAtTime family.
const TICK: u64 = 10_000_000;
const MILLISECOND: u64 = 1_000_000;
const MICROSECOND: u64 = 1_000;

#[derive(Default)]
struct Timer {
    /// Rises with every change, so that a call that is late knows that it is stale.
    generation: u32,
    armed: Option<Armed>,
}

struct Armed {
    id: TimerId,
    work_loop: Obj,
}

static TIMERS: Side<Timer> = Side::new();

static INIT: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource4initEP8OSObjectPFvS1_PS_E");
static WAKE_AT_TIME: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource10wakeAtTimeEy");
static CANCEL: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource13cancelTimeoutEv");
static SET_TIMEOUT_FUNCTION: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource14setTimeoutFuncEv");

/// `timerEventSource`: a new timer, NULL when its `init` fails.
pub extern "C" fn new(owner: Obj, action: usize) -> Obj {
    let this = class::instantiate("IOTimerEventSource");
    if INIT.call_bool(this, &[owner.word(), action as u64]) {
        return this;
    }
    this.release();
    Obj::NULL
}

/// `wakeAtTime` with an absolute time.
///
/// # Errors
/// What the timer says.
pub fn wake_at(timer: Obj, absolute_time: u64) -> Result<(), IOReturn> {
    IOReturn(WAKE_AT_TIME.call_u32(timer, &[absolute_time])).ok()
}

/// `cancelTimeout`.
pub fn cancel(timer: Obj) {
    CANCEL.call(timer, &[]);
}

extern "C" fn init(this: Obj, owner: Obj, action: usize) -> bool {
    let made = eventsource::init(this, owner, action);
    if made {
        TIMERS.with_default(this, |_| ());
        SET_TIMEOUT_FUNCTION.call(this, &[]);
    }
    made
}

extern "C" fn with_options(_options: u32, owner: Obj, action: usize) -> Obj {
    new(owner, action)
}

extern "C" fn init_options(this: Obj, _options: u32, owner: Obj, action: usize) -> bool {
    init(this, owner, action)
}

/// setTimeoutFunc makes the thread call on a Mac; ours is made when the timer is armed.
extern "C" fn set_timeout_function(_this: Obj) {}

extern "C" fn free(this: Obj) {
    cancel_default(this);
    TIMERS.remove(this);
    osobject::free(this);
}

/// Makes calls that are under way stale and takes the armed one back; its references go with it.
fn disarm(this: Obj) {
    let armed = TIMERS.with_default(this, |timer| {
        timer.generation += 1;
        timer.armed.take()
    });
    if let Some(armed) = armed
        && timer::cancel(armed.id)
    {
        armed.work_loop.release();
        this.release();
    }
}

/// Arms the call; while it is, it holds the timer and the work loop.
fn arm(this: Obj, work_loop: Obj, absolute_time: u64) {
    this.retain();
    work_loop.retain();
    disarm(this);
    let generation = TIMERS.with_default(this, |timer| timer.generation);
    let call = Box::new(move || fire(this, work_loop, generation));
    let id = timer::arm(clock::deadline(absolute_time), call);
    TIMERS.with_default(this, |timer| timer.armed = Some(Armed { id, work_loop }));
}

/// The thread call.
fn fire(this: Obj, work_loop: Obj, generation: u32) {
    TIMERS.with_default(this, |timer| timer.armed = None);
    if eventsource::is_enabled(this) && eventsource::action(this) != 0 {
        workloop::run(work_loop, || {
            let action = eventsource::action(this);
            if action != 0 && TIMERS.with_default(this, |timer| timer.generation) == generation {
                symbols::invoke(action, &[eventsource::owner(this).word(), this.word()]);
            }
        });
    }
    work_loop.release();
    this.release();
}

/// wakeAtTime: notes the time, and arms the call if the timer is enabled and on a work loop.
extern "C" fn wake_at_default(this: Obj, absolute_time: u64) -> IOReturn {
    if eventsource::action(this) == 0 {
        return IOReturn::NO_RESOURCES;
    }
    this.set(ABSOLUTE_TIME, absolute_time);
    let work_loop = eventsource::work_loop_field(this);
    if eventsource::is_enabled(this) && absolute_time != 0 && !work_loop.is_null() {
        arm(this, work_loop, absolute_time);
    }
    IOReturn::SUCCESS
}

extern "C" fn wake_at_options(this: Obj, options: u32, absolute_time: u64, _leeway: u64) -> IOReturn {
    let _ = options;
    wake_at_default(this, absolute_time)
}

extern "C" fn set_timeout_options(this: Obj, options: u32, interval: u64, leeway: u64) -> IOReturn {
    wake_at_options(this, options, clock::after(interval), leeway)
}

fn wake_after(this: Obj, nanoseconds: u64) -> u32 {
    wake_at_through(this, clock::after(clock::from_ns(nanoseconds)))
}

fn wake_at_through(this: Obj, absolute_time: u64) -> u32 {
    WAKE_AT_TIME.call_u32(this, &[absolute_time])
}

extern "C" fn set_timeout_ticks(this: Obj, ticks: u32) -> u32 {
    wake_after(this, u64::from(ticks) * TICK)
}

extern "C" fn set_timeout_ms(this: Obj, milliseconds: u32) -> u32 {
    wake_after(this, u64::from(milliseconds) * MILLISECOND)
}

extern "C" fn set_timeout_us(this: Obj, microseconds: u32) -> u32 {
    wake_after(this, u64::from(microseconds) * MICROSECOND)
}

extern "C" fn set_timeout_scaled(this: Obj, interval: u32, scale: u32) -> u32 {
    wake_after(this, u64::from(interval) * u64::from(scale))
}

extern "C" fn set_timeout(this: Obj, interval: u64) -> u32 {
    wake_at_through(this, clock::after(interval))
}

extern "C" fn wake_at_ticks(this: Obj, ticks: u32) -> u32 {
    wake_at_through(this, clock::from_ns(u64::from(ticks) * TICK))
}

extern "C" fn wake_at_ms(this: Obj, milliseconds: u32) -> u32 {
    wake_at_through(this, clock::from_ns(u64::from(milliseconds) * MILLISECOND))
}

extern "C" fn wake_at_us(this: Obj, microseconds: u32) -> u32 {
    wake_at_through(this, clock::from_ns(u64::from(microseconds) * MICROSECOND))
}

extern "C" fn wake_at_scaled(this: Obj, time: u32, scale: u32) -> u32 {
    wake_at_through(this, clock::from_ns(u64::from(time) * u64::from(scale)))
}

extern "C" fn cancel_default(this: Obj) {
    disarm(this);
    this.set(ABSOLUTE_TIME, 0u64);
}

/// IOTimerEventSource::enable: a time that was set while the timer was off counts from here.
extern "C" fn enable(this: Obj) {
    eventsource::enable_default(this);
    let time: u64 = this.get(ABSOLUTE_TIME);
    if wake_at_through(this, time) != IOReturn::SUCCESS.0 {
        eventsource::disable_default(this);
    }
}

extern "C" fn disable(this: Obj) {
    disarm(this);
    eventsource::disable_default(this);
}

extern "C" fn set_work_loop(this: Obj, work_loop: Obj) {
    eventsource::set_work_loop_default(this, work_loop);
    let time: u64 = this.get(ABSOLUTE_TIME);
    if eventsource::is_enabled(this) && time != 0 && !work_loop.is_null() {
        wake_at_through(this, time);
    }
}

extern "C" fn check_for_work(_this: Obj) -> bool {
    false
}

functions! { pub FUNCTIONS:
    "__ZN18IOTimerEventSource16timerEventSourceEP8OSObjectPFvS1_PS_E" => new,
    "__ZN18IOTimerEventSource16timerEventSourceEjP8OSObjectPFvS1_PS_E" => with_options,
    "__ZN18IOTimerEventSource4initEP8OSObjectPFvS1_PS_E" => init,
    "__ZN18IOTimerEventSource4initEjP8OSObjectPFvS1_PS_E" => init_options,
    "__ZN18IOTimerEventSource14setTimeoutFuncEv" => set_timeout_function,
    "__ZN18IOTimerEventSource4freeEv" => free,
    "__ZN18IOTimerEventSource15setTimeoutTicksEj" => set_timeout_ticks,
    "__ZN18IOTimerEventSource12setTimeoutMSEj" => set_timeout_ms,
    "__ZN18IOTimerEventSource12setTimeoutUSEj" => set_timeout_us,
    "__ZN18IOTimerEventSource10setTimeoutEjj" => set_timeout_scaled,
    "__ZN18IOTimerEventSource10setTimeoutEy" => set_timeout,
    "__ZN18IOTimerEventSource10setTimeoutEjyy" => set_timeout_options,
    "__ZN18IOTimerEventSource15wakeAtTimeTicksEj" => wake_at_ticks,
    "__ZN18IOTimerEventSource12wakeAtTimeMSEj" => wake_at_ms,
    "__ZN18IOTimerEventSource12wakeAtTimeUSEj" => wake_at_us,
    "__ZN18IOTimerEventSource10wakeAtTimeEjj" => wake_at_scaled,
    "__ZN18IOTimerEventSource10wakeAtTimeEy" => wake_at_default,
    "__ZN18IOTimerEventSource10wakeAtTimeEjyy" => wake_at_options,
    "__ZN18IOTimerEventSource13cancelTimeoutEv" => cancel_default,
    "__ZN18IOTimerEventSource6enableEv" => enable,
    "__ZN18IOTimerEventSource7disableEv" => disable,
    "__ZN18IOTimerEventSource11setWorkLoopEP10IOWorkLoop" => set_work_loop,
    "__ZN18IOTimerEventSource12checkForWorkEv" => check_for_work,
}

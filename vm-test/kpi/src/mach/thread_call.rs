//! Thread calls.

use alloc::boxed::Box;

use crate::functions;
use crate::heap;
use crate::mach::Boolean;
use crate::object::{Obj, Side};
use crate::sched;
use crate::symbols;
use crate::timer::{self, TimerId};

struct Call {
    function: usize,
    parameter: u64,
    armed: Option<TimerId>,
}

static CALLS: Side<Call> = Side::new();

extern "C" fn allocate(function: usize, parameter: u64) -> Obj {
    let call = Obj(heap::allocate(16, 16));
    CALLS.insert(call, Call { function, parameter, armed: None });
    call
}

extern "C" fn free(call: Obj) -> Boolean {
    let armed = CALLS.with(call, |call| call.armed.is_some()).unwrap_or(true);
    if !armed {
        CALLS.remove(call);
        heap::free(call.0, 16);
    }
    (!armed).into()
}

extern "C" fn enter(call: Obj) -> Boolean {
    Boolean::from(arm(call, 0, None))
}

extern "C" fn enter1(call: Obj, parameter: u64) -> Boolean {
    Boolean::from(arm(call, parameter, None))
}

extern "C" fn enter_delayed(call: Obj, deadline: u64) -> Boolean {
    Boolean::from(arm(call, 0, Some(super::clock::deadline(deadline))))
}

extern "C" fn enter1_delayed(call: Obj, parameter: u64, deadline: u64) -> Boolean {
    Boolean::from(arm(call, parameter, Some(super::clock::deadline(deadline))))
}

/// Arms a call for a time, or for now, which is no timer; says whether it was armed already.
fn arm(call: Obj, parameter1: u64, at: Option<u64>) -> bool {
    let was_armed = disarm(call);
    let run = move || {
        let target = CALLS.with(call, |call| {
            call.armed = None;
            (call.function, call.parameter)
        });
        if let Some((function, parameter)) = target {
            symbols::invoke(function, &[parameter, parameter1]);
        }
    };
    let id = match at {
        Some(at) => timer::arm(at, Box::new(run)),
        None => timer::arm_as_ever(sched::now(), Box::new(run)),
    };
    CALLS.with(call, |call| call.armed = Some(id));
    was_armed
}

extern "C" fn cancel(call: Obj) -> Boolean {
    Boolean::from(disarm(call))
}

fn disarm(call: Obj) -> bool {
    let armed = CALLS.with(call, |call| call.armed.take()).flatten();
    armed.is_some_and(timer::cancel)
}

functions! { pub FUNCTIONS:
    "_thread_call_allocate" => allocate,
    "_thread_call_free" => free,
    "_thread_call_enter" => enter,
    "_thread_call_enter1" => enter1,
    "_thread_call_enter_delayed" => enter_delayed,
    "_thread_call_enter1_delayed" => enter1_delayed,
    "_thread_call_cancel" => cancel,
}

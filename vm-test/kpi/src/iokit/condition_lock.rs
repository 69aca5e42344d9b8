//! IOConditionLock: a lock with a number that a thread can wait for.

use crate::class;
use crate::functions;
use crate::libkern::osobject;
use crate::object::{Method, Obj};
use crate::sched;

/// Byte offsets of `condition`, `interruptible` and `want_lock`.
const CONDITION: usize = 24;
const INTERRUPTIBLE: usize = 40;
const WANTED: usize = 41;

static INIT: Method = Method::new("IOConditionLock", "__ZN15IOConditionLock17initWithConditionEib");

fn changed_event(this: Obj) -> u64 {
    1 << 50 | this.word()
}

extern "C" fn with_condition(condition: i32, interruptible: bool) -> Obj {
    let this = class::instantiate("IOConditionLock");
    if INIT.call_bool(this, &[u64::from(condition.cast_unsigned()), interruptible.into()]) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, condition: i32, interruptible: bool) -> bool {
    this.set(CONDITION, condition);
    this.set(INTERRUPTIBLE, interruptible);
    true
}

extern "C" fn try_lock(this: Obj) -> bool {
    let free = !is_locked(this);
    this.set(WANTED, true);
    free
}

fn is_locked(this: Obj) -> bool {
    this.get(WANTED)
}

fn lock_if(this: Obj, condition: impl Fn() -> bool) -> i32 {
    while is_locked(this) || !condition() {
        sched::wait(changed_event(this), "a condition lock", None);
    }
    this.set(WANTED, true);
    0
}

extern "C" fn lock(this: Obj) -> i32 {
    lock_if(this, || true)
}

extern "C" fn lock_when(this: Obj, wanted: i32) -> i32 {
    lock_if(this, || condition(this) == wanted)
}

extern "C" fn unlock(this: Obj) {
    this.set(WANTED, false);
    sched::wake(changed_event(this), true, 0);
}

extern "C" fn unlock_with(this: Obj, condition: i32) {
    this.set(CONDITION, condition);
    unlock(this);
}

extern "C" fn condition(this: Obj) -> i32 {
    this.get(CONDITION)
}

extern "C" fn set_condition(this: Obj, condition: i32) -> i32 {
    let old = self::condition(this);
    this.set(CONDITION, condition);
    sched::wake(changed_event(this), true, 0);
    old
}

extern "C" fn interruptible(this: Obj) -> bool {
    this.get(INTERRUPTIBLE)
}

functions! { pub FUNCTIONS:
    "__ZN15IOConditionLock13withConditionEib" => with_condition,
    "__ZN15IOConditionLock17initWithConditionEib" => init,
    "__ZN15IOConditionLock4freeEv" => osobject::free,
    "__ZN15IOConditionLock7tryLockEv" => try_lock,
    "__ZN15IOConditionLock4lockEv" => lock,
    "__ZN15IOConditionLock8lockWhenEi" => lock_when,
    "__ZN15IOConditionLock6unlockEv" => unlock,
    "__ZN15IOConditionLock10unlockWithEi" => unlock_with,
    "__ZNK15IOConditionLock12getConditionEv" => condition,
    "__ZN15IOConditionLock12setConditionEi" => set_condition,
    "__ZNK15IOConditionLock16getInterruptibleEv" => interruptible,
}

//! Mutexes of pthread. The process has one thread, so a mutex that is held and taken again is waited for for ever: that is
//! said at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::symbols;
use crate::world;

const EINVAL: i32 = 22;
const EPERM: i32 = 1;
const EBUSY: i32 = 16;

thread_local! {
    /// Held mutexes by address, with the function of the driver that took each.
    static HELD: RefCell<BTreeMap<usize, &'static str>> = const { RefCell::new(BTreeMap::new()) };
}

/// How many mutexes are held.
pub(crate) fn held() -> Vec<&'static str> {
    HELD.with_borrow(|held| held.values().copied().collect())
}

extern "C" fn init(mutex: usize, _attributes: usize) -> i32 {
    if mutex == 0 { EINVAL } else { 0 }
}

extern "C" fn lock(mutex: usize) -> i32 {
    let before = HELD.with_borrow_mut(|held| held.insert(mutex, world::called()));
    if let Some(before) = before {
        world::stop(format!("deadlock: {} takes a mutex that {before} took and still holds", world::called()));
    }
    0
}

extern "C" fn try_lock(mutex: usize) -> i32 {
    HELD.with_borrow_mut(|held| {
        if held.contains_key(&mutex) {
            return EBUSY;
        }
        held.insert(mutex, world::called());
        0
    })
}

extern "C" fn unlock(mutex: usize) -> i32 {
    if HELD.with_borrow_mut(|held| held.remove(&mutex)).is_some() {
        return 0;
    }
    world::finding(format!("{} gives back a mutex that nobody holds", world::called()));
    EPERM
}

symbols! {
    "_pthread_mutex_init" => init,
    "_pthread_mutex_destroy" => init,
    "_pthread_mutex_lock" => lock,
    "_pthread_mutex_trylock" => try_lock,
    "_pthread_mutex_unlock" => unlock,
}

//! The mach and bsd parts: locks, waits, sysctl.

use kpi::mach::sysctl;
use kpi::object::Obj;
use kpi::sched;
use kpi::symbols;

use crate::common::{SECOND, settle, step, steps};
use crate::{call, word};

pub fn locks() {
    let group = call("_lck_grp_alloc_init", &[word(c"group"), 0]);
    let lock = call("_lck_rw_alloc_init", &[group, 0]);
    call("_lck_rw_lock_shared", &[lock]);
    assert_eq!(call("_lck_rw_try_lock", &[lock, 1]) as u8, 1, "another reader");
    assert_eq!(call("_lck_rw_try_lock", &[lock, 2]) as u8, 0, "no writer");
    let other = move || {
        call("_lck_rw_lock_exclusive", &[lock]);
        step("writes");
        assert_eq!(call("_lck_rw_done", &[lock]), 2);
    };
    sched::spawn("other", sched::Priority::Normal, Box::new(other));
    settle();
    call("_lck_rw_unlock_shared", &[lock]);
    settle();
    assert!(steps().is_empty(), "somebody reads still");
    call("_lck_rw_unlock_shared", &[lock]);
    settle();
    assert_eq!(steps(), ["writes"]);
    call("_lck_rw_lock_shared", &[lock]);
    assert_eq!(call("_lck_rw_lock_shared_to_exclusive", &[lock]) as u8, 1);
    call("_lck_rw_lock_exclusive_to_shared", &[lock]);
    assert_eq!(call("_lck_rw_done", &[lock]), 1);
    call("_lck_rw_free", &[lock, group]);
    let mutex = call("_lck_mtx_alloc_init", &[group, 0]);
    call("_lck_mtx_lock", &[mutex]);
    assert_eq!(call("_lck_mtx_try_lock", &[mutex]) as u8, 0);
    let waker = move || {
        call("_lck_mtx_lock", &[mutex]);
        call("_thread_wakeup_prim", &[77, 1, 3]);
        call("_lck_mtx_unlock", &[mutex]);
    };
    sched::spawn("waker", sched::Priority::Normal, Box::new(waker));
    assert_eq!(call("_lck_mtx_sleep", &[mutex, 0, 77, 0]), 3, "what the waker says");
    let deadline = sched::now() + SECOND;
    assert_eq!(call("_lck_mtx_sleep_deadline", &[mutex, 1, 77, 0, deadline]), 1, "timed out, and unlocked");
    call("_lck_mtx_free", &[mutex, group]);
    call("_lck_grp_free", &[group]);

    let conditions = call("__ZN15IOConditionLock13withConditionEib", &[1, 0]);
    let when = move || {
        call("__ZN15IOConditionLock8lockWhenEi", &[conditions, 5]);
        step("five");
        call("__ZN15IOConditionLock10unlockWithEi", &[conditions, 6]);
    };
    sched::spawn("when", sched::Priority::Normal, Box::new(when));
    call("__ZN15IOConditionLock4lockEv", &[conditions]);
    assert_eq!(call("__ZN15IOConditionLock7tryLockEv", &[conditions]) as u8, 0);
    call("__ZN15IOConditionLock6unlockEv", &[conditions]);
    settle();
    assert!(steps().is_empty());
    call("__ZN15IOConditionLock12setConditionEi", &[conditions, 5]);
    settle();
    assert_eq!(steps(), ["five"]);
    assert_eq!(call("__ZNK15IOConditionLock12getConditionEv", &[conditions]), 6);
    Obj(conditions as usize).release();
}

pub fn waits() {
    let mut semaphore = 0u64;
    assert_eq!(call("_semaphore_create", &[0, (&raw mut semaphore) as u64, 0, 1]), 0);
    assert_eq!(call("_semaphore_wait", &[semaphore]), 0);
    assert_eq!(call("_semaphore_wait_noblock", &[semaphore]), 49, "KERN_OPERATION_TIMED_OUT");
    let signal = move || {
        call("_semaphore_signal", &[semaphore]);
    };
    sched::spawn("signal", sched::Priority::Normal, Box::new(signal));
    assert_eq!(call("_semaphore_wait", &[semaphore]), 0);
    call("_semaphore_destroy", &[0, semaphore]);
    // Woken between the announcement and the wait.
    assert_eq!(call("_assert_wait", &[5, 0]) as i32, -1);
    call("_thread_wakeup_prim", &[5, 0, 0]);
    assert_eq!(call("_thread_block", &[0]), 0);
    call("_assert_wait_timeout", &[5, 0, 3, 1_000_000]);
    let before = sched::now();
    assert_eq!(call("_thread_block", &[0]), 1, "THREAD_TIMED_OUT");
    assert!(sched::now() - before >= 3_000_000);
}

pub fn numbers() {
    let variable = |name| symbols::address(name).unwrap() as u64;
    // sysctl_oid: parent, link, number and kind, the two arguments, name, handler, format, description, version.
    let children = [0u64; 1];
    let list = children.as_ptr() as u64;
    let node = [variable("_sysctl__debug_children"), 0, 0, list, 0, word(c"driver"), 0, 0, 0, 0];
    let level = 3u32;
    let handler = variable("_sysctl_handle_int");
    let number = [list, 0, 0, (&raw const level) as u64, 0, word(c"level"), handler, 0, 0, 0];
    let oids = [node.as_ptr() as u64, number.as_ptr() as u64];
    for oid in oids {
        call("_sysctl_register_oid", &[oid]);
    }
    let name = "debug.driver.level";
    assert_eq!(sysctl::exchange(name, None), Some(Ok(vec![3, 0, 0, 0])));
    assert_eq!(sysctl::exchange(name, Some(&[5, 0, 0, 0])), Some(Ok(vec![3, 0, 0, 0])));
    assert_eq!(sysctl::exchange(name, Some(&[0; 8])), Some(Err(22)), "EINVAL: too long");
    assert_eq!(sysctl::exchange(name, None), Some(Ok(vec![5, 0, 0, 0])));
    for oid in oids {
        call("_sysctl_unregister_oid", &[oid]);
    }
    assert_eq!(sysctl::exchange(name, None), None);
}

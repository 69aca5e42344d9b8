//! What is known of the system's functions by their names, of the kernel as of user space.

/// What takes a lock, or waits for one, by parts of names.
const LOCKS: [&str; 19] = [
    "IOLockLock",
    "IORecursiveLockLock",
    "IORecursiveLockSleep",
    "IORWLockRead",
    "IORWLockWrite",
    "IOSimpleLockLock",
    "IOSimpleLockTryLock",
    "lck_mtx_lock",
    "lck_mtx_try_lock",
    "lck_rw_lock",
    "lck_spin_lock",
    "IOCommandGate",
    "closeGate",
    "pthread_mutex_lock",
    "pthread_mutex_trylock",
    "pthread_rwlock_",
    "os_unfair_lock_lock",
    "dispatch_sync",
    "semaphore_wait",
];
/// What allocates or gives memory back, by parts of names.
const ALLOCATIONS: [&str; 16] = [
    "IOMalloc",
    "IOFree",
    "kalloc",
    "kfree",
    "kern_os_malloc",
    "kern_os_free",
    "OSMalloc",
    "OSFree",
    "_malloc",
    "_calloc",
    "_realloc",
    "_free",
    "posix_memalign",
    "_Znwm",
    "_ZdlPv",
    "CFAllocator",
];

/// Whether a function takes a lock.
pub fn is_lock(name: &str) -> bool {
    LOCKS.iter().any(|lock| name.contains(lock))
}

/// Whether a function allocates memory or gives it back; objects that are made do.
pub fn is_allocation(name: &str) -> bool {
    let makes =
        name.contains("MetaClass5alloc") || name.contains("nwEm") || name.contains("Create") || name.contains("Copy");
    makes || ALLOCATIONS.iter().any(|allocation| name.contains(allocation))
}

/// Bytes that calls of a function read and write, by the sums of their arguments; of one that moves none, and of those whose
/// count is among the arguments on the stack, nought.
pub fn moved(name: &str, arguments: &[u64; 6]) -> (u64, u64) {
    let plain = name.trim_start_matches('_').trim_end_matches("_chk");
    match plain {
        "memcpy" | "memmove" | "bcopy" => (arguments[2], arguments[2]),
        "memset" | "memset_pattern4" | "memset_pattern8" | "memset_pattern16" => (0, arguments[2]),
        "bzero" => (0, arguments[1]),
        "memcmp" | "bcmp" => (2 * arguments[2], 0),
        "vDSP_vclr" => (0, 4 * arguments[2]),
        "vDSP_vsmul" => (4 * arguments[5], 4 * arguments[5]),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_in_the_kernel_and_in_user_space() {
        assert!(is_lock("_IOLockLock") && is_lock("_pthread_mutex_lock") && !is_lock("_pthread_mutex_unlock"));
        assert!(is_allocation("_IOMalloc") && is_allocation("_free") && is_allocation("__ZN8OSObjectnwEm"));
        assert!(!is_allocation("_memcpy") && !is_lock("_mach_absolute_time"));
        assert_eq!(moved("___memcpy_chk", &[1, 2, 3, 4, 5, 6]), (3, 3));
        assert_eq!(moved("___bzero", &[1, 2, 3, 4, 5, 6]), (0, 2));
    }
}

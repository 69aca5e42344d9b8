//! State of the kernel: one core, and KPI code is never preempted, so a plain cell is enough.

use core::cell::{RefCell, RefMut};

/// A value that all KPI code may reach.
///
/// A borrow must not be held across a call into the kext or a wait: either may come back to the same cell, which is then a
/// Rust panic that names the place, not silent damage.
pub struct Global<T>(RefCell<T>);

// SAFETY: machines run KPI code on one core and never preempt it; threads change only in `sched`, where nothing is borrowed.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    /// A cell with its first value.
    pub const fn new(value: T) -> Global<T> {
        Global(RefCell::new(value))
    }

    /// Borrows the value.
    ///
    /// # Panics
    /// When it is borrowed already.
    #[track_caller]
    pub fn borrow(&self) -> RefMut<'_, T> {
        self.0.borrow_mut()
    }

    /// Borrows the value, or `None` when it is borrowed already (panic reports, which may interrupt anything).
    pub fn try_borrow(&self) -> Option<RefMut<'_, T>> {
        self.0.try_borrow_mut().ok()
    }
}

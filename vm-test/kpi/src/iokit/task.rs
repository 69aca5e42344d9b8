//! Tasks: on whose behalf a thread runs, and what that task may do (`current_task`, `IOUserClient::clientHasPrivilege`).
//!
//! Requests of user space (setting properties, opening and using user clients) come from a plain user unless the caller says
//! that an administrator makes them. Everything else is the kernel's own.

use alloc::collections::BTreeMap;

use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::mem;
use crate::registry::Variable;
use crate::sched;

/// A task as kexts are told it; they compare it and never look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task(pub u64);

impl Task {
    /// The kernel.
    pub const KERNEL: Task = Task(0x7461_736b_0000);
    /// A process of the user at the console.
    pub const USER: Task = Task(0x7461_736b_0501);
    /// A process of root.
    pub const ADMINISTRATOR: Task = Task(0x7461_736b_0100);

    /// The privileges that the kernel knows by name; any other is not supported.
    fn privilege(self, name: &str) -> IOReturn {
        match name {
            "root" if self == Task::USER => IOReturn::NOT_PRIVILEGED,
            "root" | "local" | "foreground" => IOReturn::SUCCESS,
            _ => IOReturn::UNSUPPORTED,
        }
    }
}

/// `kernel_task`.
pub static KERNEL_TASK: Variable = Variable { name: "_kernel_task", size: 8, value: Task::KERNEL.0 };

/// Threads that serve a request, and whose.
static REQUESTS: Global<BTreeMap<u32, Task>> = Global::new(BTreeMap::new());

/// The task that the running thread serves.
pub fn current() -> Task {
    REQUESTS.borrow().get(&sched::current().0).copied().unwrap_or(Task::KERNEL)
}

/// Runs `f` as requests of a plain user.
pub fn as_user<R>(f: impl FnOnce() -> R) -> R {
    serving(Task::USER, f)
}

/// Runs `f` as requests of an administrator.
pub fn as_administrator<R>(f: impl FnOnce() -> R) -> R {
    serving(Task::ADMINISTRATOR, f)
}

/// Runs `f`, a request of user space: of who makes requests on this thread, or of a plain user.
pub(crate) fn request<R>(f: impl FnOnce(Task) -> R) -> R {
    let task = Some(current()).filter(|&task| task != Task::KERNEL).unwrap_or(Task::USER);
    serving(task, || f(task))
}

fn serving<R>(task: Task, f: impl FnOnce() -> R) -> R {
    let thread = sched::current().0;
    let outer = REQUESTS.borrow().insert(thread, task);
    let result = f();
    match outer {
        Some(outer) => REQUESTS.borrow().insert(thread, outer),
        None => REQUESTS.borrow().remove(&thread),
    };
    result
}

extern "C" fn current_task() -> u64 {
    current().0
}

extern "C" fn client_has_privilege(token: u64, name: usize) -> IOReturn {
    Task(token).privilege(&mem::c_string(name))
}

functions! { pub FUNCTIONS:
    "_current_task" => current_task,
    "__ZN12IOUserClient18clientHasPrivilegeEPvPKc" => client_has_privilege,
}

//! Tasks: on whose behalf a thread runs, and what that task may do (`current_task`, `IOUserClient::clientHasPrivilege`,
//! `IOUserClient::copyClientEntitlement`).
//!
//! Requests of user space (setting properties, opening and using user clients) come from a plain user unless the caller says
//! that an administrator makes them. Everything else is the kernel's own.

use alloc::collections::BTreeMap;

use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::libkern::boolean;
use crate::mem;
use crate::object::Obj;
use crate::registry::Variable;
use crate::sched;

/// A task as kexts are told it; they compare it and never look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task(pub u64);

impl Task {
    /// The kernel.
    pub const KERNEL: Task = Task(0x7461_736b_0000);
    /// A process of the user at the console; the HAL's host is one, so that it holds the HAL's entitlement.
    pub const USER: Task = Task(0x7461_736b_0501);
    /// Another one, without any entitlement.
    pub const STRANGER: Task = Task(0x7461_736b_0502);
    /// A process of root.
    pub const ADMINISTRATOR: Task = Task(0x7461_736b_0100);

    /// The privileges that the kernel knows by name; any other is not supported.
    fn privilege(self, name: &str) -> IOReturn {
        match name {
            "root" if matches!(self, Task::USER | Task::STRANGER) => IOReturn::NOT_PRIVILEGED,
            "root" | "local" | "foreground" => IOReturn::SUCCESS,
            _ => IOReturn::UNSUPPORTED,
        }
    }

    /// The number and the name of the task's process.
    fn process(self) -> (i32, &'static str) {
        match self {
            Task::USER => (101, "coreaudiod"),
            Task::STRANGER => (102, "player"),
            Task::ADMINISTRATOR => (103, "tool"),
            _ => (0, "kernel_task"),
        }
    }

    /// Whether the task's code signature claims an entitlement, as true. The one that is claimed here is the HAL's.
    fn is_entitled(self, name: &str) -> bool {
        self == Task::USER && name == HAL_ENTITLEMENT
    }
}

/// What the process that hosts audio drivers in user space is entitled to.
const HAL_ENTITLEMENT: &str = "com.apple.private.audio.driver-host";

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

/// Runs `f` as requests of a user's process that is entitled to nothing.
pub fn as_stranger<R>(f: impl FnOnce() -> R) -> R {
    serving(Task::STRANGER, f)
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

extern "C" fn own_process() -> i32 {
    current().process().0
}

/// proc_selfname: cut to the buffer's size.
extern "C" fn own_process_name(to: usize, size: i32) {
    if let Some(room) = size.checked_sub(1).filter(|room| *room >= 0) {
        let name = current().process().1.as_bytes();
        let name = &name[..name.len().min(room as usize)];
        mem::put(to, name);
        mem::write(to + name.len(), 0u8);
    }
}

extern "C" fn client_has_privilege(token: u64, name: usize) -> IOReturn {
    Task(token).privilege(&mem::c_string(name))
}

/// copyClientEntitlement: the value of a claim; NULL for one that the task does not make.
extern "C" fn copy_client_entitlement(token: u64, name: usize) -> Obj {
    if Task(token).is_entitled(&mem::c_string(name)) { boolean::object(true).retain() } else { Obj::NULL }
}

functions! { pub FUNCTIONS:
    "_current_task" => current_task,
    "_proc_selfpid" => own_process,
    "_proc_selfname" => own_process_name,
    "__ZN12IOUserClient21copyClientEntitlementEP4taskPKc" => copy_client_entitlement,
    "__ZN12IOUserClient18clientHasPrivilegeEPvPKc" => client_has_privilege,
}

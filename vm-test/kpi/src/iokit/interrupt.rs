//! Interrupts of a nub, as its driver sees them. A bench gives a nub its sources ([`provide`]) and raises them ([`raise`]); the
//! handler runs on a thread that goes before all others.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::checks::context;
use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::mach::Boolean;
use crate::mem;
use crate::object::{Obj, Side};
use crate::sched::{self, Priority, ThreadId};
use crate::symbols;

/// `IOService::_numInterruptSources`.
const COUNT: usize = 120;

/// How a source signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// `kIOInterruptTypeEdge`.
    Edge = 0,
    /// `kIOInterruptTypeLevel`: its driver disables it until the device is served.
    Level = 1,
}

#[derive(Clone, Copy)]
struct Handler {
    function: usize,
    target: u64,
    reference: u64,
}

struct Source {
    kind: Kind,
    handler: Option<Handler>,
    enabled: bool,
    /// Raised while nobody could be told.
    pending: bool,
}

static SOURCES: Side<Vec<Source>> = Side::new();
/// Threads that run handlers.
static INSIDE: Global<Vec<ThreadId>> = Global::new(Vec::new());

/// Gives a nub interrupt sources.
pub fn provide(nub: Obj, kinds: &[Kind]) {
    let source = |&kind: &Kind| Source { kind, handler: None, enabled: false, pending: false };
    nub.set(COUNT, kinds.len() as u32);
    SOURCES.insert(nub, kinds.iter().map(source).collect());
}

/// Drops what is kept about a service that is freed.
pub fn forget(service: Obj) {
    SOURCES.remove(service);
}

/// Whether the running thread runs an interrupt handler.
pub fn in_handler() -> bool {
    INSIDE.borrow().contains(&sched::current())
}

/// Raises an interrupt of a nub; it waits while it is disabled.
///
/// # Errors
/// kIOReturnNoInterrupt: the nub has no such source.
pub fn raise(nub: Obj, index: u32) -> Result<(), IOReturn> {
    with(nub, index, |source| source.pending = true)?;
    deliver(nub, index);
    Ok(())
}

fn with<R>(nub: Obj, index: u32, f: impl FnOnce(&mut Source) -> R) -> Result<R, IOReturn> {
    let found = SOURCES.with(nub, |sources| sources.get_mut(index as usize).map(f)).flatten();
    found.ok_or(IOReturn::NO_INTERRUPT)
}

/// Has the handler run if the source is raised and enabled.
fn deliver(nub: Obj, index: u32) {
    let ready = with(nub, index, |source| {
        let ready = source.pending && source.enabled && source.handler.is_some();
        source.pending &= !ready;
        ready
    });
    if ready != Ok(true) {
        return;
    }
    nub.retain();
    let main = move || {
        // It may have been disabled or taken away before the processor got to it.
        let handler = with(nub, index, |source| {
            source.pending |= !source.enabled;
            source.handler.filter(|_| source.enabled)
        });
        if let Ok(Some(Handler { function, target, reference })) = handler {
            let thread = sched::current();
            INSIDE.borrow().push(thread);
            context::interrupt(|| symbols::invoke(function, &[target, reference, nub.word(), u64::from(index)]));
            INSIDE.borrow().retain(|&inside| inside != thread);
        }
        nub.release();
    };
    sched::spawn("interrupt", Priority::RealTime, Box::new(main));
}

extern "C" fn register(this: Obj, index: u32, target: u64, function: usize, reference: u64) -> IOReturn {
    let registered = with(this, index, |source| {
        let free = source.handler.is_none();
        if free {
            source.handler = Some(Handler { function, target, reference });
            source.enabled = false;
        }
        free
    });
    match registered {
        Ok(true) => IOReturn::SUCCESS,
        Ok(false) => IOReturn::NO_RESOURCES,
        Err(error) => error,
    }
}

extern "C" fn unregister(this: Obj, index: u32) -> IOReturn {
    let gone = with(this, index, |source| {
        source.handler = None;
        source.enabled = false;
    });
    gone.err().unwrap_or(IOReturn::SUCCESS)
}

extern "C" fn enable(this: Obj, index: u32) -> IOReturn {
    let enabled = with(this, index, |source| source.enabled = source.handler.is_some());
    deliver(this, index);
    enabled.err().unwrap_or(IOReturn::SUCCESS)
}

extern "C" fn disable(this: Obj, index: u32) -> IOReturn {
    with(this, index, |source| source.enabled = false).err().unwrap_or(IOReturn::SUCCESS)
}

extern "C" fn cause(this: Obj, index: u32) -> IOReturn {
    raise(this, index).err().unwrap_or(IOReturn::SUCCESS)
}

extern "C" fn kind(this: Obj, index: u32, to: usize) -> IOReturn {
    match with(this, index, |source| source.kind) {
        Ok(kind) => {
            mem::write(to, kind as u32);
            IOReturn::SUCCESS
        }
        Err(error) => error,
    }
}

extern "C" fn at_interrupt_context() -> Boolean {
    Boolean::from(in_handler())
}

functions! { pub FUNCTIONS:
    "__ZN9IOService17registerInterruptEiP8OSObjectPFvS1_PvPS_iES2_" => register,
    "__ZN9IOService19unregisterInterruptEi" => unregister,
    "__ZN9IOService15enableInterruptEi" => enable,
    "__ZN9IOService16disableInterruptEi" => disable,
    "__ZN9IOService14causeInterruptEi" => cause,
    "__ZN9IOService16getInterruptTypeEiPi" => kind,
    "_ml_at_interrupt_context" => at_interrupt_context,
}

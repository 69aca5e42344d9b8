//! IOCommandPool: commands that a driver makes beforehand, takes, and gives back, in the gate of a work loop.

use crate::class;
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{eventsource, gate, workloop};
use crate::libkern::osobject;
use crate::object::{Method, Obj};

/// Byte offsets of the fields that subclasses see: a queue's head (next, previous), who waits, the gate.
const HEAD: usize = 16;
const PREVIOUS: usize = 24;
const SLEEPERS: usize = 32;
const GATE: usize = 40;
/// `IOCommand::fCommandChain`: a command's place in the queue (next, previous).
const CHAIN: usize = 16;
const CHAIN_PREVIOUS: usize = 24;

static INIT: Method = Method::new("IOCommandPool", "__ZN13IOCommandPool16initWithWorkLoopEP10IOWorkLoop");
static GATED_GET: Method = Method::new("IOCommandPool", "__ZN13IOCommandPool15gatedGetCommandEPP9IOCommandb");
static GATED_RETURN: Method = Method::new("IOCommandPool", "__ZN13IOCommandPool18gatedReturnCommandEP9IOCommand");

extern "C" fn with_work_loop(work_loop: Obj) -> Obj {
    let this = class::instantiate("IOCommandPool");
    if INIT.call_bool(this, &[work_loop.word()]) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn with_owner(_owner: Obj, work_loop: Obj, _size: u32) -> Obj {
    with_work_loop(work_loop)
}

extern "C" fn init(this: Obj, work_loop: Obj) -> bool {
    // An empty queue is its own neighbour.
    this.set(HEAD, this.0 + HEAD);
    this.set(PREVIOUS, this.0 + HEAD);
    let gate = gate::new(this, 0);
    this.set(GATE, gate);
    !work_loop.is_null() && !gate.is_null() && workloop::add(work_loop, gate).is_ok()
}

extern "C" fn init_with_owner(this: Obj, _owner: Obj, work_loop: Obj, _size: u32) -> bool {
    INIT.call_bool(this, &[work_loop.word()])
}

extern "C" fn free(this: Obj) {
    if let Some(gate) = this.get_obj(GATE).some() {
        if let Some(work_loop) = eventsource::work_loop_field(gate).some() {
            // It is on that one.
            let _ = workloop::remove(work_loop, gate);
        }
        gate.release();
    }
    osobject::free(this);
}

extern "C" fn get(this: Obj, block: bool) -> Obj {
    let mut command = Obj::NULL;
    let place = (&raw mut command) as u64;
    let got = gate::run(this.get_obj(GATE), || IOReturn(GATED_GET.call_u32(this, &[place, u64::from(block)])));
    if got.is_success() { command } else { Obj::NULL }
}

extern "C" fn give_back(this: Obj, command: Obj) {
    gate::run(this.get_obj(GATE), || IOReturn(GATED_RETURN.call_u32(this, &[command.word()])));
}

/// gatedGetCommand: the one that was given back last.
extern "C" fn gated_get(this: Obj, place: usize, block: bool) -> IOReturn {
    let head = this.0 + HEAD;
    while this.get::<usize>(HEAD) == head {
        if !block {
            return IOReturn::NO_RESOURCES;
        }
        this.set(SLEEPERS, this.get::<u32>(SLEEPERS) + 1);
        gate::sleep(this.get_obj(GATE), sleepers(this), None);
    }
    let command = this.get_obj(HEAD);
    let next: usize = command.get(CHAIN);
    this.set(HEAD, next);
    set_previous(this, next, head);
    crate::mem::write(place, command);
    IOReturn::SUCCESS
}

/// gatedReturnCommand: wakes one who waits.
extern "C" fn gated_return(this: Obj, command: Obj) -> IOReturn {
    let next: usize = this.get(HEAD);
    command.set(CHAIN, next);
    command.set(CHAIN_PREVIOUS, this.0 + HEAD);
    set_previous(this, next, command.0);
    this.set(HEAD, command);
    let waiting: u32 = this.get(SLEEPERS);
    if waiting > 0 {
        gate::wakeup(this.get_obj(GATE), sleepers(this), true);
        this.set(SLEEPERS, waiting - 1);
    }
    IOReturn::SUCCESS
}

/// Says what is before `of`, a command or the queue's head.
fn set_previous(this: Obj, of: usize, previous: usize) {
    if of == this.0 + HEAD {
        this.set(PREVIOUS, previous);
    } else {
        Obj(of).set(CHAIN_PREVIOUS, previous);
    }
}

/// The event that who waits sleeps on.
fn sleepers(this: Obj) -> u64 {
    (this.0 + SLEEPERS) as u64
}

functions! { pub FUNCTIONS:
    "__ZN13IOCommandPool12withWorkLoopEP10IOWorkLoop" => with_work_loop,
    "__ZN13IOCommandPool11commandPoolEP9IOServiceP10IOWorkLoopj" => with_owner,
    "__ZN13IOCommandPool16initWithWorkLoopEP10IOWorkLoop" => init,
    "__ZN13IOCommandPool4initEP9IOServiceP10IOWorkLoopj" => init_with_owner,
    "__ZN13IOCommandPool4freeEv" => free,
    "__ZN13IOCommandPool10getCommandEb" => get,
    "__ZN13IOCommandPool13returnCommandEP9IOCommand" => give_back,
    "__ZN13IOCommandPool15gatedGetCommandEPP9IOCommandb" => gated_get,
    "__ZN13IOCommandPool18gatedReturnCommandEP9IOCommand" => gated_return,
}

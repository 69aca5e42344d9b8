//! Addresses of faults in words that are the same in every run.

use alloc::format;
use alloc::string::{String, ToString};
use core::ops::Range;

use crate::checks::history;
use crate::platform::{Access, Fault, PAGE};
use crate::{heap, images, sched, symbols, user};

/// How far below its stack a thread's stack pointer may be for the fault to be called an overflow: large frames.
const LARGE_FRAME: usize = 64 * 1024;

/// Bytes that one instruction pushes at most.
const PUSH: usize = 16;

/// What lies at an address.
#[derive(Debug)]
pub struct Place {
    /// In words.
    pub words: String,
    /// Whether it is mapped, with whatever protection.
    pub mapped: bool,
}

/// A refused access to memory; `mapped` is what the processor said.
pub fn memory(fault: &Fault, address: Option<u64>, access: Access, mapped: bool) -> String {
    let Some(address) = address.map(|address| address as usize) else {
        if let Some(what) = dead(fault) {
            return format!("use-after-free: {what}, is used");
        }
        return "general protection fault: a non-canonical address or a privileged operation".to_string();
    };
    if let Some(thread) = overflow(address, fault.sp as usize, access) {
        return format!("kernel stack overflow: thread {thread} used all of its {} bytes", sched::KERNEL_STACK);
    }
    let (verb, refusal) = match access {
        Access::Read => ("read of", "readable"),
        Access::Write => ("write to", "writable"),
        Access::Execute => ("call of", "executable"),
        Access::Unknown => ("access to", "accessible"),
    };
    if let Some(place) = user::describe(address) {
        return format!("user-memory: {verb} {place} without a memory descriptor");
    }
    let place = place(address, mapped);
    let end = if place.mapped { format!(", which is not {refusal}") } else { String::new() };
    format!("page fault: {verb} {}{end}", place.words)
}

/// What was used after it was freed, if what the processor had read is what freed memory is full of: the first register that
/// points at something freed, `this` before the others.
fn dead(fault: &Fault) -> Option<String> {
    let poisoned = fault.registers.contains(&heap::POISON);
    let object = fault.registers.iter().map(|&at| at as usize).find(|&at| heap::freed(at).is_some());
    object.filter(|_| poisoned).and_then(|object| Some(heap::freed(object)? + &history::of(object)))
}

/// The running thread's name if it ran out of kernel stack.
fn overflow(address: usize, sp: usize, access: Access) -> Option<String> {
    let thread = sched::snapshot()?.into_iter().find(|thread| thread.running)?;
    let stack = thread.kernel_stack;
    let below = sp < stack.start && stack.start - sp <= LARGE_FRAME;
    let elsewhere = thread.kpi_stack.is_some_and(|stack| stack.contains(&sp));
    // The stack that is in use lies above the stack pointer, and what a push writes just below it; an access further down
    // only happens to hit the guard page.
    let ran_out = guard_below(&stack).contains(&address) && sp <= address + PUSH;
    let overflown = ran_out || (below && !elsewhere && access != Access::Execute);
    overflown.then_some(thread.name)
}

fn guard_below(stack: &Range<usize>) -> Range<usize> {
    stack.start - PAGE..stack.start
}

/// What lies at an address; `mapped` counts where nothing is known.
pub fn place(address: usize, mapped: bool) -> Place {
    if address < PAGE {
        return Place { words: format!("address {address:#x} (a null pointer)"), mapped: false };
    }
    if images::contains(address) {
        return Place { words: images::describe(address), mapped: true };
    }
    if let Some(words) = user::describe(address) {
        return Place { words, mapped: false };
    }
    let known = symbols::place_of(address).or_else(|| stack(address)).or_else(|| heap::describe(address));
    if let Some(place) = known {
        return place;
    }
    if images::contained(address) {
        return Place { words: format!("{}, which is unloaded", images::describe(address)), mapped };
    }
    let words = if mapped { "memory of the bench itself" } else { "an address that is not mapped" };
    Place { words: words.to_string(), mapped }
}

/// A thread's stack, or the guard page below one.
fn stack(address: usize) -> Option<Place> {
    sched::snapshot()?.into_iter().find_map(|thread| {
        let stacks = [(Some(thread.kernel_stack), "kernel stack"), (thread.kpi_stack, "stack that the bench uses")];
        stacks.into_iter().find_map(|(stack, kind)| {
            let stack = stack?;
            let (words, mapped) = match address {
                at if stack.contains(&at) => (format!("the {kind} of thread {}", thread.name), true),
                at if guard_below(&stack).contains(&at) => {
                    (format!("an address below the {kind} of thread {}", thread.name), false)
                }
                _ => return None,
            };
            Some(Place { words, mapped })
        })
    })
}

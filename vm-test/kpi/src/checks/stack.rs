//! How deep the kernel stacks were used. A stack is zero when its thread starts; the lowest word that is not zero any more is
//! how deep it was. What the real kernel's frames would have used counts too ([`crate::boundary::RESERVE`]).

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::ops::Range;

use protocol::event::{Event, StackUse};

use super::Rule;
use crate::global::Global;
use crate::sched::KERNEL_STACK;
use crate::{fault, images, mem, sched};

/// More of a stack than this is too much, in bytes.
const THRESHOLD: usize = KERNEL_STACK / 4 * 3;

/// The deepest use by name of thread: bytes, and the kext's function.
static DEEPEST: Global<BTreeMap<String, (usize, String)>> = Global::new(BTreeMap::new());

/// Notes how deep a thread's stack was used.
pub(crate) fn note(thread: &str, stack: Range<usize>) {
    let Some(lowest) = stack.clone().step_by(8).find(|&at| mem::read::<u64>(at) != 0) else { return };
    let used = stack.end - lowest;
    if DEEPEST.borrow().get(thread).is_some_and(|(most, _)| *most >= used) {
        return;
    }
    // The first return address above the lowest word is that of the deepest call.
    let place = (lowest..stack.end).step_by(8).map(mem::read::<usize>).find(|&pc| is_return_address(pc));
    let place = place.map(images::describe);
    let function = place.as_deref().map(super::function).unwrap_or_default().to_string();
    DEEPEST.borrow().insert(thread.to_string(), (used, function));
    if used > THRESHOLD {
        let text = format!("{used} bytes of the kernel stack of {KERNEL_STACK} bytes were used");
        super::told(Rule::StackDepth, &text, thread.to_string(), place.into_iter().collect());
    }
}

/// Whether an address in a kext stands behind a call: a relative one, or one through a register or memory.
fn is_return_address(pc: usize) -> bool {
    const LONGEST: usize = 8;
    if !images::contains(pc) || !images::contains(pc.wrapping_sub(LONGEST)) {
        return false;
    }
    let code: [u8; LONGEST] = mem::read(pc - LONGEST);
    let through = |bytes: &[u8]| bytes[0] == 0xff && bytes[1] >> 3 & 7 == 2;
    code[LONGEST - 5] == 0xe8 || code.windows(2).skip(1).any(through)
}

/// Says how deep the threads' stacks were that ran code of a kext.
pub(crate) fn report() {
    for thread in sched::snapshot().unwrap_or_default() {
        note(&thread.name, thread.kernel_stack);
    }
    let one = |(thread, (used, function)): (&String, &(usize, String))| StackUse {
        thread: thread.clone(),
        bytes: *used as u64,
        function: function.clone(),
    };
    let threads = core::mem::take(&mut *DEEPEST.borrow()).iter().map(one).collect();
    fault::emit(&Event::Stacks { size: KERNEL_STACK as u64, threads });
}

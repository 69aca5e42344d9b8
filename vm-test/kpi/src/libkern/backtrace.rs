//! Call chains for kexts: OSBacktrace, OSReportWithBacktrace.

use alloc::vec::Vec;

use crate::boundary;
use crate::checks::trail;
use crate::functions;
use crate::images;
use crate::libkern::format::{Arguments, format};
use crate::libkern::log;
use crate::mem;

/// How many callers a report names: the chain that it has seven of begins where its own caller returns to.
const REPORTED: usize = 7;
/// Bytes of a report's text, with the final zero.
const TEXT: usize = 128;

/// The return addresses in kexts of the call that is running, innermost first, no more than `most`.
fn chain(most: usize) -> Vec<usize> {
    let (entry, mut chain) = (boundary::entry_registers(), Vec::new());
    if most > 0 {
        trail::walk(entry.kext_sp as usize, entry.kext_bp as usize, boundary::stack_top() as usize, |pc| {
            chain.push(pc);
            chain.len() < most
        });
    }
    chain
}

/// OSBacktrace: the first address is in the caller; what is left of the list is filled with zeros.
extern "C" fn backtrace(to: usize, most: u32) -> u32 {
    let chain = chain(most as usize);
    for index in 0..most as usize {
        mem::write(to + 8 * index, chain.get(index).copied().unwrap_or(0));
    }
    chain.len() as u32
}

/// OSReportWithBacktrace: the text, and the callers of the caller. A Mac has addresses there; here they are functions of kexts,
/// which are the same in every run.
extern "C" fn report(pattern: usize) {
    let mut arguments = Arguments::after(1);
    let text = format(&mem::c_bytes(pattern), || arguments.take());
    let text: alloc::string::String = text.chars().take(TEXT - 1).collect();
    let callers: Vec<_> = chain(1 + REPORTED).into_iter().skip(1).map(images::describe).collect();
    log::line(&alloc::format!("{text}\nBacktrace {}", callers.join(" ")));
}

functions! { pub FUNCTIONS:
    "_OSBacktrace" => backtrace,
    "_OSReportWithBacktrace" => report,
}

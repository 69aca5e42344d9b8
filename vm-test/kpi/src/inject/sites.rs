//! Calls that fail, site by site. A site is a place of the kext that calls a function of the kernel which may fail, together
//! with the calls inside the kext that led there.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::boundary::{HOOKED, Registers, SITES};
use crate::global::Global;
use crate::trace::between;
use crate::{images, mem, sched, symbols};

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Mach-O name of the kernel's function.
    pub function: String,
    /// The places in kexts, innermost first.
    pub chain: Vec<String>,
}

/// One call that fails.
#[derive(Clone, Debug)]
pub struct Failing {
    /// Where.
    pub site: Site,
    /// Which of the calls from there, counted from 1.
    pub call: u64,
}

#[derive(Default)]
struct Watch {
    /// By symbol index: what a call of it returns when it fails.
    answers: BTreeMap<u64, u64>,
    /// How often each site was come by.
    calls: BTreeMap<Site, u64>,
    failing: Option<Failing>,
    /// Whether the call that is to fail was made.
    failed: bool,
}

static WATCHING: Global<Option<Watch>> = Global::new(None);

/// What the call returns that fails now; one thread at a time is between the boundary and [`refusal`].
static ANSWER: AtomicU64 = AtomicU64::new(0);

/// Watches the sites from here on. `fallible` has the functions that may fail, by Mach-O name, and what each returns then; of
/// the call that is to fail nothing else is done. Functions that the release lacks are passed over.
pub fn watch(fallible: &[(String, u64)], failing: Option<Failing>) {
    let pack = symbols::pack();
    let answer = |(name, answer): &(String, u64)| Some((u64::from(pack.symbol(name)?), *answer));
    let answers = fallible.iter().filter_map(answer).collect();
    *WATCHING.borrow() = Some(Watch { answers, failing, ..Watch::default() });
    HOOKED.fetch_or(SITES, Ordering::Relaxed);
}

/// Stops watching: the sites that were come by with the number of calls from each, and whether the call was made that was to
/// fail.
pub fn unwatch() -> (BTreeMap<Site, u64>, bool) {
    HOOKED.fetch_and(!SITES, Ordering::Relaxed);
    let watch = WATCHING.borrow().take().unwrap_or_default();
    (watch.calls, watch.failed)
}

/// Whether this call of a kext fails. Those of libraries do not: it is the kext which uses them that is tried.
pub(crate) fn fails(registers: &Registers) -> bool {
    let answer = WATCHING.borrow().as_ref().and_then(|watch| watch.answers.get(&registers.symbol).copied());
    let Some(answer) = answer.filter(|_| images::is_tried(super::caller(registers))) else { return false };
    let function = symbols::name(registers.symbol).unwrap_or_default().to_string();
    let site = Site { function, chain: chain(registers) };
    let mut watching = WATCHING.borrow();
    let Some(watch) = watching.as_mut() else { return false };
    let calls = watch.calls.entry(site.clone()).or_default();
    *calls += 1;
    let fails = watch.failing.as_ref().is_some_and(|failing| failing.call == *calls && failing.site == site);
    if fails {
        watch.failed = true;
        ANSWER.store(answer, Ordering::Relaxed);
    }
    fails
}

/// What a call comes to that fails.
pub(crate) fn refusal() -> u64 {
    ANSWER.swap(0, Ordering::Relaxed)
}

/// The places in kexts from a call up to where the kernel called in, by return addresses and frame pointers.
fn chain(registers: &Registers) -> Vec<String> {
    let stack = sched::kernel_stack();
    let mut frames = Vec::new();
    let (mut pc, mut bp) = (super::caller(registers), registers.kext_bp as usize);
    while images::contains(pc) {
        frames.push(images::describe(pc));
        if !bp.is_multiple_of(8) || !stack.contains(&bp) || bp + 16 > stack.end {
            break;
        }
        let next = mem::read::<usize>(bp);
        pc = between::return_address(bp + 8);
        if next <= bp {
            break;
        }
        bp = next;
    }
    frames
}

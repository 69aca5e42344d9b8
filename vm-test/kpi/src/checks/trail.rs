//! Call chains in kexts, by return addresses and frame pointers on the kernel stack.

use core::ops::Range;

use crate::boundary::{self, Control, RESERVE, STACK_WORDS};
use crate::mem;
use crate::trace::between;

/// Return addresses that a trail keeps.
pub const DEPTH: usize = 4;
/// More than `call_kext` has bytes.
const CALL_KEXT: usize = 256;

/// The innermost return addresses of a call chain, innermost first; zeros behind the last. The first is in the kext.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trail(pub [usize; DEPTH]);

/// The trail of an entry into the KPI: one entry often allocates and retains a lot.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Kept {
    /// [`boundary::Control::kext_sp`] that it belongs to; [`boundary::enter`] puts 0 here, for none.
    pub kext_sp: u64,
    trail: Trail,
}

impl Kept {
    /// Forgets it: the stack changed though nothing entered the KPI.
    pub fn forget(&mut self) {
        self.kext_sp = 0;
    }
}

impl Trail {
    /// The running thread's, from its last entry into the KPI; empty while no kext code is running on it.
    #[inline]
    pub fn here() -> Trail {
        let control = boundary::current();
        if control.is_null() {
            return Trail::default();
        }
        // SAFETY: the running thread's control lives as long as the thread, and only this thread writes it.
        let control = unsafe { &mut *control };
        if control.trail.kext_sp != control.kext_sp {
            control.trail = Kept { kext_sp: control.kext_sp, trail: Trail::of(control) };
        }
        control.trail.trail
    }

    fn of(control: &Control) -> Trail {
        let (sp, bp, top) = (control.kext_sp as usize, control.kext_bp as usize, control.stack_top as usize);
        let mut trail = Trail::default();
        let mut places = trail.0.iter_mut();
        walk(sp, bp, top, |pc| places.next().map(|place| *place = pc).is_some() && !places.as_slice().is_empty());
        trail
    }
}

/// Gives the return addresses of a call chain, innermost first, until `each` says that it has enough: from an entry into the
/// KPI with that stack and frame pointer, on a stack that ends at `top`.
pub fn walk(sp: usize, bp: usize, top: usize, mut each: impl FnMut(usize) -> bool) {
    if sp != 0 && sp + 8 <= top && each(between::return_address(sp)) {
        up(bp, sp..top, each);
    }
}

/// The same from a frame on.
pub fn up(mut bp: usize, stack: Range<usize>, mut each: impl FnMut(usize) -> bool) {
    while bp.is_multiple_of(8) && stack.contains(&bp) && bp + 16 <= stack.end {
        let (next, pc) = (mem::read::<usize>(bp), between::return_address(bp + 8));
        let call_kext = boundary::call_kext as *const () as usize;
        let goes_on = if (call_kext..call_kext + CALL_KEXT).contains(&pc) {
            // The kernel called; behind the stack arguments and the reserve is where the kext had called the kernel.
            let outer = bp + 16 + 8 * STACK_WORDS + RESERVE + 8;
            outer + 8 > stack.end || each(between::return_address(outer))
        } else {
            each(pc)
        };
        if !goes_on || next <= bp {
            return;
        }
        bp = next;
    }
}

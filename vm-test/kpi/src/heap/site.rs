//! Where in the kext a block was allocated or freed.

use core::fmt::{self, Display, Formatter};

use crate::boundary::{self, NO_SYMBOL};
use crate::platform::PAGE;
use crate::{images, mem, symbols};

/// The KPI function that did it and where in the kext it was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Symbol index; [`NO_SYMBOL`]: none.
    symbol: u64,
    /// Return address in the kext; 0: no kext code is running on the thread.
    caller: usize,
}

impl Site {
    /// The running thread's.
    pub fn here() -> Site {
        if boundary::current().is_null() {
            return Site { symbol: NO_SYMBOL, caller: 0 };
        }
        let entry = boundary::current_kernel_stack() as usize;
        // The top of the stack: no entry from a kext. Otherwise the call left the return address there.
        let caller = if entry.is_multiple_of(PAGE) { 0 } else { mem::read(entry) };
        Site { symbol: symbols::inside_index(), caller }
    }
}

impl Display for Site {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("by ")?;
        f.write_str(symbols::name(self.symbol).unwrap_or("the kernel"))?;
        if self.caller != 0 {
            write!(f, " from {}", images::describe(self.caller))?;
        }
        Ok(())
    }
}

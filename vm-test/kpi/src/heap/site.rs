//! Where in the kext something was done: allocated, freed, taken, retained.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use crate::boundary::{self, NO_SYMBOL};
use crate::checks::trail::Trail;
use crate::{images, symbols};

/// The KPI function that did it, and the calls in the kext that led there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Symbol index; [`NO_SYMBOL`]: none.
    symbol: u64,
    trail: Trail,
}

impl Site {
    /// The running thread's.
    pub fn here() -> Site {
        let symbol = if boundary::current().is_null() { NO_SYMBOL } else { symbols::inside_index() };
        Site { symbol, trail: Trail::here() }
    }

    /// The places in kexts, innermost first.
    pub fn frames(&self) -> Vec<String> {
        let is_known = |pc: &&usize| images::contains(**pc) || images::contained(**pc);
        self.trail.0.iter().filter(is_known).map(|&pc| images::describe(pc)).collect()
    }
}

impl Display for Site {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("by ")?;
        f.write_str(symbols::name(self.symbol).unwrap_or("the kernel"))?;
        for (index, frame) in self.frames().iter().enumerate() {
            write!(f, "{}{frame}", if index == 0 { " from " } else { " < " })?;
        }
        Ok(())
    }
}

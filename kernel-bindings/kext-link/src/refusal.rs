//! Why a linker does not take a kext.

use alloc::string::{String, ToString};
use core::fmt;

/// What the release's linker does with the kext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// It refuses the kext and says why; the message is in its words.
    Said,
    /// It refuses the kext without a word; the message is ours and says so.
    Silent,
    /// It would itself read or write out of bounds, crash or spin, which on a Mac panics the kernel; the message is ours.
    Crash,
    /// It takes the kext and gets it wrong; the message is ours.
    Trap,
    /// It might take the kext, but this linker does not know how; the message is ours.
    Unsupported,
}

/// A kext is not taken; from [`crate::check`] with [`Manner::Trap`]: it is taken, but should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who speaks, as logs show it: "kxld[com.example.driver]". Empty from [`crate::check`], which knows no identifier.
    pub origin: String,
    /// The words of the release's linker. Where it has none: our own, which say so. May have several lines.
    pub message: String,
    /// What the linker does.
    pub manner: Manner,
    /// The thing, the place, and the way out.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn said(message: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::new(Manner::Said, message.to_string(), detail)
    }

    pub(crate) fn silent(what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::new(Manner::Silent, alloc::format!("The linker refuses this kext without a message: {what}."), detail)
    }

    pub(crate) fn crash(what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        let message = alloc::format!("The linker itself would crash on this kext (a kernel panic on a Mac): {what}.");
        Self::new(Manner::Crash, message, detail)
    }

    pub(crate) fn trap(what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::new(Manner::Trap, alloc::format!("The linker takes this kext and gets it wrong: {what}."), detail)
    }

    pub(crate) fn unsupported(what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::new(Manner::Unsupported, alloc::format!("This linker cannot link this kext: {what}."), detail)
    }

    fn new(manner: Manner, message: String, detail: impl fmt::Display) -> Self {
        Self { origin: String::new(), message, manner, detail: detail.to_string() }
    }

    pub(crate) fn from(mut self, origin: String) -> Self {
        self.origin = origin;
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.message.lines() {
            if self.origin.is_empty() {
                writeln!(f, "{line}")?;
            } else {
                writeln!(f, "{}: {line}", self.origin)?;
            }
        }
        write!(f, "  {}", self.detail)
    }
}

impl core::error::Error for Refusal {}

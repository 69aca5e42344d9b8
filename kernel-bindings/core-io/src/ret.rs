//! The kernel's return codes.
use core::fmt;

/// An IOKit return code: an open set, so a number with names for the usual ones. Zero is success.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IOReturn(pub core_io_sys::IOReturn);

/// What a call that can fail gives: its value, or the code that says why not. The code is never [`IOReturn::SUCCESS`].
pub type Result<T> = core::result::Result<T, IOReturn>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $raw:ident,)*) => {
        impl IOReturn {
            $($(#[$doc])* pub const $name: IOReturn = IOReturn(core_io_sys::$raw);)*

            /// The kernel's name of the code, for those that have a constant here.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(IOReturn::$name => Some(stringify!($raw)),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// It was done.
    SUCCESS = kIOReturnSuccess,
    /// It failed, with no more to say.
    ERROR = kIOReturnError,
    /// No memory could be had.
    NO_MEMORY = kIOReturnNoMemory,
    /// Something other than memory ran out.
    NO_RESOURCES = kIOReturnNoResources,
    /// There is no such device, or no longer.
    NO_DEVICE = kIOReturnNoDevice,
    /// An argument is not one that the call takes.
    BAD_ARGUMENT = kIOReturnBadArgument,
    /// The call exists and does nothing here.
    UNSUPPORTED = kIOReturnUnsupported,
    /// Something is wrong inside.
    INTERNAL_ERROR = kIOReturnInternalError,
    /// It is in use.
    BUSY = kIOReturnBusy,
    /// Somebody else has it for himself.
    EXCLUSIVE_ACCESS = kIOReturnExclusiveAccess,
    /// It took too long.
    TIMEOUT = kIOReturnTimeout,
    /// It is not ready yet.
    NOT_READY = kIOReturnNotReady,
    /// Only an administrator may.
    NOT_PRIVILEGED = kIOReturnNotPrivileged,
    /// It is not allowed.
    NOT_PERMITTED = kIOReturnNotPermitted,
    /// It was ended before it was done.
    ABORTED = kIOReturnAborted,
    /// There is no such thing.
    NOT_FOUND = kIOReturnNotFound,
}

impl IOReturn {
    /// The code as a result: `Ok` for [`IOReturn::SUCCESS`].
    ///
    /// # Errors
    /// The code itself, when it is not success.
    pub const fn result(self) -> Result<()> {
        match self {
            IOReturn::SUCCESS => Ok(()),
            code => Err(code),
        }
    }
}

impl From<Result<()>> for IOReturn {
    fn from(result: Result<()>) -> Self {
        result.err().unwrap_or(IOReturn::SUCCESS)
    }
}

impl fmt::Display for IOReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{:08x})", self.0),
            None => write!(f, "0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for IOReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::IOReturn;
    use std::string::ToString;

    #[test]
    fn success_and_failure_go_both_ways() {
        assert_eq!(IOReturn::SUCCESS.result(), Ok(()));
        assert_eq!(IOReturn::BUSY.result(), Err(IOReturn::BUSY));
        assert_eq!(IOReturn::from(Ok(())), IOReturn::SUCCESS);
        assert_eq!(IOReturn::from(Err(IOReturn::NO_MEMORY)), IOReturn::NO_MEMORY);
    }

    #[test]
    fn codes_print_their_names() {
        assert_eq!(IOReturn::ERROR.to_string(), "kIOReturnError (0xe00002bc)");
        assert_eq!(IOReturn(7).to_string(), "0x00000007");
    }
}

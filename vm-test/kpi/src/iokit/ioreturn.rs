//! IOReturn: the status codes of IOKit (subsystem 0x38, `iokit_common_err`).

use core::fmt;

/// A status code; an open set, so no enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct IOReturn(pub u32);

macro_rules! codes {
    ($($constant:ident = $code:literal, $name:literal;)*) => {
        impl IOReturn {
            $(#[doc = $name] pub const $constant: IOReturn = IOReturn($code);)*

            /// The name that headers give the code.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    SUCCESS = 0, "kIOReturnSuccess";
    ERROR = 0xe000_02bc, "kIOReturnError";
    NO_MEMORY = 0xe000_02bd, "kIOReturnNoMemory";
    NO_RESOURCES = 0xe000_02be, "kIOReturnNoResources";
    IPC_ERROR = 0xe000_02bf, "kIOReturnIPCError";
    NO_DEVICE = 0xe000_02c0, "kIOReturnNoDevice";
    NOT_PRIVILEGED = 0xe000_02c1, "kIOReturnNotPrivileged";
    BAD_ARGUMENT = 0xe000_02c2, "kIOReturnBadArgument";
    LOCKED_READ = 0xe000_02c3, "kIOReturnLockedRead";
    LOCKED_WRITE = 0xe000_02c4, "kIOReturnLockedWrite";
    EXCLUSIVE_ACCESS = 0xe000_02c5, "kIOReturnExclusiveAccess";
    BAD_MESSAGE_ID = 0xe000_02c6, "kIOReturnBadMessageID";
    UNSUPPORTED = 0xe000_02c7, "kIOReturnUnsupported";
    VM_ERROR = 0xe000_02c8, "kIOReturnVMError";
    INTERNAL_ERROR = 0xe000_02c9, "kIOReturnInternalError";
    IO_ERROR = 0xe000_02ca, "kIOReturnIOError";
    CANNOT_LOCK = 0xe000_02cc, "kIOReturnCannotLock";
    NOT_OPEN = 0xe000_02cd, "kIOReturnNotOpen";
    NOT_READABLE = 0xe000_02ce, "kIOReturnNotReadable";
    NOT_WRITABLE = 0xe000_02cf, "kIOReturnNotWritable";
    NOT_ALIGNED = 0xe000_02d0, "kIOReturnNotAligned";
    BAD_MEDIA = 0xe000_02d1, "kIOReturnBadMedia";
    STILL_OPEN = 0xe000_02d2, "kIOReturnStillOpen";
    RLD_ERROR = 0xe000_02d3, "kIOReturnRLDError";
    DMA_ERROR = 0xe000_02d4, "kIOReturnDMAError";
    BUSY = 0xe000_02d5, "kIOReturnBusy";
    TIMEOUT = 0xe000_02d6, "kIOReturnTimeout";
    OFFLINE = 0xe000_02d7, "kIOReturnOffline";
    NOT_READY = 0xe000_02d8, "kIOReturnNotReady";
    NOT_ATTACHED = 0xe000_02d9, "kIOReturnNotAttached";
    NO_CHANNELS = 0xe000_02da, "kIOReturnNoChannels";
    NO_SPACE = 0xe000_02db, "kIOReturnNoSpace";
    PORT_EXISTS = 0xe000_02dd, "kIOReturnPortExists";
    CANNOT_WIRE = 0xe000_02de, "kIOReturnCannotWire";
    NO_INTERRUPT = 0xe000_02df, "kIOReturnNoInterrupt";
    NO_FRAMES = 0xe000_02e0, "kIOReturnNoFrames";
    MESSAGE_TOO_LARGE = 0xe000_02e1, "kIOReturnMessageTooLarge";
    NOT_PERMITTED = 0xe000_02e2, "kIOReturnNotPermitted";
    NO_POWER = 0xe000_02e3, "kIOReturnNoPower";
    NO_MEDIA = 0xe000_02e4, "kIOReturnNoMedia";
    UNFORMATTED_MEDIA = 0xe000_02e5, "kIOReturnUnformattedMedia";
    UNSUPPORTED_MODE = 0xe000_02e6, "kIOReturnUnsupportedMode";
    UNDERRUN = 0xe000_02e7, "kIOReturnUnderrun";
    OVERRUN = 0xe000_02e8, "kIOReturnOverrun";
    DEVICE_ERROR = 0xe000_02e9, "kIOReturnDeviceError";
    NO_COMPLETION = 0xe000_02ea, "kIOReturnNoCompletion";
    ABORTED = 0xe000_02eb, "kIOReturnAborted";
    NO_BANDWIDTH = 0xe000_02ec, "kIOReturnNoBandwidth";
    NOT_RESPONDING = 0xe000_02ed, "kIOReturnNotResponding";
    ISO_TOO_OLD = 0xe000_02ee, "kIOReturnIsoTooOld";
    ISO_TOO_NEW = 0xe000_02ef, "kIOReturnIsoTooNew";
    NOT_FOUND = 0xe000_02f0, "kIOReturnNotFound";
    INVALID = 0xe000_0001, "kIOReturnInvalid";
}

impl IOReturn {
    /// Whether this is kIOReturnSuccess.
    pub fn is_success(self) -> bool {
        self == IOReturn::SUCCESS
    }

    /// Success as `Ok`, all else as `Err`.
    ///
    /// # Errors
    /// The code, unless it is success.
    pub fn ok(self) -> Result<(), IOReturn> {
        if self.is_success() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for IOReturn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "{:#010x}", self.0),
        }
    }
}

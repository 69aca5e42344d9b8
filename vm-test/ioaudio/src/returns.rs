//! The IOReturn values the family answers with.

/// kIOReturnSuccess.
pub const SUCCESS: u32 = 0;
/// kIOReturnError.
pub const ERROR: u32 = 0xe000_02bc;
/// kIOReturnNoMemory.
pub const NO_MEMORY: u32 = 0xe000_02bd;
/// kIOReturnNoDevice.
pub const NO_DEVICE: u32 = 0xe000_02c0;
/// kIOReturnNotPrivileged.
pub const NOT_PRIVILEGED: u32 = 0xe000_02c1;
/// kIOReturnBadArgument.
pub const BAD_ARGUMENT: u32 = 0xe000_02c2;
/// kIOReturnExclusiveAccess.
pub const EXCLUSIVE_ACCESS: u32 = 0xe000_02c5;
/// kIOReturnUnsupported.
pub const UNSUPPORTED: u32 = 0xe000_02c7;
/// kIOReturnTimeout.
pub const TIMEOUT: u32 = 0xe000_02d6;
/// kIOReturnOffline.
pub const OFFLINE: u32 = 0xe000_02d7;
/// kIOReturnNotReady.
pub const NOT_READY: u32 = 0xe000_02d8;
/// kIOReturnOverrun.
pub const OVERRUN: u32 = 0xe000_02e8;
/// kIOReturnNotPermitted.
pub const NOT_PERMITTED: u32 = 0xe000_02e2;
/// kIOReturnIsoTooOld.
pub const ISO_TOO_OLD: u32 = 0xe000_02ef;
/// kIOReturnNotFound.
pub const NOT_FOUND: u32 = 0xe000_02f0;

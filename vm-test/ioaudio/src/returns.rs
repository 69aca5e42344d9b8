//! The IOReturn values the family answers with, as numbers.

use kpi::iokit::ioreturn::IOReturn;

/// kIOReturnSuccess.
pub const SUCCESS: u32 = IOReturn::SUCCESS.0;
/// kIOReturnError.
pub const ERROR: u32 = IOReturn::ERROR.0;
/// kIOReturnNoMemory.
pub const NO_MEMORY: u32 = IOReturn::NO_MEMORY.0;
/// kIOReturnNoDevice.
pub const NO_DEVICE: u32 = IOReturn::NO_DEVICE.0;
/// kIOReturnNotPrivileged.
pub const NOT_PRIVILEGED: u32 = IOReturn::NOT_PRIVILEGED.0;
/// kIOReturnBadArgument.
pub const BAD_ARGUMENT: u32 = IOReturn::BAD_ARGUMENT.0;
/// kIOReturnExclusiveAccess.
pub const EXCLUSIVE_ACCESS: u32 = IOReturn::EXCLUSIVE_ACCESS.0;
/// kIOReturnUnsupported.
pub const UNSUPPORTED: u32 = IOReturn::UNSUPPORTED.0;
/// kIOReturnAborted.
pub const ABORTED: u32 = IOReturn::ABORTED.0;
/// kIOReturnInternalError.
pub const INTERNAL_ERROR: u32 = IOReturn::INTERNAL_ERROR.0;
/// kIOReturnVMError.
pub const VM_ERROR: u32 = IOReturn::VM_ERROR.0;
/// kIOReturnTimeout.
pub const TIMEOUT: u32 = IOReturn::TIMEOUT.0;
/// kIOReturnOffline.
pub const OFFLINE: u32 = IOReturn::OFFLINE.0;
/// kIOReturnNotReady.
pub const NOT_READY: u32 = IOReturn::NOT_READY.0;
/// kIOReturnOverrun.
pub const OVERRUN: u32 = IOReturn::OVERRUN.0;
/// kIOReturnNotPermitted.
pub const NOT_PERMITTED: u32 = IOReturn::NOT_PERMITTED.0;
/// kIOReturnIsoTooOld.
pub const ISO_TOO_OLD: u32 = IOReturn::ISO_TOO_OLD.0;
/// kIOReturnNotFound.
pub const NOT_FOUND: u32 = IOReturn::NOT_FOUND.0;

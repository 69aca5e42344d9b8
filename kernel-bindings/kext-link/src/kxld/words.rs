//! The words of kxld that stand in several places. People search for them, so they are kept to the letter.

/// Something lies beyond the end of the file, or the processor is the wrong one.
pub(crate) const TRUNCATED: &str =
    "The Mach-O file has been truncated. Make sure the Mach-O header structures are correct.";
/// Prefix of most complaints about the structure.
pub(crate) const MALFORMED: &str = "The Mach-O file is malformed: ";
/// No `_kmod_info`.
pub(crate) const NO_KMOD_INFO: &str = "The kext is missing its kmod_info structure.";
/// A displacement does not fit.
pub(crate) const OVERFLOWED: &str = "A relocation entry has overflowed. The kext may be too far from one of its dependencies. Check your kext's load address.";
/// A call through a slot that has no function.
pub(crate) const PURE_VIRTUAL_CALL: &str = "This kext calls a pure virtual function. Make sure your kext's OSObject-derived classes implement all pure virtual functions.";

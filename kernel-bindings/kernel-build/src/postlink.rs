//! From ld64.lld's MH_BUNDLE to the MH_KEXT_BUNDLE that Apple's `ld -kext` would have written.
//!
//! lld has no kext output. It does everything up to the dynamic linker's tables; this step turns those into what a
//! kernel reads, and moves nothing: every address that lld chose stays.
//!
//! ```text
//!   lld                                   kext
//!   call in __text → __stubs → lazy ptr   call with an external BRANCH relocation
//!   rebase opcode                         local UNSIGNED relocation against the target's section
//!   bind opcode                           external UNSIGNED relocation
//!   ten load commands                     LC_SEGMENT_64 ×3, LC_SYMTAB, LC_DYSYMTAB, LC_UUID: all that 10.6 accepts
//! ```
//!
//! When the linker learns to write kexts, this module goes.

mod calls;
mod input;
mod output;
mod tables;

/// Why a linked bundle cannot become a kext.
#[derive(Debug, thiserror::Error)]
pub enum PostlinkError {
    /// It is not what ld64.lld writes for x86_64 with `-bundle -no_fixup_chains`.
    #[error("the linker's output is not an x86_64 MH_BUNDLE as expected: {0}")]
    Unexpected(String),
    /// A construct that no kernel linker accepts.
    #[error("{0}")]
    Unsupported(String),
}

impl From<object::read::Error> for PostlinkError {
    fn from(error: object::read::Error) -> PostlinkError {
        PostlinkError::Unexpected(error.to_string())
    }
}

/// Turns `bundle`, the linker's output, into a kext's binary. The same input gives the same bytes.
///
/// # Errors
/// The input is not what the linker writes, or holds something that a kext cannot.
pub fn convert(bundle: &[u8]) -> Result<Vec<u8>, PostlinkError> {
    let input = input::Input::parse(bundle)?;
    let calls = calls::find(&input)?;
    output::write(&input, &calls)
}

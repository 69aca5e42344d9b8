//! Memory that may be touched where no page fault may happen.
use crate::ret::{IOReturn, Result};
use core::ptr::NonNull;

/// A block of the kernel's wired memory, zeroed when made and given back when dropped.
///
/// The block is bytes without a type and may be shared with other threads through its pointer; who does so keeps the
/// accesses apart.
#[derive(Debug)]
pub struct Wired {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: the block belongs to this value alone, and the kernel frees it on any thread.
unsafe impl Send for Wired {}

impl Wired {
    /// Takes `size` bytes, aligned to `align` bytes. May block: not for the audio path.
    ///
    /// # Errors
    /// [`IOReturn::BAD_ARGUMENT`] when `size` is zero or `align` not a power of two, [`IOReturn::NO_MEMORY`] when the
    /// kernel has none.
    pub fn zeroed(size: usize, align: usize) -> Result<Wired> {
        if size == 0 || !align.is_power_of_two() {
            return Err(IOReturn::BAD_ARGUMENT);
        }
        // SAFETY: any size and any power of two may be asked for; failure is a null pointer.
        let block = unsafe { core_io_sys::IOMallocAligned(size, align) };
        let start = NonNull::new(block.cast::<u8>()).ok_or(IOReturn::NO_MEMORY)?;
        // SAFETY: the kernel has just given these `size` bytes to nobody else.
        unsafe { start.write_bytes(0, size) };
        Ok(Wired { start, size })
    }

    /// The first byte. Valid for reads and writes of [`len`](Self::len) bytes as long as this value lives.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// The size of the block in bytes; never zero.
    #[allow(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.size
    }
}

impl Drop for Wired {
    fn drop(&mut self) {
        // SAFETY: the block came from IOMallocAligned with this size, and this value was its only owner.
        unsafe { core_io_sys::IOFreeAligned(self.start.as_ptr().cast(), self.size) }
    }
}

#[cfg(test)]
mod tests {
    use super::Wired;
    use crate::IOReturn;
    use crate::fake;

    #[test]
    fn a_block_is_zeroed_aligned_and_given_back() {
        let block = Wired::zeroed(3 * 4096 + 1, 4096).unwrap();
        assert_eq!(block.len(), 3 * 4096 + 1);
        assert_eq!(block.start().addr().get() % 4096, 0);
        // SAFETY: the block lives, and nobody writes to it.
        let bytes = unsafe { core::slice::from_raw_parts(block.start().as_ptr(), block.len()) };
        assert!(bytes.iter().all(|&b| b == 0));
        let at = block.start().addr().get();
        assert!(fake::is_allocated(at));
        drop(block);
        assert!(!fake::is_allocated(at));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        assert_eq!(Wired::zeroed(0, 4096).unwrap_err(), IOReturn::BAD_ARGUMENT);
        assert_eq!(Wired::zeroed(16, 3).unwrap_err(), IOReturn::BAD_ARGUMENT);
        assert_eq!(Wired::zeroed(fake::MEMORY + 1, 16).unwrap_err(), IOReturn::NO_MEMORY);
    }
}

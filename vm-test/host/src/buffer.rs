//! Buffers of a client: user memory with a descriptor in front.

use core::sync::atomic::{AtomicU64, Ordering};

use kpi::{mem, user};

/// Bytes of a buffer's descriptor.
const HEADER: usize = 16;

/// Buffers that there are, and their bytes.
static BUFFERS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// How many buffers there are, and of how many bytes: memory that is user space's, not a kext's.
pub fn held() -> (u64, u64) {
    (BUFFERS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

/// User memory of one buffer: descriptor and samples.
pub struct UserBuffer {
    /// Address of the descriptor in the client's task.
    pub address: usize,
    /// The same in the kernel.
    kernel: usize,
    /// Bytes of both.
    pub size: usize,
}

impl UserBuffer {
    /// A buffer for `frames` frames in `bytes` bytes.
    pub fn new(bytes: usize, frames: u32) -> UserBuffer {
        let size = HEADER + bytes;
        let (address, kernel) = user::allocate(size).unwrap_or_default();
        let buffer = UserBuffer { address, kernel, size };
        BUFFERS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(size as u64, Ordering::Relaxed);
        mem::write(buffer.kernel, [bytes as u32, frames, size as u32, bytes as u32]);
        buffer
    }

    /// Writes what the buffer holds: bytes and frames.
    pub fn describe(&self, bytes: usize, frames: u32) {
        mem::write(self.kernel, [bytes as u32, frames]);
    }

    /// What it says that it holds: bytes and frames.
    pub fn described(&self) -> (u32, u32) {
        let [bytes, frames] = mem::read(self.kernel);
        (bytes, frames)
    }

    /// Copies samples in.
    pub fn put(&self, samples: &[f32]) {
        mem::copy(samples.as_ptr() as usize, self.kernel + HEADER, size_of_val(samples).min(self.size - HEADER));
    }

    /// Copies samples out.
    pub fn take(&self, samples: &mut [f32]) {
        mem::copy(self.kernel + HEADER, samples.as_mut_ptr() as usize, size_of_val(samples).min(self.size - HEADER));
    }
}

impl Drop for UserBuffer {
    fn drop(&mut self) {
        BUFFERS.fetch_sub(1, Ordering::Relaxed);
        BYTES.fetch_sub(self.size as u64, Ordering::Relaxed);
        user::free(self.address);
    }
}

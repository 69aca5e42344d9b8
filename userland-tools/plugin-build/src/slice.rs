//! The processors that the bundle is for.

/// One processor's part of the executable.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Its name to the linker.
    pub arch: &'static str,
    /// Rust's target.
    pub target: &'static str,
    /// The oldest macOS.
    pub macos: &'static str,
    /// CPU_TYPE_… of Mach-O.
    pub cpu_type: u32,
    /// CPU_SUBTYPE_…_ALL.
    pub cpu_subtype: u32,
    /// Pages, as a power of two.
    pub page: u32,
}

/// All of them. The driver is for Macs from 10.12 on, which is the oldest that Rust's code is for.
pub const SLICES: [Slice; 2] = [
    Slice {
        arch: "x86_64",
        target: "x86_64-apple-darwin",
        macos: "10.12",
        cpu_type: 0x0100_0007,
        cpu_subtype: 3,
        page: 12,
    },
    // Macs with Apple's own processors begin with macOS 11.
    Slice {
        arch: "arm64",
        target: "aarch64-apple-darwin",
        macos: "11.0",
        cpu_type: 0x0100_000C,
        cpu_subtype: 0,
        page: 14,
    },
];

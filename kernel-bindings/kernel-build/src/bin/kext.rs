//! `kext`: builds and audits Loopflower.kext. `cargo xtask kext` calls it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use kernel_build::program::carry_out;

fn main() -> ExitCode {
    carry_out("kext", "Loopflower.kext", |root, target| {
        let built = kernel_build::build(&kernel_build::loopflower(root, target))?;
        eprint!("{}", built.warnings);
        let milliseconds = built.postlink_time.as_secs_f64() * 1e3;
        Ok(format!("{}: {} bytes, post-link {milliseconds:.1} ms", built.bundle.display(), built.size))
    })
}

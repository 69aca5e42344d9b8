//! Panics with names: each address of a kext in a panic's text becomes a function, and a line of its source where there is
//! debugging information.
//!
//! Texts that are read: what Macs of 10.6 to 11 write (a list of `frame : return address`, and of `Kernel Extensions in
//! backtrace` with identifier, version, UUID since 10.7, and the range of addresses), the same inside a JSON report
//! (`panicString`), and the reports of `loopflower run`, as text or JSON. Addresses in the list of kexts are as much moved by
//! the kernel's slide as those of the frames, so that the slide itself does not matter.

mod kext;
mod lines;
mod mac;
mod ours;

use std::fmt::Display;
use std::path::Path;

pub use kext::Kext;

use crate::{Error, file};

/// The longest panic that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// A panic with names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbolicated {
    /// The text, with what is known of addresses beside them.
    pub text: String,
    /// Addresses that got a name.
    pub named: usize,
    /// Why bundles were of no use.
    pub remarks: Vec<String>,
}

/// Reads the panic in the file at `path`.
///
/// # Errors
/// [`Error::Usage`]: there is none, or it is no text, or no panic.
pub fn read(path: &Path) -> Result<String, Error> {
    let refused = |why: &dyn Display| Error::Usage(format!("{}: {why}", path.display()));
    let bytes = file::read(path, LONGEST).map_err(|why| refused(&format_args!("cannot be read: {why}")))?;
    let bytes = bytes.ok_or_else(|| refused(&format_args!("is longer than {} MiB, so no panic", LONGEST >> 20)))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(&"is no text"))?;
    let panic = ours::panic_of_report(&text).or_else(|| mac::panic_of_report(&text)).unwrap_or(text);
    if mac::is_panic(&panic) || ours::is_panic(&panic) {
        return Ok(panic);
    }
    Err(refused(
        &"is no panic; wanted is a text with \"panic(cpu …)\" or \"Kernel Extensions in backtrace\", as a Mac writes it, or a \
          report of `loopflower run` with frames of a kext",
    ))
}

/// Puts names to the addresses of these kexts in a panic's text.
pub fn symbolicate(panic: &str, kexts: &[Kext]) -> Symbolicated {
    let images = mac::images(panic);
    let mut done = Symbolicated::default();
    let usable = mac::matched(&images, kexts, &mut done.remarks);
    let exact = mac::exact_addresses(panic);
    for line in panic.lines() {
        done.text += line;
        let notes = mac::notes(line, &usable, &exact).or_else(|| ours::note(line, kexts));
        if let Some((count, notes)) = notes {
            done.named += count;
            done.text += &notes;
        }
        done.text.push('\n');
    }
    done
}

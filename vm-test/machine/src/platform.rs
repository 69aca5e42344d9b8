//! The hosted machine as the KPI sees it.

use std::io;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use kpi::platform::{Platform, Protection, Stepper};
use protocol::cost::{Injected, Steps};

use crate::heap::HEAP;
use crate::pages::{BASE, Pages};
use crate::signals;

/// A process as a machine.
#[derive(Debug)]
pub struct Hosted {
    pages: Mutex<Pages>,
}

/// Turns this process into a machine: reserves the window, takes the signals of faults over, and sends reports of Rust
/// panics where those of the kernel go. Kexts must run on the thread that called.
///
/// # Errors
/// The system refuses something, or the process is a machine already.
pub fn prepare() -> io::Result<&'static Hosted> {
    static MACHINE: OnceLock<Hosted> = OnceLock::new();
    let pages = Pages::reserve(BASE)?;
    let machine = MACHINE.get_or_init(|| Hosted { pages: Mutex::new(pages) });
    kpi::fault::boot(machine);
    signals::take_over()?;
    std::panic::set_hook(Box::new(|info| {
        HEAP.report();
        kpi::fault::rust_panic(&info.to_string())
    }));
    Ok(machine)
}

impl Hosted {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Steps by the processor's trap flag.
struct Stepping;

impl Stepper for Stepping {
    fn prepare(&self, code: Range<u64>, is_ours: fn() -> bool) {
        stepper::prepare(code, is_ours);
    }

    fn run(&self, on: bool) {
        stepper::run(on);
    }

    fn take(&self) -> Steps {
        stepper::take()
    }

    fn inject(&self, mistake: Injected) {
        stepper::inject(mistake);
    }
}

impl Platform for Hosted {
    fn name(&self) -> &'static str {
        "hosted"
    }

    fn clock(&self) -> Option<u64> {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        Some(BEGIN.elapsed().as_nanos() as u64)
    }

    fn map(&self, pages: usize) -> Option<usize> {
        self.pages().map(pages)
    }

    fn protect(&self, address: usize, pages: usize, protection: Protection) {
        let result = self.pages().protect(address, pages, protection);
        result.unwrap_or_else(|why| panic!("protect {pages} pages at {address:#x}: {why}"));
    }

    fn unmap(&self, address: usize, pages: usize) {
        let result = self.pages().unmap(address, pages);
        result.unwrap_or_else(|why| panic!("unmap {pages} pages at {address:#x}: {why}"));
    }

    fn emit(&self, line: &str) {
        // One write for most lines, so that none is torn if the process is killed; no locks, since reports of faults come
        // through here as well.
        let mut rest = format!("{line}\n").into_bytes();
        while !rest.is_empty() {
            // SAFETY: the bytes are ours.
            let written = unsafe { libc::write(libc::STDOUT_FILENO, rest.as_ptr().cast(), rest.len()) };
            if let Ok(written) = usize::try_from(written) {
                rest.drain(..written);
            } else if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                // Nobody listens any more.
                self.exit(kpi::fault::EXIT_FAILED);
            }
        }
    }

    fn exit(&self, code: u8) -> ! {
        // SAFETY: ends the process at once; nothing runs after it that could miss anything.
        unsafe { libc::_exit(code.into()) }
    }

    fn stepper(&self) -> Option<&'static dyn Stepper> {
        Some(&Stepping)
    }
}

//! The guest as the KPI sees it.

use alloc::format;
use core::sync::atomic::{AtomicBool, Ordering};

use kpi::platform::{PAGE, Platform, Protection};
use kpi::window::{self, Window};
use spin::Mutex;

use crate::heap::HEAP;
use crate::{devices, paging};

/// The machine.
pub static MACHINE: Machine = Machine { window: Mutex::new(None) };

/// The guest.
pub struct Machine {
    window: Mutex<Option<Window>>,
}

impl Machine {
    fn with_window<R>(&self, work: impl FnOnce(&mut Window) -> R) -> R {
        let mut window = self.window.lock();
        work(window.get_or_insert_with(|| Window::new(paging::WINDOW, window::SIZE / PAGE)))
    }
}

impl Platform for Machine {
    fn name(&self) -> &'static str {
        "vm"
    }

    fn map(&self, pages: usize) -> Option<usize> {
        self.with_window(|window| {
            let address = window.take(pages)?;
            let mapped = paging::map(address, pages);
            if mapped.is_none() {
                window.give(address, pages);
            }
            mapped.map(|()| address)
        })
    }

    fn protect(&self, address: usize, pages: usize, protection: Protection) {
        let held = self.with_window(|window| window.holds(address, pages));
        assert!(held, "protect: {pages} pages at {address:#x} are not in one mapping");
        paging::protect(address, pages, protection);
    }

    fn unmap(&self, address: usize, pages: usize) {
        let given = self.with_window(|window| window.give(address, pages));
        assert!(given, "unmap: {pages} pages at {address:#x} are not a mapping");
        paging::unmap(address, pages);
    }

    fn emit(&self, line: &str) {
        devices::write_line(line.as_bytes());
    }

    fn exit(&self, code: u8) -> ! {
        devices::exit(code)
    }
}

/// Says why the machine ends where nothing can be trusted any more. `reason` holds nothing that JSON escapes.
pub fn last_words(reason: &str) -> ! {
    devices::write(br#"{"event":"panic","reason":""#);
    devices::write(reason.as_bytes());
    devices::write(b"\",\"thread\":\"\",\"inside\":null,\"backtrace\":[]}\n");
    MACHINE.emit(r#"{"event":"end","held":false}"#);
    MACHINE.exit(kpi::fault::EXIT_FAILED)
}

/// A Rust panic: a defect of the bench, reported like the kernel's own.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    static PANICKING: AtomicBool = AtomicBool::new(false);
    if PANICKING.swap(true, Ordering::Relaxed) {
        last_words("a second Rust panic while one was reported");
    }
    HEAP.report();
    kpi::fault::rust_panic(&format!("{info}"))
}

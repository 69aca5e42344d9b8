//! The window of the hosted machine: one reserved range of addresses in which pages come and go.

use std::io;
use std::ptr::null_mut;

use kpi::platform::{PAGE, Protection};
use kpi::window::{SIZE, Window};

/// Where the window is, in every process, so that a run's addresses are the same each time.
pub const BASE: usize = 0x2000_0000_0000;

/// The window's pages.
#[derive(Debug)]
pub struct Pages {
    window: Window,
}

impl Pages {
    /// Reserves the window at `base`.
    ///
    /// # Errors
    /// The range is taken, or the system refuses a range of that size.
    pub fn reserve(base: usize) -> io::Result<Pages> {
        reserve(base, SIZE, libc::MAP_FIXED_NOREPLACE)?;
        Ok(Pages { window: Window::new(base, SIZE / PAGE) })
    }

    /// Maps zeroed pages, readable and writable, between guard pages.
    pub fn map(&mut self, pages: usize) -> Option<usize> {
        let address = self.window.take(pages)?;
        if set(address, pages, Protection::ReadWrite).is_err() {
            self.window.give(address, pages);
            return None;
        }
        Some(address)
    }

    /// Changes the protection of pages within a mapping.
    ///
    /// # Errors
    /// They are not in one mapping, or the system refuses.
    pub fn protect(&self, address: usize, pages: usize, protection: Protection) -> io::Result<()> {
        if !self.window.holds(address, pages) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the pages are not in one mapping"));
        }
        set(address, pages, protection)
    }

    /// Gives a mapping back.
    ///
    /// # Errors
    /// It is not a mapping, or the system refuses.
    pub fn unmap(&mut self, address: usize, pages: usize) -> io::Result<()> {
        if !self.window.give(address, pages) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the pages are not a mapping"));
        }
        // A new reservation in place of the pages: their memory is free, and zero when they are mapped again.
        reserve(address, pages * PAGE, libc::MAP_FIXED)
    }
}

fn reserve(address: usize, length: usize, placement: i32) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | placement;
    // SAFETY: the range is free (the kernel refuses otherwise) or a mapping of the window's that its owner gave back.
    let start = unsafe { libc::mmap(address as *mut libc::c_void, length, libc::PROT_NONE, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    if start as usize != address {
        // A kernel that does not know MAP_FIXED_NOREPLACE takes the address for a wish.
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "the window's addresses are taken"));
    }
    Ok(())
}

fn set(address: usize, pages: usize, protection: Protection) -> io::Result<()> {
    let flags = match protection {
        Protection::None => libc::PROT_NONE,
        Protection::Read => libc::PROT_READ,
        Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
        Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
    };
    // SAFETY: the pages are of one mapping in the window, whose owner asks for it.
    let result = unsafe { libc::mprotect(address as *mut libc::c_void, pages * PAGE, flags) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Maps `length` bytes anywhere, readable and writable, with a page without access before them; for good.
///
/// # Errors
/// No memory.
pub fn map_stack(length: usize) -> io::Result<*mut u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: new memory, wherever the kernel puts it.
    let start = unsafe { libc::mmap(null_mut(), PAGE + length, libc::PROT_NONE, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let stack = start.cast::<u8>().wrapping_add(PAGE);
    set(stack as usize, length / PAGE, Protection::ReadWrite)?;
    Ok(stack)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A window for each test, since all run in one process.
    fn pages(test: usize) -> Pages {
        Pages::reserve(BASE + test * 2 * SIZE).unwrap()
    }

    /// How the kernel sees the page at `address`: "rw-p", or "" where nothing is mapped.
    fn seen(address: usize) -> String {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let range = |line: &str| {
            let (start, end) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
            usize::from_str_radix(start, 16).unwrap()..usize::from_str_radix(end, 16).unwrap()
        };
        let line = maps.lines().find(|line| range(line).contains(&address));
        line.map(|line| line.split(' ').nth(1).unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn mapped_pages_are_zero_and_lie_between_guards() {
        let mut pages = pages(1);
        let address = pages.map(3).unwrap();
        assert_eq!(kpi::mem::bytes(address, 3 * PAGE), vec![0; 3 * PAGE]);
        assert_eq!(seen(address - PAGE), "---p");
        assert_eq!(seen(address + 2 * PAGE), "rw-p");
        assert_eq!(seen(address + 3 * PAGE), "---p");
    }

    #[test]
    fn no_protection_is_writable_and_executable() {
        let mut pages = pages(2);
        let address = pages.map(2).unwrap();
        kpi::mem::fill(address, 0xc3, 2 * PAGE);
        let kinds = [
            (Protection::None, "---p"),
            (Protection::Read, "r--p"),
            (Protection::ReadExecute, "r-xp"),
            (Protection::ReadWrite, "rw-p"),
        ];
        for (protection, kind) in kinds {
            pages.protect(address, 1, protection).unwrap();
            assert_eq!(seen(address), kind);
            assert_eq!(seen(address + PAGE), "rw-p", "the other page keeps its own");
        }
        assert_eq!(kpi::mem::bytes(address, PAGE), [0xc3; PAGE], "the contents stay");
    }

    #[test]
    fn an_unmapped_page_is_a_guard_and_zero_when_it_comes_back() {
        let mut pages = pages(3);
        let address = pages.map(1).unwrap();
        kpi::mem::fill(address, 1, PAGE);
        pages.unmap(address, 1).unwrap();
        assert_eq!(seen(address), "---p");
        assert!(pages.unmap(address, 1).is_err(), "twice");
        while let Some(next) = pages.map(SIZE / PAGE / 8) {
            assert!(next > address);
        }
        let all: Vec<usize> = std::iter::from_fn(|| pages.map(1)).take_while(|&next| next != address).collect();
        assert!(all.len() < SIZE / PAGE / 8);
        assert_eq!(kpi::mem::bytes(address, PAGE), [0; PAGE]);
    }

    #[test]
    fn what_is_not_a_mapping_is_refused() {
        let mut pages = pages(4);
        let address = pages.map(2).unwrap();
        assert!(pages.protect(address, 3, Protection::Read).is_err());
        assert!(pages.protect(address - PAGE, 1, Protection::Read).is_err());
        assert!(pages.unmap(address, 1).is_err());
        assert!(pages.map(usize::MAX).is_none() && pages.map(0).is_none());
        assert!(Pages::reserve(BASE + 8 * SIZE).is_err(), "the range is taken");
    }
}

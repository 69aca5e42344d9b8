//! The address window that a machine maps from: which pages are taken, with a guard page between any two mappings.

use alloc::collections::BTreeMap;

use crate::platform::PAGE;

/// Bytes of a machine's window: a rel32 reaches from any address in it to any other.
pub const SIZE: usize = 1 << 30;

/// Which pages of a window are taken. It decides on addresses only; the machine maps.
///
/// Addresses are handed out in rising order before any is used again, so that a stale pointer meets an unmapped page for
/// as long as possible, and the same calls give the same addresses.
#[derive(Debug)]
pub struct Window {
    base: usize,
    cursor: usize,
    /// First page and length of every free run. Each run is preceded by a page that is a guard.
    free: BTreeMap<usize, usize>,
    /// First page and length of every mapping, without its guards.
    taken: BTreeMap<usize, usize>,
}

impl Window {
    /// A window of `pages` pages from the page-aligned address `base`, all free.
    pub fn new(base: usize, pages: usize) -> Window {
        Window { base, cursor: 0, free: BTreeMap::from([(1, pages - 1)]), taken: BTreeMap::new() }
    }

    /// Takes `pages` pages and returns the address of the first; the pages before and after are guards. `None`: no
    /// room, or no pages asked for.
    pub fn take(&mut self, pages: usize) -> Option<usize> {
        let with_guard = pages.checked_add(1).filter(|_| pages > 0)?;
        let (run, first) = self.fit(with_guard)?;
        let end = run + self.free.remove(&run)?;
        if run < first {
            self.free.insert(run, first - run);
        }
        if first + with_guard < end {
            self.free.insert(first + with_guard, end - first - with_guard);
        }
        self.cursor = first + with_guard;
        self.taken.insert(first, pages);
        Some(self.base + first * PAGE)
    }

    /// Gives a mapping back. `false`, and nothing changes, if `address` and `pages` are not those of a mapping.
    pub fn give(&mut self, address: usize, pages: usize) -> bool {
        let Some(mut first) = self.page(address).filter(|first| self.taken.get(first) == Some(&pages)) else {
            return false;
        };
        self.taken.remove(&first);
        let mut length = pages + 1;
        if let Some(behind) = self.free.remove(&(first + length)) {
            length += behind;
        }
        if let Some((&before, &run)) = self.free.range(..first).next_back()
            && before + run == first
        {
            first = before;
            length += run;
        }
        self.free.insert(first, length);
        true
    }

    /// Whether `pages` pages from `address` lie within one mapping.
    pub fn holds(&self, address: usize, pages: usize) -> bool {
        let Some(page) = self.page(address) else { return false };
        let mapping = self.taken.range(..=page).next_back();
        mapping.is_some_and(|(first, length)| page.checked_add(pages).is_some_and(|end| end <= first + length))
    }

    /// A free run with room for `pages`, and where in it: behind the cursor if there is room, else wherever there is.
    fn fit(&self, pages: usize) -> Option<(usize, usize)> {
        let behind_cursor = self.free.iter().map(|(&run, &length)| (run, run.max(self.cursor), run + length));
        let anywhere = self.free.iter().map(|(&run, &length)| (run, run, run + length));
        let mut runs = behind_cursor.chain(anywhere);
        runs.find(|&(_, first, end)| first.checked_add(pages).is_some_and(|needed| needed <= end))
            .map(|(run, first, _)| (run, first))
    }

    /// Number of the page that starts at `address`.
    fn page(&self, address: usize) -> Option<usize> {
        address.checked_sub(self.base).filter(|offset| offset % PAGE == 0).map(|offset| offset / PAGE)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const BASE: usize = 0x40_0000;

    #[test]
    fn a_guard_lies_before_and_after_every_mapping() {
        let mut window = Window::new(BASE, 8);
        assert_eq!(window.take(2), Some(BASE + PAGE));
        assert_eq!(window.take(3), Some(BASE + 4 * PAGE));
        assert_eq!(window.take(1), None, "page 7 is the last guard");
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let mut window = Window::new(BASE, 8);
        assert_eq!(window.take(0), None);
        assert_eq!(window.take(7), None);
        assert_eq!(window.take(usize::MAX), None);
        assert_eq!(window.take(6), Some(BASE + PAGE));
    }

    #[test]
    fn addresses_are_used_again_only_after_the_others() {
        let mut window = Window::new(BASE, 8);
        let first = window.take(1).unwrap();
        assert!(window.give(first, 1));
        let second = window.take(1).unwrap();
        let third = window.take(1).unwrap();
        assert!(first < second && second < third);
        assert_eq!(window.take(1), Some(first));
    }

    #[test]
    fn only_whole_mappings_are_given_back() {
        let mut window = Window::new(BASE, 8);
        let address = window.take(3).unwrap();
        for (wrong, pages) in [(address, 2), (address + PAGE, 2), (address + 1, 3), (BASE - PAGE, 3), (0, 3)] {
            assert!(!window.give(wrong, pages));
        }
        assert!(window.give(address, 3));
        assert!(!window.give(address, 3), "twice");
    }

    #[test]
    fn a_range_is_held_by_one_mapping_only() {
        let mut window = Window::new(BASE, 16);
        let address = window.take(3).unwrap();
        window.take(3).unwrap();
        assert!(window.holds(address, 3) && window.holds(address + PAGE, 2));
        assert!(!window.holds(address + PAGE, 3), "the guard");
        assert!(!window.holds(address - PAGE, 1) && !window.holds(address + 1, 1) && !window.holds(0, 1));
        assert!(!window.holds(address, usize::MAX));
    }

    proptest! {
        #[test]
        fn mappings_never_touch_and_all_pages_come_back(steps in prop::collection::vec((any::<bool>(), 1usize..20), 1..200)) {
            let mut window = Window::new(BASE, 256);
            let mut live: Vec<(usize, usize)> = Vec::new();
            for (give, size) in steps {
                if give && !live.is_empty() {
                    let (address, pages) = live.swap_remove(size % live.len());
                    prop_assert!(window.give(address, pages));
                } else if let Some(address) = window.take(size) {
                    prop_assert!(address > BASE && address + (size + 1) * PAGE <= BASE + 256 * PAGE);
                    for &(other, pages) in &live {
                        prop_assert!(address + size * PAGE < other || other + pages * PAGE < address, "a guard between");
                    }
                    live.push((address, size));
                }
            }
            for (address, pages) in live {
                prop_assert!(window.give(address, pages));
            }
            prop_assert!(window.take(254).is_some());
        }
    }
}

//! Memory of kexts that were unloaded. Nothing in it can be reached, so that what still points there is found; once nothing
//! does, the next kext of that size may have it. Under QEMU it then runs what was translated for the last one: its pages of
//! code stay as they are, since what is in them already is not written again.

use alloc::collections::VecDeque;

use crate::global::Global;
use crate::mem;
use crate::platform::{PAGE, Platform, Protection};

/// Mappings that are kept at most; a kext and its libraries are fewer.
const MOST: usize = 8;

struct Mapping {
    base: usize,
    pages: usize,
    /// Whether nothing can point there any more.
    is_free: bool,
}

static KEPT: Global<VecDeque<Mapping>> = Global::new(VecDeque::new());

/// Keeps a mapping and takes all access to it away.
pub(super) fn keep(platform: &dyn Platform, base: usize, pages: usize) {
    platform.protect(base, pages, Protection::None);
    let mut kept = KEPT.borrow();
    kept.push_back(Mapping { base, pages, is_free: false });
    if kept.len() > MOST
        && let Some(oldest) = kept.pop_front()
    {
        platform.unmap(oldest.base, oldest.pages);
    }
}

/// The kernel is as it was before the kexts were loaded that are not any more: nothing points to where they were.
pub fn free_for_reuse() {
    KEPT.borrow().iter_mut().for_each(|mapping| mapping.is_free = true);
}

/// A mapping that nothing points to, to be read and written, with what the last kext has left in it.
pub(super) fn take(platform: &dyn Platform, pages: usize) -> Option<usize> {
    let mut kept = KEPT.borrow();
    let fits = kept.iter().position(|mapping| mapping.is_free && mapping.pages == pages)?;
    let base = kept.remove(fits)?.base;
    platform.protect(base, pages, Protection::ReadWrite);
    Some(base)
}

/// Puts an image into a mapping of `pages` pages, and zeros behind it. Pages that hold that already are not written.
pub(super) fn put(base: usize, pages: usize, image: &[u8]) {
    let zeros = [0; PAGE];
    for (page, part) in image.chunks(PAGE).chain(core::iter::repeat(&zeros[..0])).take(pages).enumerate() {
        let start = base + page * PAGE;
        for (at, bytes) in [(start, part), (start + part.len(), &zeros[part.len()..])] {
            if !mem::holds(at, bytes) {
                mem::put(at, bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Notes what is done with mappings.
    struct Fake {
        protected: Global<Vec<(usize, Protection)>>,
        unmapped: Global<Vec<usize>>,
    }

    impl Platform for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }

        fn map(&self, _: usize) -> Option<usize> {
            None
        }

        fn protect(&self, address: usize, _: usize, protection: Protection) {
            self.protected.borrow().push((address, protection));
        }

        fn unmap(&self, address: usize, _: usize) {
            self.unmapped.borrow().push(address);
        }

        fn emit(&self, _: &str) {}

        fn exit(&self, code: u8) -> ! {
            panic!("exit {code}")
        }
    }

    #[test]
    fn memory_is_out_of_reach_until_nothing_points_there_and_the_oldest_goes() {
        let fake = Fake { protected: Global::new(Vec::new()), unmapped: Global::new(Vec::new()) };
        for number in 1..=MOST {
            keep(&fake, number * PAGE, 1 + number / MOST);
        }
        assert!(fake.protected.borrow().iter().all(|(_, protection)| *protection == Protection::None));
        assert_eq!(take(&fake, 1), None, "something may point there");
        free_for_reuse();
        assert_eq!(take(&fake, 3), None, "none is of that size");
        assert_eq!(take(&fake, 2), Some(MOST * PAGE));
        assert_eq!(fake.protected.borrow().last(), Some(&(MOST * PAGE, Protection::ReadWrite)));
        keep(&fake, 100 * PAGE, 1);
        assert!(fake.unmapped.borrow().is_empty());
        keep(&fake, 101 * PAGE, 1);
        assert_eq!(*fake.unmapped.borrow(), [PAGE]);
    }

    #[test]
    fn an_image_is_put_with_zeros_behind_it() {
        let mut memory = alloc::vec![7_u8; 3 * PAGE];
        let image: Vec<u8> = (0..PAGE + 100).map(|at| at as u8).collect();
        put(memory.as_mut_ptr() as usize, 3, &image);
        assert_eq!(memory[..image.len()], image);
        assert!(memory[image.len()..].iter().all(|byte| *byte == 0));
    }
}

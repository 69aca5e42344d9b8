//! Size classes of small blocks.

use super::pattern::CANARY_BYTES;
use crate::platform::PAGE;

/// Bytes of the slots of each class: four steps from one power of two to the next.
pub const SLOTS: [usize; 28] = [
    32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048,
    2560, 3072, 3584, 4096, 5120,
];

/// The class for a block: its slots have room for the block and a canary, and slots from a page's start on are aligned.
/// `None`: the block needs a mapping of its own. `align` is a power of two.
pub fn class(size: usize, align: usize) -> Option<usize> {
    if size >= PAGE || align > PAGE {
        return None;
    }
    let roomy = SLOTS.partition_point(|&slot| slot < size + CANARY_BYTES);
    (roomy..SLOTS.len()).find(|&class| SLOTS[class].is_multiple_of(align))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_below_a_page_has_a_class_that_wastes_little() {
        for size in 0..PAGE {
            let class = class(size, 16).unwrap();
            assert!(SLOTS[class] >= size + CANARY_BYTES);
            assert!(SLOTS[class] <= (size + CANARY_BYTES) * 5 / 4 + 24, "{size}");
        }
        assert_eq!(class(PAGE, 16), None);
    }

    #[test]
    fn alignment_is_kept_or_refused() {
        for align in (4..14).map(|bits| 1 << bits) {
            for size in 0..PAGE {
                if let Some(class) = class(size, align) {
                    assert!(SLOTS[class].is_multiple_of(align) && SLOTS[class] >= size + CANARY_BYTES);
                }
            }
        }
        assert!(class(100, 1024).is_some() && class(2000, PAGE).is_some());
        assert_eq!(class(4090, PAGE), None);
        assert_eq!(class(16, 2 * PAGE), None);
    }
}

//! The heap on a platform that only counts pages.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::misuse::Misuse;
use super::region::{ARENA, Allocator};
use super::report;
use super::site::Site;
use super::space::{QUARANTINE, Space};
use crate::global::Global;
use crate::mem;
use crate::platform::{PAGE, Platform, Protection};
use crate::window::Window;

/// Pages of a test's machine.
const PAGES: usize = 4096;

/// A machine of ordinary memory, whose guard pages nothing guards.
struct Fake {
    window: Global<Window>,
    _memory: Box<[u64]>,
}

impl Fake {
    fn new() -> Fake {
        let memory = alloc::vec![0_u64; (PAGES + 1) * PAGE / 8].into_boxed_slice();
        let base = (memory.as_ptr() as usize).next_multiple_of(PAGE);
        Fake { window: Global::new(Window::new(base, PAGES)), _memory: memory }
    }

    /// Whether all bytes are mapped.
    fn holds(&self, address: usize, size: usize) -> bool {
        let first = address / PAGE * PAGE;
        self.window.borrow().holds(first, (address + size.max(1) - first).div_ceil(PAGE))
    }
}

impl Platform for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn map(&self, pages: usize) -> Option<usize> {
        let address = self.window.borrow().take(pages)?;
        mem::fill(address, 0, pages * PAGE);
        Some(address)
    }

    fn protect(&self, _: usize, _: usize, _: Protection) {}

    fn unmap(&self, address: usize, pages: usize) {
        assert!(self.window.borrow().give(address, pages));
    }

    fn emit(&self, _: &str) {}

    fn exit(&self, code: u8) -> ! {
        panic!("exit {code}")
    }
}

/// A heap on its machine.
struct Heap {
    space: Space,
    fake: Fake,
}

impl Heap {
    fn new() -> Heap {
        Heap { space: Space::new(), fake: Fake::new() }
    }

    fn allocate(&mut self, size: usize, align: usize) -> Option<usize> {
        self.space.allocate(&self.fake, size, align, Allocator::Malloc, Site::here()).map_err(words).unwrap()
    }

    fn free(&mut self, address: usize, size: usize) -> Result<(), String> {
        self.space.free(&self.fake, address, size, Allocator::Malloc, Site::here()).map_err(words)
    }

    fn check(&self) -> Vec<String> {
        self.space.check().into_iter().map(words).collect()
    }

    fn place(&self, address: usize) -> Option<(String, bool)> {
        self.space.locate(address).map(|place| (report::place(&place), place.is_mapped()))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn words(misuse: Misuse) -> String {
    report::misuse(&misuse)
}

#[test]
fn blocks_are_zero_also_when_they_are_used_again() {
    let mut heap = Heap::new();
    for size in [1, 64, 4000, 5000] {
        let first = heap.allocate(size, 16).unwrap();
        let mut address = first;
        for round in 0..100_000 {
            assert_eq!(mem::bytes(address, size), alloc::vec![0; size]);
            mem::fill(address, 0xff, size);
            heap.free(address, size).unwrap();
            address = heap.allocate(size, 16).unwrap();
            if address == first {
                assert!(round > 10, "{size}: not at once");
                break;
            }
        }
        assert_eq!(mem::bytes(address, size), alloc::vec![0; size]);
    }
}

#[test]
fn a_freed_slot_waits_until_many_others_were_freed() {
    let mut heap = Heap::new();
    let first = heap.allocate(1000, 16).unwrap();
    heap.free(first, 0).unwrap();
    let mut others = 0;
    loop {
        let next = heap.allocate(1000, 16).unwrap();
        if next == first {
            break;
        }
        heap.free(next, 0).unwrap();
        others += 1024;
    }
    assert!((QUARANTINE - 1024..QUARANTINE + ARENA).contains(&others), "{others}");
}

#[test]
fn a_write_behind_a_block_is_found_at_free_and_by_a_check() {
    let mut heap = Heap::new();
    for (size, expected) in [(64, "byte 64 of a block of 64 bytes"), (5000, "byte 5000 of a block of 5000 bytes")] {
        let address = heap.allocate(size, 16).unwrap();
        let canary: u8 = mem::read(address + size);
        mem::write(address + size, 0_u8);
        let found = alloc::format!("memory behind a block was written: {expected}, allocated by the kernel");
        assert_eq!(heap.check(), [&*found]);
        assert_eq!(heap.free(address, size), Err(found));
        mem::write(address + size, canary);
        assert_eq!(heap.free(address, size), Ok(()));
    }
}

#[test]
fn a_write_before_a_large_block_is_found() {
    let mut heap = Heap::new();
    let address = heap.allocate(5000, 16).unwrap();
    mem::write(address - 8, [0_u8; 4]);
    let found = "memory before a block was written, from 8 bytes before a block of 5000 bytes, allocated by the kernel";
    assert_eq!(heap.check(), [found]);
}

#[test]
fn a_write_to_a_freed_block_is_found_by_a_check_and_before_it_is_used_again() {
    let mut heap = Heap::new();
    let address = heap.allocate(100, 16).unwrap();
    heap.free(address, 100).unwrap();
    mem::write(address + 8, 7_u32);
    let found =
        "freed memory was written: bytes 8 to 11 of a block of 100 bytes, allocated by the kernel, freed by the kernel";
    assert_eq!(heap.check(), [found]);
    let misuse = loop {
        match heap.space.allocate(&heap.fake, 100, 16, Allocator::Malloc, Site::here()) {
            Ok(next) => heap.free(next.unwrap(), 100).unwrap(),
            Err(misuse) => break words(misuse),
        }
    };
    assert_eq!(misuse, found);
}

#[test]
fn wrong_frees_are_refused() {
    let mut heap = Heap::new();
    for size in [64, 8000] {
        let address = heap.allocate(size, 16).unwrap();
        let block = alloc::format!("a block of {size} bytes, allocated by the kernel");
        assert_eq!(heap.free(address, 63), Err(alloc::format!("{block}, was freed as one of 63 bytes")));
        assert!(heap.free(address + 16, 0).unwrap_err().ends_with(" was freed, where no block starts"));
        assert_eq!(heap.free(address, 0), Ok(()));
        let twice = alloc::format!("{block} was freed twice; the first time by the kernel");
        assert_eq!(heap.free(address, 0), Err(twice));
    }
    assert_eq!(heap.space.usage(), (0, 0));
}

#[test]
fn a_block_is_freed_by_the_counterpart_of_its_allocator_or_by_the_kernel() {
    let mut heap = Heap::new();
    for size in [64, 8000] {
        let address = heap.allocate(size, 16).unwrap();
        let wrong = heap.space.free(&heap.fake, address, size, Allocator::Aligned, Site::here()).map_err(words);
        let found = alloc::format!(
            "a block of {size} bytes, allocated by the kernel, was freed by IOFreeAligned; what IOMalloc allocates is \
             freed by IOFree"
        );
        assert_eq!(wrong, Err(found));
        let kernel = heap.space.free(&heap.fake, address, size, Allocator::Kernel, Site::here()).map_err(words);
        assert_eq!(kernel, Ok(()));
    }
}

#[test]
fn absurd_requests_get_nothing() {
    let mut heap = Heap::new();
    for (size, align) in [(usize::MAX, 16), (usize::MAX - 4096, 16), (PAGES * PAGE, 16), (100, 24), (1, 1 << 63)] {
        assert_eq!(heap.allocate(size, align), None, "{size} {align}");
    }
    assert_eq!(heap.space.usage(), (0, 0));
}

#[test]
fn large_blocks_end_at_their_guard_page() {
    let mut heap = Heap::new();
    for (size, align, gap) in [(5008, 16, 0), (5000, 16, 8), (8192, 4096, 0), (5000, 4096, 3192), (5000, 8192, 3192)] {
        let address = heap.allocate(size, align).unwrap();
        assert!(address.is_multiple_of(align));
        assert!(heap.fake.holds(address, size + gap));
        if align <= PAGE {
            assert!(!heap.fake.holds(address, size + gap + 1), "{size} {align}");
        }
    }
}

#[test]
fn places_are_told_in_words() {
    let mut heap = Heap::new();
    let small = heap.allocate(64, 16).unwrap();
    let large = heap.allocate(5000, 16).unwrap();
    let place = |heap: &Heap, address| heap.place(address).unwrap();
    let mapped = |text: &str| (String::from(text), true);
    let unmapped = |text: &str| (String::from(text), false);
    assert_eq!(place(&heap, small + 5), mapped("byte 5 of a block of 64 bytes, allocated by the kernel"));
    assert_eq!(place(&heap, small + 64), mapped("the byte just behind a block of 64 bytes, allocated by the kernel"));
    let end = large + 5008;
    assert!(!heap.fake.holds(end, 1));
    let guard = "an address 9 bytes behind a block of 5000 bytes, allocated by the kernel";
    assert_eq!(place(&heap, end + 1), unmapped(guard));
    let before = "an address 1 byte before a block of 64 bytes, allocated by the kernel";
    assert_eq!(place(&heap, small - 1), unmapped(before));
    assert_eq!(place(&heap, small + ARENA - 1), mapped("heap memory that was never allocated"));
    heap.free(small, 0).unwrap();
    heap.free(large, 0).unwrap();
    assert_eq!(place(&heap, small + 5), mapped("byte 5 of a freed block of 64 bytes, freed by the kernel"));
    assert_eq!(place(&heap, large), unmapped("byte 0 of a freed block of 5000 bytes, freed by the kernel"));
    assert_eq!(heap.place(small + PAGES * PAGE), None);
}

#[test]
fn a_guard_page_is_told_where_a_freed_block_was_once() {
    let mut heap = Heap::new();
    let large = heap.allocate(64 * PAGE, PAGE).unwrap();
    heap.free(large, 0).unwrap();
    // The heap uses addresses again late; then a smaller block lies where the large one was.
    let small = (0..100_000).find_map(|_| {
        let block = heap.allocate(8 * PAGE, PAGE).unwrap();
        let is_there = (large..large + 32 * PAGE).contains(&block);
        if !is_there {
            heap.free(block, 0).unwrap();
        }
        is_there.then_some(block)
    });
    let small = small.unwrap();
    let (told, is_mapped) = heap.place(small + 8 * PAGE).unwrap();
    assert_eq!(
        (told.as_str(), is_mapped),
        ("the byte just behind a block of 32768 bytes, allocated by the kernel", false)
    );
}

#[test]
fn what_is_left_is_listed_by_size_and_origin() {
    let mut heap = Heap::new();
    heap.allocate(10, 16);
    let mark = heap.space.serial();
    let gone = heap.allocate(64, 16).unwrap();
    for size in [64, 6000, 64] {
        heap.allocate(size, 16);
    }
    heap.free(gone, 0).unwrap();
    let left = report::leaks(&heap.space.blocks_since(mark));
    assert_eq!(
        left,
        ["2 blocks of 64 bytes, allocated by the kernel", "a block of 6000 bytes, allocated by the kernel"]
    );
}

/// A step of a history.
#[derive(Clone, Debug)]
enum Step {
    Allocate(usize, usize),
    Free(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![4 => 0usize..300, 2 => 0usize..5000, 1 => 0usize..40_000];
    let align = prop_oneof![4 => Just(16usize), 1 => (0u32..15).prop_map(|bits| 1 << bits)];
    prop_oneof![3 => (size, align).prop_map(|(size, align)| Step::Allocate(size, align)), 2 => any::<usize>().prop_map(Step::Free)]
}

/// Runs a history; each block is filled with a byte of its own.
fn run(heap: &mut Heap, steps: &[Step]) -> Vec<(usize, usize, u8)> {
    let mut live: Vec<(usize, usize, u8)> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        match *step {
            Step::Allocate(size, align) => {
                let Some(address) = heap.allocate(size, align) else { continue };
                assert!(address.is_multiple_of(align.max(16)));
                assert!(heap.fake.holds(address, size));
                assert!(mem::bytes(address, size).iter().all(|&byte| byte == 0));
                mem::fill(address, number as u8, size);
                live.push((address, size, number as u8));
            }
            Step::Free(which) if !live.is_empty() => {
                let (address, size, byte) = live.swap_remove(which % live.len());
                assert_eq!(mem::bytes(address, size), alloc::vec![byte; size], "nobody else's");
                heap.free(address, size).unwrap();
            }
            Step::Free(_) => {}
        }
    }
    live
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_are_apart_aligned_and_accounted_for(steps in prop::collection::vec(step(), 1..400)) {
        let mut heap = Heap::new();
        let live = run(&mut heap, &steps);
        prop_assert_eq!(heap.space.usage(), (live.len() as u64, live.iter().map(|&(_, size, _)| size as u64).sum()));
        prop_assert!(heap.check().is_empty());
        for &(address, size, byte) in &live {
            prop_assert_eq!(heap.space.block_at(address).map(|block| block.size), Some(size));
            prop_assert_eq!(mem::bytes(address, size), alloc::vec![byte; size]);
            if let Some(last) = size.checked_sub(1) {
                prop_assert_eq!(heap.space.containing(address + last).map(|(block, at)| (block.size, at)), Some((size, last)));
            }
            prop_assert!(heap.space.containing(address + size).is_none_or(|(_, at)| at == 0));
        }
        for (address, size, _) in live {
            prop_assert_eq!(heap.free(address, size), Ok(()));
        }
        prop_assert_eq!(heap.space.usage(), (0, 0));
    }

    #[test]
    fn one_history_gives_one_set_of_addresses(steps in prop::collection::vec(step(), 1..200)) {
        let (mut one, mut other) = (Heap::new(), Heap::new());
        let base = |heap: &mut Heap| heap.fake.map(1).unwrap();
        let (a, b) = (base(&mut one), base(&mut other));
        let relative = |live: Vec<(usize, usize, u8)>, base| live.iter().map(|&(at, ..)| at.wrapping_sub(base)).collect::<Vec<_>>();
        let aligned = |steps: &[Step]| steps.iter().all(|step| !matches!(step, Step::Allocate(_, align) if *align > PAGE));
        prop_assume!(aligned(&steps));
        prop_assert_eq!(relative(run(&mut one, &steps), a), relative(run(&mut other, &steps), b));
    }

    #[test]
    fn every_write_next_to_a_block_is_found(steps in prop::collection::vec(step(), 1..100), which in any::<usize>(), beyond in 0usize..8) {
        let mut heap = Heap::new();
        let live = run(&mut heap, &steps);
        prop_assume!(!live.is_empty());
        let (address, size, _) = live[which % live.len()];
        prop_assume!(heap.fake.holds(address + size, beyond + 1));
        mem::write(address + size + beyond, 0_u8);
        prop_assert_eq!(heap.check().len(), 1);
        prop_assert!(heap.free(address, size).is_err());
    }
}

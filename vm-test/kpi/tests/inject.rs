//! What scenarios make go wrong: allocations and other calls that fail, late and stalled timers, another timebase.

mod common;

use kpi::inject;
use kpi::inject::sites::{Failing, Site, unwatch, watch};
use kpi::mach::clock;
use kpi::object::Obj;
use kpi::registry::Part;
use kpi::{heap, images, mem, sched, symbols, timer};

use common::{SECOND, load_caller, settle, step, steps};

#[test]
fn things_go_wrong_as_asked() {
    common::boot("10.9", Part { functions: &[], variables: &[], boot: || () });
    allocations();
    sites();
    timers();
    timebases();
}

fn allocations() {
    let call = |function: usize| symbols::invoke(function, &[]) as usize;
    let malloc = load_caller("malloc", "_IOMalloc", 64);
    let array = load_caller("array", "__ZN7OSArray12withCapacityEj", 4);
    let clock = load_caller("clock", "_mach_absolute_time", 0);
    inject::count_allocations(None);
    let first = call(malloc);
    call(clock);
    Obj(call(array)).release();
    assert_eq!(inject::allocations(), 2, "one call, one allocation");
    inject::count_allocations(Some(2));
    let second = call(malloc);
    assert_ne!(second, 0);
    assert_eq!(call(array), 0, "the second fails");
    Obj(call(array)).release();
    inject::count_allocations(Some(1));
    assert_eq!(call(malloc), 0);
    inject::count_allocations(Some(1));
    inject::stop_counting();
    let third = call(malloc);
    assert_ne!(third, 0, "not any more");
    images::spare(malloc);
    inject::count_allocations(Some(1));
    let fourth = call(malloc);
    assert_eq!((fourth != 0, inject::allocations()), (true, 0), "one of a library's");
    inject::stop_counting();
    for block in [first, second, third, fourth] {
        heap::free(block, 64);
    }
    assert_eq!(symbols::member("__ZNK7OSArray9getObjectEj"), Some(("OSArray", "getObject")));
    assert_eq!(symbols::member("__ZN8OSObjectnwEm"), None);
    assert_eq!(symbols::member("_IOMalloc"), None);
}

fn timers() {
    let arm = |at: u64| timer::arm(at, Box::new(|| step(sched::now().to_string())));
    let fired = || -> Vec<u64> { steps().iter().map(|time| time.parse().unwrap()).collect() };
    let spread = || {
        let start = sched::now() + SECOND / 10;
        for _ in 0..50 {
            arm(start);
        }
        settle();
        fired().into_iter().map(|at| at - start).max().unwrap()
    };
    assert!(spread() <= timer::LATENESS);
    timer::set_lateness(20_000_000);
    assert!((1_000_000..20_000_000).contains(&spread()));
    timer::set_lateness(0);
    assert_eq!(spread(), 0);
    let start = sched::now();
    timer::stall(30_000_000);
    arm(start + 10_000_000);
    arm(start + 40_000_000);
    settle();
    assert_eq!(fired(), [start + 30_000_000, start + 40_000_000]);
    timer::set_lateness(timer::LATENESS);
}

fn timebases() {
    for (numerator, denominator) in [(125, 3), (1_000_000_000, 33_333_335), (1, 1)] {
        clock::set_timebase(numerator, denominator);
        for units in [0, 1, 12_345_678_901, 99_999_999_999] {
            let at = clock::deadline(units);
            assert!(clock::from_ns(at) >= units, "no deadline passes early");
            assert!(at == 0 || clock::from_ns(at - 1) < units || clock::to_ns(units) == at);
        }
        let (mut read, to) = ([0u32; 2], symbols::address("_clock_timebase_info").unwrap());
        symbols::invoke(to, &[(&raw mut read) as u64]);
        assert_eq!(mem::read::<[u32; 2]>((&raw const read) as usize), [numerator, denominator]);
        let before = sched::now();
        let shown = symbols::invoke(symbols::address("_mach_absolute_time").unwrap(), &[]);
        assert_eq!(shown, clock::from_ns(sched::now()));
        assert!(sched::now() > before);
    }
}

fn sites() {
    let (malloc, array) = ("_IOMalloc", "__ZN7OSArray12withCapacityEj");
    let one = load_caller("one", malloc, 64);
    let other = load_caller("other", malloc, 64);
    let third = load_caller("third", array, 4);
    let fallible = [(malloc.to_string(), 0), ("_no_function_of_this_release".to_string(), 0)];
    let life = || [one, one, other, third].map(|function| symbols::invoke(function, &[]) as usize);
    let end = |life: [usize; 4]| {
        life[..3].iter().filter(|&&block| block != 0).for_each(|&block| heap::free(block, 64));
        Obj(life[3]).release();
    };
    watch(&fallible, None);
    end(life());
    let (sites, failed) = unwatch();
    assert!(!failed);
    let calls: Vec<(&str, u64)> = sites.iter().map(|(site, calls)| (site.chain[0].as_str(), *calls)).collect();
    assert!(calls.len() == 2 && calls[0].0.starts_with("one`") && calls[1].0.starts_with("other`"), "{calls:?}");
    assert_eq!((calls[0].1, calls[1].1), (2, 1), "a function that is not fallible has no sites");
    for (site, calls) in sites {
        for call in 1..=calls {
            watch(&fallible, Some(Failing { site: site.clone(), call }));
            let lived = life();
            let (_, failed) = unwatch();
            assert!(failed);
            let failing = usize::from(site.chain[0].starts_with("other`")) * 2 + call as usize - 1;
            let refused: Vec<usize> = (0..4).filter(|&at| lived[at] == 0).collect();
            assert_eq!(refused, [failing], "this call and no other");
            end(lived);
        }
        watch(&fallible, Some(Failing { site, call: calls + 1 }));
        end(life());
        assert!(!unwatch().1, "there is no such call");
    }
    watch(&[(malloc.to_string(), 0xe000_02bd)], Some(Failing { site: first_site(one, &fallible), call: 1 }));
    assert_eq!(symbols::invoke(one, &[]), 0xe000_02bd, "it answers what it was told to");
    assert!(unwatch().1);
}

/// The one site that a function comes by.
fn first_site(function: usize, fallible: &[(String, u64)]) -> Site {
    watch(fallible, None);
    let block = symbols::invoke(function, &[]) as usize;
    heap::free(block, 64);
    unwatch().0.into_keys().next().unwrap()
}

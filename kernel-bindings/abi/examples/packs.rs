//! Builds every release's pack and prints its size and the best time of ten for building and reading it.

use std::time::{Duration, Instant};

use abi::Release;
use abi::pack::{self, Pack};

fn main() {
    println!("{:>7} {:>8} {:>8} {:>8} {:>10} {:>10}", "release", "bytes", "symbols", "classes", "build", "read");
    for release in Release::ALL {
        let (build, bytes) = best(|| pack::build(release));
        let (read, pack) = best(|| Pack::from_bytes(&bytes));
        match pack {
            Ok(pack) => println!(
                "{release:>7} {:>8} {:>8} {:>8} {build:>10.1?} {read:>10.1?}",
                bytes.len(),
                pack.symbols.len(),
                pack.classes.len()
            ),
            Err(error) => println!("{release:>7} {error}"),
        }
    }
}

/// The shortest of ten runs, and what the last one made.
fn best<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = Instant::now();
        let made = run();
        (start.elapsed(), made)
    };
    let (mut shortest, mut made) = timed();
    for _ in 1..10 {
        let (time, next) = timed();
        shortest = shortest.min(time);
        made = next;
    }
    (shortest, made)
}

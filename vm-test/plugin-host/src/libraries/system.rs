//! Memory, time, processes, the log.

use std::cell::Cell;

use super::format::format;
use super::symbols;
use super::variadic::{Arguments, variadic};
use crate::{memory, world};

/// What malloc and its kin align blocks to on a Mac.
const ALIGNMENT: usize = 16;
/// What a process of a user has for a number, and the user.
const PID: i32 = 201;
const USER: u32 = 202;
const NANOSECONDS: u64 = 1_000_000_000;
const EINVAL: i32 = 22;
const ENOMEM: i32 = 12;

thread_local! {
    /// Blocks of the driver's that there are, and their bytes.
    static HELD: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// How many blocks the driver has, and of how many bytes.
pub(crate) fn held() -> (u64, u64) {
    HELD.get()
}

/// Notes a block that the driver got; its address again.
fn given(block: usize) -> usize {
    if block != 0 {
        let (blocks, bytes) = HELD.get();
        HELD.set((blocks + 1, bytes + size_of(block)));
    }
    block
}

/// Notes a block that the driver gives back.
fn taken(block: usize) {
    if block != 0 {
        let (blocks, bytes) = HELD.get();
        HELD.set((blocks.saturating_sub(1), bytes.saturating_sub(size_of(block))));
    }
}

fn size_of(block: usize) -> u64 {
    // SAFETY: the driver promises a block of these functions; where it is none, the allocator ends the process.
    (unsafe { libc::malloc_usable_size(block as *mut _) }) as u64
}

/// A block of malloc; 0 if there is none.
pub(super) extern "C" fn memory_of(bytes: usize) -> usize {
    aligned_memory_of(bytes, ALIGNMENT)
}

/// The same, aligned; 0 also where that is no alignment.
pub(super) fn aligned_memory_of(bytes: usize, alignment: usize) -> usize {
    let mut block = std::ptr::null_mut();
    // SAFETY: the place for the block is ours; what is no alignment is refused.
    let failed = unsafe { libc::posix_memalign(&raw mut block, alignment, bytes.max(1)) };
    if failed == 0 { given(block as usize) } else { 0 }
}

extern "C" fn calloc(count: usize, bytes: usize) -> usize {
    // SAFETY: any numbers will do.
    given((unsafe { libc::calloc(count.max(1), bytes.max(1)) }) as usize)
}

extern "C" fn realloc(block: usize, bytes: usize) -> usize {
    taken(block);
    // SAFETY: the driver promises a block of these functions; where it is none, the allocator ends the process.
    let moved = (unsafe { libc::realloc(block as *mut _, bytes.max(1)) }) as usize;
    // Where there is no room the old one stays.
    given(if moved == 0 { block } else { moved });
    moved
}

/// Gives a block of malloc and its kin back.
pub(super) extern "C" fn give_back(block: usize) {
    taken(block);
    // SAFETY: as above.
    unsafe { libc::free(block as *mut _) }
}

extern "C" fn posix_memalign(place: usize, alignment: usize, bytes: usize) -> i32 {
    if !alignment.is_power_of_two() || !alignment.is_multiple_of(std::mem::size_of::<usize>()) {
        return EINVAL;
    }
    let mut block = std::ptr::null_mut();
    // SAFETY: the place for the block is ours, and the alignment a power of two.
    if unsafe { libc::posix_memalign(&raw mut block, alignment, bytes.max(1)) } != 0 {
        return ENOMEM;
    }
    memory::put(place, &given(block as usize).to_ne_bytes());
    0
}

extern "C" fn mach_absolute_time() -> u64 {
    world::ticks(world::now())
}

extern "C" fn mach_timebase_info(info: usize) -> i32 {
    let (numer, denom) = world::timebase();
    memory::put(info, &numer.to_ne_bytes());
    memory::put(info + 4, &denom.to_ne_bytes());
    0
}

extern "C" fn getpid() -> i32 {
    PID
}

extern "C" fn getuid() -> u32 {
    USER
}

/// Who is at the end of the process is at the end of the run.
extern "C" fn abort() -> ! {
    world::stop(format!("the driver called abort, in {}", world::called()))
}

extern "C" fn exit(code: i32) -> ! {
    world::stop(format!("the driver called exit({code}), in {}", world::called()))
}

/// The wall's clock begins with virtual time; all clocks are that one.
extern "C" fn clock_gettime(_clock: i32, place: usize) -> i32 {
    memory::put(place, &(world::now() / NANOSECONDS).to_ne_bytes());
    memory::put(place + 8, &(world::now() % NANOSECONDS).to_ne_bytes());
    0
}

extern "C" fn clock_gettime_nsec(_clock: i32) -> u64 {
    world::now()
}

extern "C" fn gettimeofday(place: usize, _zone: usize) -> i32 {
    memory::put(place, &(world::now() / NANOSECONDS).to_ne_bytes());
    memory::put(place + 8, &((world::now() % NANOSECONDS / 1000) as u32).to_ne_bytes());
    0
}

/// syslog: the priority is not shown.
extern "C" fn log_line(arguments: &Arguments) -> u64 {
    let mut taken = arguments.after(2);
    world::log(&format(&memory::c_bytes(arguments.integer(1) as usize), &mut taken));
    0
}
variadic!(syslog, log_line);

extern "C" fn print_line(arguments: &Arguments) -> u64 {
    let mut taken = arguments.after(1);
    let text = format(&memory::c_bytes(arguments.integer(0) as usize), &mut taken);
    world::log(text.trim_end_matches('\n'));
    text.len() as u64
}
variadic!(printf, print_line);

/// snprintf: as much as there is room for, and how much there is.
extern "C" fn print_into(arguments: &Arguments) -> u64 {
    let mut taken = arguments.after(3);
    let text = format(&memory::c_bytes(arguments.integer(2) as usize), &mut taken);
    let (to, room) = (arguments.integer(0) as usize, arguments.integer(1) as usize);
    if let Some(most) = room.checked_sub(1) {
        let count = text.len().min(most);
        memory::put(to, &text.as_bytes()[..count]);
        memory::put(to + count, &[0]);
    }
    text.len() as u64
}
variadic!(snprintf, print_into);

symbols! {
    "_malloc" => memory_of,
    "_calloc" => calloc,
    "_realloc" => realloc,
    "_free" => give_back,
    "_posix_memalign" => posix_memalign,
    "_mach_absolute_time" => mach_absolute_time,
    "_mach_timebase_info" => mach_timebase_info,
    "_getpid" => getpid,
    "_getuid" => getuid,
    "_abort" => abort,
    "_exit" => exit,
    "_clock_gettime" => clock_gettime,
    "_clock_gettime_nsec_np" => clock_gettime_nsec,
    "_gettimeofday" => gettimeofday,
    "_syslog" => syslog,
    "_syslog$DARWIN_EXTSN" => syslog,
    "_printf" => printf,
    "_snprintf" => snprintf,
}

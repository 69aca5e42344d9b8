//! From the first Rust instruction to the job.

use core::arch::asm;
use core::ops::Range;

use kpi::platform::{PAGE, Platform};
use pvh::start_info::MemmapType;
use pvh::start_info::reader::StartInfoReader;

use crate::frames::FRAMES;
use crate::machine::{MACHINE, last_words};
use crate::selftest::Test;
use crate::{exceptions, paging, segments, selftest, share, timer};

/// Pages of the stack of the first thread.
const MAIN_STACK_PAGES: usize = 128;
/// The shared memory starts at a multiple of this.
const SHARE_ALIGNMENT: u64 = 2 << 20;
const SMALL: &str = "too little memory below the shared memory";

/// First Rust code; `start_info` is the physical address of the PVH start info.
pub extern "C" fn start(start_info: u32) -> ! {
    // SAFETY: QEMU passes the address, and the first page tables map all that it points to one to one.
    let Some(info) = (unsafe { StartInfoReader::from_paddr_identity(start_info) }) else {
        last_words("no PVH start info");
    };
    let ram = info.memmap().iter().filter(|entry| entry.ty() == MemmapType::Ram);
    let ram_end = ram.map(|entry| entry.addr + entry.size).max().unwrap_or(0);
    let command_line = info.cmdline().and_then(|line| line.to_str().ok()).unwrap_or_default();
    let word = |name| command_line.split_ascii_whitespace().find_map(|word| word.strip_prefix(name));
    let share_start = word("share=0x").and_then(|address| u64::from_str_radix(address, 16).ok());
    let Some(share_start) = share_start.filter(|start| start % SHARE_ALIGNMENT == 0 && *start < ram_end) else {
        last_words("the command line needs share=0xADDRESS: a multiple of 2 MiB within RAM");
    };

    FRAMES.lock().add(paging::image_end(), share_start);
    let physical = share_start..ram_end;
    // The page tables leave the start info behind.
    let test = word("selftest=").map(Test::named);
    let started = paging::build(physical.clone()).and_then(|()| {
        kpi::fault::boot(&MACHINE);
        segments::load(&MACHINE)?;
        exceptions::load();
        timer::start();
        MACHINE.map(MAIN_STACK_PAGES)
    });
    let Some(stack) = started else { last_words(SMALL) };
    let task = Task { physical, test };
    // SAFETY: the stack is new and fits; the task lies on the first stack, which stays mapped and is not used again.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {main}", "ud2", stack = in(reg) stack + MAIN_STACK_PAGES * PAGE,
            main = sym main, in("rdi") &raw const task, options(noreturn))
    }
}

/// What the command line asks for.
struct Task {
    /// Physical range of the shared memory.
    physical: Range<u64>,
    /// A test of the machine itself in place of the job.
    test: Option<Test>,
}

/// First function on the main stack.
extern "C" fn main(task: &Task) -> ! {
    if let Some(test) = task.test {
        selftest::run(test);
    }
    let Some(share) = share::open(&task.physical) else { last_words(SMALL) };
    if let Err(why) = kpi::trace::begin(share.bytes, share.trace) {
        last_words(why);
    }
    share::debug(share.bytes);
    scenarios::run(&MACHINE, host::Shared { bytes: share.bytes, output: share.output })
}

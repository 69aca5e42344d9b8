//! What kexts ask of mach and BSD in passing: random bytes, tracing, messages to ports, memory of user space.

use crate::functions;
use crate::mach::port;
use crate::mem;
use crate::registry::Variable;
use crate::sched;

/// `kdebug_enable`: nobody traces through it.
pub static KDEBUG_ENABLE: Variable = Variable { name: "_kdebug_enable", size: 4, value: 0 };

/// `mach_msg_header_t::msgh_remote_port`.
const REMOTE_PORT: usize = 8;
const MACH_MSG_SUCCESS: u32 = 0;
const MACH_SEND_INVALID_DEST: u32 = 0x1000_0003;

/// read_random: bytes from the seed.
extern "C" fn read_random(to: usize, count: u32) {
    for index in 0..count as usize {
        mem::write(to + index, sched::random(256) as u8);
    }
}

extern "C" fn random() -> u64 {
    sched::random(1 << 31)
}

/// kernel_debug and its kin: there is no trace buffer.
extern "C" fn trace(_code: u32) {}

/// mach_msg_send_from_kernel_proper: the queue's length is no limit to the kernel.
extern "C" fn send(message: usize, size: u32) -> u32 {
    let to: u64 = mem::read(message + REMOTE_PORT);
    if port::send_always(to, &mem::bytes(message, size as usize)) { MACH_MSG_SUCCESS } else { MACH_SEND_INVALID_DEST }
}

/// copyin, copyout: kernel and user space are one address space here.
extern "C" fn copy(from: usize, to: usize, count: usize) -> i32 {
    mem::copy(from, to, count);
    0
}

/// copyinstr, copyoutstr: the length counts the final zero; ENAMETOOLONG (63) when there is no room.
extern "C" fn copy_text(from: usize, to: usize, room: usize, done: usize) -> i32 {
    let text = mem::c_bytes(from);
    let count = (text.len() + 1).min(room);
    mem::copy(from, to, count);
    if done != 0 {
        mem::write(done, count);
    }
    if count > text.len() { 0 } else { 63 }
}

functions! { pub FUNCTIONS:
    "_read_random" => read_random,
    "_random" => random,
    "_kernel_debug" => trace,
    "_kernel_debug1" => trace,
    "_mach_msg_send_from_kernel_proper" => send,
    "_copyin" => copy,
    "_copyout" => copy,
    "_copyinstr" => copy_text,
    "_copyoutstr" => copy_text,
}

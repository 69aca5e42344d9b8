//! Faults of the driver, and the question of why nothing moves, in words that are the same in every run.

use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;

use libc::{c_int, c_void, siginfo_t, ucontext_t};
use protocol::event::{Event, Thread};

use crate::{loader, world};

/// Bytes of the handlers' stack.
const STACK: usize = 512 << 10;
const FAULTS: [(c_int, &str); 5] = [
    (libc::SIGSEGV, "memory that is not there"),
    (libc::SIGBUS, "memory that is not there"),
    (libc::SIGFPE, "an arithmetic error"),
    (libc::SIGILL, "an illegal instruction"),
    (libc::SIGTRAP, "a breakpoint"),
];
/// Bits of the error code of page faults.
const WRITES: i64 = 2;
const EXECUTES: i64 = 16;
/// Frames of a backtrace.
const DEEPEST: usize = 16;

/// Takes the signals over.
///
/// # Errors
/// The system refuses.
pub(crate) fn take_over() -> io::Result<()> {
    let memory = Box::leak(vec![0_u8; STACK].into_boxed_slice());
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK };
    // SAFETY: the stack is there for good.
    check(unsafe { libc::sigaltstack(&raw const stack, null_mut()) })?;
    for (signal, _) in FAULTS {
        handle(signal, fault)?;
    }
    handle(libc::SIGABRT, fault)?;
    handle(libc::SIGUSR1, question)
}

fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn handle(signal: c_int, handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void)) -> io::Result<()> {
    // SAFETY: a structure of integers and pointers, of which zero is one.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    // Steps go on; all else ends the process, if not by its report then by the signal.
    let once = if signal == libc::SIGTRAP { 0 } else { libc::SA_RESETHAND };
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | once;
    // SAFETY: the handlers end the process, or go on with what was stepped.
    check(unsafe { libc::sigaction(signal, &raw const action, null_mut()) })
}

/// A register of what was interrupted.
fn register(context: *mut c_void, number: c_int) -> i64 {
    // SAFETY: the kernel passes the interrupted context to a handler with SA_SIGINFO.
    unsafe { &*context.cast::<ucontext_t>() }.uc_mcontext.gregs[number as usize]
}

/// Whether a trap was a step, which has been counted.
fn is_step(info: *mut siginfo_t, context: *mut c_void) -> bool {
    // SAFETY: the kernel passes it to a handler with SA_SIGINFO.
    let cause = unsafe { &*info }.si_code;
    // SAFETY: as above; nobody else has it while the handler runs.
    let context = unsafe { &mut *context.cast::<ucontext_t>() };
    stepper::stepped(cause, &mut context.uc_mcontext.gregs)
}

extern "C" fn fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if signal == libc::SIGTRAP && is_step(info, context) {
        return;
    }
    let (pc, address) = (register(context, libc::REG_RIP) as u64, register(context, libc::REG_CR2) as u64);
    let error = register(context, libc::REG_ERR);
    let is_memory = [libc::SIGSEGV, libc::SIGBUS].contains(&signal);
    if let Some((who, symbol)) = loader::missing_at(address).filter(|_| is_memory) {
        let does = if error & EXECUTES != 0 { "calls" } else { "uses" };
        world::finding(format!("{who} {does} {symbol}, which this host does not have, in {}", world::called()));
        return ended(context, pc);
    }
    let what = FAULTS.iter().find(|(known, _)| *known == signal).map_or("an abort", |(_, what)| what);
    let place = world::place(pc).unwrap_or_else(|| "a function of the host's that it called".to_owned());
    let text = if is_memory {
        let does = match error & (WRITES | EXECUTES) {
            0 => "reads",
            WRITES => "writes",
            _ => "calls",
        };
        format!("{} crashed in {}: {place} {does} {}", world::who(), world::called(), shown(address))
    } else {
        format!("{} crashed in {}: {what} at {place}", world::who(), world::called())
    };
    world::finding(text);
    ended(context, pc);
}

/// An address in words: small ones as they are, since others differ from run to run.
fn shown(address: u64) -> String {
    /// What lies below is a null pointer and something.
    const SMALL: u64 = 1 << 16;
    if address < SMALL {
        return format!("address {address:#x}");
    }
    world::place(address).unwrap_or_else(|| "memory that is not there or not its own".to_owned())
}

/// The last words: where the driver was.
fn ended(context: *mut c_void, pc: u64) {
    emit_state(context, pc, "crashed");
    world::end(false);
}

extern "C" fn question(_: c_int, _: *mut siginfo_t, context: *mut c_void) {
    let pc = register(context, libc::REG_RIP) as u64;
    emit_state(context, pc, "running");
    world::end(false);
}

fn emit_state(context: *mut c_void, pc: u64, state: &str) {
    let mut backtrace: Vec<String> = world::place(pc).into_iter().collect();
    // Frames that keep a frame pointer; a chain that leaves the stack ends.
    let mut frame = register(context, libc::REG_RBP) as u64;
    let stack = register(context, libc::REG_RSP) as u64;
    let top = stack + (1 << 20);
    while backtrace.len() < DEEPEST && (stack..top).contains(&frame) && frame.is_multiple_of(8) {
        let (next, back) = (crate::memory::u64_at(frame as usize), crate::memory::u64_at(frame as usize + 8));
        backtrace.extend(world::place(back));
        if next <= frame {
            break;
        }
        frame = next;
    }
    let thread = Thread { name: "main".into(), state: state.into(), inside: Some(world::called().into()), backtrace };
    world::emit(&Event::Hang { threads: vec![thread] });
}

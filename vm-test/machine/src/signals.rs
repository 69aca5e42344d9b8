//! Signals: faults of the processor, and the question of why nothing moves. All handlers run on a stack of their own.

use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};

use kpi::platform::{Cause, Fault};
use kpi::window::SIZE;
use libc::{c_int, c_void, siginfo_t, ucontext_t};

use crate::heap::HEAP;
use crate::pages::{BASE, map_stack};

/// Bytes of the handlers' stack; reports are written on it.
const STACK: usize = 512 * 1024;
/// Signals that the processor's exceptions become.
const FAULTS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP];
/// The registers of a fault, in its order.
const REGISTERS: [c_int; 14] = [
    libc::REG_RDI,
    libc::REG_RSI,
    libc::REG_RDX,
    libc::REG_RCX,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_RAX,
    libc::REG_RBX,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];
/// The runner asks why nothing moves.
const QUESTION: c_int = libc::SIGUSR1;
/// Microseconds after which the question is looked at again, if KPI code was hit.
const LATER: i64 = 10_000;
/// How often at most.
const TRIES: u32 = 50;
/// Seconds that a report may take.
const REPORT: u32 = 2;

type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// Takes the signals over, for the calling thread's stack.
///
/// # Errors
/// The system refuses.
pub fn take_over() -> io::Result<()> {
    let stack = libc::stack_t { ss_sp: map_stack(STACK)?.cast(), ss_flags: 0, ss_size: STACK };
    // SAFETY: the stack was mapped just now, for good.
    check(unsafe { libc::sigaltstack(&raw const stack, null_mut()) })?;
    for signal in FAULTS {
        handle(signal, fault)?;
    }
    handle(libc::SIGABRT, abort)?;
    handle(QUESTION, question)?;
    handle(libc::SIGALRM, question)
}

fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Sets a handler. While it runs, a fault ends the process, and a question waits.
fn handle(signal: c_int, handler: Handler) -> io::Result<()> {
    // SAFETY: a structure of integers and pointers, of which zero is one.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    for blocked in FAULTS.into_iter().chain([QUESTION]) {
        // SAFETY: the set is ours, and zero is the empty one.
        check(unsafe { libc::sigaddset(&raw mut action.sa_mask, blocked) })?;
    }
    // SAFETY: the handlers use nothing of what they interrupt but what `kpi::fault` may.
    check(unsafe { libc::sigaction(signal, &raw const action, null_mut()) })
}

/// Where the processor was.
fn place(context: *mut c_void) -> Fault {
    // SAFETY: the kernel passes the interrupted context to a handler with SA_SIGINFO.
    let context = unsafe { &*context.cast::<ucontext_t>() };
    let register = |number: c_int| context.uc_mcontext.gregs[number as usize] as u64;
    let vector = register(libc::REG_TRAPNO) as u8;
    let address = register(libc::REG_CR2);
    // Linux says of the whole upper half that it is mapped, so as not to give its own layout away.
    let upper_half = u64::from(address >> 63 != 0);
    let cause = Cause::of_exception(vector, register(libc::REG_ERR) & !upper_half, address);
    let registers = REGISTERS.map(register);
    Fault { cause, pc: register(libc::REG_RIP), sp: register(libc::REG_RSP), bp: register(libc::REG_RBP), registers }
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
    begin_report();
    kpi::fault::machine_fault(&place(context))
}

/// The system's allocator aborts when it finds its own records overwritten; nothing else here does.
extern "C" fn abort(_: c_int, _: *mut siginfo_t, _: *mut c_void) {
    begin_report();
    kpi::fault::kernel_panic("the heap is damaged: memory was written beyond a block or after it was freed")
}

/// Answers at once if kext code was hit. KPI code, whose records may be in the middle of a change, goes on until a kext
/// calls it again; if none does, that is where the machine hangs.
extern "C" fn question(_: c_int, _: *mut siginfo_t, context: *mut c_void) {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    if kpi::fault::is_reporting() {
        return;
    }
    let place = place(context);
    let in_window = (BASE as u64..(BASE + SIZE) as u64).contains(&place.pc);
    if in_window || TRIED.fetch_add(1, Ordering::Relaxed) >= TRIES {
        begin_report();
        kpi::fault::hang(&place);
    }
    kpi::fault::ask();
    ask_again();
}

fn ask_again() {
    let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let later = libc::itimerval { it_interval: zero, it_value: libc::timeval { tv_sec: 0, tv_usec: LATER } };
    // SAFETY: the time is ours; SIGALRM has a handler.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const later, null_mut()) };
}

/// Turns to the reserve, since the allocator may have been interrupted, and lets the process die by SIGALRM if the report
/// does not come to an end.
fn begin_report() {
    HEAP.report();
    // In place of a question that is still to be asked again.
    // SAFETY: only ends the process.
    unsafe { libc::alarm(REPORT) };
    // SAFETY: the default action needs nothing.
    unsafe { libc::signal(libc::SIGALRM, libc::SIG_DFL) };
    // SAFETY: a set of bits, of which zero is the empty one.
    let mut set: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigaddset(&raw mut set, libc::SIGALRM) };
    // SAFETY: the set is ours.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, null_mut()) };
}

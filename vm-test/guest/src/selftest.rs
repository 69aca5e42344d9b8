//! Tests of the machine itself, chosen by `selftest=NAME` on the command line in place of the job.

use alloc::boxed::Box;
use alloc::string::ToString;
use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use kpi::boundary::call_kext;
use kpi::platform::{PAGE, Platform, Protection};
use kpi::sched::{self, Priority};
use protocol::event::Event;

use crate::machine::{MACHINE, last_words};

/// A test.
#[derive(Clone, Copy)]
pub struct Test(fn() -> Result<(), &'static str>);

/// The tests by name. The ones that fault end with a panic report.
const TESTS: [(&str, Test); 10] = [
    ("memory", Test(memory)),
    ("preempt", Test(preempt)),
    ("null", Test(|| fault(null_call))),
    ("text", Test(|| fault(write_to_text))),
    ("data", Test(|| fault(call_of_data))),
    ("stack", Test(|| fault(stack_overflow))),
    ("divide", Test(|| fault(divide))),
    ("general", Test(|| fault(general_protection))),
    ("hang", Test(|| fault(spin))),
    ("rust", Test(|| panic!("as asked"))),
];

impl Test {
    /// The test of that name.
    pub fn named(name: &str) -> Test {
        let found = TESTS.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| last_words("no self-test of that name"), |(_, test)| *test)
    }
}

/// Runs a test and ends the machine.
pub fn run(test: Test) -> ! {
    kpi::fault::emit(&Event::Booted { machine: MACHINE.name().to_string() });
    sched::boot(&MACHINE, 1);
    let result = (test.0)();
    if let Err(text) = result {
        kpi::fault::emit(&Event::Finding { text: text.to_string() });
    }
    kpi::fault::emit(&Event::End { held: result.is_ok() });
    MACHINE.exit(u8::from(result.is_err()))
}

/// Runs code as a kext: on the thread's kernel stack, with interrupts on.
fn as_kext(code: extern "C" fn()) {
    call_kext(code as usize, &[0; 14]);
}

fn fault(code: extern "C" fn()) -> Result<(), &'static str> {
    as_kext(code);
    Err("the code returned")
}

fn memory() -> Result<(), &'static str> {
    let mut last = 0;
    for pages in (1..40).chain([1024, 1]) {
        let address = MACHINE.map(pages).ok_or("no memory")?;
        let bytes = kpi::mem::bytes(address, pages * PAGE);
        if bytes.iter().any(|&byte| byte != 0) {
            return Err("mapped pages are not zero");
        }
        if address <= last {
            return Err("an address was used again");
        }
        kpi::mem::fill(address, 0xa5, pages * PAGE);
        MACHINE.protect(address, 1, Protection::None);
        MACHINE.protect(address, pages, Protection::Read);
        if kpi::mem::read::<u8>(address) != 0xa5 {
            return Err("a change of protection lost the page");
        }
        MACHINE.unmap(address, pages);
        last = address;
    }
    MACHINE.map(1 << 20).is_none().then_some(()).ok_or("more memory than there is")
}

/// Rounds of the two threads of the test of preemption.
const ROUNDS: u32 = 20;
static TURN: AtomicU32 = AtomicU32::new(0);
static DAMAGED: AtomicU32 = AtomicU32::new(0);
static OVERWRITTEN: AtomicU32 = AtomicU32::new(0);

/// Two threads wait for each other without a call into the KPI, so only the timer can let the other one run; each checks
/// its registers while it waits. What lies below the stack pointer must not survive, as on a Mac.
fn preempt() -> Result<(), &'static str> {
    for own in [0, 1] {
        let main = move || {
            for _ in 0..ROUNDS {
                call_kext(take_turn as *const () as usize, &[own, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            }
        };
        sched::spawn("turn", Priority::Normal, Box::new(main));
    }
    while TURN.load(Ordering::Relaxed) < 2 * ROUNDS {
        sched::sleep_until(sched::now() + 1_000_000);
    }
    if DAMAGED.load(Ordering::Relaxed) != 0 {
        return Err("an interrupt changed registers");
    }
    if OVERWRITTEN.load(Ordering::Relaxed) == 0 { Err("no interrupt wrote below the stack pointer") } else { Ok(()) }
}

/// Waits until `TURN`'s lowest bit is the argument, then adds 1. All other registers hold values that depend on it.
#[unsafe(naked)]
extern "C" fn take_turn(own: u64) {
    naked_asm!(
        r"
        push rbx; push rbp; push r12; push r13; push r14; push r15
        lea rax, [rdi + 0x1234567]
        mov rbx, rax; mov rcx, rax; mov rdx, rax; mov rsi, rax; mov rbp, rax; mov r8, rax; mov r9, rax
        mov r10, rax; mov r11, rax; mov r12, rax; mov r13, rax; mov r14, rax
        movq xmm0, rax; movq xmm7, rax; movq xmm15, rax
        mov [rsp - 16], rax
    2:  mov r15d, [rip + {turn}]
        and r15d, 1
        cmp r15, rdi
        jne 2b

        lea r15, [rdi + 0x1234567]
        cmp rax, r15; jne 3f; cmp rbx, r15; jne 3f; cmp rcx, r15; jne 3f; cmp rdx, r15; jne 3f
        cmp rsi, r15; jne 3f; cmp rbp, r15; jne 3f; cmp r8, r15; jne 3f; cmp r9, r15; jne 3f
        cmp r10, r15; jne 3f; cmp r11, r15; jne 3f; cmp r12, r15; jne 3f; cmp r13, r15; jne 3f
        cmp r14, r15; jne 3f
        movq rax, xmm0; cmp rax, r15; jne 3f
        movq rax, xmm7; cmp rax, r15; jne 3f
        movq rax, xmm15; cmp rax, r15; je 4f
    3:  mov dword ptr [rip + {damaged}], 1
    4:  cmp [rsp - 16], r15
        je 5f
        mov dword ptr [rip + {overwritten}], 1
    5:  inc dword ptr [rip + {turn}]
        pop r15; pop r14; pop r13; pop r12; pop rbp; pop rbx
        ret
        ",
        turn = sym TURN,
        damaged = sym DAMAGED,
        overwritten = sym OVERWRITTEN,
    )
}

#[unsafe(naked)]
extern "C" fn null_call() {
    naked_asm!("xor eax, eax", "call rax", "ret")
}

#[unsafe(naked)]
extern "C" fn write_to_text() {
    naked_asm!("mov byte ptr [rip + {text}], 0", "ret", text = sym write_to_text)
}

#[unsafe(naked)]
extern "C" fn call_of_data() {
    naked_asm!("lea rax, [rip + {data}]", "call rax", "ret", data = sym TURN)
}

#[unsafe(naked)]
extern "C" fn stack_overflow() {
    naked_asm!("call {again}", "ret", again = sym stack_overflow)
}

#[unsafe(naked)]
extern "C" fn divide() {
    naked_asm!("xor edx, edx", "xor ecx, ecx", "mov eax, 1", "div ecx", "ret")
}

#[unsafe(naked)]
extern "C" fn general_protection() {
    naked_asm!("mov rax, 0x800000000000", "mov rax, [rax]", "ret")
}

#[unsafe(naked)]
extern "C" fn spin() {
    naked_asm!("2:", "jmp 2b")
}

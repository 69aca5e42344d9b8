//! What the machine says when code that runs as a kext faults: each test runs itself again as a machine.

use std::arch::naked_asm;
use std::env;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use kpi::boundary::call_kext;
use kpi::platform::{PAGE, Platform, Protection};
use kpi::sched;
use protocol::event::{Event, Panic};

/// Names the code that the child runs.
const CODE: &str = "LOOPFLOWER_TEST_CODE";

/// Runs as a machine if a test started this process for that.
#[test]
#[ignore = "the other tests start it"]
fn child() {
    let Ok(name) = env::var(CODE) else { return };
    let machine = machine::prepare().unwrap();
    sched::boot(machine, 1);
    let (_, code) = codes().into_iter().find(|(known, _)| *known == name).unwrap();
    code(machine);
    machine.emit("the code returned");
    machine.exit(9)
}

type Code = Box<dyn Fn(&dyn Platform)>;

fn codes() -> Vec<(&'static str, Code)> {
    let as_kext = |code: extern "C" fn()| -> Code {
        Box::new(move |_| {
            call_kext(code as usize, &[0; 14]);
        })
    };
    vec![
        ("null", as_kext(null_call)),
        ("text", as_kext(write_to_text)),
        ("stack", as_kext(stack_overflow)),
        ("divide", as_kext(divide)),
        ("opcode", as_kext(invalid_opcode)),
        ("breakpoint", as_kext(breakpoint)),
        ("general", as_kext(general_protection)),
        ("rust", Box::new(|_| panic!("as asked"))),
        ("window", Box::new(|machine| spin_in_window(machine))),
        ("outside", as_kext(spin)),
        ("heap", Box::new(|_| damage_the_heap())),
        ("guard", Box::new(|machine| write_behind(machine))),
    ]
}

#[unsafe(naked)]
extern "C" fn null_call() {
    naked_asm!("xor eax, eax", "jmp rax")
}

#[unsafe(naked)]
extern "C" fn write_to_text() {
    naked_asm!("mov byte ptr [rip + {text}], 0", "ret", text = sym write_to_text)
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
extern "C" fn invalid_opcode() {
    naked_asm!("ud2")
}

#[unsafe(naked)]
extern "C" fn breakpoint() {
    naked_asm!("int3", "ret")
}

#[unsafe(naked)]
extern "C" fn general_protection() {
    naked_asm!("movabs rax, 0x800000000000", "mov rax, [rax]", "ret")
}

#[unsafe(naked)]
extern "C" fn spin() {
    naked_asm!("2:", "jmp 2b")
}

/// Spins in a page of the window, as a kext's code does.
fn spin_in_window(machine: &dyn Platform) {
    let code = machine.map(1).unwrap();
    kpi::mem::put(code, &[0xeb, 0xfe]);
    machine.protect(code, 1, Protection::ReadExecute);
    call_kext(code, &[0; 14]);
}

fn write_behind(machine: &dyn Platform) {
    let pages = machine.map(2).unwrap();
    kpi::mem::write(pages + 2 * PAGE - 1, 1_u8);
    kpi::mem::write(pages + 2 * PAGE, 1_u8);
}

/// Overwrites what the system's allocator keeps around a block, as a kext's stray write does.
fn damage_the_heap() {
    let block = vec![0_u8; 5000];
    kpi::mem::fill(block.as_ptr() as usize - 16, 0xff, 16);
    drop(std::hint::black_box(block));
}

fn start(code: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(CODE, code)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The events that a machine said, among the test harness's own lines.
fn events(output: &Output) -> Vec<Event> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(|line| Event::from_line(&line[line.find('{')?..]).ok()).collect()
}

fn panic_of(code: &str) -> Panic {
    let output = start(code).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    match &events(&output)[..] {
        [Event::Panic(panic), Event::End { held: false }] => panic.clone(),
        _ => panic!("{output:?}"),
    }
}

#[test]
fn a_null_call_is_reported() {
    assert_eq!(panic_of("null").reason, "page fault: call of address 0x0 (a null pointer)");
}

#[test]
fn a_write_to_code_is_reported() {
    let reason = panic_of("text").reason;
    assert!(reason.starts_with("page fault: write to "), "{reason}");
}

#[test]
fn a_write_into_a_guard_page_is_reported() {
    let reason = panic_of("guard").reason;
    assert!(reason.starts_with("page fault: write to "), "{reason}");
}

#[test]
fn a_stack_overflow_is_reported() {
    let panic = panic_of("stack");
    assert_eq!(panic.reason, "kernel stack overflow: thread kernel_task used all of its 16384 bytes");
    assert_eq!(panic.thread, "kernel_task");
}

#[test]
fn a_division_by_zero_is_reported() {
    let reason = panic_of("divide").reason;
    assert!(reason.starts_with("divide error"), "{reason}");
}

#[test]
fn other_exceptions_are_reported() {
    assert_eq!(panic_of("opcode").reason, "invalid opcode");
    assert_eq!(panic_of("breakpoint").reason, "breakpoint or debug trap");
    let reason = panic_of("general").reason;
    assert!(reason.starts_with("general protection fault"), "{reason}");
}

#[test]
fn a_rust_panic_is_reported_as_the_benchs_own() {
    let reason = panic_of("rust").reason;
    assert!(reason.starts_with("the bench itself failed") && reason.ends_with("as asked"), "{reason}");
}

#[test]
fn a_damaged_heap_is_reported() {
    let reason = panic_of("heap").reason;
    assert!(reason.starts_with("the heap is damaged"), "{reason}");
}

#[test]
fn a_hang_is_answered_with_the_threads() {
    for code in ["window", "outside"] {
        let child = start(code);
        std::thread::sleep(Duration::from_millis(300));
        let pid = i32::try_from(child.id()).unwrap();
        // SAFETY: a child of ours that was not waited for.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGUSR1) }, 0);
        let output = child.wait_with_output().unwrap();
        match &events(&output)[..] {
            [Event::Hang { threads }, Event::End { held: false }] => assert_eq!(threads[0].name, "kernel_task"),
            _ => panic!("{output:?}"),
        }
    }
}

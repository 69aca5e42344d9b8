#![allow(dead_code, reason = "each test file uses its part of this")]
//! A kernel in a test process: a platform over anonymous memory and the pack of a release. A process boots once, so every
//! scenario is a test file of its own.

use std::collections::BTreeMap;
use std::io::Write;
use std::ptr::null_mut;
use std::sync::Mutex;

use kpi::class;
use kpi::heap;
use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::platform::{PAGE, Platform, Protection};
use kpi::registry::{Function, Part};
use kpi::sched;
use kpi::symbols;
use kpi::window::{SIZE, Window};
use protocol::event::Event;

/// Virtual nanoseconds of a second.
pub const SECOND: u64 = 1_000_000_000;

/// The machine under the kernel: a window of anonymous memory; event lines are kept.
struct Host {
    window: Mutex<Option<Window>>,
    lines: Mutex<Vec<String>>,
}

static HOST: Host = Host { window: Mutex::new(None), lines: Mutex::new(Vec::new()) };

impl Platform for Host {
    fn name(&self) -> &'static str {
        "test"
    }

    fn map(&self, pages: usize) -> Option<usize> {
        let address = self.window.lock().unwrap().get_or_insert_with(reserve).take(pages)?;
        self.protect(address, pages, Protection::ReadWrite);
        mem::fill(address, 0, pages * PAGE);
        Some(address)
    }

    fn protect(&self, address: usize, pages: usize, protection: Protection) {
        let flags = match protection {
            Protection::None => libc::PROT_NONE,
            Protection::Read => libc::PROT_READ,
            Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
            Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
        };
        // SAFETY: the pages lie in the window, which this process reserved.
        assert_eq!(unsafe { libc::mprotect(address as *mut libc::c_void, pages * PAGE, flags) }, 0);
    }

    fn unmap(&self, address: usize, pages: usize) {
        self.protect(address, pages, Protection::None);
        assert!(self.window.lock().unwrap().as_mut().is_some_and(|window| window.give(address, pages)));
    }

    fn emit(&self, line: &str) {
        self.lines.lock().unwrap().push(line.to_string());
    }

    fn exit(&self, code: u8) -> ! {
        for line in self.lines.lock().unwrap().iter() {
            report(line);
        }
        std::process::exit(i32::from(code))
    }
}

/// Writes to standard error, past the test harness, which would keep the text until a test's regular end.
fn report(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn reserve() -> Window {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping where the system likes it.
    let base = unsafe { libc::mmap(null_mut(), SIZE, libc::PROT_NONE, flags, -1, 0) };
    assert_ne!(base, libc::MAP_FAILED);
    Window::new(base as usize, SIZE / PAGE)
}

/// Boots the kernel of a release with the test's own part.
pub fn boot(release: &str, part: Part) {
    boot_with(release, &[part]);
}

/// Boots the kernel of a release with further parts, the test's own among them.
pub fn boot_with(release: &str, more: &[Part]) {
    // A machine turns Rust panics into reports; here one may come from a thread of the kernel's, off the test's stack.
    std::panic::set_hook(Box::new(|info| {
        report(&format!("{info}\n{}", std::backtrace::Backtrace::force_capture()));
        HOST.exit(101);
    }));
    let pack = abi::pack::build(release.parse().expect("a known release")).leak();
    let mut parts = vec![kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART];
    parts.extend_from_slice(more);
    kpi::boot(&HOST, pack, 7, &parts).expect("the kernel boots");
}

/// The events since the start, but for log lines.
pub fn events() -> Vec<Event> {
    let lines = HOST.lines.lock().unwrap();
    let events = lines.iter().map(|line| Event::from_line(line).expect("an event"));
    events.filter(|event| !matches!(event, Event::Log { .. })).collect()
}

/// The log since the start.
pub fn log() -> Vec<String> {
    let lines = HOST.lines.lock().unwrap();
    let text = |line: &String| match Event::from_line(line) {
        Ok(Event::Log { text, .. }) => Some(text),
        _ => None,
    };
    lines.iter().filter_map(text).collect()
}

/// Lets a second of virtual time pass: whatever can run does.
pub fn settle() {
    sched::sleep_until(sched::now() + SECOND);
}

/// What there is of everything that is counted.
#[derive(Debug, PartialEq, Eq)]
pub struct Counts {
    objects: BTreeMap<String, u32>,
    memory: (u64, u64),
    threads: u32,
    timers: u32,
}

/// Counts now, but for the threads of the thread-call pool, which stay.
pub fn counts() -> Counts {
    Counts {
        objects: class::census(),
        memory: heap::usage(),
        threads: sched::count() - kpi::timer::workers(),
        timers: kpi::timer::count(),
    }
}

/// A method that a test's class overrides: its name in the class that introduced it, and the function that does it.
pub type Override = (&'static str, *const ());

/// Metaclass, superclass and vtable of each class that a test defines.
static CLASSES: Mutex<Vec<Class>> = Mutex::new(Vec::new());

#[derive(Clone, Copy)]
struct Class {
    metaclass: Obj,
    superclass: &'static str,
    vtable: usize,
}

/// Functions that stand behind the classes; a test's part needs them.
pub static FUNCTIONS: &[Function] = &[
    Function::new("test: getMetaClass", get_meta_class as *const ()),
    Function::new("test: alloc", alloc as *const ()),
];

/// Defines a class as a kext would: a metaclass object that makes instances, and a vtable with some methods overridden.
/// Instances are as large as the superclass's.
pub fn define(name: &str, superclass: &'static str, overrides: &[Override]) {
    let pack = symbols::pack();
    let super_id = class::by_name(superclass).expect("a class of the release");
    let super_meta = class::metaclass(super_id);
    let (_, facts) = pack.class(superclass).expect("a class of the release");
    let copy = |from: usize, slots: usize| {
        let table = heap::allocate(slots * 8, 16);
        mem::copy(from, table, slots * 8);
        table
    };
    let model = class::new(super_id);
    let vtable = copy(model.get(0), facts.vtable.len());
    model.release();
    let own = [("__ZNK15OSMetaClassBase12getMetaClassEv", get_meta_class as *const ())];
    for &(method, function) in own.iter().chain(overrides) {
        let slot = facts.methods.iter().position(|&symbol| pack.symbols[symbol as usize].name == method);
        mem::write(vtable + slot.unwrap_or_else(|| panic!("{superclass} has no {method}")) * 8, function as usize);
    }
    let metaclass = Obj(heap::allocate(40, 16));
    let meta_vtable = copy(super_meta.get(0), facts.metaclass_vtable.len());
    mem::write(meta_vtable + ALLOC.slot() * 8, alloc as *const () as usize);
    metaclass.set(0, meta_vtable);
    class::register("org.example.test", metaclass, name, super_meta, class::size(super_id));
    CLASSES.lock().unwrap().push(Class { metaclass, superclass, vtable });
}

static ALLOC: Method = Method::new("OSMetaClass", "__ZNK11OSMetaClass5allocEv");

extern "C" fn get_meta_class(this: Obj) -> Obj {
    let vtable: usize = this.get(0);
    CLASSES.lock().unwrap().iter().find(|class| class.vtable == vtable).expect("a test's class").metaclass
}

extern "C" fn alloc(metaclass: Obj) -> Obj {
    let found = CLASSES.lock().unwrap().iter().copied().find(|class| class.metaclass == metaclass);
    let Class { superclass, vtable, .. } = found.expect("a test's class");
    let object = class::instantiate(superclass);
    // It was counted as one of the superclass's own.
    class::instance_destructed(class::by_name(superclass).unwrap());
    class::instance_constructed(class::by_metaclass(metaclass).unwrap());
    object.set(0, vtable);
    object
}

/// Loads a kext of one function, `name`, which calls a function of the kernel with one argument; returns its address.
pub fn load_caller(name: &str, function: &str, argument: u32) -> usize {
    let base = HOST.map(1).expect("a page");
    let function = symbols::address(function).expect("a function of the release").to_le_bytes();
    // sub rsp, 8; mov edi, argument; mov rax, function; call rax; add rsp, 8; ret
    let parts: [&[u8]; 6] = [
        &[0x48, 0x83, 0xec, 0x08, 0xbf],
        &argument.to_le_bytes(),
        &[0x48, 0xb8],
        &function,
        &[0xff, 0xd0],
        &[0x48, 0x83, 0xc4, 0x08, 0xc3],
    ];
    mem::put(base, &parts.concat());
    HOST.protect(base, 1, Protection::ReadExecute);
    kpi::images::add(name, base..base + PAGE, vec![(base, format!("_{name}"))]);
    base
}

static STEPS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes a step of a scenario.
pub fn step(text: impl Into<String>) {
    STEPS.lock().unwrap().push(text.into());
}

/// The steps since the last call.
pub fn steps() -> Vec<String> {
    std::mem::take(&mut *STEPS.lock().unwrap())
}
